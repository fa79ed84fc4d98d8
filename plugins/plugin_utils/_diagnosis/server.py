# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the WebSocket server and its framework: layer server of the failure catalogue."""

from __future__ import annotations

import typing as t

from .._evidence.websocket import offered_subprotocols, outcome_words
from .._evidence.who_answered import engine_io_code, fingerprint
from .._model import FAIL, PASS
from .conditions import (
    NOT_ACCEPTED_DIRECTLY,
    OTHER_PATH_OPENS,
    STOPPED,
    always,
    answered,
    either,
    ended,
    failed,
    logged,
    never_sure,
    sure_where,
)
from .facts import Facts
from .rule import CHECK_AGAIN, IN_BROWSER, Condition, Match, Rival, Rule
from .server_rule import closed_by, server_rule

#: Seconds by which clocks may differ: about what libraries grant, and more than an answer is under way.
_LEEWAY = 15.0


def _path(facts: Facts) -> str:
    return str(facts.websocket.get("path") or "/")


def _path_option(facts: Facts) -> Match | None:
    """With the path that opens, where one was found."""
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
        testing=[CHECK_AGAIN],
    )


def _not_attached(facts: Facts) -> Match | None:
    """With the server that answers, and what it answers to an ordinary GET."""
    who = fingerprint(facts.handshake)
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
        testing=[CHECK_AGAIN],
    )


def _wrong_path(facts: Facts) -> Match | None:
    """With the path that opens."""
    others = facts.open_alternatives
    return Match(
        "certain",
        ["%s: %s" % (_path(facts), outcome_words(facts.handshake)), "101 on %s" % others[0]],
        immediate=["dial %s, or let the server serve %s" % (others[0], _path(facts))],
        testing=[CHECK_AGAIN],
    )


def _server_name(facts: Facts) -> str:
    """Which program answers, by what it says to an ordinary GET, or else to the handshake."""
    return fingerprint(facts.plain) or fingerprint(facts.handshake)


def _uvicorn_answers_404(facts: Facts) -> bool:
    """Whether uvicorn answers a handshake like an ordinary GET, whatever the path."""
    seen = facts.handshake
    refused = seen.get("status") == 404 and "Not Found" in str(seen.get("body") or "")
    return refused and "uvicorn" in _server_name(facts) and not facts.open_alternatives


def _uvicorn_no_library(facts: Facts) -> Match | None:
    """With the warning, where it was found, and the answer."""
    line = facts.signature("server-uvicorn-no-websocket-library")
    seen = facts.handshake
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
        testing=["python -c 'import websockets' with the service's own interpreter", CHECK_AGAIN],
    )


def _asgi_route(facts: Facts) -> Match | None:
    """With the path that opens, where one was found."""
    line = facts.signature("handshake-rejected")
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
        testing=[CHECK_AGAIN],
    )


def _auth(facts: Facts) -> Match | None:
    """With the headers that the probe sent."""
    seen = facts.handshake
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
        testing=[CHECK_AGAIN],
    )


def _origin(facts: Facts) -> Match | None:
    """With both answers."""
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
        testing=[CHECK_AGAIN],
    )


def _engine_paths(facts: Facts) -> list[str]:
    return [path for path in facts.open_alternatives if "EIO=" in path]


def _hangs_up_like_engine_io(facts: Facts) -> bool:
    """Whether the peer hangs up after the one second that Engine.IO waits on a path that it does not serve."""
    seen = facts.handshake
    waited = seen.get("outcome") == "eof" and 800 <= (seen.get("total_ms") or 0) <= 1500
    return waited and fingerprint(facts.plain) in ("engine.io", "Express", "")


def _socketio_path(facts: Facts) -> Match | None:
    """With the path of Engine.IO, where it was found."""
    seen, engine = facts.handshake, _engine_paths(facts)
    return Match(
        "certain" if engine else "possible",
        [
            "%s: %s" % (_path(facts), outcome_words(seen)),
            "101 on %s" % engine[0] if engine else "Engine.IO hangs up on a path it does not serve after 1.0 s",
        ],
        immediate=["dial %s" % (engine[0] if engine else "/socket.io/ (or the server's option path)")],
        configuration=["io(url, { path }): a path in the URL itself is a namespace, not a path"],
        testing=[CHECK_AGAIN],
    )


