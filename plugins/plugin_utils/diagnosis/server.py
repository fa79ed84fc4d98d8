# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the WebSocket server and its framework: layer server of the failure catalogue."""

from __future__ import annotations

import typing as t

from ..checks.websocket import how_it_ended, offered_subprotocols, outcome_words
from ..fingerprint import fingerprint
from ..model import FAIL
from .rule import IN_BROWSER, Facts, Match, Rule

#: Seconds by which clocks may differ: about what libraries grant, and more than an answer is under way.
_LEEWAY = 15.0
_CHECK = "ansible-playbook websocket.health.checklist --limit <host>"


def _path(facts: Facts) -> str:
    return str((facts.evidence.get("websocket") or {}).get("path") or "/")


def _path_option(facts: Facts) -> Match | None:
    """400 with the bare phrase "Bad Request": the answer of ws with the option path to any other path. Certain if another path opens."""
    seen = facts.handshake
    if seen.get("status") != 400 or str(seen.get("body") or "").strip() != "Bad Request":
        return None
    # ws answers a missing key or version with a sentence; the bare phrase is its answer to another path.
    others = facts.open_alternatives
    return Match(
        "certain" if others else "likely",
        [
            "the handshake on %s is answered by 400 Bad Request (ws with the option path)" % _path(facts),
            "101 on %s" % others[0] if others else "",
        ],
        immediate=["dial %s" % (others[0] if others else "the path given to new WebSocketServer({path})")],
        configuration=[
            "keep websocket.path, the proxy's location and the server's path option the same, slash included"
        ],
        testing=[_CHECK],
    )


def _not_attached(facts: Facts) -> Match | None:
    """The handshake gets the HTTP server's own 404, an ordinary GET the same, and no other path opens."""
    seen = facts.handshake
    who = fingerprint(seen)
    if seen.get("status") != 404 or facts.open_alternatives:
        return None
    if who.startswith(("uvicorn", "daphne", "hypercorn", "Django")) or facts.signature(
        "uvicorn-no-ws-library", "unsupported-upgrade"
    ):
        return None
    same = facts.plain.get("status") == 404
    return Match(
        "certain" if who == "Express" and same else "likely",
        [
            "the handshake on %s gets the HTTP server's own 404%s" % (_path(facts), " (%s)" % who if who else ""),
            "an ordinary GET gets the same answer" if same else "",
            "no other path that was tried answers 101",
        ],
        immediate=[
            "attach the WebSocket server to the server that listens: new WebSocketServer({ server }) and server.listen()"
        ],
        configuration=[
            "app.listen() makes a server of its own: create one with http.createServer(app) and use it for both"
        ],
        testing=[_CHECK],
    )


def _wrong_path(facts: Facts) -> Match | None:
    """The path is refused, and another path of the port answers 101."""
    seen = facts.handshake
    others = facts.open_alternatives
    if not others or seen.get("outcome") != "http" or seen.get("status") not in (400, 404, 500):
        return None
    return Match(
        "certain",
        ["%s: %s" % (_path(facts), outcome_words(seen)), "101 on %s" % others[0]],
        immediate=["dial %s, or let the server serve %s" % (others[0], _path(facts))],
        testing=[_CHECK],
    )


def _uvicorn_no_library(facts: Facts) -> Match | None:
    """uvicorn's warning is in the log, or uvicorn answers handshakes on every path by the 404 of an ordinary GET."""
    line = facts.signature("uvicorn-no-ws-library")
    seen = facts.handshake
    refused = seen.get("status") == 404 and "Not Found" in str(seen.get("body") or "")
    server = fingerprint(facts.plain) or fingerprint(seen)
    if not line and not (refused and "uvicorn" in server and not facts.open_alternatives):
        return None
    if seen.get("outcome") == "open":
        return None
    return Match(
        "certain" if line else "likely",
        [
            facts.quote(line)
            if line
            else "uvicorn answers the handshake like an ordinary GET: %s" % outcome_words(seen),
            "the handshake is answered by %s" % outcome_words(seen) if line else "no path that was tried answers 101",
        ],
        immediate=[
            "pip install 'uvicorn[standard]' (or websockets) in the environment that the running process uses, and restart"
        ],
        configuration=["add websockets to the deployment's requirements; don't start uvicorn with --ws none"],
        testing=["python -c 'import websockets' with the service's own interpreter", _CHECK],
    )


