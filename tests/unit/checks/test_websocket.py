# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checklist items 5 and 7 and debugging steps 1 and 3 on recorded evidence."""

from __future__ import annotations

import collections
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._checks import websocket
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.who_answered import engine_io_code, fingerprint

from tests.unit.edges import URL, accepted, at_edge, cut, over_http2
from tests.unit.recorded.load import NAMES, load, results

W = "evidence__websocket__"
OPEN = {"address": "198.51.100.7 port 8080", "outcome": "open", "status": 101, "first_byte_ms": 3.0}
DENIED = {"address": "198.51.100.7 port 8080", "outcome": "connect-refused", "errno": "ECONNREFUSED", "connect_ms": 2.0}
PROXIED = {"port_evidence": {"proxies": [{"name": "nginx", "ports": [443]}]}}
HELD = {"held_s": 60.0, "ended": None, "pinged": True, "pong_ms": 0.8}
SILENT = dict(HELD, pong_ms=None)
RESET = dict(SILENT, ended={"how": "reset", "code": None, "reason": ""})
LARGE = {"bytes": 1600, "outcome": "open", "status": 101, "ms": 3.1}
LOST = dict(LARGE, outcome="timeout", status=None, ms=3001.0, again="open")
NO_NAME = {"name": "chat.example.com", "error": "EAI_NONAME"}
NOWHERE = {"url": "wss://chat.example.com/", "unknown": "the controller cannot resolve it", "lookup": NO_NAME}
CUT = {"held_s": 60.0, "ended": {"how": "eof"}}
GAP = {"reason": "not to be had", "remedy": "get it"}
CLOSED = {"how": "close", "code": 1001, "reason": "going away"}
REFUSED = {
    W + "conversation__ended": CLOSED,
    W + "conversation__exchange": {"completed": False, "refusal": "unauthorized"},
}