def _http_in_stream(facts: Facts) -> Match | None:
    """With the answer inside the stream, and what its status tells."""
    start = str(facts.conversation.get("stream_start") or "")
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
        testing=[CHECK_AGAIN],
    )


def _bad_101(facts: Facts) -> Match | None:
    """With what Sec-WebSocket-Accept is instead."""
    return Match(
        "certain",
        [
            "101, but Sec-WebSocket-Accept is %s" % facts.handshake.get("accept"),
            "every client must fail this connection (RFC 6455, section 4.1)",
        ],
        immediate=["compute Sec-WebSocket-Accept from the key of the request, or use a library for the handshake"],
        configuration=["look for an intermediary that answers 101 by itself or from a cache"],
        testing=[CHECK_AGAIN],
    )


#: Close codes by which applications refuse a client after the 101.
_REFUSALS = (1008, 3000, 3003, 4001, 4401, 4403)


_CLOSED_AS_REFUSED = closed_by("101, then a close code that means a refusal: %s" % either(*_REFUSALS), *_REFUSALS)


def _dropped(facts: Facts) -> Match | None:
    """With the last stack trace of the log."""
    trace = facts.fatal_trace()
    return Match(
        "likely",
        [
            "101, then the connection was %s without a close frame"
            % ("reset" if facts.ended["how"] == "reset" else "closed"),
            facts.quote(trace) if trace else "",
        ],
        immediate=[
            "look in the server's log at the time of the probe: an exception in the connection handler, a crash, socket.destroy()"
        ],
        testing=[CHECK_AGAIN],
    )


def _handler_exception(facts: Facts) -> Match | None:
    """With the last stack trace of the log."""
    trace = facts.fatal_trace()
    return Match(
        "certain",
        [
            "101, then close code 1011 (internal error) %s" % (facts.ended.get("reason") or ""),
            facts.quote(trace) if trace else "",
        ],
        immediate=["read the server's log: 1011 is sent when its handler raised an exception"],
        testing=[CHECK_AGAIN],
    )


def _auth_after_open(facts: Facts) -> Match | None:
    """With the code, and the reason that came with it."""
    close = facts.ended
    return Match(
        "likely",
        ["101, then close code %s %s" % (close.get("code"), close.get("reason") or "")],
        immediate=["give the probe what the application asks for: websocket.headers, or send"],
        testing=[CHECK_AGAIN],
    )


def _is_refused(facts: Facts) -> bool:
    """Whether credentials that the probe sent were refused, in the handshake or after it."""
    websocket = facts.service.get("websocket") or {}
    if not websocket.get("headers") and "?" not in _path(facts):
        return False
    return facts.handshake.get("status") in (401, 403) or bool(_CLOSED_AS_REFUSED.holds(facts))


def _clocks(facts: Facts) -> float | None:
    """Seconds by which the host's clock is ahead of the controller's, where both were read."""
    clock = facts.websocket.get("clock") or {}
    host, controller = clock.get("host"), clock.get("controller")
    if not isinstance(host, (int, float)) or not isinstance(controller, (int, float)):
        return None
    return float(host - controller)


def _is_ahead(facts: Facts) -> bool:
    """Whether the host's clock is ahead of the controller's by more than tokens are granted."""
    skew = _clocks(facts)
    return skew is not None and skew > _LEEWAY


def _token_clock(facts: Facts) -> Match | None:
    """With the clocks of host and controller, where both were read."""
    early, late = facts.signature("token-not-yet-valid"), facts.signature("token-expired")
    skew = _clocks(facts)
    behind, ahead = skew is not None and skew < -_LEEWAY, _is_ahead(facts)
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
        testing=["timedatectl shows 'System clock synchronized: yes'", CHECK_AGAIN],
    )


def _graphql_offered(facts: Facts) -> list[str]:
    return [item for item in offered_subprotocols(facts.service, facts.handshake) if item.startswith("graphql-")]