def _asgi_route(facts: Facts) -> Match | None:
    """403 without a body, with Origin and without, from an ASGI server."""
    seen = facts.handshake
    without = facts.attempt("no_origin")
    if seen.get("status") != 403 or seen.get("body") or without.get("status") not in (403, None):
        return None
    line = facts.signature("handshake-rejected")
    server = fingerprint(facts.plain) or fingerprint(seen)
    if not line and not server.startswith(("uvicorn", "hypercorn")):
        return None
    others = facts.open_alternatives
    return Match(
        "certain" if others else "likely",
        [
            "403 without a body on %s, with Origin and without: an ASGI server's answer to a route it does not have"
            % _path(facts),
            facts.quote(line) if line else "",
            "101 on %s" % others[0] if others else "",
        ],
        immediate=[
            "dial %s" % others[0]
            if others
            else "compare the path with the application's WebSocket routes, slash included; then the route's required query parameters and dependencies"
        ],
        configuration=["a dependency that refuses before accept() looks the same: log its reason"],
        testing=[_CHECK],
    )


def _auth(facts: Facts) -> Match | None:
    """401, or 403 with Origin and without, and no sign of a missing route or a refused Origin."""
    seen = facts.handshake
    without = facts.attempt("no_origin")
    if seen.get("status") not in (401, 403, 407) or without.get("outcome") == "open":
        return None
    if seen.get("status") == 403 and (_asgi_route(facts) or facts.signature("origin-rejected", "channels-reject")):
        return None
    sent = sorted((facts.service.get("websocket") or {}).get("headers") or {})
    return Match(
        "certain" if seen.get("status") == 401 else "likely",
        [
            "the handshake is answered by %s, with Origin and without" % outcome_words(seen),
            "headers sent by the probe: %s" % (", ".join(sent) if sent else "none that authenticate"),
        ],
        immediate=[
            "give the probe valid credentials in websocket.headers"
            if not sent
            else "renew the credentials in websocket.headers"
        ],
        configuration=[
            "browsers cannot set Authorization on a WebSocket: use a cookie, a ticket in the query, or the first message"
        ],
        testing=[_CHECK],
    )


def _origin(facts: Facts) -> Match | None:
    """Refused with an Origin, accepted without."""
    if facts.status("websocket.origin") != FAIL:
        return None
    seen = facts.handshake
    line = facts.signature("origin-rejected")
    return Match(
        "certain",
        [
            "with Origin %s: %s" % (seen.get("origin"), outcome_words(seen)),
            "without Origin: 101",
            facts.quote(line) if line else "",
        ],
        immediate=["add %s to the server's allowed origins" % seen.get("origin")],
        configuration=["behind a proxy pass the public Host on (nginx: proxy_set_header Host $http_host)"],
        testing=[_CHECK],
    )


def _socketio_path(facts: Facts) -> Match | None:
    """An Engine.IO path of the port opens while the asked one does not, or the peer hangs up after the one second that Engine.IO waits."""
    seen = facts.handshake
    engine = [path for path in facts.open_alternatives if "EIO=" in path]
    closed = seen.get("outcome") == "eof" and 800 <= (seen.get("total_ms") or 0) <= 1500
    if not engine and not (closed and fingerprint(facts.plain) in ("engine.io", "Express", "")):
        return None
    if seen.get("outcome") == "open":
        return None
    return Match(
        "certain" if engine else "possible",
        [
            "%s: %s" % (_path(facts), outcome_words(seen)),
            "101 on %s" % engine[0] if engine else "Engine.IO hangs up on a path it does not serve after 1.0 s",
        ],
        immediate=["dial %s" % (engine[0] if engine else "/socket.io/ (or the server's option path)")],
        configuration=["io(url, { path }): a path in the URL itself is a namespace, not a path"],
        testing=[_CHECK],
    )


def _http_in_stream(facts: Facts) -> Match | None:
    """What follows the 101 begins with "HTTP/1."."""
    start = str(facts.conversation.get("stream_start") or "")
    if not start.startswith("HTTP/1."):
        return None
    words = start.split("\n", 1)[0].strip()
    status = words.split(" ", 2)[1] if " " in words else ""
    reasons = {
        "101": "two libraries both upgrade the connection",
        "400": "a second WebSocket server (or Engine.IO of another version) on the same HTTP server refuses what the first accepted",
        "500": "the worker was ended while it held the connection (gunicorn's timeout)",
    }
    return Match(
        "certain",
        ["101, and then inside the stream: %s" % words, reasons.get(status, "")],
        immediate=[
            "let one upgrade handler decide: noServer: true for every WebSocketServer, and one server.on('upgrade') that routes by path"
        ],
        configuration=["match the major versions of Socket.IO client and server"],
        testing=[_CHECK],
    )


