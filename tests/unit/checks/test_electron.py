# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of an app where not everything is known."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.electron import (
    Electron,
    Window,
    WindowSettings,
)
from ansible_collections.websocket.health.plugins.plugin_utils._checks.electron import DEFINITIONS, check

DEFAULTS: WindowSettings = {
    "contextIsolation": "default",
    "nodeIntegration": "default",
    "sandbox": "default",
    "webSecurity": "default",
    "allowRunningInsecureContent": "default",
}
WINDOW: Window = {"file": "main.js", "line": 3, "settings": DEFAULTS, "preload": ""}


def _window(**settings: t.Unpack[WindowSettings]) -> Window:
    return {**WINDOW, "settings": {**DEFAULTS, **settings}}


def _evidence(**seen: t.Unpack[Electron]) -> Electron:
    """The evidence of a packed app with one window, of which everything is known."""
    usual: Electron = {
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
    }
    return {**usual, **seen}


@pytest.mark.parametrize(
    ("evidence", "check_id", "status", "words"),
    [
        (_evidence(), "electron.isolation", "pass", "on in 1 of 1"),
        (_evidence(electron={"version": "11.5.0", "major": 11}), "electron.isolation", "warn", "off in main.js:3"),
        (_evidence(electron={}), "electron.isolation", "unknown", "depends on an unknown Electron version"),
        (_evidence(electron={}), "electron.version", "unknown", "package.json"),
        (_evidence(windows=[_window(contextIsolation="unknown")]), "electron.isolation", "unknown", "an expression"),
        (_evidence(windows=[]), "electron.isolation", "unknown", "no new BrowserWindow"),
        (_evidence(windows=[_window(nodeIntegration=True)]), "electron.node", "warn", "main.js:3"),
        (_evidence(windows=[_window(nodeIntegration="unknown")]), "electron.node", "unknown", "not set by a literal"),
        (_evidence(windows=[_window(allowRunningInsecureContent=True)]), "electron.web_security", "warn", "main.js:3"),
        (_evidence(), "electron.bridge", "skip", "no preload"),
        (_evidence(), "electron.websocket", "skip", "a package may"),
        (_evidence(error={"kind": "deadline", "message": "late"}), "electron.bridge", "unknown", "late"),
        (_evidence(path=None), "electron.found", "skip", "electron.path is not set"),
    ],
)
def test_check_status_and_summary(evidence: Electron, check_id: str, status: str, words: str) -> None:
    results = check(evidence, {"name": "chat", "port": 8080})
    found = {result.id: result for result in results}
    assert len(results) == len(found) == len(DEFINITIONS)
    assert (found[check_id].status, words in found[check_id].summary) == (status, True), found[check_id].summary


PAGE = {"file": "page.js", "line": 1, "url": "wss://chat.example.com/ws", "role": "renderer"}
IN_MAIN = {**PAGE, "file": "main.js", "role": "main"}
UNTRUSTED = {"url": "wss://chat.example.com/ws", "code": 20, "message": "unable to get local issuer certificate"}
FROM_FILE = {"loads": [{"file": "main.js", "line": 4, "scheme": "file"}], "sockets": [PAGE]}


def _decided(kind: str, value: t.Any = None, **more: t.Any) -> dict[str, t.Any]:
    return {"kind": kind, "value": value, "file": "main.js", "line": 9, "role": "main", **more}


DEAD = {"rules": "p:1", "address": "p port 1", "outcome": "ECONNREFUSED (Connection refused)"}
PROXY = _decided("proxy", "p:1", bypass=None)


