# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in what a server can take: sizes, compression, time, workers, its own end."""

from __future__ import annotations

from .._evidence.websocket import outcome_words, waits_for_end
from .conditions import ACCEPTED_DIRECTLY, always, logged, never_sure, sure_where, wrong
from .facts import Facts
from .rule import CHECK_AGAIN, Condition, Match, Rival, Rule
from .server_rule import closed_by, server_rule

_RFC = "https://www.rfc-editor.org/rfc/"


def _too_big(facts: Facts) -> Match | None:
    """With the reason that came with the close frame, which may name the limit."""
    line = facts.signature("message-too-big")
    return Match(
        "certain",
        ["101, then close code 1009 %s" % (facts.ended.get("reason") or ""), facts.quote(line) if line else ""],
        immediate=[
            "raise the server's limit (ws: maxPayload, websockets: max_size, uvicorn: --ws-max-size), or send less at once"
        ],
        configuration=["the limit is about the message, after decompression; agree on it with the clients"],
        testing=["send a message of the largest size that clients need: websocket.send and expect", CHECK_AGAIN],
    )


#: How the library says that a frame has a reserved bit which nobody agreed on.
_RESERVED = ("rsv", "RSV1", "reserved bit")


def _compressed(facts: Facts) -> bool:
    """Whether frames come with the bit of compression alone, which was not offered: the first is 0xc1 or 0xc2."""
    first = str(facts.conversation.get("stream_start") or "").split(" ", 1)[0].lower()
    said = str(facts.ended.get("reason") or "")
    return first in ("c1", "c2") and any(word in said for word in _RESERVED)


def _deflate(facts: Facts) -> Match | None:
    """With the first bytes."""
    return Match(
        "certain",
        [
            "101 without permessage-deflate, and then a frame with the bit of compression (%s)"
            % facts.conversation.get("stream_start"),
            "every client must fail this connection (RFC 6455, section 5.2)",
        ],
        immediate=["switch compression off on the server (perMessageDeflate: false, compression=None) and look again"],
        configuration=[
            "a proxy that strips or answers Sec-WebSocket-Extensions by itself makes both ends disagree: let it pass them on"
        ],
        testing=[CHECK_AGAIN],
    )


def _shut_down(facts: Facts) -> Match | None:
    """With the code, and what it means."""
    end = facts.ended
    meaning = {1001: "going away", 1012: "service restart", 1013: "try again later"}.get(end.get("code") or 0, "")
    return Match(
        "likely",
        ["101, then close code %s (%s) %s" % (end.get("code"), meaning, end.get("reason") or "")],
        immediate=[
            "look whether the server was stopped or restarted at that moment; if not, why it ends connections by this code"
        ],
        configuration=["let clients connect again after a random delay: a restart ends all connections at once"],
        testing=["ask again once the restart is over", CHECK_AGAIN],
    )


def _waits(facts: Facts) -> Match | None:
    """With both times."""
    result = facts.result("websocket.latency")
    return Match(
        "likely",
        [result.summary if result else "", "the process is neither stopped nor spinning" if facts.processes else ""],
        immediate=[
            "measure what the connection handler awaits before it accepts: the look-up of a session, a database, another service"
        ],
        configuration=["give that look-up a time-out, and accept or refuse when it ends"],
        testing=["check that websocket.latency passes", CHECK_AGAIN],
    )


def _first_lost(facts: Facts) -> tuple[str, str]:
    """The handshake that hung, and the one after it that was accepted, in words; empty: there are no such two.

    Host and controller ask at the same time: whoever comes first makes the server listen for upgrades.
    """
    outside, again = facts.websocket.get("controller") or {}, facts.attempt("after_get")
    if facts.handshake.get("outcome") == "timeout" and again.get("outcome") == "open":
        return outcome_words(facts.handshake), "after an ordinary GET: %s" % outcome_words(again)
    if (outside.get("outcome"), outside.get("again"), facts.handshake.get("outcome")) == ("timeout", "open", "open"):
        return "%s (from the controller)" % outcome_words(outside), "all after it, from there and on the host: 101"
    return "", ""


def _first_request(facts: Facts) -> Match | None:
    """With both handshakes."""
    first, then = _first_lost(facts)
    return Match(
        "likely",
        [
            "the first handshake: %s" % first,
            then,
            "a proxy in the application (http-proxy-middleware with ws: true) begins to listen for upgrades at its first request",
        ],
        immediate=["subscribe it to upgrades at the start: server.on('upgrade', proxyMiddleware.upgrade)"],
        configuration=["or let a reverse proxy in front lead the WebSocket past the application"],
        testing=["restart it, and run the checklist before anybody loads a page", CHECK_AGAIN],
    )


def _is_sync_worker(facts: Facts) -> bool:
    """Whether gunicorn runs with workers that do one thing at a time."""
    command = str(facts.main_process.get("command") or "")
    chosen = any(word in command for word in (" -k", "--worker-class", "--threads"))
    return "gunicorn" in command and not chosen


def _others_wait(facts: Facts) -> bool:
    """Whether requests waited for the end of the probe's connection."""
    repeat = facts.websocket.get("repeat") or {}
    return waits_for_end(facts.websocket) or "timeout" in (repeat.get("outcomes") or {})


def _captured(facts: Facts) -> Match | None:
    """With the command line, and what a second request meets meanwhile."""
    return Match(
        "likely",
        [
            "101, and as long as this connection is open other requests wait",
            "gunicorn runs with sync workers: each WebSocket takes one for itself",
        ],
        immediate=[
            "start it with -k gthread --threads 100 (Flask-SocketIO, threading), or with gevent or eventlet workers"
        ],
        configuration=[
            "worker_class = 'gthread', threads = 100 in gunicorn.conf.py; one worker where there are no sticky sessions"
        ],
        testing=["hold a WebSocket open and load a page", CHECK_AGAIN],
    )