def _bad_101(facts: Facts) -> Match | None:
    """A 101 whose Sec-WebSocket-Accept is missing or does not answer the key."""
    seen = facts.handshake
    if seen.get("outcome") != "upgraded" or seen.get("accept") == "valid":
        return None
    return Match(
        "certain",
        [
            "101, but Sec-WebSocket-Accept is %s" % seen.get("accept"),
            "every client must fail this connection (RFC 6455, section 4.1)",
        ],
        immediate=["compute Sec-WebSocket-Accept from the key of the request, or use a library for the handshake"],
        configuration=["look for an intermediary that answers 101 by itself or from a cache"],
        testing=[_CHECK],
    )


def _ended(facts: Facts) -> dict[str, t.Any]:
    return how_it_ended(facts.conversation)


def _dropped(facts: Facts) -> Match | None:
    """The connection ends without a close frame right after the 101."""
    ended = _ended(facts)
    if ended.get("how") not in ("eof", "reset"):
        return None
    trace = facts.fatal_trace()
    return Match(
        "likely",
        [
            "101, then the connection was %s without a close frame"
            % ("reset" if ended["how"] == "reset" else "closed"),
            facts.quote(trace) if trace else "",
        ],
        immediate=[
            "look in the server's log at the time of the probe: an exception in the connection handler, a crash, socket.destroy()"
        ],
        testing=[_CHECK],
    )


def _handler_exception(facts: Facts) -> Match | None:
    """The server closes with code 1011."""
    ended = _ended(facts)
    if ended.get("how") != "close" or ended.get("code") != 1011:
        return None
    trace = facts.fatal_trace()
    return Match(
        "certain",
        [
            "101, then close code 1011 (internal error) %s" % (ended.get("reason") or ""),
            facts.quote(trace) if trace else "",
        ],
        immediate=["read the server's log: 1011 is sent when its handler raised an exception"],
        testing=[_CHECK],
    )


def _auth_after_open(facts: Facts) -> Match | None:
    """The server closes with a code that means a refusal (1008, 3000, 3003, 4001, 4401, 4403)."""
    ended = _ended(facts)
    if ended.get("how") != "close" or ended.get("code") not in (1008, 3000, 3003, 4001, 4401, 4403):
        return None
    return Match(
        "likely",
        ["101, then close code %s %s" % (ended.get("code"), ended.get("reason") or "")],
        immediate=["give the probe what the application asks for: websocket.headers, or send"],
        testing=[_CHECK],
    )


def _is_refused(facts: Facts) -> bool:
    """Whether credentials that the probe sent were refused, in the handshake or after it."""
    websocket = facts.service.get("websocket") or {}
    if not websocket.get("headers") and "?" not in _path(facts):
        return False
    return facts.handshake.get("status") in (401, 403) or _auth_after_open(facts) is not None


def _clocks(facts: Facts) -> float | None:
    """Seconds by which the host's clock is ahead of the controller's, where both were read."""
    clock = (facts.evidence.get("websocket") or {}).get("clock") or {}
    host, controller = clock.get("host"), clock.get("controller")
    if not isinstance(host, (int, float)) or not isinstance(controller, (int, float)):
        return None
    return float(host - controller)


def _token_clock(facts: Facts) -> Match | None:
    """Credentials of the probe are refused, and the log says that a token is not valid yet: who issued it has a clock that is
    ahead of the server's, whichever of the two is wrong. Of a token that has expired only if the host's clock is ahead of the
    controller's. Certain where the host's clock is off in the direction that explains it."""
    early, late = facts.signature("token-not-yet-valid"), facts.signature("token-expired")
    skew = _clocks(facts)
    behind, ahead = skew is not None and skew < -_LEEWAY, skew is not None and skew > _LEEWAY
    if not _is_refused(facts) or not (early or (late and ahead)):
        return None
    line = early or late
    off = (early and behind) or (late and ahead)
    because = [
        facts.quote(line),
        "the handshake: %s" % outcome_words(facts.handshake),
        "the clock of the host is %.0f s %s the controller's" % (abs(skew), "ahead of" if ahead else "behind")
        if skew is not None and (ahead or behind)
        else "the clocks of host and controller agree: look at that of whoever issues the tokens"
        if skew is not None
        else "",
    ]
    return Match(
        "certain" if off else "likely",
        because,
        immediate=["compare the clocks of the host and of the issuer with a time server: date -u; chronyc tracking"],
        configuration=[
            "keep the clocks right: run chrony or systemd-timesyncd (timedatectl set-ntp true) on both",
            "grant some seconds: clockTolerance (jsonwebtoken), leeway (PyJWT)",
        ],
        testing=["timedatectl shows 'System clock synchronized: yes'", _CHECK],
    )


