# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a page loads and says, read in one pass whatever it is."""

from __future__ import annotations

import time

import pytest
from ansible_collections.websocket.health.plugins.module_utils._frontend.html import read_page, resolved

PAGE = b"""<!DOCTYPE html><html><head>
<base href="/app/">
<META HTTP-EQUIV=content-security-policy CONTENT="connect-src &#39;self&#39;; img-src *">
<!-- <script src="old.js"></script> -->
<link rel="modulepreload" href="assets/vendor.js"><link rel=stylesheet href=a.css>
<link rel="preload" as="script" href='late.js'>
<meta name="action-cable-url" content="ws://localhost:28080/cable">
<script type="module" crossorigin src="assets/app.js?v=1&amp;x=2"></script>
<script type="application/ld+json" src="data.json"></script>
<script>let a = "<b>"; if (1 < 2) new WebSocket("ws://h.io")</script>
<script type=importmap>{"imports":{}}</script>
</head><body><input placeholder="ws://example.com"><div data-ws-url='wss://h.io/x'></div></body></html>
"""


def test_a_page_s_scripts_policies_and_urls_are_read() -> None:
    page = read_page(PAGE)
    assert page.base == "/app/"
    assert page.scripts == ["assets/vendor.js", "late.js", "assets/app.js?v=1&x=2"]
    assert page.policies == ["connect-src 'self'; img-src *"]
    assert [text for _offset, text in page.inline][0].startswith(b'let a = "<b>"')
    assert [(name, value) for name, value, _offset in page.urls] == [
        ("action-cable-url", "ws://localhost:28080/cable"),
        ("placeholder", "ws://example.com"),
        ("data-ws-url", "wss://h.io/x"),
    ]


def test_where_a_script_stands() -> None:
    offset, text = read_page(PAGE).inline[0]
    assert PAGE[offset : offset + len(text)] == text


def test_what_is_never_closed() -> None:
    assert read_page(b'<script src="a.js"').scripts == ["a.js"]
    assert read_page(b"<script>new WebSocket(1)").inline == [(8, b"new WebSocket(1)")]
    assert read_page(b"<!-- <script src=a.js>").scripts == []
    assert read_page(b"\xff\xfe<script src='\xff.js'></script>").scripts == ["\ufffd.js"]


def test_a_script_s_url_is_resolved_against_page_and_base() -> None:
    assert resolved("https://h.io/a/b", "", "c.js") == "https://h.io/a/c.js"
    assert resolved("https://h.io/a/b", "/x/", "c.js") == "https://h.io/x/c.js"
    assert resolved("https://h.io/", "", "http://[bad") == ""


@pytest.mark.parametrize(
    "piece",
    [b"<", b"<script ", b"<meta a=b c=d ", b'<meta a="', b"<!--", b"<base =====", b"<script               ", b"<a b='"],
)
def test_no_page_takes_long(piece: bytes) -> None:
    started = time.process_time()
    read_page(piece * ((2 << 20) // len(piece)))
    read_page(b"<script" + b" " * (2 << 20))
    assert time.process_time() - started < 2.0
