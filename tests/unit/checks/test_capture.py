# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a decoded capture."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.capture import ConnectionRow
from ansible_collections.websocket.health.plugins.plugin_utils._checks.capture import check

FRAME = {"from": "client", "at_ms": 2.0, "opcode": "text", "masked": True, "length": 2, "text": "hi"}
GOOD = {
    "client": "a:1",
    "server": "b:2",
    "at_ms": 0.0,
    "syn": True,
    "accepted_ms": 0.1,
    "refused": False,
    "repeated": 0,
    "request": "GET /ws HTTP/1.1",
    "status": 101,
    "answered_ms": 1.0,
    "frames": [FRAME],
    "ended": "closed by client",
}
DEAD = {**GOOD, "accepted_ms": None, "request": None, "status": None, "frames": [], "ended": "open"}


@pytest.mark.parametrize(
    ("connections", "check_id", "status", "words"),
    [
        ([GOOD], "capture.handshake", "pass", "1 of 1 connections"),
        ([{**GOOD, "status": 403}], "capture.handshake", "fail", "GET /ws HTTP/1.1 is answered with 403"),
        ([{**GOOD, "status": None}], "capture.handshake", "fail", "has no answer; closed by client"),
        ([DEAD], "capture.handshake", "fail", "the SYN has no answer"),
        ([{**DEAD, "refused": True}], "capture.handshake", "fail", "answered with a reset"),
        ([{**DEAD, "accepted_ms": 0.1}], "capture.handshake", "fail", "no request was seen"),
        ([{**GOOD, "request": None, "status": None, "tls": True}], "capture.handshake", "unknown", "encrypted"),
        ([GOOD], "capture.frames", "pass", "1 frames"),
        (
            [{**GOOD, "frames": [{**FRAME, "masked": False}]}],
            "capture.frames",
            "warn",
            "unmasked text frame from the client",
        ),
        (
            [{**GOOD, "frames": [{**FRAME, "from": "server"}]}],
            "capture.frames",
            "warn",
            "masked text frame from the server",
        ),
        ([{**GOOD, "frames": [{**FRAME, "opcode": "reserved 3"}]}], "capture.frames", "warn", "reserved 3"),
        ([DEAD], "capture.frames", "unknown", "no frame"),
        ([GOOD], "capture.transport", "pass", "nothing was retransmitted"),
        ([{**GOOD, "repeated": 2}], "capture.transport", "warn", "2 segments were retransmitted"),
        ([DEAD], "capture.transport", "warn", "1 of 1 connections were not accepted"),
        ([{**DEAD, "refused": True}], "capture.transport", "pass", ""),
        ([], "capture.handshake", "unknown", "no packet"),
    ],
)
def test_check_status_and_summary(connections: list[ConnectionRow], check_id: str, status: str, words: str) -> None:
    results = check({"subject": "capture", "gaps": [], "error": None, "connections": connections}, {})
    found = {result.id: result for result in results}
    assert len(results) == 3
    assert (found[check_id].status, words in found[check_id].summary) == (status, True), found[check_id].summary


@pytest.mark.parametrize(("kind", "status"), [("crash", "error"), ("deadline", "unknown")])
def test_a_probe_that_did_not_finish(kind: str, status: str) -> None:
    results = check({"error": {"kind": kind, "message": "x"}}, {})
    assert {result.status for result in results} == {status}