def _graphql_subprotocol(facts: Facts) -> Match | None:
    """With what was offered, and what was selected."""
    offered = _graphql_offered(facts)
    refused = facts.ended.get("code") in (4406, 1002)
    return Match(
        "certain",
        [
            "close code %s: the server does not speak the sub-protocol that was offered" % facts.ended["code"]
            if refused
            else "offered %s, the server selected %s"
            % (", ".join(offered), facts.handshake.get("subprotocol") or "none")
        ],
        immediate=[
            "offer graphql-transport-ws (new servers) or graphql-ws (subscriptions-transport-ws) as the server does"
        ],
        testing=[CHECK_AGAIN],
    )


def _silent_app(facts: Facts) -> Match | None:
    """With what was sent; a pong tells whether the library still runs."""
    exchange = facts.exchange
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
        testing=[CHECK_AGAIN],
    )


def _subprotocol(facts: Facts) -> Match | None:
    """With what was offered."""
    result = facts.result("websocket.subprotocol")
    return Match(
        "certain",
        [result.summary if result else ""],
        immediate=["let the server select one of the offered sub-protocols (handleProtocols, subprotocols=[…])"],
        testing=[CHECK_AGAIN],
    )


def _polling_refusal(facts: Facts) -> str:
    """What Engine.IO answers to a client that begins by polling, where it refuses."""
    return str((facts.websocket.get("polling") or {}).get("body") or "")


def _engine_io_version(facts: Facts) -> Match | None:
    """With the version that the server speaks, as far as it says so."""
    exchange = facts.exchange
    line = facts.signature("socketio-version-mismatch")
    return Match(
        "certain",
        [
            "asked as Engine.IO 4, the server speaks %s" % exchange["peer"]
            if exchange.get("peer")
            else "the server refuses the protocol version inside the stream",
            "polling is answered by %s" % _polling_refusal(facts) if _polling_refusal(facts) else "",
            facts.quote(line) if line else "",
        ],
        immediate=["use one major version on both sides: a 2.x client, or Socket.IO 3 and later on the server"],
        configuration=[
            "allowEIO3: true lets a newer server accept 2.x clients; for an older server say dialect: socketio2"
        ],
        testing=[CHECK_AGAIN],
    )


def _silent_upgrade(facts: Facts) -> Match | None:
    """With what an ordinary GET meets."""
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
        testing=[CHECK_AGAIN],
    )


def _destroyed(facts: Facts) -> Match | None:
    """With what an ordinary GET gets."""
    main = facts.handshake
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
        testing=[CHECK_AGAIN],
    )


def _rule(
    rule_id: str, title: str, find: t.Callable[[Facts], Match | None], *supersedes: str, source: str = "", **more: t.Any
) -> Rule:
    """A rule about the server alone: what only the proxy shows has another cause."""
    explains = ("websocket.*", "log.*", *IN_BROWSER)
    return server_rule(rule_id, title, find, *supersedes, source=source, explains=explains, **more)


def _body(facts: Facts) -> str:
    return str(facts.handshake.get("body") or "").strip()


