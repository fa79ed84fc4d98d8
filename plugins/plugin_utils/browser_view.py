# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What a browser on the controller sees of a service's page, looked at once in a run however many hosts serve it."""

from __future__ import annotations

import json
import os
import socket
import typing as t

from ..module_utils.concurrently import concurrently
from ..module_utils.context import Context
from ..module_utils.deadline import Deadline, DeadlineExceeded
from ..module_utils.evidence import Evidence, add_gap, new_evidence
from ..module_utils.probes.websocket import Questions
from ..module_utils.recording_socket import Endpoint
from ..module_utils.redact import Redactor
from ..module_utils.service_secrets import secrets_of
from ..module_utils.web_url import WebUrl, web_url
from .browser.cdp import CallFailed, Gone, Protocol
from .browser.chromium import CannotStart, find, running, why_not
from .browser.hidden import Hidden
from .browser.visit import LOADING, Visit
from .once_per_run import once_per_run, one_of

#: Seconds for the browser to start, for refused handshakes to be asked again, and for everything to be handed over.
_START, _AGAIN, _MARGIN = 8.0, 3.0, 1.5
#: Browsers that run at the same time: each is busy for half a second and waits for the rest.
_AT_ONCE = 2 * (os.cpu_count() or 1)
#: Refused URLs that are asked again.
_MOST_AGAIN = 4
#: What says that no server has answered: there is nobody to ask.
_NOBODY = (
    "ERR_UNSAFE_PORT",
    "ERR_NAME_NOT_RESOLVED",
    "LOCAL_NETWORK_ACCESS",
    "Insufficient resources",
    "is closed before",
)

MakeContext = t.Callable[[Deadline], Context | None]


def why_not_asked(service: dict[str, t.Any]) -> str:
    """Why no browser opens a page for this service; empty: one does."""
    frontend = service.get("frontend") or {}
    if not frontend.get("url"):
        return "no page is named (frontend.url)"
    return "" if frontend.get("browser", True) else "frontend.browser is false"


def not_looked_at(service: dict[str, t.Any], deadline: Deadline) -> Evidence:
    """The evidence where no browser was asked, or had no answer in time."""
    reason = why_not_asked(service)
    evidence = new_evidence("browser", skip=reason or None)
    if not reason:
        evidence["error"] = {"kind": "deadline", "message": "not finished within %.1f s" % deadline.seconds}
    return evidence


def ask_browser(service: dict[str, t.Any], make_context: MakeContext, deadline: Deadline) -> Evidence:
    """The service's page in a browser, and the handshakes that it was refused, asked again raw.

    :param make_context: makes what a probe is given; None where websocket-client is missing.
    :returns: evidence; ``page``, ``sockets``, ``console``, ``failed``, ``issues`` and ``targets`` are described in the
        documentation of browser_probe.
    """
    chromium = service.get("chromium") or {}
    key = json.dumps(["browser", service["frontend"]["url"], chromium], sort_keys=True, default=str)
    answer = once_per_run(
        key, lambda: _look_in_turn(service, make_context, deadline), deadline.remaining(), _seconds_of_validity
    )
    if answer is None:
        return not_looked_at(service, deadline)
    # Another service's worker may have asked, who knows other secrets.
    picture = answer.pop("screenshot", None)
    shown = t.cast("Evidence", Redactor(secrets_of(service)).tree(answer))
    return shown if picture is None else dict(shown, screenshot=picture)


def _seconds_of_validity(answer: t.Any) -> float:
    good = isinstance(answer, dict) and not answer["gaps"] and not (answer.get("page") or {}).get("error")
    return 60.0 if good and not any(record.get("error") for record in answer.get("sockets") or ()) else 3.0


def _look_in_turn(service: dict[str, t.Any], make_context: MakeContext, deadline: Deadline) -> Evidence:
    """Look when few enough others do: browsers that start all at once make each other late."""
    stay = float((service.get("chromium") or {}).get("stay") or 0)
    with one_of("browser", _AT_ONCE, deadline.remaining() - _MARGIN - stay) as free:
        if not free:
            return not_looked_at(service, deadline)
        seconds = min(_START + LOADING + stay + _AGAIN, deadline.remaining() - _MARGIN)
        return _look(service, make_context, Deadline(max(0.5, seconds)))


