# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URL of a WebSocket."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import web_url


@pytest.mark.parametrize(
    ("text", "parts", "authority", "written"),
    [
        ("wss://chat.example.com/ws", ("wss", "chat.example.com", 443, "/ws"), "chat.example.com", None),
        ("ws://chat.example.com:80", ("ws", "chat.example.com", 80, "/"), "chat.example.com", "ws://chat.example.com/"),
        ("WS://Chat.Example.com:8080/a?b=c", ("ws", "chat.example.com", 8080, "/a?b=c"), "chat.example.com:8080", None),
        ("https://x/?t=1#frag", ("wss", "x", 443, "/?t=1"), "x", "wss://x/?t=1"),
        ("ws://[2001:db8::1]:81/", ("ws", "2001:db8::1", 81, "/"), "[2001:db8::1]:81", None),
        ("wss://user:secret@x/", ("wss", "x", 443, "/"), "x", "wss://x/"),
    ],
)
def test_a_url_is_taken_apart(text: str, parts: tuple[str, str, int, str], authority: str, written: str | None) -> None:
    url = web_url(text)
    assert tuple(url) == parts
    assert url.authority == authority
    assert url.secure == (parts[0] == "wss")
    expected = written or text.replace("WS://Chat.Example.com", "ws://chat.example.com")
    assert url.text() == expected


@pytest.mark.parametrize("text", ["", "chat.example.com/ws", "ftp://x/", "ws:///path", "ws://x:99999/", "ws://x:y/"])
def test_a_text_that_is_no_url_of_a_websocket_raises(text: str) -> None:
    with pytest.raises(ValueError):
        web_url(text)