_LOG = "the server's log at the moment of the handshake"
_RFC = "https://www.rfc-editor.org/rfc/rfc6455"
RULES: tuple[Rule, ...] = (
    _rule(
        "server-uvicorn-no-websocket-library",
        "uvicorn has no WebSocket library to upgrade with",
        _uvicorn_no_library,
        "server-websocket-not-attached",
        source="https://www.uvicorn.org/deployment/",
        needs=(
            Condition(
                "uvicorn's own warning is in the log, or uvicorn answers a handshake by the 404 of an ordinary GET and no path "
                "that was tried opens",
                lambda facts: facts.signature("server-uvicorn-no-websocket-library") or _uvicorn_answers_404(facts),
            ),
            NOT_ACCEPTED_DIRECTLY,
        ),
        sureness=sure_where("the warning is in the log"),
        apart=(
            Rival(
                "server-websocket-not-attached",
                "python -c 'import websockets' with the service's own interpreter",
                "an ImportError: no library; else no route is attached",
            ),
            Rival(
                "proxy-upgrade-dropped",
                "a handshake past the proxy, on the host itself",
                "404 there as well: the server; 101: a hop on the way removes Upgrade",
            ),
        ),
    ),
    _rule(
        "server-path-option",
        "The WebSocket server serves another path",
        _path_option,
        "server-other-path",
        source="https://github.com/websockets/ws/blob/master/doc/ws.md",
        needs=(
            answered(400),
            Condition(
                'its body is the bare phrase "Bad Request", by which ws answers another path than its option path; a missing key '
                "or version it answers by a sentence",
                lambda facts: _body(facts) == "Bad Request",
            ),
        ),
        sureness=sure_where("another path opens"),
    ),
    _rule(
        "server-socketio-path-mismatch",
        "This port speaks Socket.IO, on another path",
        _socketio_path,
        "server-websocket-not-attached",
        "server-other-path",
        "server-path-option",
        "server-upgrade-closed",
        source="https://socket.io/docs/v4/troubleshooting-connection-issues/",
        needs=(
            Condition(
                "an Engine.IO path of the port opens, or the peer hangs up after the one second for which Engine.IO waits",
                lambda facts: _engine_paths(facts) or _hangs_up_like_engine_io(facts),
            ),
            NOT_ACCEPTED_DIRECTLY,
        ),
        sureness=(("certain", "an Engine.IO path opens"), ("possible", "only the second before the end tells")),
        apart=(
            Rival(
                "server-upgrade-closed",
                "curl -s 'http://127.0.0.1:<port>/socket.io/?EIO=4&transport=polling'",
                'an answer that begins with 0{"sid": Socket.IO; else the handler itself hangs up',
            ),
        ),
    ),
    _rule(
        "server-other-path",
        "The WebSocket is on another path of this port",
        _wrong_path,
        needs=(answered(400, 404, 500), OTHER_PATH_OPENS),
        sureness=always("the other path was seen to open"),
    ),
    _rule(
        "server-websocket-not-attached",
        "No WebSocket server is attached to the HTTP server that listens",
        _not_attached,
        source="https://github.com/websockets/ws#external-https-server",
        needs=(answered(404),),
        against=(
            OTHER_PATH_OPENS,
            Condition(
                "it is the 404 of a server that speaks WebSocket by itself (uvicorn, daphne, hypercorn)",
                lambda facts: fingerprint(facts.handshake).startswith(("uvicorn", "daphne", "hypercorn", "Django")),
            ),
            logged(
                "the log says that the upgrade was not supported",
                "server-uvicorn-no-websocket-library",
                "unsupported-upgrade",
            ),
        ),
        sureness=sure_where("Express answers an ordinary GET in the same way"),
        apart=(
            Rival(
                "server-other-path",
                "the routes of the application",
                "a WebSocket on another path: dial that; none at all: it is not attached",
            ),
        ),
    ),
    _rule(
        "server-asgi-no-route",
        "The application has no such WebSocket route, or a dependency refuses",
        _asgi_route,
        "server-credentials-required",
        source="https://fastapi.tiangolo.com/advanced/websockets/",
        needs=(
            answered(403),
            Condition("the 403 has no body", lambda facts: not facts.handshake.get("body")),
            Condition(
                "an ASGI server (uvicorn, hypercorn) answers, or its log says that the handshake was rejected",
                lambda facts: (
                    facts.signature("handshake-rejected") or _server_name(facts).startswith(("uvicorn", "hypercorn"))
                ),
            ),
        ),
        against=(
            Condition(
                "without an Origin the answer is another one",
                lambda facts: facts.attempt("no_origin").get("status") not in (403, None),
            ),
        ),
        sureness=sure_where("another path opens"),
        apart=(
            Rival(
                "server-credentials-required",
                "the application's WebSocket routes",
                "the path is among them: a dependency or the credentials; it is not: the route",
            ),
            Rival(
                "server-origin-rejected",
                "no_origin",
                "101 without an Origin: the Origin; 403 again: route or dependency",
            ),
        ),
    ),
    _rule(
        "server-token-clock-skew",
        "Tokens are refused for their time: a clock is wrong",
        _token_clock,
        "server-credentials-required",
        "server-refuses-after-open",
        "server-asgi-no-route",
        source="https://www.rfc-editor.org/rfc/rfc7519#section-4.1.5",
        needs=(
            Condition("credentials that the probe sent are refused", _is_refused),
            Condition(
                "the log says that a token is not valid yet, or that one has expired while the host's clock is ahead of the "
                "controller's",
                lambda facts: (
                    facts.signature("token-not-yet-valid") or (facts.signature("token-expired") and _is_ahead(facts))
                ),
            ),
        ),
        sureness=sure_where(
            "the host's clock is off in the direction that explains it",
            "the issuer's clock, which is not seen, may be wrong",
        ),
        apart=(
            Rival(
                "server-credentials-required",
                "date -u, on the host and where tokens are issued",
                "they differ: a clock; they agree: the credentials",
            ),
        ),
    ),
    _rule(
        "server-credentials-required",
        "The server asks for credentials",
        _auth,
        source=_RFC + "#section-4.2.2",
        needs=(answered(401, 403, 407),),
        against=(
            Condition(
                "without an Origin it is accepted", lambda facts: facts.attempt("no_origin").get("outcome") == "open"
            ),
            Condition(
                "with the Origin of the port itself it is accepted",
                lambda facts: facts.attempt("own_origin").get("outcome") == "open",
            ),
            Condition(
                "the log says that a 403 was for the Origin",
                lambda facts: facts.handshake.get("status") == 403 and facts.signature("origin-rejected"),
            ),
        ),
        sureness=sure_where("it is 401"),
        apart=(
            Rival(
                "server-origin-rejected", "no_origin", "101 without an Origin: the Origin; refused again: credentials"
            ),
            Rival(
                "server-asgi-no-route",
                "the application's WebSocket routes",
                "the path is not among them: the route; it is: credentials",
            ),
        ),
    ),
    _rule(
        "server-origin-rejected",
        "The server refuses the browser's Origin",
        _origin,
        source=_RFC + "#section-10.2",
        needs=(failed("refused with an Origin, accepted without one", "websocket.origin"),),
        sureness=always("both handshakes were made"),
        apart=(
            Rival(
                "server-credentials-required",
                "no_origin",
                "101 without an Origin: the Origin; refused again: credentials",
            ),
            Rival(
                "proxy-host-rewritten",
                "a handshake past the proxy with the page's Origin",
                "refused there as well: the server's list; accepted: the proxy changes the Host",
            ),
        ),
    ),
    _rule(
        "server-invalid-101",
        "The 101 is not a valid handshake",
        _bad_101,
        source=_RFC + "#section-4.1",
        needs=(
            ended("101 that is no valid answer", "upgraded"),
            Condition(
                "Sec-WebSocket-Accept is missing, or does not answer the key",
                lambda facts: facts.handshake["accept"] != "valid",
            ),
        ),
        sureness=always("the answer to the key was computed"),
    ),
    _rule(
        "server-socketio-version-mismatch",
        "Socket.IO versions do not match",
        _engine_io_version,
        "server-asgi-no-route",
        "server-two-upgrade-handlers",
        "server-application-silent",
        source="https://socket.io/docs/v4/client-installation/#version-compatibility",
        needs=(
            Condition(
                "asked as Engine.IO 4, the server answers as Engine.IO 3 does, or refuses the protocol version",
                lambda facts: (
                    facts.exchange.get("peer")
                    or "Unsupported protocol version" in str(facts.conversation.get("stream_start"))
                    or engine_io_code({"body": _polling_refusal(facts)}) == 5
                    or "unsupported version of the Socket.IO" in _polling_refusal(facts)
                ),
            ),
        ),
        against=(
            Condition(
                "the exchange came to its end all the same",
                lambda facts: facts.status("websocket.message") == PASS or facts.exchange["completed"],
            ),
        ),
        sureness=always("the server's own frames tell its version"),
    ),
    _rule(
        "server-two-upgrade-handlers",
        "Two handlers answer one upgrade: HTTP inside the WebSocket stream",
        _http_in_stream,
        "browser-invalid-frames",
        "server-drops-after-101",
        source="https://github.com/websockets/ws/issues/885",
        needs=(
            Condition(
                "what follows the 101 begins with HTTP/1.",
                lambda facts: str(facts.conversation.get("stream_start") or "").startswith("HTTP/1."),
            ),
        ),
        sureness=always("the bytes themselves were seen"),
        apart=(
            Rival(
                "server-socketio-version-mismatch",
                "the body of the answer inside the stream",
                "Unsupported protocol version: the versions; else a second handler",
            ),
        ),
    ),
    _rule(
        "server-graphql-subprotocol-mismatch",
        "Client and server speak different GraphQL sub-protocols",
        _graphql_subprotocol,
        "server-application-silent",
        "server-no-subprotocol-selected",
        needs=(
            Condition(
                "the server closes by 4406, selects none of the sub-protocols of GraphQL that were offered, or selects one and "
                "closes by 1002 at its first message",
                lambda facts: (
                    facts.ended.get("code") == 4406
                    or (_graphql_offered(facts) and facts.ended.get("code") == 1002)
                    or (_graphql_offered(facts) and facts.status("websocket.subprotocol") == FAIL)
                ),
            ),
        ),
        sureness=always("the server says so, or selects nothing"),
    ),
    _rule(
        "server-no-subprotocol-selected",
        "The server selects none of the offered sub-protocols",
        _subprotocol,
        source=_RFC + "#section-4.2.2",
        needs=(failed("101, and none of the offered sub-protocols is selected", "websocket.subprotocol"),),
        sureness=always("the answer names none"),
    ),
    _rule(
        "server-refuses-after-open",
        "The application refuses after the handshake",
        _auth_after_open,
        needs=(_CLOSED_AS_REFUSED,),
        sureness=never_sure("applications use these codes for other refusals as well"),
        apart=(
            Rival(
                "server-token-clock-skew", "date -u, on the host and where tokens are issued", "they differ: a clock"
            ),
        ),
    ),
    _rule(
        "server-handler-exception",
        "The server's handler failed with an exception",
        _handler_exception,
        source=_RFC + "#section-7.4.1",
        needs=(closed_by("101, then close code 1011", 1011),),
        sureness=always("1011 is the code for it"),
        apart=(
            Rival("server-drops-after-101", _LOG, "a traceback of the handler: its exception; none: the connection"),
        ),
    ),
    _rule(
        "server-drops-after-101",
        "The server drops the connection right after the handshake",
        _dropped,
        needs=(
            Condition(
                "101, then the connection ends without a close frame",
                lambda facts: facts.ended.get("how") in ("eof", "reset"),
            ),
        ),
        sureness=never_sure("who ended it is not seen"),
        apart=(
            Rival(
                "server-handler-exception",
                _LOG,
                "a traceback of the handler: its exception; none: a crash or destroy()",
            ),
        ),
    ),
    _rule(
        "server-application-silent",
        "The application does not answer messages",
        _silent_app,
        needs=(failed("101, and what was sent is not answered", "websocket.message"),),
        against=(
            Condition("something came that proves that data flow", lambda facts: facts.exchange.get("proof")),
            Condition("the connection was ended meanwhile", lambda facts: facts.exchange.get("ended") or facts.ended),
        ),
        sureness=sure_where("a ping is not answered either", "a pong comes: the library runs"),
        apart=(
            Rival(
                "process-event-loop-blocked",
                "top -b -n 1 -p <pid>",
                "a processor all the time: the loop is blocked; next to nothing: the handler does not answer",
            ),
        ),
    ),
    _rule(
        "server-upgrade-closed",
        "The server closes the connection in answer to an upgrade",
        _destroyed,
        source="https://nodejs.org/api/http.html#event-upgrade_1",
        needs=(
            ended("the connection is closed or reset without a byte in answer to a handshake", "eof", "reset"),
            Condition("an ordinary GET is answered", lambda facts: facts.plain.get("outcome") == "http"),
        ),
        against=(OTHER_PATH_OPENS,),
        sureness=never_sure("the handler's reason is not seen"),
        apart=(
            Rival(
                "process-descriptors-used-up",
                "ls /proc/<pid>/fd | wc -l; grep 'open files' /proc/<pid>/limits",
                "as many as the soft limit: no descriptor is left; fewer: the handler",
            ),
        ),
    ),
    _rule(
        "server-upgrade-unanswered",
        "The server accepts connections but never answers the upgrade",
        _silent_upgrade,
        needs=(ended("the connection is accepted, and the handshake is not answered in time", "timeout"),),
        against=(
            Condition("some bytes came", lambda facts: facts.handshake.get("bytes")),
            STOPPED,
        ),
        sureness=never_sure("what the handler waits for is not seen"),
        apart=(
            Rival(
                "process-event-loop-blocked",
                "top -b -n 1 -p <pid>",
                "a processor all the time: the loop; else the handler",
            ),
            Rival("process-stopped", "ps -o stat= -p <pid>", "T: it is stopped; S: the handler waits"),
        ),
    ),
)
