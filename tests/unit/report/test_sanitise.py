# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Harmless text: cleaning, Markdown."""

from __future__ import annotations

import re

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._report.text import sanitise


def test_controls_are_shown_and_colours_dropped() -> None:
    assert sanitise.clean("\x1b[31mError\x1b[0m: a\x00b\r\nc\td") == "Error: a\\x00b\nc\td"
    assert sanitise.clean("a\u202eb\u2066c\ufeff\ud800") == "a\\u202eb\\u2066c\\ufeff\\ud800"
    assert sanitise.clean("Grüße ✓ 日本") == "Grüße ✓ 日本"


def test_long_texts_are_cut_and_say_so() -> None:
    cut = sanitise.clean("x" * 1_000_000)
    assert len(cut) < sanitise.LONGEST + 100
    assert cut.endswith("[cut: 1000000 characters in all]")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a|b", "a\\|b"),
        ("`x`", "\\`x\\`"),
        ("a\nb\r\n\r\nc", "a b c"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[x](javascript:1)", "\\[x\\](javascript:1)"),
        ("![x](http://a)", "!\\[x\\](http:\u2060//a)"),
        ("see www.example.com", "see www\u2060.example.com"),
        ("@octocat a@b.com", "@\u2060octocat a@\u2060b.com"),
        ("org/repo#12 GH-3 !4", "org/repo#\u206012 GH-\u20603 !\u20604"),
        ("wss://h:8080/ws 12:30 {a: 1}", "wss://h:8080/ws 12:30 {a: 1}"),
        ("# x", "\\# x"),
        ("- x", "\\- x"),
        ("1. x", "1\\. x"),
        ("1.0.0", "1.0.0"),
        ("---", "\\---"),
        ("NODE_ENV _x_ *y*", "NODE_ENV \\_x\\_ \\*y\\*"),
        ("a &amp; b", "a &amp;amp; b"),
        ("\\", "\\\\"),
        (7, "7"),
    ],
)
def test_markdown_means_only_itself(value: object, expected: str) -> None:
    assert sanitise.md(value) == expected
    assert sanitise.md(sanitise.md(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("run `a b` now", "run `a b` now"),
        ("run `a|b` now", "run \\`a\\|b\\` now"),
        ("a ` b", "a \\` b"),
        ("`a``b`", "`a`\\`b\\`"),
        ("`<b>` <b>", "`<b>` &lt;b&gt;"),
        ("`a\n\nb`", "`a b`"),
    ],
)
def test_prose_keeps_code(value: str, expected: str) -> None:
    assert sanitise.md_prose(value) == expected


def test_text_cannot_end_its_code_fence() -> None:
    block = sanitise.fenced("a\n```\n````\nb", 2)
    lines = block.split("\n")
    assert lines[0] == "  `````text" and lines[-1] == "  `````"
    assert not any(re.fullmatch(r" *`{5,}", line) for line in lines[1:-1])
