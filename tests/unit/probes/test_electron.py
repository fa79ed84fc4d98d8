# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An app on this machine, and a real server that its page would ask."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._checks.electron import check

from tests.servers.catalogue import running
from tests.unit.probed_host import ask, computing, probe

MAIN = """const { app, BrowserWindow } = require('electron');
const w = new BrowserWindow({ webPreferences: { preload: require('path').join(__dirname, 'preload.js') } });
w.loadFile('index.html');
"""
PRELOAD = """const { contextBridge, ipcRenderer } = require('electron');
contextBridge.exposeInMainWorld('chat', { send: (text) => ipcRenderer.send('chat', text) });
"""


def app(folder: pathlib.Path, **files: str) -> pathlib.Path:
    """An app with a window, a bridge and a page."""
    contents = {
        "package.json": '{"name": "chat", "version": "2.1.0", "main": "main.js", "devDependencies": {"electron": "^30.1.0"}}',
        "main.js": MAIN,
        "preload.js": PRELOAD,
        "index.html": "<meta http-equiv='Content-Security-Policy' content=\"connect-src ws:\"><script src=page.js></script>",
        "page.js": "const s = new WebSocket('ws://localhost:8080/ws?token=cAnArY');",
        **{name.replace("__", "."): text for name, text in files.items()},
    }
    for name, text in contents.items():
        (folder / name).write_text(text)
    return folder


def results(evidence: dict[str, t.Any], port: int = 8080) -> dict[str, t.Any]:
    return {result.id: result for result in check(evidence, {"name": "x", "port": port})}


def test_an_app_is_taken_apart(tmp_path: pathlib.Path) -> None:
    service = {"name": "x", "port": 8080, "electron": {"path": str(app(tmp_path))}}
    evidence = probe("electron", service)
    assert evidence["app"]["name"] == "chat"
    assert (evidence["electron"]["major"], evidence["electron"]["from"]) == (30, "package.json (^30.1.0)")
    assert [entry["role"] for entry in evidence["sockets"]] == ["renderer"]
    assert evidence["sockets"][0]["url"] == "ws://localhost:8080/ws"
    assert "cAnArY" not in str(evidence)
    assert evidence["policies"] == [{"file": "index.html", "policy": "connect-src ws:"}]
    found = results(evidence)
    assert {name: result.status for name, result in found.items() if result.status not in ("pass", "skip")} == {
        "electron.origin": "unknown"
    }
    assert results(evidence, 9000)["electron.websocket"].status == "warn"


def test_wrong_settings_are_found_with_file_and_line(tmp_path: pathlib.Path) -> None:
    main = MAIN.replace(
        "webPreferences: {", "webPreferences: { contextIsolation: false, nodeIntegration: true, webSecurity: false,"
    )
    preload = PRELOAD.replace("(text) => ipcRenderer.send('chat', text)", "ipcRenderer.send")
    service = {"name": "x", "port": 8080, "electron": {"path": str(app(tmp_path, main__js=main, preload__js=preload))}}
    found = results(probe("electron", service))
    assert {name: result.status for name, result in found.items() if result.status not in ("pass", "skip")} == {
        "electron.isolation": "fail",
        "electron.node": "warn",
        "electron.web_security": "warn",
        "electron.bridge": "warn",
        "electron.origin": "unknown",
    }
    assert "main.js:2" in found["electron.isolation"].summary
    assert "contextBridge at preload.js:2 throws there" in found["electron.isolation"].summary


def test_an_app_that_cannot_be_opened_is_unknown(tmp_path: pathlib.Path) -> None:
    cases = ((tmp_path, "neither package.json nor app.asar", "unknown"), (tmp_path / "gone", "ENOENT", "warn"))
    for path, words, status in cases:
        found = results(probe("electron", {"name": "x", "port": 8080, "electron": {"path": str(path)}}))
        first = found.pop("electron.found")
        assert {result.status for result in found.values()} == {"unknown"}
        assert (first.status, words in first.summary) == (status, True)


ELSEWHERE = "new WebSocket('ws://chat.example.test/ws')"


@pytest.mark.fuzz
@pytest.mark.parametrize(
    "files",
    [
        {
            "main__js": MAIN + "session.defaultSession.setProxy({ proxyRules: '127.0.0.1:99999' })",
            "page__js": ELSEWHERE,
        },
        {"main__js": MAIN + "session.defaultSession.setProxy({ proxyRules: 'a..b:80' })", "page__js": ELSEWHERE},
        {
            "main__js": MAIN + "session.defaultSession.setProxy({ proxyRules: '%s:80' })" % ("a" * 70),
            "page__js": ELSEWHERE,
        },
        {"package__json": '{"main": "main.js", "devDependencies": {"electron": "%s"}}' % ("9" * 5000)},
        {"page__js": "new WebSocket('wss://a..b/ws')"},
        {"page__js": "new WebSocket('wss://%s/ws')" % ("x" * 300)},
        {"index__html": "<meta " * 100000},
        {"page__js": '"' + "a" * (4 << 20) + '"; ' + ELSEWHERE},
        {"page__js": "/" + "[" * 200000},
        {"page__js": "(" * 200000 + ELSEWHERE},
        {"page__js": "if(a)/`/.test(b); i++/2; x`a/b`; " + ELSEWHERE},
    ],
)
def test_odd_apps_cost_neither_the_evidence_nor_the_time(tmp_path: pathlib.Path, files: dict[str, str]) -> None:
    folder = app(tmp_path, **files)
    os.mkfifo(folder / "version")
    with computing(8):
        evidence = probe("electron", {"name": "x", "port": 8080, "electron": {"path": str(folder)}})
    assert evidence["error"] is None and evidence["app"] and evidence["windows"]
    assert results(evidence)


def test_words_in_odd_places_are_no_decisions(tmp_path: pathlib.Path) -> None:
    """A regular expression behind a condition, and a division behind ``++``, do not swallow what comes after."""
    for before in ("if(a)/`/.test(b);", "x=i++/2; `a/b`;"):
        main = MAIN + before + "app.commandLine.appendSwitch('ignore-certificate-errors');"
        evidence = probe(
            "electron", {"name": "x", "port": 8080, "electron": {"path": str(app(tmp_path, main__js=main))}}
        )
        assert [entry["kind"] for entry in evidence["decisions"]] == ["blind"], before


@pytest.mark.servers("node", "python")
def test_a_server_that_refuses_the_origin_of_files(tmp_path: pathlib.Path) -> None:
    folder = str(app(tmp_path))
    for name, status in (("tornado_echo", "fail"), ("ws_standalone", "pass")):
        with running(name) as server:
            service = {
                "name": "x",
                "port": server.port,
                "websocket": {"path": "/ws" if name == "tornado_echo" else "/", "dialect": "echo"},
                "electron": {"path": folder},
            }
            evidence = ask(service, ["websocket", "electron"])
        assert results(evidence["electron"], server.port)["electron.origin"].status == status