def _look(service: dict[str, t.Any], make_context: MakeContext, deadline: Deadline) -> Evidence:
    evidence = new_evidence("browser", skip=None)
    chromium = service.get("chromium") or {}
    try:
        program = find(chromium.get("path"))
        with running(program, chromium.get("arguments") or ()) as protocol:
            visit = _visit(service, protocol, program, evidence, deadline)
        own = str((service.get("websocket") or {}).get("origin") or "")
        _ask_again(visit, evidence["sockets"], own, make_context, deadline.within(_AGAIN))
    except CannotStart as error:
        add_gap(evidence, "browser", str(error), error.remedy)
    except Gone as error:
        add_gap(evidence, "browser", "the browser ended during the visit (%s)" % error, "run the play again")
    except (CallFailed, DeadlineExceeded) as error:
        evidence["error"] = {"kind": "deadline", "message": str(error)}
    except Exception as error:  # a defect of the visit is a result, and costs no other evidence
        evidence["error"] = {"kind": "crash", "message": "%s: %s" % (type(error).__name__, error)}
    evidence["duration_ms"] = round(deadline.elapsed() * 1000.0, 1)
    return evidence


def _visit(
    service: dict[str, t.Any], protocol: Protocol, program: str, evidence: Evidence, deadline: Deadline
) -> Visit:
    """Open the page and put what was seen into the evidence."""
    chromium = service.get("chromium") or {}
    try:
        version = protocol.call("Browser.getVersion", None, deadline.within(_START))
    except Gone as error:
        raise why_not(program, str(error)) from error
    evidence["browser"] = version.get("product")
    evidence["start_ms"] = round(deadline.elapsed() * 1000.0, 1)
    stay = min(float(chromium.get("stay") or 0), max(0.5, deadline.remaining() - _AGAIN))
    visit = Visit(protocol, service["frontend"]["url"], stay, deadline)
    visit.look()
    evidence["stay_s"] = round(stay, 1)
    evidence.update(visit.evidence(Redactor(secrets_of(service))))
    if chromium.get("screenshot"):
        evidence["screenshot"] = visit.picture()
    visit.leave()
    return visit


# Refused handshakes, asked again: a browser keeps the answer's headers and body to itself.


def _ask_again(
    visit: Visit, shown: list[dict[str, t.Any]], known: str, make_context: MakeContext, deadline: Deadline
) -> None:
    """Add ``raw`` to the refused WebSockets of the evidence.

    :param shown: the visit's WebSockets as they go into the evidence, in the same order.
    :param known: an Origin that the service is said to take (``websocket.origin``), or nothing.
    """
    tasks: dict[str, t.Callable[[], t.Any]] = {}
    described = visit.sockets.records[: len(shown)]
    for record in described:
        error = str(record.get("error") or "")
        refused = error and record["status"] is None and not any(words in error for words in _NOBODY)
        if refused and record["url"] not in tasks and len(tasks) < _MOST_AGAIN:
            tasks[record["url"]] = _again(record, visit.page, known, make_context, deadline)
    answers = concurrently(tasks, deadline) if tasks else {}
    for record, entry in zip(described, shown, strict=True):
        outcome = answers.get(record["url"])
        if outcome is not None and outcome.value is not None:
            entry["raw"] = outcome.value


def _again(
    record: dict[str, t.Any], page: dict[str, t.Any], known: str, make_context: MakeContext, deadline: Deadline
) -> t.Callable[[], t.Any]:
    return lambda: _ask_raw(record, page, known, make_context(deadline))


def _ask_raw(
    record: dict[str, t.Any], page: dict[str, t.Any], known: str, context: Context | None
) -> dict[str, t.Any] | None:
    """The browser's handshake from here, and where it is refused the same with other Origins.

    :returns: the answer as in handshake.py, with ``other_origin`` and ``no_origin``, the outcomes of these; None where
        nobody could be asked.
    """
    if context is None:
        return None
    try:
        url = web_url(record["url"])
        address = _address(url, page)
    except (OSError, ValueError):
        return None
    sent = {str(name).lower(): value for name, value in record.get("request") or ()}
    origin = sent.get("origin") or page.get("origin")
    offered = [item.strip() for item in str(sent.get("sec-websocket-protocol") or "").split(",") if item.strip()]
    asked = {"path": url.path, "origin": origin, "subprotocols": offered}
    questions = Questions({"public_url": url.text(), "websocket": asked}, context, [Endpoint(address, url.port)])
    questions.tls, questions.patience = url.secure, _AGAIN
    opened = questions.handshake()
    opened.close()
    seen = dict(opened.seen, url=url.shown())
    if seen["outcome"] == "http":
        own = known or "%s://%s" % ("https" if url.secure else "http", url.authority)
        for name, other in (("other_origin", own), ("no_origin", None)):
            again = questions.handshake_seen(origin=other)
            seen[name] = {"origin": other, "outcome": again["outcome"], "status": again["status"]}
    return t.cast("dict[str, t.Any]", Hidden(context.redactor).tree(seen))


def _address(url: WebUrl, page: dict[str, t.Any]) -> str:
    """Where the browser went: the page's own address for its own name, which it may have from elsewhere."""
    try:
        same = web_url(str(page.get("url"))).host == url.host
    except ValueError:
        same = False
    if same and page.get("address"):
        return str(page["address"]).strip("[]")
    return str(socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)[0][4][0])
