# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checklist items 5 and 7 and debugging steps 1 and 3 on recorded evidence."""

from __future__ import annotations

import collections
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.websocket import (
    Controller,
    Hold,
    HttpAnswer,
    Large,
    Lookup,
    Public,
    PublicAddress,
)
from ansible_collections.websocket.health.plugins.plugin_utils._checks import websocket
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.who_answered import engine_io_code, fingerprint

from tests.unit.builders.common import gap, with_crash, with_time_out
from tests.unit.builders.controller import ADDRESS, from_controller, handshake, large
from tests.unit.builders.public_url import URL, accepted, at_edge, at_public_url, cut, over_http2
from tests.unit.builders.service import with_websocket_options
from tests.unit.builders.websocket import (
    end,
    hold,
    with_attempts,
    with_conversation,
    with_exchange,
    with_hold,
    with_websocket,
)
from tests.unit.recorded.load import AS_RECORDED, NAMES, Changes, change, load, results

#: What the controller saw: a refused connection, also where the port is meant for a proxy alone.
DENIED: Controller = {
    "address": ADDRESS,
    "outcome": "connect-refused",
    "errno": "ECONNREFUSED",
    "connect_ms": 2.0,
}
DENIED_BEHIND_NGINX: Controller = {**DENIED, "port_evidence": {"proxies": [{"name": "nginx", "ports": [443]}]}}
#: Connections that were idle for 60 s: the ping afterwards is not answered, and it is answered with a reset.
SILENT = hold(pong_ms=None)
RESET = hold(pong_ms=None, ended=end("reset"))
#: A handshake with a large request that is not answered, while one as it was is.
LOST = large(outcome="timeout", status=None, ms=3001.0, again="open")
NO_SUCH_NAME: Lookup = {"name": "chat.example.com", "error": "EAI_NONAME"}
NOWHERE: Public = {
    "url": "wss://chat.example.com/",
    "unknown": "the controller cannot resolve it",
    "lookup": NO_SUCH_NAME,
}
GOING_AWAY = with_conversation(ended=end("close", 1001, "going away"))
REFUSED = GOING_AWAY + with_conversation(exchange={"completed": False, "refusal": "unauthorized"})


def _held_by_controller(seconds: float, seen: Hold) -> Changes:
    """Changes: the controller's connection was to be idle for so long, and what came of it."""
    return with_websocket_options(hold=seconds) + from_controller(websocket=handshake(hold=seen))


def _held(seconds: float, **seen: t.Unpack[Hold]) -> Changes:
    """Changes: a connection on the host was to be idle for so long, and what came of it."""
    return with_websocket_options(hold=seconds) + with_hold(**seen)


def _with_large(**seen: t.Unpack[Large]) -> Changes:
    """Changes: what the controller's handshake with a large request came to."""
    return from_controller(websocket=handshake(large=large(**seen)))


def _nowhere(host: Lookup | None = None) -> Changes:
    """Changes: the controller cannot resolve the public name, and what the host's resolver says of it."""
    seen: Public = NOWHERE if host is None else {**NOWHERE, "host_lookup": host}
    return at_public_url(**seen)