def _graphql_subprotocol(facts: Facts) -> Match | None:
    """The server closes with code 4406."""
    offered = [item for item in offered_subprotocols(facts.service, facts.handshake) if item.startswith("graphql-")]
    refused = _ended(facts).get("code") == 4406
    if not refused and not (offered and facts.status("websocket.subprotocol") == FAIL):
        return None
    return Match(
        "certain",
        [
            "close code 4406: the server does not speak the sub-protocol that was offered"
            if refused
            else "offered %s, the server selected %s"
            % (", ".join(offered), facts.handshake.get("subprotocol") or "none")
        ],
        immediate=[
            "offer graphql-transport-ws (new servers) or graphql-ws (subscriptions-transport-ws) as the server does"
        ],
        testing=[_CHECK],
    )


def _silent_app(facts: Facts) -> Match | None:
    """The exchange is not answered although the connection stays open; a pong tells whether the library still runs."""
    exchange = facts.conversation.get("exchange") or {}
    if facts.status("websocket.message") != FAIL or exchange.get("proof") or exchange.get("ended") or _ended(facts):
        return None
    ping = facts.conversation.get("ping_ms")
    return Match(
        "likely" if ping is not None else "certain",
        [
            "101, but %s was not answered" % (exchange.get("sent") or "nothing came and the greeting"),
            "a ping is answered: the library runs, the application's handler does not answer"
            if ping is not None
            else "a ping is not answered either: nobody reads the connection",
        ],
        immediate=[
            "attach the message handler before the first await of the connection handler, and log what it receives"
        ],
        configuration=["if the application answers something else, say so: websocket.dialect, or send and expect"],
        testing=[_CHECK],
    )


def _subprotocol(facts: Facts) -> Match | None:
    """None of the offered sub-protocols is selected."""
    if facts.status("websocket.subprotocol") != FAIL:
        return None
    result = facts.result("websocket.subprotocol")
    return Match(
        "certain",
        [result.summary if result else ""],
        immediate=["let the server select one of the offered sub-protocols (handleProtocols, subprotocols=[…])"],
        testing=[_CHECK],
    )


def _engine_io_version(facts: Facts) -> Match | None:
    """Asked as Engine.IO 4, the server answers as Engine.IO 3 does, or refuses the protocol version."""
    exchange = facts.conversation.get("exchange") or {}
    if exchange.get("completed"):
        return None
    line = facts.signature("socketio-version-mismatch")
    if not exchange.get("peer") and "Unsupported protocol version" not in str(facts.conversation.get("stream_start")):
        return None
    return Match(
        "certain",
        [
            "asked as Engine.IO 4, the server speaks %s" % exchange["peer"]
            if exchange.get("peer")
            else "the server refuses the protocol version inside the stream",
            facts.quote(line) if line else "",
        ],
        immediate=["use one major version on both sides: a 2.x client, or Socket.IO 3 and later on the server"],
        configuration=[
            "allowEIO3: true lets a newer server accept 2.x clients; for an older server say dialect: socketio2"
        ],
        testing=[_CHECK],
    )


def _silent_upgrade(facts: Facts) -> Match | None:
    """The connection is accepted, the handshake gets no byte, and the process neither is stopped nor spins."""
    if facts.handshake.get("outcome") != "timeout" or facts.handshake.get("bytes"):
        return None
    http = facts.plain.get("outcome")
    return Match(
        "likely",
        [
            "the connection is accepted, but the handshake gets no byte back",
            "an ordinary GET is answered by %s" % facts.plain.get("status")
            if http == "http"
            else "an ordinary GET gets no answer either",
            "the process is neither stopped nor spinning" if facts.processes else "",
        ],
        immediate=[
            "look at the server's upgrade handler: it returns without an answer, or waits for something (a database, a lock)"
        ],
        configuration=["answer every upgrade: handleUpgrade, or an HTTP error and destroy()"],
        testing=[_CHECK],
    )


def _destroyed(facts: Facts) -> Match | None:
    """The connection is closed or reset without a byte in answer to a handshake, while an ordinary GET on the same port is
    answered."""
    main = facts.handshake
    if main.get("outcome") not in ("eof", "reset") or facts.plain.get("outcome") != "http" or facts.open_alternatives:
        return None
    who = fingerprint(facts.plain)
    return Match(
        "likely",
        [
            "the handshake: %s" % outcome_words(main),
            "an ordinary GET is answered by %s%s" % (facts.plain.get("status"), ", %s" % who if who else ""),
            "browsers say: Connection closed before receiving a handshake response",
        ],
        immediate=["look at the server's upgrade handler: it destroys the socket, for this path, Origin or user"],
        configuration=[
            "answer with a status (401, 403, 404) before the socket is closed, so that clients can tell why"
        ],
        testing=[_CHECK],
    )


