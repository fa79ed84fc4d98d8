# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-other-port-or-path: the page dials the service's host, but not the service's port or path."""

from __future__ import annotations

import typing as t

from .....module_utils._protocol.web_url import Dialled, dialled
from ...._evidence.browser import page_url
from ...._evidence.frontend import View
from ...._model import PASS
from ...facts import Facts
from ...rule import Command, Found, If, Look, LookAlike, Rule
from ._files import BUILD, has, told
from ._seen_or_told import NOT_SURE, VERIFY, both, either
from ._sockets import ASKED_RAW, DIALS, OUTCOME, SOCKET_CHECKS, attempt, failed, reaches_service, right_url

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import PageSocket


def _misdirected(facts: Facts) -> list[tuple[PageSocket, tuple[str, str]]]:
    """WebSockets that fail at the service's host with another port or path than the service's, and what is right.

    Who gets to the service dials other things as well, and what demands credentials is there.
    """
    right = _accepted(facts)
    if right is None or reaches_service(facts):
        return []
    tried = [entry for entry in failed(facts) if (entry.get("raw") or {}).get("status") not in (401, 403)]
    compared = [(entry, _difference(dialled(entry.get("url")), right)) for entry in tried]
    return [(entry, differs) for entry, differs in compared if differs]


def _accepted(facts: Facts) -> Dialled | None:
    """Where the service does accept handshakes: its public URL, else its own port."""
    public = facts.public
    if facts.service.get("public_url"):
        good = public.get("outcome") == "open" or facts.status("websocket.handshake", "public") == PASS
        return dialled(facts.service["public_url"]) if good else None
    port = facts.service.get("port")
    if facts.handshake.get("outcome") != "open" or not port:
        return None
    return Dialled("ws", page_url(facts.browser).host, port, facts.served_path.partition("?")[0])


def _difference(where: Dialled, right: Dialled) -> tuple[str, str] | None:
    """In what two URLs of one host differ: its name, and the right value."""
    if where.host != right.host or not where.host:
        return None
    if where.port != right.port:
        return "port", str(right.port)
    return ("path", right.path) if where.path != right.path else None


def _seen(facts: Facts) -> Found | None:
    for entry, (part, right) in _misdirected(facts):
        return "likely", {**attempt(entry), "part": part, "right": right, "right_url": right_url(facts)}
    return None


def _find(facts: Facts) -> Found | None:
    return both(_seen(facts), told(facts, View.misdirected), "part", "right", "right_url")


RULE = Rule(
    id="browser-other-port-or-path",
    layer="browser",
    title="The front end dials the wrong port or path",
    users_see=(
        "wrong path: `WebSocket connection to 'wss://…/socket' failed: Error during WebSocket handshake: Unexpected response code: 404` "
        "in the browser console (200 where the web server responds with the page)",
        "wrong port: `Error in connection establishment: net::ERR_CONNECTION_REFUSED`, or nothing until the connection times out where a "
        "firewall drops it",
        "wscat and the server's own tests connect, with a URL that differs from the page's",
    ),
    why="Port and path of a WebSocket are written down several times: in the server, in the proxy's route, in the variables of the front "
    "end's build. If one of them changes alone, the page dials a place where nothing, or something else, answers. Typical are the "
    "server's own port behind a proxy that only publishes 443, a missing or additional slash, and a prefix that a library adds.",
    needs=(
        either(
            "a WebSocket to the service's host fails, and its port or path is not the one where the service accepts handshakes",
            _misdirected,
            "no URL that is dialled on the service's host has the service's port and path",
            has(View.misdirected),
        ),
    ),
    find=_find,
    confidence={"likely": "the right port and path are known", "possible": NOT_SURE},
    because=(DIALS, OUTCOME, "the handshake is accepted at {part} {right}", ASKED_RAW, "{findings}"),
    fix=(("correct the port and path at {place}, rebuild and deploy", "dial {right_url}"),),
    prevent=(
        (
            If("url", "keep the WebSocket's path and port in one place, for the page, the proxy and the server"),
            "derive host and port from window.location, and route the path in the proxy",
        ),
    ),
    verify=VERIFY,
    explains=(*SOCKET_CHECKS, "frontend.url"),
    look_alikes=(
        LookAlike(
            "proxy-path-mismatch",
            Command("wscat -c <public URL of the WebSocket>"),
            "it connects: the page dials something else; it does not: the proxy asks the server for another path",
        ),
        LookAlike(
            "browser-unsafe-port",
            Look("the words after `failed:` in the console"),
            "net::ERR_UNSAFE_PORT: the browser itself refuses the port; any other: it tried, and something else is there",
        ),
    ),
    sources=(BUILD,),
    staged=(
        "browser/wrong-path",
        "browser/wrong-port",
        "frontend/literal-path",
        "frontend/path",
        "frontend/port",
    ),
)