CASES: list[tuple[str, Changes, str, str, str]] = [
    # (recorded case, changes, check, status, part of the summary)
    ("healthy", AS_RECORDED, "websocket.handshake", "pass", "101, valid Accept"),
    ("hung", AS_RECORDED, "websocket.handshake", "fail", "connected, but no answer"),
    ("html-200", AS_RECORDED, "websocket.handshake", "fail", "200 OK"),
    ("not-found-404", AS_RECORDED, "websocket.handshake", "fail", "404 Not Found from Express"),
    ("bad-gateway-502", AS_RECORDED, "websocket.handshake", "fail", "502 Bad Gateway from nginx"),
    ("redirect-301", AS_RECORDED, "websocket.handshake", "fail", "to https://"),
    ("no-accept", AS_RECORDED, "websocket.handshake", "fail", "Sec-WebSocket-Accept missing"),
    ("wrong-accept", AS_RECORDED, "websocket.handshake", "fail", "Sec-WebSocket-Accept wrong"),
    ("reset", AS_RECORDED, "websocket.handshake", "fail", "connected, then reset"),
    ("garbage", AS_RECORDED, "websocket.handshake", "fail", "not HTTP"),
    ("ssh-banner", AS_RECORDED, "websocket.handshake", "fail", "SSH-2.0"),
    ("not-running", AS_RECORDED, "websocket.handshake", "fail", "connection refused (ECONNREFUSED)"),
    ("backlog-full", AS_RECORDED, "websocket.handshake", "fail", "no answer to the connection"),
    ("healthy", AS_RECORDED, "websocket.handshake@controller", "unknown", "not tested"),
    ("healthy", from_controller(websocket=handshake()), "websocket.handshake@controller", "pass", "101"),
    ("healthy", from_controller(websocket=DENIED), "websocket.handshake@controller", "fail", "ECONNREFUSED"),
    ("healthy", from_controller(websocket=DENIED_BEHIND_NGINX), "websocket.handshake@controller", "skip", "proxied"),
    ("healthy", from_controller(websocket={"unknown": "a jump host"}), "websocket.handshake@controller", "unknown", "a jump host"),
    ("healthy", from_controller(websocket={"skip": "is this host"}), "websocket.handshake@controller", "skip", "is this host"),
    ("healthy", AS_RECORDED, "websocket.binding", "pass", "standalone"),
    ("ws-healthy", AS_RECORDED, "websocket.binding", "pass", "attached to an HTTP server"),
    ("not-found-404", AS_RECORDED, "websocket.binding", "unknown", "answered with 404, Express"),
    ("hung", AS_RECORDED, "websocket.binding", "unknown", "no HTTP answer"),
    ("healthy", with_websocket(plain=None), "websocket.binding", "unknown", "no ordinary GET"),
    ("healthy", AS_RECORDED, "websocket.loopback", "pass", "127.0.0.1 answers, ::1 does not"),
    ("dual-stack", AS_RECORDED, "websocket.loopback", "pass", "127.0.0.1 and ::1 answered with 101"),
    ("v6-only", AS_RECORDED, "websocket.loopback", "warn", "::1 answers, 127.0.0.1 does not"),
    ("hung", AS_RECORDED, "websocket.loopback", "unknown", "neither"),
    ("unix-socket", AS_RECORDED, "websocket.loopback", "skip", "not tried on both"),
    ("healthy", AS_RECORDED, "websocket.origin", "pass", "and without"),
    ("origin-403", AS_RECORDED, "websocket.origin", "fail", "refused with Origin https://bad.example.org"),
    ("daphne-healthy", with_attempts(no_origin={"outcome": "http", "status": 403}), "websocket.origin", "pass", "without one: 403"),
    ("html-200", AS_RECORDED, "websocket.origin", "unknown", "with and without"),
    ("healthy", with_attempts(no_origin=None), "websocket.origin", "unknown", "did not finish"),
    ("healthy", AS_RECORDED, "websocket.subprotocol", "skip", "none is configured"),
    ("graphql-healthy", AS_RECORDED, "websocket.subprotocol", "pass", "graphql-transport-ws"),
    ("subprotocol-first", AS_RECORDED, "websocket.subprotocol", "pass", "selected [7 characters]"),
    ("subprotocol-first", with_websocket_options(reveal=True), "websocket.subprotocol", "pass", "selected chat.v1"),
    ("subprotocol-none", AS_RECORDED, "websocket.subprotocol", "fail", "the server selected none"),
    ("graphql-other-subprotocol", AS_RECORDED, "websocket.subprotocol", "fail", "offered graphql-ws"),
    ("not-found-404", AS_RECORDED, "websocket.subprotocol", "unknown", "no 101"),
    ("healthy", AS_RECORDED, "websocket.stream", "pass", "only frames"),
    ("http-in-stream", AS_RECORDED, "websocket.stream", "fail", "HTTP/1.1 400 Bad Request"),
    ("ws-two-on-one", AS_RECORDED, "websocket.stream", "fail", "HTTP/1.1 400 Bad Request"),
    ("healthy", with_conversation(ended={"how": "garbage", "reason": "rsv is not implemented"}), "websocket.stream", "fail", "rsv"),
    ("wrong-accept", AS_RECORDED, "websocket.stream", "unknown", "no open connection"),
    ("healthy", AS_RECORDED, "websocket.message", "pass", "echo: answered wsh-"),
    ("socketio-healthy", AS_RECORDED, "websocket.message", "pass", "socketio: answered 40{"),
    ("mute", AS_RECORDED, "websocket.message", "fail", "got no answer"),
    ("close-1011", AS_RECORDED, "websocket.message", "fail", "close code 1011 internal error"),
    ("drop-after-101", AS_RECORDED, "websocket.message", "fail", "without a close frame"),
    ("socketio-other-version", AS_RECORDED, "websocket.message", "fail", "Engine.IO 3"),
    ("healthy", with_conversation(dialect=None, exchange=None), "websocket.message", "skip", "set websocket.dialect"),
    ("healthy", with_exchange(refusal="CONNACK 5"), "websocket.message", "warn", "the server refuses: CONNACK 5"),
    ("healthy", with_websocket(conversation=None), "websocket.message", "unknown", "did not finish in time"),
    ("healthy", AS_RECORDED, "websocket.ping", "pass", "pong after"),
    ("mute", AS_RECORDED, "websocket.ping", "fail", "no pong"),
    ("close-1011", AS_RECORDED, "websocket.ping", "unknown", "had already ended"),
    ("healthy", AS_RECORDED, "websocket.close", "pass", "close 1000 answered with 1000"),
    ("mute", AS_RECORDED, "websocket.close", "warn", "no answer; clients will see 1006"),
    ("close-1011", AS_RECORDED, "websocket.close", "fail", "the server closed first"),
    ("healthy", REFUSED, "websocket.message", "fail", "close code 1001 going away; before that it refused: unauthorized"),
    ("healthy", REFUSED, "websocket.close", "unknown", "the server refused and ended the connection"),
    ("healthy", GOING_AWAY, "websocket.close", "warn", "close code 1001"),
    ("healthy", AS_RECORDED, "websocket.repeat", "pass", "10 × 101, median"),
    ("two-owners", AS_RECORDED, "websocket.repeat", "fail", "outcomes differ"),
    ("hung", AS_RECORDED, "websocket.repeat", "unknown", "not repeated"),
    ("healthy", AS_RECORDED, "websocket.hold", "skip", "not set"),
    ("healthy", _held(60, held_s=60.0, ended=None), "websocket.hold", "pass", "60.0 s"),
    ("healthy", _held(90, held_s=60.0, ended={"how": "eof"}), "websocket.hold", "fail", "cut after 60.0 s"),
    ("healthy", _held(90, held_s=20.0, ended=None), "websocket.hold", "unknown", "deadline"),
    ("healthy", with_websocket_options(hold=90), "websocket.hold", "unknown", "long enough"),
    ("healthy", _held(60, **SILENT), "websocket.hold", "fail", "pings are no longer answered"),
    ("mute", _held(60, **SILENT), "websocket.hold", "unknown", "see websocket.ping"),
    ("healthy", _held_by_controller(60, hold()), "websocket.hold@controller", "pass", "then a pong after 0.8 ms"),
    ("healthy", _held_by_controller(60, SILENT), "websocket.hold@controller", "fail", "are no longer answered"),
    ("healthy", _held_by_controller(60, RESET), "websocket.hold@controller", "fail", "at the first ping"),
    ("healthy", AS_RECORDED, "websocket.large@controller", "unknown", "no handshake was accepted"),
    ("healthy", from_controller(websocket={"unknown": "a jump host"}), "websocket.large@controller", "unknown", "a jump host"),
    ("healthy", from_controller(websocket={"skip": "the controller is this host"}), "websocket.large@controller", "skip", "is this host"),
    ("healthy", from_controller(websocket=handshake()), "websocket.large@controller", "unknown", "no time was left"),
    ("healthy", _with_large(status=101, ms=3.1), "websocket.large@controller", "pass", "answered with 101 in 3 ms"),
    ("healthy", _with_large(outcome="http", status=431), "websocket.large@controller", "pass", "431"),
    ("healthy", _with_large(outcome="eof"), "websocket.large@controller", "unknown", "is inconclusive: eof"),
    ("healthy", _with_large(**LOST), "websocket.large@controller", "fail", "1600 more bytes gets no answer for 3.0 s"),
    ("healthy", _with_large(outcome="timeout", status=None, ms=3001.0, again="timeout"), "websocket.large@controller", "unknown", "is inconclusive"),
    ("healthy", _nowhere(host=NO_SUCH_NAME), "websocket.handshake@public", "fail", "the name chat.example.com does not exist"),
    ("healthy", _nowhere(), "websocket.handshake@public", "unknown", "cannot resolve"),
    ("healthy", _nowhere(host={"name": "chat.example.com", "error": "EAI_AGAIN"}), "websocket.handshake@public", "unknown", "cannot resolve"),
    ("healthy", _nowhere(host={"name": "chat.example.com", "error": "", "addresses": 1}), "websocket.handshake@public", "unknown", "cannot resolve"),
    ("healthy", with_time_out("websocket"), "websocket.message", "unknown", "no time left"),
    ("healthy", with_crash("websocket", "KeyError"), "websocket.message", "error", "KeyError"),
    ("healthy", change("websocket", main=None, gaps=[gap("library", "not to be had", "get it")]), "websocket.handshake", "unknown", "not to be had"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "check", "status", "words"), CASES)
