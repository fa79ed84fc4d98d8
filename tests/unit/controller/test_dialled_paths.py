# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths a page names: only those that are the service's, and whole."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.frontend import FrontEndSeen
from ansible_collections.websocket.health.plugins.module_utils._evidence.service import Service
from ansible_collections.websocket.health.plugins.module_utils._frontend.collect import Collection
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.module_utils._run.redact import Redactor
from ansible_collections.websocket.health.plugins.plugin_utils._controller.dialled_paths import (
    named_by_browser,
    named_by_scripts,
)

SERVICE: Service = {
    "name": "chat",
    "port": 8080,
    "public_url": "wss://chat.example.com",
    "frontend": {"url": "https://www.example.com/"},
}


def _page(script: str) -> FrontEndSeen:
    collection = Collection("/", lambda _name, _reference: None, Deadline(5), Redactor())
    collection.add_script("app.js", script.encode())
    return collection.evidence()


@pytest.mark.parametrize(
    ("script", "paths"),
    [
        ("new WebSocket('ws://' + location.host + '/live')", ["/live"]),
        ("new WebSocket(`wss://${location.host}/rooms/${room}`)", []),
        ("new WebSocket('wss://chat.example.com/ws')", ["/ws"]),
        ("new WebSocket('ws://localhost:8080/tutorial')", ["/tutorial"]),
        ("new WebSocket('wss://push.stranger.example/x')", []),
        ("new WebSocket('ws://localhost:9999/other')", []),
        ("let url = 'wss://chat.example.com/mentioned-only'; log(url)", []),
    ],
)
def test_paths_in_scripts(script: str, paths: list[str]) -> None:
    assert [entry["path"] for entry in named_by_scripts(_page(script), SERVICE)] == paths


def test_where_a_script_names_it() -> None:
    (named,) = named_by_scripts(_page("\n\nnew WebSocket('ws://' + location.host + '/live')"), SERVICE)
    assert named["where"] == "app.js:3"


def test_an_accepted_socket_of_the_browser_comes_first() -> None:
    visit = {
        "sockets": [
            {"url": "wss://chat.example.com/old", "created": True, "status": None},
            {"url": "wss://chat.example.com/new?ticket=1", "created": True, "status": 101},
            {"url": "wss://stranger.example/x", "created": True, "status": 101},
            {"url": "wss://chat.example.com/forbidden", "created": False},
        ]
    }
    named = named_by_browser(visit, SERVICE)  # type: ignore[arg-type] # as it comes from the browser
    assert [entry["path"] for entry in named] == ["/new", "/old"]