CASES: list[tuple[str, dict[str, t.Any], str, str, str]] = [
    ("healthy", {}, "websocket.handshake", "pass", "101, valid Accept"),
    ("hung", {}, "websocket.handshake", "fail", "connected, but no answer"),
    ("html-200", {}, "websocket.handshake", "fail", "200 OK"),
    ("not-found-404", {}, "websocket.handshake", "fail", "404 Not Found from Express"),
    ("bad-gateway-502", {}, "websocket.handshake", "fail", "502 Bad Gateway from nginx"),
    ("redirect-301", {}, "websocket.handshake", "fail", "to https://"),
    ("no-accept", {}, "websocket.handshake", "fail", "Sec-WebSocket-Accept missing"),
    ("wrong-accept", {}, "websocket.handshake", "fail", "Sec-WebSocket-Accept wrong"),
    ("reset", {}, "websocket.handshake", "fail", "connected, then reset"),
    ("garbage", {}, "websocket.handshake", "fail", "not HTTP"),
    ("ssh-banner", {}, "websocket.handshake", "fail", "SSH-2.0"),
    ("not-running", {}, "websocket.handshake", "fail", "connection refused (ECONNREFUSED)"),
    ("backlog-full", {}, "websocket.handshake", "fail", "no answer to the connection"),
    ("healthy", {}, "websocket.handshake@controller", "unknown", "not asked"),
    ("healthy", {W + "controller": OPEN}, "websocket.handshake@controller", "pass", "101"),
    ("healthy", {W + "controller": DENIED}, "websocket.handshake@controller", "fail", "ECONNREFUSED"),
    ("healthy", {W + "controller": dict(DENIED, **PROXIED)}, "websocket.handshake@controller", "skip", "proxied"),
    ("healthy", {W + "controller": {"unknown": "a jump host"}}, "websocket.handshake@controller", "unknown", "a jump host"),
    ("healthy", {W + "controller": {"skip": "is this host"}}, "websocket.handshake@controller", "skip", "is this host"),
    ("healthy", {}, "websocket.binding", "pass", "standalone"),
    ("ws-healthy", {}, "websocket.binding", "pass", "attached to an HTTP server"),
    ("not-found-404", {}, "websocket.binding", "unknown", "answered by 404, Express"),
    ("hung", {}, "websocket.binding", "unknown", "no HTTP answer"),
    ("healthy", {W + "plain": None}, "websocket.binding", "unknown", "no ordinary GET"),
    ("healthy", {}, "websocket.loopback", "pass", "127.0.0.1 answers, ::1 does not"),
    ("dual-stack", {}, "websocket.loopback", "pass", "127.0.0.1 and ::1 answered by 101"),
    ("v6-only", {}, "websocket.loopback", "warn", "::1 answers, 127.0.0.1 does not"),
    ("hung", {}, "websocket.loopback", "unknown", "neither"),
    ("unix-socket", {}, "websocket.loopback", "skip", "not asked on both"),
    ("healthy", {}, "websocket.origin", "pass", "and without"),
    ("origin-403", {}, "websocket.origin", "fail", "refused with Origin https://bad.example.org"),
    ("daphne-healthy", {W + "attempts__no_origin": {"outcome": "http", "status": 403}}, "websocket.origin", "pass", "without one: 403"),
    ("html-200", {}, "websocket.origin", "unknown", "with and without"),
    ("healthy", {W + "attempts__no_origin": None}, "websocket.origin", "unknown", "did not finish"),
    ("healthy", {}, "websocket.subprotocol", "skip", "none is configured"),
    ("graphql-healthy", {}, "websocket.subprotocol", "pass", "graphql-transport-ws"),
    ("subprotocol-first", {}, "websocket.subprotocol", "pass", "selected [7 characters]"),
    ("subprotocol-first", {"service__websocket__reveal": True}, "websocket.subprotocol", "pass", "selected chat.v1"),
    ("subprotocol-none", {}, "websocket.subprotocol", "fail", "the server selected none"),
    ("graphql-other-subprotocol", {}, "websocket.subprotocol", "fail", "offered graphql-ws"),
    ("not-found-404", {}, "websocket.subprotocol", "unknown", "no 101"),
    ("healthy", {}, "websocket.stream", "pass", "only frames"),
    ("http-in-stream", {}, "websocket.stream", "fail", "HTTP/1.1 400 Bad Request"),
    ("ws-two-on-one", {}, "websocket.stream", "fail", "HTTP/1.1 400 Bad Request"),
    ("healthy", {W + "conversation__ended": {"how": "garbage", "reason": "rsv is not implemented"}}, "websocket.stream", "fail", "rsv"),
    ("wrong-accept", {}, "websocket.stream", "unknown", "no open connection"),
    ("healthy", {}, "websocket.message", "pass", "echo: answered wsh-"),
    ("socketio-healthy", {}, "websocket.message", "pass", "socketio: answered 40{"),
    ("mute", {}, "websocket.message", "fail", "got no answer"),
    ("close-1011", {}, "websocket.message", "fail", "close code 1011 internal error"),
    ("drop-after-101", {}, "websocket.message", "fail", "without a close frame"),
    ("socketio-other-version", {}, "websocket.message", "fail", "Engine.IO 3"),
    ("healthy", {W + "conversation__dialect": None, W + "conversation__exchange": None}, "websocket.message", "skip", "set websocket.dialect"),
    ("healthy", {W + "conversation__exchange__refusal": "CONNACK 5"}, "websocket.message", "warn", "the server refuses: CONNACK 5"),
    ("healthy", {W + "conversation": None}, "websocket.message", "unknown", "did not finish in time"),
    ("healthy", {}, "websocket.ping", "pass", "pong after"),
    ("mute", {}, "websocket.ping", "fail", "no pong"),
    ("close-1011", {}, "websocket.ping", "unknown", "had ended"),
    ("healthy", {}, "websocket.close", "pass", "close 1000 answered by 1000"),
    ("mute", {}, "websocket.close", "warn", "no answer; clients will see 1006"),
    ("close-1011", {}, "websocket.close", "fail", "the server closed first"),
    ("healthy", REFUSED, "websocket.message", "fail", "close code 1001 going away; before that it refused: unauthorized"),
    ("healthy", REFUSED, "websocket.close", "unknown", "the server refused, and ended the connection"),
    ("healthy", {W + "conversation__ended": CLOSED}, "websocket.close", "warn", "close code 1001"),
    ("healthy", {}, "websocket.repeat", "pass", "10 × 101, median"),
    ("two-owners", {}, "websocket.repeat", "fail", "outcomes differ"),
    ("hung", {}, "websocket.repeat", "unknown", "not repeated"),
    ("healthy", {}, "websocket.hold", "skip", "not set"),
    ("healthy", {"service__websocket__hold": 60, W + "conversation__hold": {"held_s": 60.0, "ended": None}}, "websocket.hold", "pass", "60.0 s"),
    ("healthy", {"service__websocket__hold": 90, W + "conversation__hold": CUT}, "websocket.hold", "fail", "cut after 60.0 s"),
    ("healthy", {"service__websocket__hold": 90, W + "conversation__hold": {"held_s": 20.0, "ended": None}}, "websocket.hold", "unknown", "deadline"),
    ("healthy", {"service__websocket__hold": 90}, "websocket.hold", "unknown", "long enough"),
    ("healthy", {"service__websocket__hold": 60, W + "conversation__hold": SILENT}, "websocket.hold", "fail", "a ping is not answered"),
    ("mute", {"service__websocket__hold": 60, W + "conversation__hold": SILENT}, "websocket.hold", "unknown", "see websocket.ping"),
    ("healthy", {"service__websocket__hold": 60, W + "controller": dict(OPEN, hold=HELD)}, "websocket.hold@controller", "pass", "then a pong after 0.8 ms"),
    ("healthy", {"service__websocket__hold": 60, W + "controller": dict(OPEN, hold=SILENT)}, "websocket.hold@controller", "fail", "is not answered"),
    ("healthy", {"service__websocket__hold": 60, W + "controller": dict(OPEN, hold=RESET)}, "websocket.hold@controller", "fail", "at the first ping"),
    ("healthy", {}, "websocket.large@controller", "unknown", "no handshake was accepted"),
    ("healthy", {W + "controller": {"unknown": "a jump host"}}, "websocket.large@controller", "unknown", "a jump host"),
    ("healthy", {W + "controller": {"skip": "the controller is this host"}}, "websocket.large@controller", "skip", "is this host"),
    ("healthy", {W + "controller": OPEN}, "websocket.large@controller", "unknown", "no time was left"),
    ("healthy", {W + "controller": dict(OPEN, large=LARGE)}, "websocket.large@controller", "pass", "answered by 101 in 3 ms"),
    ("healthy", {W + "controller": dict(OPEN, large=dict(LARGE, outcome="http", status=431))}, "websocket.large@controller", "pass", "431"),
    ("healthy", {W + "controller": dict(OPEN, large=dict(LARGE, outcome="eof"))}, "websocket.large@controller", "unknown", "tells nothing: eof"),
    ("healthy", {W + "controller": dict(OPEN, large=LOST)}, "websocket.large@controller", "fail", "1600 bytes more gets no answer for 3.0 s"),
    ("healthy", {W + "controller": dict(OPEN, large=dict(LOST, again="timeout"))}, "websocket.large@controller", "unknown", "tells nothing"),
    ("healthy", {W + "public": dict(NOWHERE, host_lookup=NO_NAME)}, "websocket.handshake@public", "fail", "the name chat.example.com does not exist"),
    ("healthy", {W + "public": NOWHERE}, "websocket.handshake@public", "unknown", "cannot resolve"),
    ("healthy", {W + "public": dict(NOWHERE, host_lookup=dict(NO_NAME, error="EAI_AGAIN"))}, "websocket.handshake@public", "unknown", "cannot resolve"),
    ("healthy", {W + "public": dict(NOWHERE, host_lookup=dict(NO_NAME, error="", addresses=1))}, "websocket.handshake@public", "unknown", "cannot resolve"),
    ("healthy", {W[:-2]: {"gaps": [], "error": {"kind": "deadline", "message": "no time left"}}}, "websocket.message", "unknown", "no time left"),
    ("healthy", {W + "error": {"kind": "crash", "message": "KeyError"}}, "websocket.message", "error", "KeyError"),
    ("healthy", {W + "main": None, W + "gaps": [dict(GAP, what="library")]}, "websocket.handshake", "unknown", "not to be had"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "check", "status", "words"), CASES)