def _killed(facts: Facts) -> Match | None:
    """With the line of the log."""
    return Match(
        "certain" if str(facts.conversation.get("stream_start") or "").startswith("HTTP/1.1 500") else "likely",
        [
            facts.quote(facts.signature("worker-timeout")),
            "gunicorn ends a sync worker that is silent for --timeout seconds (30): its WebSocket breaks with it",
        ],
        immediate=[
            "use workers that can hold connections: -k gthread --threads 100, gevent, or uvicorn.workers.UvicornWorker"
        ],
        configuration=["a longer --timeout only makes it rarer"],
        testing=["hold a connection for longer than the time-out: websocket.hold", CHECK_AGAIN],
    )


_SYNC = Condition("gunicorn runs with sync workers: neither --worker-class nor --threads is given", _is_sync_worker)
RULES: tuple[Rule, ...] = (
    server_rule(
        "server-message-too-large",
        "The message is larger than the server takes",
        _too_big,
        source=_RFC + "rfc6455#section-7.4.1",
        needs=(closed_by("101, then close code 1009 (message too big)", 1009),),
        sureness=always("the code means nothing else"),
        apart=(
            Rival(
                "network-path-mtu-black-hole",
                "a message of 16 bytes",
                "answered: the size decides; 1009 comes from the server, silence from the network",
            ),
        ),
    ),
    server_rule(
        "server-unexpected-compression",
        "Frames are compressed although nobody agreed on it",
        _deflate,
        "browser-invalid-frames",
        "server-drops-after-101",
        source=_RFC + "rfc7692",
        needs=(
            ACCEPTED_DIRECTLY,
            Condition("the first frame has the bit of compression (RSV1) and no other reserved bit", _compressed),
        ),
        sureness=always("the probe offers no extension"),
        apart=(
            Rival(
                "server-two-upgrade-handlers",
                "the first bytes behind the 101",
                "HTTP/1.1: a second handler answers; c1 or c2: a compressed frame",
            ),
        ),
    ),
    server_rule(
        "server-shutting-down",
        "The server ends connections because it shuts down or restarts",
        _shut_down,
        source=_RFC + "rfc6455#section-7.4.1",
        needs=(closed_by("101, then close code 1001, 1012 or 1013", 1001, 1012, 1013),),
        sureness=never_sure("a server may send these codes for reasons of its own"),
    ),
    server_rule(
        "server-slow-dependency",
        "The handshake waits for something that is slow",
        _waits,
        source="https://websockets.readthedocs.io/en/stable/faq/server.html",
        needs=(
            ACCEPTED_DIRECTLY,
            wrong("the handshake takes seconds, an ordinary GET on the same port does not", "websocket.latency"),
        ),
        against=(
            Condition(
                "it is the GET that waits, for the end of the open connection",
                lambda facts: waits_for_end(facts.websocket),
            ),
        ),
        sureness=never_sure("what it waits for is not seen"),
        apart=(
            Rival(
                "process-event-loop-blocked",
                "an ordinary GET",
                "slow as well: the loop is blocked; quick: only the handshake waits",
            ),
        ),
    ),
    server_rule(
        "server-dev-proxy-first-request",
        "WebSockets hang until the first ordinary request has gone through the application's proxy",
        _first_request,
        "server-upgrade-unanswered",
        source="https://github.com/chimurai/http-proxy-middleware#external-websocket-upgrade",
        needs=(
            Condition(
                "the first handshake gets no byte in answer, and the same one is accepted after another request",
                lambda facts: _first_lost(facts)[0],
            ),
        ),
        sureness=never_sure("a server that was busy at first looks the same"),
        apart=(
            Rival(
                "process-event-loop-blocked",
                "restart it, and dial twice before anybody loads a page",
                "the first hangs each time: the application's proxy; it opens: something kept the server busy",
            ),
        ),
    ),
    server_rule(
        "server-gunicorn-worker-taken",
        "A WebSocket takes gunicorn's only worker for itself",
        _captured,
        "network-path-mtu-black-hole",
        source="https://flask-socketio.readthedocs.io/en/latest/deployment.html#gunicorn-web-server",
        explains=("websocket.*", "log.*", "proxy.*"),
        needs=(
            ACCEPTED_DIRECTLY,
            _SYNC,
            Condition("while it is open an ordinary GET waits, or the same handshake gets no answer", _others_wait),
        ),
        sureness=never_sure("a configuration file may choose another worker"),
    ),
    server_rule(
        "server-gunicorn-worker-timeout",
        "gunicorn ends its workers by time-out, and the WebSockets with them",
        _killed,
        "server-two-upgrade-handlers",
        "server-drops-after-101",
        "server-gunicorn-worker-taken",
        "network-path-mtu-black-hole",
        source="https://docs.gunicorn.org/en/stable/settings.html#timeout",
        needs=(
            logged('the log says "WORKER TIMEOUT"', "worker-timeout"),
            Condition(
                "connections break or wait now, too",
                lambda facts: (
                    _others_wait(facts)
                    or facts.ended
                    or str(facts.conversation.get("stream_start") or "").startswith("HTTP/1.1 500")
                ),
            ),
        ),
        sureness=sure_where("gunicorn's 500 is inside the WebSocket stream"),
    ),
)
