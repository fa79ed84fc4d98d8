# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A service's page in a browser: what becomes of its WebSockets. Runs on the controller, or on a host that was chosen."""

from __future__ import annotations

import json
import os
import socket
import threading
import typing as t

from .._browser.cdp import CallFailed, Gone, Protocol
from .._browser.chromium import USER, CannotStart, find, running, why_not
from .._browser.hidden import Hidden
from .._browser.visit import LOADING, PATIENCE, Visit
from .._protocol.client import client_of
from .._protocol.recording_socket import Endpoint
from .._protocol.web_url import WebUrl, web_url
from .._run.concurrently import concurrently
from .._run.context import Context
from .._run.deadline import Deadline, DeadlineExceeded
from .._run.evidence import add_gap, new_evidence
from .._run.service_secrets import redactor_of, reveals
from .._run.service_spec import CHROMIUM

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.browser import AskedAgain, Browser, Page, PageSocket, WatchedSocket
    from .._evidence.service import Service, WebsocketOptions

#: Seconds for the browser to start, for refused handshakes to be asked again, and for everything to be handed over.
_START, _AGAIN, MARGIN = 8.0, 3.0, 1.5
#: Browsers that run at the same time: each is busy for half a second and waits for the rest.
AT_ONCE = 2 * (os.cpu_count() or 1)
#: Seconds to watch a page where the option chromium is left out as a whole: Ansible gives it no defaults then.
_STAY = float(CHROMIUM["options"]["stay"]["default"])
#: Refused URLs that are asked again.
_MOST_AGAIN = 4
#: Errors that mean that no server has answered: there is none to repeat the handshake with.
_NOBODY = (
    "ERR_UNSAFE_PORT",
    "ERR_NAME_NOT_RESOLVED",
    "LOCAL_NETWORK_ACCESS",
    "Insufficient resources",
    "is closed before",
)


def why_not_asked(service: Service) -> str:
    """Why no browser opens a page for this service; empty: one does."""
    if not _page_of(service):
        return "no page is configured (frontend.url)"
    return "" if (service.get("frontend") or {}).get("browser", True) else "frontend.browser is false"


def _page_of(service: Service) -> str:
    """The page to open; empty: none is named."""
    return (service.get("frontend") or {}).get("url") or ""


def not_looked_at(service: Service, deadline: Deadline) -> Browser:
    """The evidence if no browser was run, or gave no answer in time."""
    reason = why_not_asked(service)
    evidence = new_evidence("browser", skip=reason or None)
    if not reason:
        evidence["error"] = {"kind": "deadline", "message": "not finished within %.1f s" % deadline.seconds}
    return evidence


def probe(service: Service, context: Context) -> Browser:
    """The page, opened by a browser on this host; services with the same page share one visit.

    :param service: one entry of websocket_health_services.
    :returns: as look.
    """
    if why_not_asked(service):
        return not_looked_at(service, context.deadline)
    places = context.once("browsers", lambda: threading.BoundedSemaphore(AT_ONCE))

    def in_turn() -> Browser:
        # Browsers that start all at once make each other late.
        if not places.acquire(timeout=max(0.0, context.deadline.remaining() - MARGIN - seconds_to_stay(service))):
            return not_looked_at(service, context.deadline)
        try:
            return look(service, context, "on the host")
        finally:
            places.release()

    return {**context.once(visit_of(service), in_turn)}


def visit_of(service: Service) -> str:
    """What services that share one visit have in common."""
    return json.dumps(
        ["browser", _page_of(service), service.get("chromium") or {}, reveals(service)],
        sort_keys=True,
        default=str,
    )


def seconds_to_stay(service: Service) -> float:
    """For how long the page is watched once it is loaded."""
    stay = (service.get("chromium") or {}).get("stay")
    return _STAY if stay is None else float(stay)


def look(service: Service, context: Context, where: str) -> Browser:
    """The service's page in a browser, and the handshakes that it was refused, asked again raw.

    :param where: where the browser runs, in words.
    :returns: evidence; ``page``, ``sockets``, ``console``, ``failed``, ``issues`` and ``targets`` are described in the
        documentation of browser_probe.
    """
    evidence = new_evidence("browser", skip=None)
    chromium = service.get("chromium") or {}
    left = context.deadline.remaining() - MARGIN
    deadline = Deadline(max(0.5, min(_START + LOADING + seconds_to_stay(service) + PATIENCE + _AGAIN, left)))
    try:
        program = find(chromium.get("path"), where)
        with running(program, chromium.get("arguments") or (), chromium.get("user")) as protocol:
            visit = _visit(service, protocol, program, evidence, deadline)
        _ask_again(service, visit, evidence["sockets"], context.with_deadline(deadline.within(_AGAIN)))
    except CannotStart as error:
        add_gap(evidence, "browser", str(error), error.remedy, absent=error.named)
    except Gone as error:
        add_gap(evidence, "browser", "the browser ended during the visit (%s)" % error, "re-run the play")
    except (CallFailed, DeadlineExceeded) as error:
        evidence["error"] = {"kind": "deadline", "message": str(error)}
    except Exception as error:  # a defect of the visit is a result, and costs no other evidence
        evidence["error"] = {"kind": "crash", "message": "%s: %s" % (type(error).__name__, error)}
    evidence["duration_ms"] = round(deadline.elapsed() * 1000.0, 1)
    return evidence