def test_check_status_and_summary(name: str, changes: Changes, check: str, status: str, words: str) -> None:
    result = results(name, changes)[check]
    assert (result["status"], words in result["summary"]) == (status, True), result["summary"]


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        (AS_RECORDED, "skip", "no public_url"),
        (accepted(url="ws://chat.example.com/"), "skip", "no TLS"),
        (accepted(), "unknown", "not tested"),
        (at_edge("cloudflare-521"), "unknown", "no handshake over HTTP/1.1"),
        (over_http2(), "fail", "answered with 405"),
        (over_http2(status=200), "pass", "answered with 200"),
        (over_http2(outcome="reset", status=None, code=7), "fail", "RST_STREAM with code 7"),
        (over_http2(outcome="timeout", status=None, ms=3001.0), "fail", "not answered for 3.0 s"),
        (over_http2(outcome="not-http2", status=None), "unknown", "not observed"),
        (over_http2(outcome="not-advertised", advertised=False), "pass", "without SETTINGS_ENABLE_CONNECT_PROTOCOL"),
        (over_http2(outcome="no-http2", advertised=None), "pass", "no HTTP/2"),
        (over_http2(outcome="timeout", advertised=None), "unknown", "timeout"),
    ],
)
def test_the_check_of_websockets_over_http2(changes: Changes, status: str, words: str) -> None:
    result = results("wildcard-direct", changes)["websocket.http2@public"]
    assert (result["status"], words in result["summary"]) == (status, True), result["summary"]