def test_a_check(name: str, changes: dict[str, t.Any], check: str, status: str, words: str) -> None:
    result = results(name, **changes)[check]
    assert (result["status"], words in result["summary"]) == (status, True), result["summary"]


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, "skip", "no public_url"),
        (accepted(url="ws://chat.example.com/"), "skip", "no TLS"),
        (accepted(), "unknown", "not asked"),
        (at_edge("cloudflare-521"), "unknown", "no handshake over HTTP/1.1"),
        (over_http2(), "fail", "answered by 405"),
        (over_http2(status=200), "pass", "answered by 200"),
        (over_http2(outcome="reset", status=None, code=7), "fail", "RST_STREAM with code 7"),
        (over_http2(outcome="timeout", status=None, ms=3001.0), "fail", "not answered for 3.0 s"),
        (over_http2(outcome="not-http2", status=None), "unknown", "not observed"),
        (over_http2(outcome="not-advertised", advertised=False), "pass", "without SETTINGS_ENABLE_CONNECT_PROTOCOL"),
        (over_http2(outcome="no-http2", advertised=None), "pass", "no HTTP/2"),
        (over_http2(outcome="timeout", advertised=None), "unknown", "timeout"),
    ],
)
def test_websockets_over_http2(changes: dict[str, t.Any], status: str, words: str) -> None:
    result = results("wildcard-direct", **changes)["websocket.http2@public"]
    assert (result["status"], words in result["summary"]) == (status, True), result["summary"]