def _rule(
    rule_id: str, title: str, find: t.Callable[[Facts], Match | None], *supersedes: str, source: str = ""
) -> Rule:
    return Rule(
        id=rule_id,
        title=title,
        layer="server",
        explains=("websocket.*", "log.*", *IN_BROWSER),
        find=find,
        supersedes=supersedes,
        source=(source,) if source else (),
    )


_RFC = "https://www.rfc-editor.org/rfc/rfc6455"
RULES: tuple[Rule, ...] = (
    _rule(
        "uvicorn-no-ws-library",
        "uvicorn has no WebSocket library to upgrade with",
        _uvicorn_no_library,
        "ws-server-not-attached",
        source="https://www.uvicorn.org/deployment/",
    ),
    _rule(
        "ws-path-option",
        "The WebSocket server serves another path",
        _path_option,
        "ws-wrong-path",
        source="https://github.com/websockets/ws/blob/master/doc/ws.md",
    ),
    _rule(
        "sio-path-mismatch",
        "This port speaks Socket.IO, on another path",
        _socketio_path,
        "ws-server-not-attached",
        "ws-wrong-path",
        "ws-path-option",
        "ws-upgrade-handler-destroys",
        source="https://socket.io/docs/v4/troubleshooting-connection-issues/",
    ),
    _rule("ws-wrong-path", "The WebSocket is on another path of this port", _wrong_path),
    _rule(
        "ws-server-not-attached",
        "No WebSocket server is attached to the HTTP server that listens",
        _not_attached,
        source="https://github.com/websockets/ws#external-https-server",
    ),
    _rule(
        "fastapi-ws-route-or-dependency",
        "The application has no such WebSocket route, or a dependency refuses",
        _asgi_route,
        "ws-auth-rejected",
        source="https://fastapi.tiangolo.com/advanced/websockets/",
    ),
    _rule(
        "clock-skew-token",
        "Tokens are refused for their time: a clock is wrong",
        _token_clock,
        "ws-auth-rejected",
        "ws-auth-after-open",
        "fastapi-ws-route-or-dependency",
        source="https://www.rfc-editor.org/rfc/rfc7519#section-4.1.5",
    ),
    _rule("ws-auth-rejected", "The server asks for credentials", _auth, source=_RFC + "#section-4.2.2"),
    _rule("ws-origin-rejected", "The server refuses the browser's Origin", _origin, source=_RFC + "#section-10.2"),
    _rule("ws-bad-101", "The 101 is not a valid handshake", _bad_101, source=_RFC + "#section-4.1"),
    _rule(
        "sio-eio-version-mismatch",
        "Socket.IO versions do not match",
        _engine_io_version,
        "http-bytes-inside-ws-stream",
        "ws-app-silent",
        source="https://socket.io/docs/v4/client-installation/#version-compatibility",
    ),
    _rule(
        "http-bytes-inside-ws-stream",
        "Two handlers answer one upgrade: HTTP inside the WebSocket stream",
        _http_in_stream,
        "ws-dropped-after-101",
        source="https://github.com/websockets/ws/issues/885",
    ),
    _rule(
        "graphql-subprotocol",
        "Client and server speak different GraphQL sub-protocols",
        _graphql_subprotocol,
        "ws-app-silent",
        "ws-subprotocol-none-selected",
    ),
    _rule(
        "ws-subprotocol-none-selected",
        "The server selects none of the offered sub-protocols",
        _subprotocol,
        source=_RFC + "#section-4.2.2",
    ),
    _rule("ws-auth-after-open", "The application refuses after the handshake", _auth_after_open),
    _rule(
        "ws-handler-exception",
        "The server's handler failed with an exception",
        _handler_exception,
        source=_RFC + "#section-7.4.1",
    ),
    _rule("ws-dropped-after-101", "The server drops the connection right after the handshake", _dropped),
    _rule("ws-app-silent", "The application does not answer messages", _silent_app),
    _rule(
        "ws-upgrade-handler-destroys",
        "The server closes the connection in answer to an upgrade",
        _destroyed,
        source="https://nodejs.org/api/http.html#event-upgrade_1",
    ),
    _rule("ws-upgrade-handler-silent", "The server accepts connections but never answers the upgrade", _silent_upgrade),
)
