# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two halves of a WebSocket find each other, in whatever order they come."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._browser.hidden import Hidden
from ansible_collections.websocket.health.plugins.module_utils._browser.sockets import Sockets, pairs
from ansible_collections.websocket.health.plugins.module_utils._run.redact import Redactor

PLACE = {"from": "page", "from_url": "http://a/"}
URL = "ws://a/ws"


def _created(it: Sockets, request: str, url: str = URL, session: str = "S") -> None:
    it.hear("Created", {"requestId": request, "url": url}, session, PLACE)


def _made(it: Sockets, number: int, url: str = URL, what: str = "made", context: str = "1", **more: t.Any) -> None:
    it.witness({"what": what, "number": number, "url": url, **more}, "S", context, PLACE)


@pytest.fixture
def it() -> Sockets:
    """Nothing so far."""
    return Sockets(lambda: 1.0)


@pytest.mark.parametrize("order", ["pwpw", "ppww", "wwpp", "wppw"])
def test_both_halves_of_a_socket_are_paired_in_any_order(it: Sockets, order: str) -> None:
    counts = {"p": 0, "w": 0}
    for half in order:
        counts[half] += 1
        if half == "p":
            _created(it, str(counts["p"]))
        else:
            _made(it, counts["w"])
    assert [(entry["created"], entry["witnessed"]) for entry in it.records] == [(True, True)] * 2
    it.hear("FrameError", {"requestId": "2", "errorMessage": "x"}, "S", PLACE)
    it.witness({"what": "closed", "number": 2, "code": 1006, "reason": "", "clean": False}, "S", "1", PLACE)
    assert [(entry["error"], entry.get("code")) for entry in it.records] == [(None, None), ("x", 1006)]


def test_a_constructor_that_threw_is_paired_with_no_created_socket(it: Sockets) -> None:
    _made(it, 1, what="thrown", error="SecurityError", text="no")
    _created(it, "1")
    assert [(entry["thrown"], entry["created"]) for entry in it.records] == [("SecurityError: no", False), (None, True)]


def test_frames_of_one_session_count_for_themselves(it: Sockets) -> None:
    _made(it, 1, "ws://a/1", context="1")
    _made(it, 1, "ws://a/2", context="2")
    it.witness({"what": "closed", "number": 1, "code": 1000, "reason": "", "clean": True}, "S", "2", PLACE)
    assert [entry.get("code") for entry in it.records] == [None, 1000]


def test_halves_of_different_sessions_are_not_paired(it: Sockets) -> None:
    _made(it, 1)
    _created(it, "1", session="other")
    assert [(entry["created"], entry["witnessed"]) for entry in it.records] == [(False, True), (True, False)]


def test_handshake_and_frames(it: Sockets) -> None:
    _created(it, "1")
    it.hear("WillSendHandshakeRequest", {"requestId": "1", "request": {"headers": {"Origin": "http://a"}}}, "S", PLACE)
    answer = {"status": 101, "statusText": "Switching Protocols", "headers": {"Set-Cookie": "a=1\nb=2"}}
    it.hear("HandshakeResponseReceived", {"requestId": "1", "response": answer}, "S", PLACE)
    for payload, opcode in (("hé", 1), ("AAECAw==", 2), ("no base64", 2), ("four", 1)):
        it.hear("FrameReceived", {"requestId": "1", "response": {"opcode": opcode, "payloadData": payload}}, "S", PLACE)
    it.hear("Closed", {"requestId": "1"}, "S", PLACE)
    it.hear("Closed", {"requestId": "unknown"}, "S", PLACE)
    (entry,) = it.records
    assert (entry["status"], entry["request"], len(entry["response"])) == (101, [["Origin", "http://a"]], 2)
    assert (entry["received"]["frames"], len(entry["received"]["first"])) == (4, 3)
    shown = Hidden(Redactor(reveal=True)).socket(entry)
    assert [frame["text"] for frame in shown["received"]["first"]][:2] == ["hé", "00 01 02 03"]
    shown = Hidden(Redactor()).socket(entry)
    assert [sorted(frame) for frame in shown["received"]["first"]][:2] == [["at_ms", "bytes", "kind"]] * 2
    assert [(frame["kind"], frame["bytes"]) for frame in shown["received"]["first"]][:2] == [("text", 3), ("binary", 4)]
    assert [pair[1] for pair in shown["response"]] == ["[redacted]"] * 2
    assert "session_id" not in shown


def test_a_page_says_one_line_in_its_console() -> None:
    long = "WebSocket\n  connection\tto 'wss://chat.example.test/" + "a" * 400 + "' failed"
    (entry,) = Hidden(Redactor()).console([{"text": long, "level": "error", "url": "http://a/?ticket=one-time-ticket"}])
    assert entry["text"].startswith("WebSocket connection to 'wss://chat.example.test/aaa")
    assert entry["text"].index("…") == 300 and "one-time-ticket" not in entry["url"]


def test_missing_headers_are_an_empty_list() -> None:
    assert pairs(None) == pairs([]) == []