def test_the_public_connection_is_held_too() -> None:
    result = results("wildcard-direct", cut("cloudflare-idle", 100.2))["websocket.hold@public"]
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
def test_an_answer_without_marks_has_no_author(answer: HttpAnswer | None) -> None:
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
def test_only_an_engine_io_error_has_an_engine_io_code(body: str, code: int | None) -> None:
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
    seen: t.Any = {
        "conversation": {"get_unanswered": unanswered},
        "plain": {"ms": beside},
        "plain_again": {"ms": after},
    }
    assert websocket.waits_for_end(seen) is waits


def _address(address: str, outcome: str = "connected", errno: str | None = None) -> PublicAddress:
    return {"address": address, "outcome": outcome, "errno": errno, "ms": 1.0}


GOOD, OTHER = _address("198.51.100.7"), _address("2001:db8::7")
REFUSED, SILENT = (
    _address("198.51.100.8", "connect-refused", "ECONNREFUSED"),
    _address("198.51.100.9", "connect-timeout", "ETIMEDOUT"),
)
NO_ROUTE = _address("2001:db8::8", "no-route", "ENETUNREACH")


@pytest.mark.parametrize(
    ("addresses", "status", "words"),
    [
        ([], "skip", "one address"),
        ([GOOD, OTHER], "pass", "2 addresses answer"),
        ([GOOD, NO_ROUTE], "pass", "the controller has no route to 1 more"),
        ([GOOD, REFUSED], "warn", "1 of 2 addresses do not answer: 198.51.100.8: connect-refused"),
        ([SILENT, OTHER], "warn", "198.51.100.9"),
        ([SILENT, REFUSED], "fail", "none of the addresses answers"),
        ([NO_ROUTE, NO_ROUTE], "unknown", "no route to any"),
    ],
)
def test_every_address_of_the_public_name_counts(addresses: list[PublicAddress], status: str, words: str) -> None:
    found = results("healthy", accepted(addresses=addresses))["websocket.addresses@public"]
    assert (found["status"], words in found["summary"]) == (status, True), found["summary"]


@pytest.mark.parametrize("outcome", ["connect-timeout", "connect-error"])
def test_a_public_url_that_does_not_answer_is_a_warning_that_names_what_was_tried(outcome: str) -> None:
    seen = accepted(outcome=outcome, status=None, address="198.51.100.7:443", errno="ETIMEDOUT")
    told = results("healthy", seen)["websocket.handshake@public"]
    assert (told["status"], "tried 198.51.100.7:443" in told["summary"]) == ("warn", True)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"large": {"bytes": 1600, "outcome": "open", "status": 101, "ms": 3.0}}, "pass"),
        (
            {
                "large": {"bytes": 1600, "outcome": "timeout", "ms": 3000.0, "again": "open"},
                "small_segments": {"outcome": "open", "usual": "timeout"},
            },
            "fail",
        ),
        ({"large": {"bytes": 1600, "outcome": "timeout", "ms": 3000.0, "again": "open"}}, "fail"),
        ({"large": {"bytes": 1600, "outcome": "timeout", "ms": 3000.0, "again": "timeout"}}, None),
        ({"outcome": "timeout", "status": None, "small_segments": {"outcome": "open", "usual": "timeout"}}, "fail"),
        ({"outcome": "timeout", "status": None, "small_segments": {"outcome": "open", "usual": "open"}}, None),
        ({"outcome": "timeout", "status": None, "small_segments": {"outcome": "timeout"}}, None),
    ],
)
def test_large_packets_on_the_way_to_the_public_url(more: Public, status: str | None) -> None:
    found = results("healthy", accepted(**more)).get("websocket.large@public") or {}
    assert found.get("status") == status