def test_the_public_connection_is_held_too() -> None:
    result = results("wildcard-direct", **cut("cloudflare-idle", 100.2))["websocket.hold@public"]
    assert (result["status"], result["instance"], result["actual"]) == ("fail", URL, 100.2)
    assert "cut after 100.2 s" in result["summary"]


@pytest.mark.parametrize("name", NAMES)
def test_every_check_has_one_result_and_the_handshake_one_for_each_vantage(name: str) -> None:
    service, evidence = load(name)
    counted = collections.Counter(result.id for result in websocket.check(evidence["websocket"], service))
    expected = collections.Counter(definition.id for definition in websocket.DEFINITIONS)
    expected["websocket.handshake"] += 1
    assert counted == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_failed_handshake_shows_what_was_asked_and_answered(name: str) -> None:
    result = results(name)["websocket.handshake"]
    if result["status"] == "fail" and load(name)[1]["websocket"]["main"].get("request"):
        assert result["evidence"][0]["text"].startswith("> GET /")
        assert "Sec-WebSocket-Version: 13" in result["evidence"][0]["text"]


@pytest.mark.parametrize(
    ("name", "answer", "server"),
    [
        ("not-found-404", "main", "Express"),
        ("bad-gateway-502", "main", "nginx"),
        ("uvicorn-no-library", "main", "uvicorn/Starlette"),
        ("uvicorn-no-route", "main", "uvicorn"),
        ("uvicorn-healthy", "plain", "uvicorn"),
        ("ws-other-path", "main", "node ws"),
        ("gunicorn-sync", "main", "gunicorn"),
        ("daphne-healthy", "plain", "Django"),
        ("socketio-other-path", "plain", ""),
        ("html-200", "main", ""),
        ("hung", "main", ""),
    ],
)
def test_who_wrote_an_answer(name: str, answer: str, server: str) -> None:
    seen = fingerprint(load(name)[1]["websocket"][answer])
    assert seen.startswith(server) if server else seen == ""


@pytest.mark.parametrize("answer", [None, {}, {"headers": None, "body": None}, {"headers": [["a"], ["b", "c", "d"]]}])
def test_an_answer_without_marks_has_no_author(answer: dict[str, t.Any] | None) -> None:
    assert fingerprint(answer) == ""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"code":4,"message":"Forbidden"}', 4),
        ('{"code":0,"message":"Transport unknown"}', 0),
        # An API whose codes are those of HTTP.
        ('{"code":403,"message":"Forbidden"}', None),
        ('{"code":4}', None),
        ("", None),
    ],
)
def test_the_code_of_engine_io(body: str, code: int | None) -> None:
    assert engine_io_code({"body": body}) == code


@pytest.mark.parametrize(
    ("unanswered", "beside", "after", "waits"),
    [
        (True, 1700.0, 2.0, True),
        (True, 1700.0, 900.0, False),
        (True, None, 2.0, False),
        # A busy moment: the answer came before the connection's end.
        (False, 1100.0, 2.0, False),
    ],
)
def test_a_get_that_waits_for_the_open_connection(
    unanswered: bool, beside: float | None, after: float | None, waits: bool
) -> None:
    seen = {"conversation": {"get_unanswered": unanswered}, "plain": {"ms": beside}, "plain_again": {"ms": after}}
    assert websocket.waits_for_end(seen) is waits
