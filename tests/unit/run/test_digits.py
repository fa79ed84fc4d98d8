# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers in texts that others wrote."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.handshake import parse_head
from ansible_collections.websocket.health.plugins.module_utils._run.digits import number


@pytest.mark.parametrize(
    ("text", "meant"),
    [("0", 0), ("0101", 101), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("²²²", None), ("٣", None), ("", None)]
    + [(text, None) for text in ("-1", "+1", " 1", "1 ", "1_0", "1e3", "0x1", "9" * 5000, None, 7)],
)
def test_ascii_digits_alone_are_a_number(text: t.Any, meant: int | None) -> None:
    assert number(text) == meant


@pytest.mark.parametrize("status", ["²²²", "1٠1", "1011", "10", "-10", ""])
def test_a_status_has_three_digits(status: str) -> None:
    """RFC 9112, section 4: 3DIGIT, and a DIGIT is 0 to 9 (RFC 5234)."""
    assert parse_head(f"HTTP/1.1 {status} x\r\n\r\n".encode("utf-8", "replace")) is None
    assert parse_head(f"HTTP/1.1 {status} x\r\n\r\n".encode("latin-1", "replace")) is None
