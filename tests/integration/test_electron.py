# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Electron apps on a host, packed and unpacked, in front of real servers."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.integration.test_nginx import write
from tests.servers.catalogue import CACHE

ANY, STRICT = 9851, 9852
MAIN = """const { app, BrowserWindow } = require('electron');
app.whenReady().then(() => {
  const window = new BrowserWindow({ webPreferences: { preload: require('path').join(__dirname, 'preload.js') } });
  window.loadFile('index.html');
});
"""
PRELOAD = """const { contextBridge, ipcRenderer } = require('electron');
contextBridge.exposeInMainWorld('chat', { send: (text) => ipcRenderer.send('chat:send', text) });
"""
#: What the checklist's example hands over: any channel.
OPEN = PRELOAD.replace(
    "(text) => ipcRenderer.send('chat:send', text)", "(channel, data) => ipcRenderer.send(channel, data)"
)
_PACK = "require('@electron/asar').createPackage(process.argv[1], process.argv[2])"


class Case(t.NamedTuple):
    """The app's programs, the server's port, and what is to be named or to be warned of."""

    port: int
    cause: str | None = None
    warned: str | None = None
    preload: str = PRELOAD
    packed: bool = False


CASES: dict[str, Case] = {
    "the Origin of files is refused": Case(STRICT, "electron-origin"),
    "packed, and refused as well": Case(STRICT, "electron-origin", packed=True),
    "right": Case(ANY),
    "right and packed": Case(ANY, packed=True),
    "the page chooses the channel": Case(ANY, None, "electron.bridge", OPEN),
}


def _stage(fleet: Fleet, host: t.Any, number: int, case: Case) -> str:
    """The app on the host; its path."""
    folder = f"/srv/app{number}"
    path = "/ws" if case.port == STRICT else "/"
    files = {
        "package.json": '{"name": "chat", "main": "main.js", "devDependencies": {"electron": "30.1.0"}}',
        "main.js": MAIN,
        "preload.js": case.preload,
        "index.html": "<!doctype html><script src='page.js'></script>",
        "page.js": f"new WebSocket('ws://localhost:{case.port}{path}');",
    }
    for name, text in files.items():
        write(host, f"{folder}/{name}", text)
    if not case.packed:
        return folder
    host.run(["mkdir", "-p", f"{folder}-installed/resources"])
    node = ["node", "-e", _PACK, folder, f"{folder}-installed/resources/app.asar"]
    host.run(["sh", "-c", f'cd {CACHE}/node && exec "$@"', "sh", *node])
    write(host, f"{folder}-installed/version", "30.1.0")
    return f"{folder}-installed"


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet) -> t.Iterator[Report]:
    """All apps in one run on one host."""
    host = lab_fleet.host(4)
    lab_fleet.start(host, "ws_standalone", ANY)
    lab_fleet.start(host, "tornado_echo", STRICT)
    services = []
    for number, (name, case) in enumerate(CASES.items()):
        path = _stage(lab_fleet, host, number, case)
        websocket = {"path": "/ws" if case.port == STRICT else "/", "dialect": "echo"}
        services.append({"name": name, "port": case.port, "websocket": websocket, "electron": {"path": path}})
    yield lab_fleet.checklist({host.name: services}, websocket_health_fail_on="never", websocket_health_deadline=20)
    lab_fleet.stop_everything()


@pytest.mark.parametrize("name", CASES)
def test_apps(lab_fleet: Fleet, report: Report, name: str) -> None:
    host, case = lab_fleet.names[4], CASES[name]
    service = report.service(host, name)
    seen = {check["id"]: check["status"] for check in service["checks"] if check["id"].startswith("electron.")}
    assert seen["electron.version"] == "pass"
    if case.cause:
        report.names_first(host, name, case.cause)
        report.folds_symptoms(host, name)
    else:
        wrong = {check_id for check_id, status in seen.items() if status in ("fail", "warn", "error", "unknown")}
        assert (service["diagnoses"], wrong) == ([], {case.warned} if case.warned else set()), report.wrong(host, name)


def test_a_service_without_an_app_has_no_such_checks(lab_fleet: Fleet, report: Report) -> None:
    assert report.path.exists()
    host = lab_fleet.host(4)
    lab_fleet.start(host, "ws_standalone", ANY + 10)
    plain = {host.name: [{"name": "plain", "port": ANY + 10}]}
    service = lab_fleet.checklist(plain, websocket_health_fail_on="never").service(host.name, "plain")
    assert not [check["id"] for check in service["checks"] if check["id"].startswith("electron.")]


def test_the_probe_as_a_module(lab_fleet: Fleet, report: Report) -> None:
    assert report.path.exists()
    host = lab_fleet.host(4)
    options = {"port": ANY, "electron": {"path": "/srv/nowhere"}}
    tasks = [{"name": "Look", "websocket.health.electron_probe": options}]
    run = lab_fleet.playbook(
        [{"hosts": "all", "gather_facts": False, "tasks": tasks}], lab_fleet.inventory({host.name: None})
    )
    assert run.returncode == 2, run.stdout[-2000:]
    assert "ENOENT" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
