# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in Socket.IO: its sessions, transports and middleware."""

from __future__ import annotations

import typing as t

from .._evidence.websocket import outcome_words
from .._evidence.who_answered import engine_io_code
from .conditions import ACCEPTED_DIRECTLY, always, answered, never_sure, sure_where
from .facts import Facts
from .rule import CHECK_AGAIN, Condition, Match, Rival, Rule
from .server_rule import refusal, server_rule

_DOCS = "https://socket.io/docs/v4/"


def _polling(facts: Facts) -> dict[str, t.Any]:
    """What polling showed: on the host if anything is wrong there, else through the proxy."""
    here = facts.websocket.get("polling") or {}
    return here if here.get("unknown") else facts.proxy.get("polling") or here


def _own_polling(facts: Facts) -> dict[str, t.Any]:
    return facts.websocket.get("polling") or {}


def _not_sticky(facts: Facts) -> Match | None:
    """With the answer to the second request of a session, and who led it there."""
    seen, here = _polling(facts), bool(_own_polling(facts).get("unknown"))
    line = facts.signature("socketio-session-unknown")
    return Match(
        "likely",
        [
            "polling: a session was begun, and its next request is answered by %s" % seen.get("refusal"),
            "on the host itself: several processes answer on the port in turns"
            if here
            else "on the host itself every session is known: the proxy deals requests out to several servers",
            facts.quote(line) if line else "",
        ],
        immediate=[
            "run one process, or give each a port of its own behind a proxy that keeps clients to one"
            if here
            else "keep a client to one server: ip_hash; in the upstream (nginx), a cookie (HAProxy: cookie, Apache: stickysession)"
        ],
        configuration=["or let clients begin with the WebSocket: io(url, { transports: ['websocket'] })"],
        testing=["check that websocket.polling and proxy.polling pass", CHECK_AGAIN],
    )


def _engine_code(answer: dict[str, t.Any], *codes: int) -> bool:
    return engine_io_code(answer) in codes


def _refused(facts: Facts) -> Match | None:
    """With both answers: which of the two transports is refused tells by whom."""
    seen = _own_polling(facts)
    disabled = _engine_code(facts.handshake, 0) or _engine_code(seen, 0)
    return Match(
        "certain",
        [
            "the websocket transport: %s" % outcome_words(facts.handshake),
            "polling: %s %s" % (seen.get("status"), seen.get("body") or "works"),
            "the websocket transport is switched off in the server's option transports"
            if disabled
            else "code 4: the server's function allowRequest refuses both transports",
        ],
        immediate=[
            "add 'websocket' to the server's option transports"
            if disabled
            else "look at what allowRequest asks for (Origin, cookie, token) and give it to the probe: websocket.headers, websocket.origin"
        ],
        configuration=["new Server(server, { transports: ['polling', 'websocket'] })"] if disabled else [],
        testing=[CHECK_AGAIN],
    )


def _middleware(facts: Facts) -> Match | None:
    """With the words of the refusal."""
    words = refusal(facts, "socketio", "socketio2")
    unknown = "Invalid namespace" in words
    return Match(
        "certain",
        ["101 and an open session, then the CONNECT to the namespace is answered by %s" % words],
        immediate=[
            "connect to a namespace that the server has"
            if unknown
            else "give the probe what the middleware asks for (websocket.headers); in the server: io.use((socket, next) => …)"
        ],
        configuration=["clients get it as connect_error, with the same message"],
        testing=[CHECK_AGAIN],
    )


def _polls_for_ever(facts: Facts) -> Match | None:
    """With what the WebSocket gets by the same way."""
    seen = facts.through if facts.proxy.get("polling") else facts.handshake
    return Match(
        "certain",
        [
            "polling works, the websocket transport does not: %s" % outcome_words(seen),
            "clients stay with polling and say nothing: every message is a request",
        ],
        immediate=["mend the way of the WebSocket; until then the application only seems to work"],
        configuration=["transports: ['websocket'] on the client makes the fault visible at once"],
        testing=["io.engine.transport.name is websocket one second after connect", CHECK_AGAIN],
    )


def _websocket_fails_where_polling_works(facts: Facts) -> bool:
    proxied = facts.proxy.get("polling") or {}
    if proxied:
        return bool(proxied.get("sid")) and facts.through["outcome"] != "open"
    return bool(_own_polling(facts)["sid"]) and facts.handshake["outcome"] != "open"


#: How Flask-SocketIO (python-engineio) refuses an Origin, for both transports.
_NOT_ACCEPTED = "Not an accepted origin"


