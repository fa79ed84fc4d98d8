# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-socketio-polling-only: Socket.IO works by polling, and its WebSocket never opens."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import RECHECK, Condition, Found, Look, LookAlike, Rule
from ._server import EXPLAINS
from ._socketio import DOCS, has_code, own_polling


def _websocket_fails_where_polling_works(facts: Facts) -> bool:
    proxied = facts.proxy.get("polling") or {}
    if proxied:
        return bool(proxied.get("sid")) and facts.through["outcome"] != "open"
    return bool(own_polling(facts)["sid"]) and facts.handshake["outcome"] != "open"


def _find(facts: Facts) -> Found:
    """With what the WebSocket gets on the same path."""
    return "certain", {"answer": outcome_words(facts.through if facts.proxy.get("polling") else facts.handshake)}


RULE = Rule(
    id="server-socketio-polling-only",
    layer="server",
    title="Socket.IO stays on polling: the WebSocket never opens, and no error is raised",
    users_see=(
        "access log: only `transport=polling`, a request for every message, and more load than expected",
        "in the page: `socket.io.engine.transport.name` stays `polling`",
        "browser console: `WebSocket connection to 'wss://…/socket.io/?EIO=4&transport=websocket&sid=…' failed: …`, and the application "
        "works anyway",
        "gevent without gevent-websocket: `RuntimeError: The gevent-websocket server is not configured appropriately`, and 500 to the "
        "WebSocket",
    ),
    why="Clients of Socket.IO begin with polling and try to upgrade to a WebSocket afterwards. Where the upgrade fails, they stay on "
    "polling and raise no error, so the application seems to work. Every message then costs an HTTP request, latency and load grow, and "
    "several servers need sticky sessions. Usually a proxy drops the Upgrade header; sometimes the server's worker has no support for "
    "WebSockets.",
    needs=(
        Condition(
            "on the path that clients take, polling works and the handshake is not accepted",
            _websocket_fails_where_polling_works,
        ),
    ),
    against=(
        Condition(
            "the server itself refuses the transport with a code of Engine.IO",
            lambda facts: has_code(facts.first_refusal, 0, 4, 5),
        ),
        Condition(
            "the server accepts the handshake without an Origin, and not with one",
            lambda facts: facts.handshake["outcome"] != "open" and facts.attempt("no_origin").get("outcome") == "open",
        ),
    ),
    find=_find,
    confidence={"certain": "both transports were tried on the same path", "likely": "otherwise"},
    because=(
        "polling works, the websocket transport does not: {answer}",
        "clients stay on polling and raise no error: every message is a request",
    ),
    fix=(
        "fix the WebSocket itself, most often the proxy's Upgrade headers; until then the application only seems to work",
    ),
    prevent=("transports: ['websocket'] on the client makes the fault visible immediately",),
    verify=("socket.io.engine.transport.name is websocket one second after connect", RECHECK),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "proxy-upgrade-dropped",
            Look("the handshake that bypasses the proxy, on the host itself"),
            "101 there: the proxy keeps the WebSocket from opening; no 101: the server does",
        ),
    ),
    sources=(DOCS + "troubleshooting-connection-issues/#the-socket-gets-stuck-in-http-long-polling",),
    staged=("socketio/polling-for-ever",),
)
