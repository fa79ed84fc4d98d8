# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of an app where not everything is known."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils.checks.electron import DEFINITIONS, check

DEFAULTS = dict.fromkeys(
    ("contextIsolation", "nodeIntegration", "sandbox", "webSecurity", "allowRunningInsecureContent"), "default"
)
WINDOW = {"file": "main.js", "line": 3, "settings": DEFAULTS, "preload": ""}


def _window(**settings: t.Any) -> dict[str, t.Any]:
    return {**WINDOW, "settings": {**DEFAULTS, **settings}}


def _evidence(**changes: t.Any) -> dict[str, t.Any]:
    return {
        "subject": "electron",
        "path": "/opt/chat",
        "error": None,
        "gaps": [],
        "app": {"name": "chat", "version": "1.0.0", "main": "main.js", "files": 3, "opened": "/opt/chat/app.asar"},
        "electron": {"version": "30.0.0", "major": 30, "from": "/opt/chat/version"},
        "windows": [WINDOW],
        "exposed": [],
        "findings": [],
        "loads": [],
        "sockets": [],
        **changes,
    }


@pytest.mark.parametrize(
    ("evidence", "check_id", "status", "words"),
    [
        (_evidence(), "electron.isolation", "pass", "on in 1 of 1"),
        (_evidence(electron={"version": "11.5.0", "major": 11}), "electron.isolation", "warn", "off in main.js:3"),
        (_evidence(electron={}), "electron.isolation", "unknown", "depends on a version"),
        (_evidence(electron={}), "electron.version", "unknown", "package.json"),
        (_evidence(windows=[_window(contextIsolation="unknown")]), "electron.isolation", "unknown", "an expression"),
        (_evidence(windows=[]), "electron.isolation", "unknown", "no new BrowserWindow"),
        (_evidence(windows=[_window(nodeIntegration=True)]), "electron.node", "warn", "main.js:3"),
        (_evidence(windows=[_window(nodeIntegration="unknown")]), "electron.node", "unknown", "not decided"),
        (_evidence(windows=[_window(allowRunningInsecureContent=True)]), "electron.web_security", "warn", "main.js:3"),
        (_evidence(), "electron.bridge", "skip", "no preload"),
        (_evidence(), "electron.websocket", "skip", "a package may"),
        (_evidence(error={"kind": "deadline", "message": "late"}), "electron.bridge", "unknown", "late"),
        (_evidence(path=None), "electron.found", "skip", "electron.path is not set"),
    ],
)
def test_verdicts(evidence: dict[str, t.Any], check_id: str, status: str, words: str) -> None:
    results = check(evidence, {"name": "chat", "port": 8080})
    found = {result.id: result for result in results}
    assert len(results) == len(found) == len(DEFINITIONS)
    assert (found[check_id].status, words in found[check_id].summary) == (status, True), found[check_id].summary