@pytest.mark.parametrize(
    ("changes", "check_id", "status"),
    [
        # A handshake that is refused for something else than its Origin.
        ({**FROM_FILE, "null_origin": {"outcome": "http", "status": 403, "control": "open"}}, "origin", "fail"),
        ({**FROM_FILE, "null_origin": {"outcome": "http", "status": 403, "control": "http"}}, "origin", "unknown"),
        ({**FROM_FILE, "null_origin": {"outcome": "http", "status": 429, "control": "open"}}, "origin", "unknown"),
        ({**FROM_FILE, "null_origin": {"outcome": "timeout", "control": "timeout"}}, "origin", "unknown"),
        ({**FROM_FILE, "sockets": [{**PAGE, "role": "unknown"}]}, "origin", "skip"),
        # Who takes any certificate, and who meets it.
        ({"sockets": [PAGE], "trust": UNTRUSTED}, "certificate", "fail"),
        ({"sockets": [PAGE], "trust": {**UNTRUSTED, "code": 0}}, "certificate", "pass"),
        ({"sockets": [PAGE], "trust": {**UNTRUSTED, "code": None}}, "certificate", "unknown"),
        ({"sockets": [PAGE], "trust": UNTRUSTED, "decisions": [_decided("own-trust", "ca")]}, "certificate", "unknown"),
        (
            {"sockets": [IN_MAIN], "trust": UNTRUSTED, "decisions": [_decided("blind", "rejectUnauthorized")]},
            "certificate",
            "warn",
        ),
        (
            {"sockets": [PAGE], "trust": UNTRUSTED, "decisions": [_decided("blind", "rejectUnauthorized")]},
            "certificate",
            "fail",
        ),
        (
            {"sockets": [PAGE], "trust": UNTRUSTED, "decisions": [_decided("blind", "ignore-certificate-errors")]},
            "certificate",
            "warn",
        ),
        # A proxy that is gone costs those that are led to it.
        ({"sockets": [PAGE], "decisions": [PROXY], "proxies": [DEAD]}, "proxy", "fail"),
        ({"sockets": [PAGE], "decisions": [PROXY], "proxies": [{**DEAD, "outcome": "connected"}]}, "proxy", "pass"),
        ({"sockets": [IN_MAIN], "decisions": [PROXY], "proxies": [DEAD]}, "proxy", "pass"),
        ({"sockets": [{**PAGE, "url": None}], "decisions": [PROXY], "proxies": [DEAD]}, "proxy", "pass"),
        ({"sockets": [{**PAGE, "url": "ws://localhost:1/"}], "decisions": [PROXY], "proxies": [DEAD]}, "proxy", "pass"),
        (
            {
                "sockets": [{**PAGE, "url": "ws://localhost:1/"}],
                "decisions": [{**PROXY, "bypass": "<-loopback>"}],
                "proxies": [DEAD],
            },
            "proxy",
            "fail",
        ),
        ({"sockets": [PAGE], "decisions": [{**PROXY, "bypass": "*.example.com"}], "proxies": [DEAD]}, "proxy", "pass"),
        ({"sockets": [PAGE], "decisions": [PROXY, _decided("proxy")], "proxies": [DEAD]}, "proxy", "unknown"),
        ({"sockets": [PAGE], "decisions": [_decided("proxy")]}, "proxy", "unknown"),
        # A page that dials the server of its own app.
        (
            {"sockets": [{**PAGE, "url": "ws://localhost:1/"}], "decisions": [_decided("child", "s.js")]},
            "backend",
            "warn",
        ),
        (
            {
                "sockets": [{**PAGE, "url": "ws://localhost:1/"}],
                "decisions": [_decided("child", "s.js"), _decided("waits", "message")],
            },
            "backend",
            "pass",
        ),
        ({"sockets": [PAGE], "decisions": [_decided("child", "s.js")]}, "backend", "skip"),
        (
            {"sockets": [{**IN_MAIN, "url": "ws://localhost:1/"}], "decisions": [_decided("child", "s.js")]},
            "backend",
            "skip",
        ),
    ],
)
def test_the_status_depends_on_what_the_app_dials_and_decides(changes: Electron, check_id: str, status: str) -> None:
    results = {result.id: result for result in check(_evidence(**changes), {"name": "chat", "port": 8080})}
    assert results[f"electron.{check_id}"].status == status, results[f"electron.{check_id}"].summary
