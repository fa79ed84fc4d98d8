# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of windows, as far as literals tell them; what an expression decides is unknown."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._electron.javascript import tokens_of
from ansible_collections.websocket.health.plugins.module_utils._electron.windows import default, windows


def _window(text: str) -> dict[str, t.Any]:
    (found,) = windows(text, tokens_of(text), "main.js")
    return found


def _settings(text: str) -> dict[str, t.Any]:
    return {name: value for name, value in _window(text)["settings"].items() if value != "default"}


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("new BrowserWindow()", {}),
        ("new BrowserWindow({ width: 1 })", {}),
        ("new BrowserWindow({ webPreferences: { contextIsolation: false } })", {"contextIsolation": False}),
        (
            "new electron.BrowserWindow({webPreferences:{contextIsolation:!1,sandbox:!0}})",
            {"contextIsolation": False, "sandbox": True},
        ),
        (
            "const {BrowserWindow:t}=require('electron');new t({webPreferences:{webSecurity:!1}})",
            {"webSecurity": False},
        ),
        (
            "import { BrowserWindow as W } from 'electron'; new W({ 'webPreferences': { nodeIntegration: true, }, })",
            {"nodeIntegration": True},
        ),
        ("const p = { sandbox: false }; new BrowserWindow({ webPreferences: p })", {"sandbox": False}),
        ("const o = { webPreferences: { sandbox: false } };\nnew BrowserWindow(o)", {"sandbox": False}),
        ("new BrowserWindow({ webPreferences: { ...base, sandbox: false } })", {"sandbox": False}),
        (
            "new BrowserWindow({ title: `a ${b ? `{` : '}'} c`, webPreferences: { sandbox: false /* } */ } })",
            {"sandbox": False},
        ),
        ("const r = /[{(]\\/}/g; new BrowserWindow({ webPreferences: { sandbox: false } })", {"sandbox": False}),
    ],
)
def test_literal_web_preferences_are_read(text: str, settings: dict[str, t.Any]) -> None:
    known = {name: value for name, value in _settings(text).items() if value != "unknown"}
    assert known == settings


@pytest.mark.parametrize(
    "text",
    [
        "new BrowserWindow(options)",
        "let o = { webPreferences: {} }; new BrowserWindow(o)",
        "new BrowserWindow({ ...defaults })",
        "new BrowserWindow({ webPreferences: { contextIsolation: true }, ...defaults })",
        "new BrowserWindow({ webPreferences: make() })",
        "new BrowserWindow({ webPreferences: { contextIsolation: true, ...more } })",
        "new BrowserWindow({ webPreferences: { contextIsolation: isSafe() } })",
    ],
)
def test_what_an_expression_decides_is_unknown(text: str) -> None:
    assert _window(text)["settings"]["contextIsolation"] == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        "// new BrowserWindow({})",
        "'new BrowserWindow({})'",
        "/* new BrowserWindow() */",
        "class BrowserWindow {}",
        "newBrowserWindow()",
    ],
)
def test_comments_strings_and_other_names_are_no_windows(text: str) -> None:
    assert windows(text, tokens_of(text), "main.js") == []


def test_the_preload_script_is_named() -> None:
    text = "\nnew BrowserWindow({ webPreferences: { preload: path.join(__dirname, 'preload.js') } })"
    assert (_window(text)["preload"], _window(text)["line"]) == ("preload.js", 2)
    assert _window("new BrowserWindow({ webPreferences: { preload } })")["preload"] == "unknown"


@pytest.mark.parametrize(
    ("setting", "major", "node", "expected"),
    [
        ("contextIsolation", 11, False, False),
        ("contextIsolation", 12, False, True),
        ("contextIsolation", None, False, None),
        ("nodeIntegration", 4, False, True),
        ("nodeIntegration", 30, False, False),
        ("sandbox", 19, False, False),
        ("sandbox", 20, False, True),
        ("sandbox", 30, True, False),
        ("webSecurity", None, False, True),
    ],
)
def test_defaults_by_version(setting: str, major: int | None, node: bool, expected: bool | None) -> None:
    assert default(setting, major, node) is expected


@pytest.mark.parametrize(
    "text", ["new BrowserWindow(", "new BrowserWindow({ webPreferences: {", "`${", "'", "/", "((((", "new t" * 9]
)
def test_programs_that_end_too_early(text: str) -> None:
    windows(text, tokens_of(text), "main.js")