def _blocked(facts: Facts) -> str:
    """What the browser's console says of a polling request that CORS keeps from the page."""
    lines = [str(entry.get("text")) for entry in facts.browser.get("console") or () if isinstance(entry, dict)]
    return next((text for text in lines if "CORS" in text and "transport=polling" in text), "")


def _other_origin(facts: Facts) -> Match | None:
    """With who refuses: the server itself, or the browser for want of a header."""
    blocked, origin = _blocked(facts), facts.handshake.get("origin")
    return Match(
        "certain",
        [
            "in the browser: %s" % blocked[:200]
            if blocked
            else "with Origin %s: %s %s" % (origin, outcome_words(facts.handshake), facts.handshake.get("body")),
        ],
        immediate=[
            "allow the Origin of the page: cors: { origin: '…' } (Socket.IO), cors_allowed_origins (Flask-SocketIO)"
        ],
        configuration=[
            "Socket.IO on Node lets the WebSocket through all the same: transports: ['websocket'] avoids polling"
        ],
        testing=[CHECK_AGAIN],
    )


RULES: tuple[Rule, ...] = (
    server_rule(
        "browser-socketio-cors",
        "Socket.IO does not allow the Origin of the page",
        _other_origin,
        "server-origin-rejected",
        "server-path-option",
        "server-credentials-required",
        "browser-other-port-or-path",
        source=_DOCS + "handling-cors/",
        # Only pages mind, where the server is one of Node.
        layer="browser",
        needs=(
            Condition(
                "the server answers that the Origin is not accepted, or the browser keeps polling from the page (CORS)",
                lambda facts: _NOT_ACCEPTED in str(facts.handshake.get("body")) or _blocked(facts),
            ),
        ),
        sureness=always("the server or the browser says so"),
    ),
    server_rule(
        "server-socketio-no-sticky-sessions",
        "Socket.IO's polling is dealt out to processes that do not know the session",
        _not_sticky,
        source=_DOCS + "using-multiple-nodes/",
        needs=(
            Condition(
                "by polling a session was begun that is unknown at its next request (`websocket.polling`, `proxy.polling`)",
                lambda facts: _polling(facts)["unknown"],
            ),
        ),
        sureness=never_sure("the probe's own session was lost; clients that begin with the WebSocket need none"),
    ),
    server_rule(
        "server-socketio-request-refused",
        "Socket.IO refuses the request: its transport is switched off, or allowRequest says no",
        _refused,
        "server-path-option",
        "server-credentials-required",
        "server-other-path",
        source=_DOCS + "server-options/#allowrequest",
        needs=(
            answered(400, 403),
            Condition(
                "Engine.IO answers one of the transports by its code 4 (Forbidden) or 0 (Transport unknown)",
                lambda facts: _engine_code(facts.handshake, 0, 4) or _engine_code(_own_polling(facts), 4),
            ),
        ),
        sureness=always("the code is Engine.IO's own"),
        apart=(
            Rival(
                "server-socketio-path-mismatch",
                "polling on the same path",
                "an Engine.IO code: the path is right; a 404: it is not",
            ),
        ),
    ),
    server_rule(
        "server-socketio-connect-refused",
        "A middleware of Socket.IO refuses the connection, or the namespace is unknown",
        _middleware,
        "server-application-silent",
        source=_DOCS + "middlewares/",
        needs=(
            ACCEPTED_DIRECTLY,
            Condition(
                "the CONNECT to the namespace is answered by CONNECT_ERROR (44)",
                lambda facts: refusal(facts, "socketio", "socketio2").startswith("44"),
            ),
        ),
        sureness=always("the server says so itself"),
    ),
    server_rule(
        "server-socketio-polling-only",
        "Socket.IO stays with polling: the WebSocket never comes about, and nobody is told",
        _polls_for_ever,
        source=_DOCS + "troubleshooting-connection-issues/#the-socket-gets-stuck-in-http-long-polling",
        needs=(
            Condition(
                "by the way that clients take polling works, and the handshake is not accepted",
                _websocket_fails_where_polling_works,
            ),
        ),
        against=(
            Condition(
                "the server itself refuses the transport by a code of Engine.IO",
                lambda facts: _engine_code(facts.first_refusal, 0, 4, 5),
            ),
            Condition(
                "without an Origin the handshake is accepted",
                lambda facts: facts.attempt("no_origin").get("outcome") == "open",
            ),
        ),
        sureness=sure_where("both transports were asked by the same way"),
        apart=(
            Rival(
                "proxy-upgrade-dropped",
                "the handshake past the proxy, on the host itself",
                "101 there: the proxy keeps the WebSocket from coming about; no 101: the server does",
            ),
        ),
    ),
)
