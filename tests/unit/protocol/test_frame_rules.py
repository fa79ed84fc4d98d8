# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames for which every browser ends the connection (RFC 6455, section 5), and those that it takes."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.frame_rules import broken_frame

HELLO = b"\x81\x05hello"


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (b"\x81\x82\x01\x02\x03\x04ik", "a text frame is masked"),
        (HELLO + b"\xa1\x02hi", "a text frame has reserved bits set (RSV2)"),
        (b"\xf2\x00", "a binary frame has reserved bits set (RSV1, RSV2, RSV3)"),
        (b"\x83\x00", "unknown opcode 0x3"),
        (b"\x8b\x00", "unknown opcode 0xb"),
        (b"\x09\x02hi", "a ping frame is fragmented"),
        (b"\x8a\x7e\x00\x7e" + b"x" * 126, "a pong frame has 126 bytes"),
        (b"\x80\x02hi", "continues no message"),
        (b"\x01\x02hi" + HELLO, "a text frame begins inside a fragmented message"),
        (b"\x81\x02\xc3\x28", "a text frame is not UTF-8"),
        (b"\x01\x01\xc3\x80\x01\x28", "a text frame is not UTF-8"),
        (b"\x81\x01\xc3", "a text frame is not UTF-8"),
        (b"\x88\x01\x03", "a close frame has one byte"),
        (b"\x88\x02\x03\xed", "the code 1005"),
        (b"\x88\x04\x03\xe8\xff\xfe", "the reason of a close frame is not UTF-8"),
    ],
)
def test_what_breaks_the_protocol_is_named(stream: bytes, said: str) -> None:
    assert said in broken_frame(stream)


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        HELLO,
        HELLO[:3],
        b"\x82\x02\xc3\x28",
        b"\x01\x01\xc3\x80\x01\xa9",
        b"\x01\x02hi\x89\x01x\x80\x02ho",
        b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00short",
        b"\x81\x7e\x01",
        b"\x81\x7e\x01\x00\xc3",
        b"\x88\x00",
        b"\x88\x09\x11\x94no-sess",
        b"\x88\x02\x11\x94anything after the end",
    ],
)
def test_what_is_allowed_or_has_not_come_yet_is_left_alone(stream: bytes) -> None:
    assert broken_frame(stream) == ""


def test_compressed_messages_are_not_read_where_that_was_negotiated() -> None:
    assert broken_frame(b"\xc1\x02\xc3\x28", extended=True) == ""
    assert "RSV1" in broken_frame(b"\xc1\x02\xc3\x28")
    assert "RSV2" in broken_frame(b"\xa1\x02hi", extended=True)
