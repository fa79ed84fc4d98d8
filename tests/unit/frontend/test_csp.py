# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""connect-src as Chromium 156 decides it: csp_chromium.json holds its answers, asked with a page for each."""

from __future__ import annotations

import json
import pathlib

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import web_url
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.content_security_policy import (
    Target,
    forbidding,
)

ASKED = json.loads((pathlib.Path(__file__).parent / "csp_chromium.json").read_text())
PAGE = Target("https", "chat.example.com", 443)
OWN = Target("wss", "chat.example.com", 443, "/ws")


@pytest.mark.parametrize("source", ASKED["allowed"])
def test_a_policy_forbids_what_chromium_forbids(source: str) -> None:
    page = Target("http", "localhost", 4321)
    answers = ""
    for target in ASKED["targets"]:
        url = web_url(target.replace("PORT", "4321"))
        policy = "connect-src " + source.replace("PORT", "4321")
        answers += "-" if forbidding(policy, page, Target(url.scheme, url.host, url.port, url.path)) else "A"
    assert answers == ASKED["allowed"][source]


@pytest.mark.parametrize(
    ("policy", "directive"),
    [
        ("", ""),
        ("script-src 'none'", ""),
        ("default-src 'self'", ""),
        ("default-src 'none'", "default-src 'none'"),
        ("default-src 'none'; connect-src wss:", ""),
        ("connect-src", "connect-src"),
        ("Connect-Src WSS://Chat.Example.Com", ""),
        ("connect-src 'self'; connect-src 'none'", ""),
        ("connect-src 'self', connect-src https:", "connect-src https:"),
        ("connect-src wss://chat.example.com/ws", ""),
        ("connect-src wss://chat.example.com/other", "connect-src wss://chat.example.com/other"),
        ("connect-src wss://chat.example.com/w", "connect-src wss://chat.example.com/w"),
        ("connect-src <garbage> \x00 ::", "connect-src <garbage> \x00 ::"),
    ],
)
def test_the_directive_that_decides(policy: str, directive: str) -> None:
    assert forbidding(policy, PAGE, OWN) == directive


def test_a_secure_page_may_not_dial_in_clear_by_self() -> None:
    assert forbidding("connect-src 'self'", PAGE, Target("ws", "chat.example.com", 443)) != ""
