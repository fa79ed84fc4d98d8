# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-dev-proxy-first-request: WebSockets hang until an ordinary request has gone through the application's own proxy."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import RECHECK, Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS


def _first_hung(facts: Facts) -> bool:
    """Whether the first handshake on the host got no answer, and was accepted after an ordinary GET."""
    return facts.handshake.get("outcome") == "timeout" and facts.attempt("after_get").get("outcome") == "open"


def _first_hung_from_outside(facts: Facts) -> bool:
    """The same of the controller's: both try at the same time, and the first one makes the server listen for upgrades."""
    outside = facts.websocket.get("controller") or {}
    seen = outside.get("outcome"), outside.get("again"), facts.handshake.get("outcome")
    return seen == ("timeout", "open", "open")


def _find(facts: Facts) -> Found:
    """With both handshakes."""
    on_host = _first_hung(facts)
    first = facts.handshake if on_host else facts.websocket.get("controller") or {}
    return "likely", {
        "first": outcome_words(first),
        "from_controller": not on_host,
        "after_get": outcome_words(facts.attempt("after_get")) if on_host else None,
    }


RULE = Rule(
    id="server-dev-proxy-first-request",
    layer="server",
    title="WebSockets hang until the application's own proxy has handled a first ordinary request",
    users_see=(
        "the WebSocket stays pending after a restart of the server, and works after the page is reloaded",
        "Node's ws: `Opening handshake has timed out`",
        "the server's log has no `[HPM] Upgrading to WebSocket` for the handshakes that hang",
    ),
    why="http-proxy-middleware with ws: true subscribes to the server's upgrade event when its first ordinary request arrives: only a request "
    "gives it access to the server object. Until then nothing handles an upgrade, and the handshake gets no answer. A page that is loaded through "
    "the proxy first hides it; a client that opens its WebSocket first, such as one that reconnects after a restart, hangs.",
    needs=(
        Condition(
            "the first handshake gets not a single byte in answer, and the same one is accepted after another request",
            lambda facts: _first_hung(facts) or _first_hung_from_outside(facts),
        ),
    ),
    find=_find,
    confidence={"likely": "a server that was busy at first shows the same"},
    because=(
        (If("from_controller", "the first handshake: {first} (from the controller)"), "the first handshake: {first}"),
        (
            If("from_controller", "all later ones, from there and on the host: 101"),
            "after an ordinary GET: {after_get}",
        ),
        "a proxy in the application (http-proxy-middleware with ws: true) starts to listen for upgrades with its first request",
    ),
    fix=("subscribe it to upgrades at startup: server.on('upgrade', proxyMiddleware.upgrade)",),
    prevent=("alternatively, let a reverse proxy in front route the WebSocket directly, bypassing the application",),
    verify=("restart it, and run the checklist before anyone loads a page", RECHECK),
    explains=EXPLAINS,
    supersedes=("server-upgrade-unanswered",),
    look_alikes=(
        LookAlike(
            "process-event-loop-blocked",
            Look("two handshakes right after a restart, before anyone loads a page"),
            "the first hangs after each restart: the application's proxy; it opens: something kept the server busy",
        ),
    ),
    sources=("https://github.com/chimurai/http-proxy-middleware#external-websocket-upgrade",),
    staged=("framework/hpm-first-request",),
)
