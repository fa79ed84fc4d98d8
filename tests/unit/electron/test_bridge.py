# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a preload script hands to its page."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._electron.bridge import bridge
from ansible_collections.websocket.health.plugins.module_utils._electron.javascript import tokens_of


def _found(value: str, before: str = "") -> list[tuple[str, str]]:
    text = f"{before}\ncontextBridge.exposeInMainWorld('api', {value});"
    return [(entry["kind"], entry["name"]) for entry in bridge(text, tokens_of(text), "preload.js")["findings"]]


@pytest.mark.parametrize(
    "value",
    [
        "{ send: (text) => ipcRenderer.send('chat:send', text) }",
        "{ on: (func) => ipcRenderer.on('chat', (event, ...args) => func(...args)) }",
        "{ on(func) { ipcRenderer.on(`chat`, (_e, m) => func(m)) } }",
        "{ versions: process.versions }",
        "{ send: (channel, data) => { if (['a', 'b'].includes(channel)) ipcRenderer.send(channel, data) } }",
        "{ stop: () => ipcRenderer.removeAllListeners('chat') }",
        "'just a text'",
        "{ ping: function () { return ipcRenderer.invoke('ping') } }",
    ],
)
def test_a_narrow_bridge_has_no_finding(value: str) -> None:
    assert _found(value) == []


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        ("ipcRenderer", [("raw", "api")]),
        ("{ ipcRenderer }", [("raw", "api.ipcRenderer")]),
        ("{ ipc: ipcRenderer }", [("raw", "api.ipc")]),
        ("{ ...ipcRenderer }", [("raw", "api.…")]),
        ("{ on: ipcRenderer.on }", [("raw", "api.on")]),
        ("{ on: ipcRenderer.on.bind(ipcRenderer) }", [("raw", "api.on"), ("raw", "api.on")]),
        ("{ send: (channel, data) => ipcRenderer.send(channel, data) }", [("any-channel", "api.send")]),
        ("{ send: channel => ipcRenderer.send(channel) }", [("any-channel", "api.send")]),
        ("{ send(channel) { ipcRenderer.send(channel) } }", [("any-channel", "api.send")]),
        ("{ send: function (channel) { ipcRenderer.invoke(channel) } }", [("any-channel", "api.send")]),
        ("{ on: (func) => ipcRenderer.on('chat', func) }", [("event", "api.on")]),
        ("{ deep: { send: (c) => ipcRenderer.send(c) } }", [("any-channel", "api.send")]),
        ("api()", []),
    ],
)
def test_a_bridge_that_exposes_ipc_is_found(value: str, kinds: list[tuple[str, str]]) -> None:
    assert [kind for kind, _name in _found(value)] == [kind for kind, _name in kinds]


def test_the_example_of_the_checklist() -> None:
    """It lets the page choose the channel, both ways."""
    value = """{
  send: (channel, data) => ipcRenderer.send(channel, data),
  on: (channel, func) => ipcRenderer.on(channel, (event, ...args) => func(...args))
}"""
    assert _found(value) == [("any-channel", "api.send"), ("any-channel", "api.on")]


def test_a_constant_is_followed() -> None:
    before = "const inner = { send: (c) => ipcRenderer.send(c) };"
    assert _found("inner", before) == [("any-channel", "api.send")]
    assert _found("other") == [("unknown", "api")]
    assert _found("electronAPI", "import { electronAPI } from '@electron-toolkit/preload'") == [("generic", "api")]


@pytest.mark.parametrize(
    "text", ["exposeInMainWorld(", "exposeInMainWorld('a',", "exposeInMainWorld('a', {", "exposeInMainWorld"]
)
def test_programs_that_end_too_early(text: str) -> None:
    bridge(text, tokens_of(text), "preload.js")
