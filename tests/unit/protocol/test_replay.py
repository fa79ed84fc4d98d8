# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request as a proxy writes it."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.replay import Change, written

HEAD = b"GET /live?a=1 HTTP/1.1\r\nHost: chat.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (Change("path", "/live?a=1", "/ws"), ["GET /ws HTTP/1.1", "Host: chat.example.com"]),
        (Change("HTTP version", "HTTP/1.1", "HTTP/1.0"), ["GET /live?a=1 HTTP/1.0", "Host: chat.example.com"]),
        (Change("Host", "chat.example.com", "back:3000"), ["GET /live?a=1 HTTP/1.1", "Host: back:3000"]),
        (Change("X-Forwarded-Proto", "none", "http"), ["GET /live?a=1 HTTP/1.1", "X-Forwarded-Proto: http"]),
    ],
)
def test_one_change(change: Change, lines: list[str]) -> None:
    assert written(HEAD, [change]).decode().split("\r\n")[:2] == lines


def test_a_header_that_is_dropped() -> None:
    assert b"Upgrade: websocket" not in written(HEAD, [Change("Upgrade", "websocket", None)])
    assert written(HEAD, []) == HEAD