def _visit(service: Service, protocol: Protocol, program: str, evidence: Browser, deadline: Deadline) -> Visit:
    """Open the page and put what was seen into the evidence."""
    chromium = service.get("chromium") or {}
    try:
        version = protocol.call("Browser.getVersion", None, deadline.within(_START))
    except Gone as error:
        raise why_not(program, str(error), chromium.get("user") or USER) from error
    evidence["browser"] = version.get("product")
    evidence["start_ms"] = round(deadline.elapsed() * 1000.0, 1)
    watching = Deadline(max(0.5, deadline.remaining() - _AGAIN))
    stay = min(seconds_to_stay(service), watching.seconds)
    visit = Visit(protocol, _page_of(service), stay, watching)
    visit.look()
    evidence["stay_s"] = round(stay, 1)
    if stay < seconds_to_stay(service):
        reason = "watched for only %.1f s instead of %g: the deadline was near" % (stay, seconds_to_stay(service))
        add_gap(evidence, "stay", reason, "raise the deadline, or lower chromium.stay")
    evidence.update(visit.evidence(redactor_of(service)))
    if chromium.get("screenshot"):
        evidence["screenshot"] = visit.picture()
    visit.leave()
    return visit


# Refused handshakes, asked again: a browser keeps the answer's headers and body to itself.


def _ask_again(service: Service, visit: Visit, shown: list[PageSocket], context: Context) -> None:
    """Add ``raw`` to the refused WebSockets of the evidence.

    :param shown: the visit's WebSockets as they go into the evidence, in the same order.
    """
    # An Origin that the service is said to take.
    known = str((service.get("websocket") or {}).get("origin") or "")
    tasks: t.Dict[str, t.Callable[[], t.Any]] = {}
    described = visit.sockets.records[: len(shown)]
    for record in described:
        error = str(record.get("error") or "")
        refused = error and record["status"] is None and not any(words in error for words in _NOBODY)
        if refused and record["url"] not in tasks and len(tasks) < _MOST_AGAIN:
            tasks[record["url"]] = _again(record, visit.page, known, context)
    answers = concurrently(tasks, context.deadline) if tasks else {}
    for record, entry in zip(described, shown):
        outcome = answers.get(record["url"])
        if outcome is not None and outcome.value is not None:
            entry["raw"] = outcome.value


def _again(record: WatchedSocket, page: Page, known: str, context: Context) -> t.Callable[[], t.Optional[AskedAgain]]:
    return lambda: _ask_raw(record, page, known, context)


def _ask_raw(record: WatchedSocket, page: Page, known: str, context: Context) -> AskedAgain | None:
    """The browser's handshake from here, and where it is refused the same with other Origins.

    :param known: an Origin that the service is said to take, or nothing.
    :returns: the answer as in handshake.py, with ``other_origin`` and ``no_origin``, the outcomes of these; None where
        none could be tried.
    """
    if context.library is None:
        return None
    try:
        url = web_url(record["url"])
        address = _address(url, page)
    except (OSError, ValueError):
        return None
    sent = {str(name).lower(): value for name, value in record.get("request") or ()}
    origin = sent.get("origin") or page.get("origin")
    offered = [item.strip() for item in str(sent.get("sec-websocket-protocol") or "").split(",") if item.strip()]
    asked: WebsocketOptions = {"path": url.path, "origin": origin, "subprotocols": offered}
    service: Service = {"public_url": url.text(), "websocket": asked}
    client = client_of(service, context, Endpoint(address, url.port)).having(tls=url.secure, patience=_AGAIN)
    opened = client.handshake()
    opened.close()
    seen: AskedAgain = {**opened.seen, "url": url.shown()}
    if seen["outcome"] == "http":
        own = known or "%s://%s" % ("https" if url.secure else "http", url.authority)
        tried: t.Tuple[t.Tuple[t.Literal["other_origin", "no_origin"], t.Optional[str]], ...]
        tried = (("other_origin", own), ("no_origin", None))
        for name, other in tried:
            again = client.handshake_seen(origin=other)
            seen[name] = {"origin": other, "outcome": again["outcome"], "status": again["status"]}
    return t.cast("AskedAgain", Hidden(context.redactor).tree(seen))


def _address(url: WebUrl, page: Page) -> str:
    """Where the browser went: the page's own address for its own name, which it may have from elsewhere."""
    try:
        same = web_url(str(page.get("url"))).host == url.host
    except ValueError:
        same = False
    if same and page.get("address"):
        return str(page["address"]).strip("[]")
    return str(socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)[0][4][0])
