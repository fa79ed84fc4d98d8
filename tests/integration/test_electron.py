# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Electron apps on a host, packed and unpacked, in front of real servers."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.integration.test_nginx import HEADERS, HOST, start_nginx, write
from tests.servers.catalogue import CACHE
from tests.unit import tls_kit

ANY, STRICT, SECURE, DEAD = 9851, 9852, 9853, 9854
NAME = "chat.lab.test"
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
    #: What comes before the main program, and the page's script.
    before: str = ""
    script: str = "new WebSocket('%s');"
    url: str = ""


_SECURE = f"wss://{NAME}:{SECURE}/"
_PROXY = "session.defaultSession.setProxy({ proxyRules: 'http://127.0.0.1:%d' });"
_CHILD = "const server = require('child_process').fork('server.js');"
CASES: dict[str, Case] = {
    "the Origin of files is refused": Case(STRICT, "electron-origin"),
    "packed, and refused as well": Case(STRICT, "electron-origin", packed=True),
    "right": Case(ANY),
    "right and packed": Case(ANY, packed=True),
    "the page chooses the channel": Case(ANY, None, "electron.bridge", OPEN),
    "a private authority": Case(ANY, "electron-cert", url=_SECURE),
    "a private authority that the app knows": Case(
        ANY,
        before="session.defaultSession.setCertificateVerifyProc((request, answer) => answer(verify(request)));",
        url=_SECURE,
    ),
    "any certificate": Case(
        ANY,
        None,
        "electron.certificate",
        before="app.commandLine.appendSwitch('ignore-certificate-errors');",
        url=_SECURE,
    ),
    "a proxy that is gone": Case(ANY, "electron-local-proxy", before=_PROXY % DEAD, url="ws://%(address)s:9851/"),
    "a proxy that answers": Case(ANY, before=_PROXY % ANY, url="ws://%(address)s:9851/"),
    "a proxy that is gone and another": Case(
        ANY, before=_PROXY.replace("%d'", "%d,127.0.0.1:9851'") % DEAD, url="ws://%(address)s:9851/"
    ),
    "a proxy that is gone and may be left out": Case(
        ANY,
        before=_PROXY.replace(" })", ", proxyBypassRules: '10.*,192.*,172.*' })") % DEAD,
        url="ws://%(address)s:9851/",
    ),
    "a proxy that is gone and not asked": Case(ANY, before=_PROXY % DEAD),
    "the page is first": Case(ANY, "electron-backend-race", before=_CHILD),
    "the window waits": Case(ANY, before=_CHILD + "server.once('message', () => console.log('up'));"),
    "the page connects again": Case(
        ANY,
        before=_CHILD,
        script="const dial = () => { new WebSocket('%s').onclose = () => setTimeout(dial, 500); }; dial();",
    ),
}


def _stage(fleet: Fleet, host: t.Any, number: int, case: Case) -> str:
    """The app on the host; its path."""
    folder = f"/srv/app{number}"
    path = "/ws" if case.port == STRICT else "/"
    files = {
        "package.json": '{"name": "chat", "main": "main.js", "devDependencies": {"electron": "30.1.0"}}',
        "main.js": case.before + MAIN,
        "preload.js": case.preload,
        "index.html": "<!doctype html><script src='page.js'></script>",
        "page.js": case.script
        % (case.url % {"address": host.address} if case.url else f"ws://localhost:{case.port}{path}"),
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


def _start_edge(fleet: Fleet, host: t.Any, folder: pathlib.Path) -> None:
    """A proxy with a certificate of a private authority."""
    authority = tls_kit.authority()
    tls_kit.store(folder / "authority.pem", authority.root)
    tls_kit.store(folder / "site.pem", authority.leaf(NAME), authority.intermediate, key=True)
    for path in folder.iterdir():
        write(host, f"/srv/edge/{path.name}", path.read_text())
    host.run(["sh", "-c", f"echo 127.0.0.1 {NAME} >> /etc/hosts"])
    keys = "ssl_certificate /srv/edge/site.pem; ssl_certificate_key /srv/edge/site.pem;"
    location = f"location / {{ proxy_pass http://127.0.0.1:{ANY}; {HEADERS} {HOST} }}"
    text = (
        "user www-data; pid /run/nginx-edge.pid; error_log /var/log/nginx-edge.log;\nevents {}\n"
        'http { access_log off; map $http_upgrade $connection_upgrade { default upgrade; "" close; }\n'
        f"server {{ listen {SECURE} ssl; {keys} {location} }}\n}}\n"
    )
    start_nginx(fleet, host, SECURE, text, "nginx-edge")


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Report]:
    """All apps in one run on one host."""
    host = lab_fleet.host(4)
    _start_edge(lab_fleet, host, tmp_path_factory.mktemp("edge"))
    lab_fleet.start(host, "ws_standalone", ANY)
    lab_fleet.start(host, "tornado_echo", STRICT)
    services = []
    for number, (name, case) in enumerate(CASES.items()):
        path = _stage(lab_fleet, host, number, case)
        websocket = {"path": "/ws" if case.port == STRICT else "/", "dialect": "echo"}
        entry = {"name": name, "port": case.port, "websocket": websocket, "electron": {"path": path}}
        if case.url == _SECURE:
            # The operator's own tools know the authority.
            entry.update(public_url=_SECURE, tls={"ca_path": "/srv/edge/authority.pem"})
        services.append(entry)
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
        # What the app's own code decides about a certificate nobody else can say.
        decides = {"electron.certificate"} if "VerifyProc" in case.before else set()
        assert (service["diagnoses"], wrong) == ([], {case.warned} if case.warned else decides), report.wrong(
            host, name
        )


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
