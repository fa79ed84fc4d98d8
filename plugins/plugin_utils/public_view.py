# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the controller sees at a service's public URL, asked once in a run however many hosts stand behind it."""

from __future__ import annotations

import json
import socket
import typing as t

from ..module_utils import tls_session
from ..module_utils.context import Context
from ..module_utils.deadline import Deadline
from ..module_utils.probes.websocket import Questions
from ..module_utils.recording_socket import Endpoint
from ..module_utils.web_url import WebUrl, web_url
from .once_per_run import once_per_run

#: Seconds that name, connection and handshake may take together.
_PATIENCE = 8.0


def ask_public(
    service: dict[str, t.Any], make_context: t.Callable[[Deadline], Context | None], deadline: Deadline
) -> dict[str, t.Any]:
    """The handshake at the public URL.

    :param service: one entry of websocket_health_services, with ``public_url``.
    :param make_context: makes what a probe is given; None where websocket-client is missing.
    :returns: the answer as in handshake.py, with ``url``, and ``session`` where TLS is spoken (see tls_session.py);
        or ``unknown``, the reason why nobody could look.
    """
    key = json.dumps([service.get(name) for name in ("public_url", "websocket", "tls")], sort_keys=True, default=str)
    seconds = min(_PATIENCE, deadline.remaining())
    answer = once_per_run(
        key, lambda: _ask(service, make_context, Deadline(seconds)), deadline.remaining(), _seconds_of_validity
    )
    if answer is None:
        return too_late(service)
    return t.cast("dict[str, t.Any]", answer)


def too_late(service: dict[str, t.Any]) -> dict[str, t.Any]:
    """What stands for an answer that did not come."""
    try:
        shown = web_url(service["public_url"]).shown()
    except ValueError:
        shown = "public_url"
    return {"url": shown, "unknown": "the deadline came before an answer"}


def _seconds_of_validity(answer: t.Any) -> float:
    return 60.0 if isinstance(answer, dict) and answer.get("outcome") == "open" else 3.0


def _ask(
    service: dict[str, t.Any], make_context: t.Callable[[Deadline], Context | None], deadline: Deadline
) -> dict[str, t.Any]:
    try:
        url = web_url(service["public_url"])
    except ValueError:
        return {"url": "public_url", "unknown": "public_url is no URL of a WebSocket"}
    seen: dict[str, t.Any] = {"url": url.shown()}
    try:
        addresses = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        # The controller may ask another resolver than clients do: that it knows no address proves nothing.
        return dict(seen, unknown="the controller cannot resolve %s (%s)" % (url.host, error))
    context = make_context(deadline)
    if context is None:
        return dict(seen, unknown="websocket-client is not installed where Ansible runs")
    endpoint = Endpoint(str(addresses[0][4][0]), url.port)
    questions = Questions(service, context, [endpoint])
    questions.path, questions.tls = url.path, url.secure
    questions.patience = deadline.remaining()
    answer = dict(context.redactor.tree(questions.handshake_seen()), **seen)
    if url.secure and not str(answer["outcome"]).startswith("connect"):
        answer["session"] = dict(_session(endpoint, url, service, deadline), **seen)
    return answer


def _session(endpoint: Endpoint, url: WebUrl, service: dict[str, t.Any], deadline: Deadline) -> dict[str, t.Any]:
    """The certificates at the public URL, as tls_probe records a session, verified with what the controller trusts."""
    session = tls_session.open_session(endpoint, url.host, deadline, path=url.path, host=url.authority)
    session["verified"] = []
    system = tls_session.system_store()
    if session["outcome"] != "established" or system is None:
        return session
    verified = tls_session.verify(endpoint, url.host, deadline, system)
    # A private CA is a file on the host; that the controller does not trust it says nothing of the clients.
    if verified["code"] == 0 or not (service.get("tls") or {}).get("ca_path"):
        session["verified"] = [verified]
    return session
