# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of a real nginx in a real browser: every failure that Chromium has words for, and what only looks like one."""

from __future__ import annotations

import json
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import typing as t

import pytest

from tests.integration.conftest import Fleet, Report, _cannot
from tests.integration.test_nginx import HEADERS, HOST, PYTHON, start_nginx, write
from tests.servers.catalogue import CACHE
from tests.unit import tls_kit
from tests.unit.kit import ROOT, wait_for
from tests.unit.pages import PICTURE, STRICT, TALK, led_to, page, pin, profiles

ECHO, SOCKETIO, GRAPHQL, TWO, AUTH, LEGACY, PICKY, MOODY, FIRST_PORT = (
    9821,
    9822,
    9823,
    9824,
    9825,
    9826,
    9827,
    9828,
    8521,
)
RAW = {
    "destroys": 9831,
    "resets": 9832,
    "mail": 9833,
    "mute": 9834,
    "wrong accept": 9835,
    "reserved bits": 9836,
    "bad text": 9837,
}
DEAD = 9839
SITE, ALLOWED = "chat.lab.test", "https://allowed.lab.test"
FOLDER = "/srv/pages"

#: Answers a GET, and an upgrade in a way of its own: with these bytes, then by closing, resetting or waiting.
RAW_SERVER = r"""
import base64, hashlib, re, socket, socketserver, struct, sys, time
FRAMES = {"reserved bits": b"\xf1\x05hello", "bad text": b"\x81\x02\xff\xfe", "wrong accept": b""}
port, what = int(sys.argv[1]), sys.argv[2]
class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        head = self.request.recv(65536)
        if what == "mail":
            self.request.sendall(b"502 5.5.2 Error: command not recognized\r\n")
        elif b"pgrade: websocket" not in head:
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        elif what == "resets":
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.request.close()
        elif what == "mute":
            time.sleep(30)
        elif what in FRAMES:
            key = re.search(rb"(?i)sec-websocket-key: *([^\r]*)", head).group(1) if what != "wrong accept" else b""
            accept = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
            self.request.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                 b"Sec-WebSocket-Accept: " + base64.b64encode(accept) + b"\r\n\r\n" + FRAMES[what])
            time.sleep(1)
class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address, daemon_threads = True, True
Server(("0.0.0.0", port), Handler).serve_forever()
"""
#: An echo for pages of one origin.
PICKY_SERVER = """
import asyncio, websockets
async def echo(connection):
    async for message in connection:
        await connection.send(message)
async def main():
    async with websockets.serve(echo, "0.0.0.0", %d, origins=["%s"]):
        await asyncio.get_running_loop().create_future()
asyncio.run(main())
"""
#: An echo that drops the connections of browsers, as what takes them for robots does.
MOODY_SERVER = """
import asyncio, websockets
async def echo(connection):
    if "Mozilla" in connection.request.headers.get("User-Agent", ""):
        await asyncio.sleep(0.5)
        connection.transport.abort()
    async for message in connection:
        await connection.send(message)
async def main():
    async with websockets.serve(echo, "0.0.0.0", %d):
        await asyncio.get_running_loop().create_future()
asyncio.run(main())
"""


class Case(t.NamedTuple):
    """A page, what it is served with, and the cause to name; in texts %(ws)s is the service's URL as seen by browsers."""

    cause: str | None
    script: str = TALK.replace("%s", "%(ws)s")
    #: More of the server block, the location of the WebSocket in it, and the elements of the page's head.
    server: str = ""
    location: str = f"proxy_pass http://127.0.0.1:{ECHO}; {HEADERS} {HOST}"
    head: str = PICTURE
    tls: bool = False
    trusted: bool = True
    path: str = "/ws"
    query: str = ""
    backend: int = ECHO
    #: The page dials the back end and not the proxy.
    direct: bool = False
    websocket: dict[str, t.Any] = {}
    arguments: tuple[str, ...] = ()
    #: What Chromium says, somewhere in the results of the browser's checks.
    words: str = ""


def _dial(url: str, more: str = "") -> str:
    return f"new WebSocket('{url}'{more});"


def _direct(cause: str, backend: int, words: str, **more: t.Any) -> Case:
    return Case(cause, backend=backend, direct=True, path="/", words=words, **more)


_GRAPHQL = """const s = new WebSocket('%(ws)s', 'graphql-transport-ws');
s.onopen = () => s.send('{"type": "connection_init"}');"""
_WORKER = "new Worker(URL.createObjectURL(new Blob([`%s`], {type: 'text/javascript'})));"
_SOCKETIO = "const s = io({transports: ['websocket']});"
CASES: dict[str, Case] = {
    "plain": Case(None),
    "in TLS": Case(None, tls=True),
    "Socket.IO": Case(
        None,
        _SOCKETIO,
        head=PICTURE + "<script src=/socket.io/socket.io.js></script>",
        path="/socket.io/",
        query="?EIO=4&transport=websocket",
        backend=SOCKETIO,
        location=f"proxy_pass http://127.0.0.1:{SOCKETIO}; {HEADERS} {HOST}",
        websocket={"path": "/socket.io/?EIO=4&transport=websocket", "dialect": "socketio"},
    ),
    "GraphQL": Case(
        None,
        _GRAPHQL,
        path="/graphql",
        backend=GRAPHQL,
        location=f"proxy_pass http://127.0.0.1:{GRAPHQL}; {HEADERS} {HOST}",
        websocket={"dialect": "graphql-transport-ws", "subprotocols": ["graphql-transport-ws"]},
    ),
    "worker": Case(None, _WORKER % TALK.replace("%s", "%(ws)s")),
    "StrictMode": Case(None, STRICT.replace("%s", "%(ws)s"), tls=True),
    "no icon": Case(None, head=""),
    "localhost beside it": Case(None, TALK.replace("%s", "%(ws)s") + _dial("ws://localhost:9/agent"), tls=True),
    "another site's refuses": Case(None, TALK.replace("%s", "%(ws)s") + _dial(f"ws://feed.elsewhere.example:{DEAD}/")),
    # What the browser alone sees.
    "mixed content": Case("mixed-content", _dial("ws://%(site)s/ws"), tls=True, words="insecure WebSocket connection"),
    "policy": Case(
        "csp-connect-src",
        _dial(f"ws://%(address)s:{ECHO}/ws"),
        server="add_header Content-Security-Policy \"connect-src 'self'\";",
        words="violates the following Content Security Policy directive",
    ),
    "localhost": Case("bundle-hardcoded-localhost", _dial(f"ws://localhost:{DEAD}/ws"), words="localhost"),
    "undefined host": Case("bundle-undefined-host", _dial("ws://undefined/ws"), words="ERR_NAME_NOT_RESOLVED"),
    "undefined port": Case("bundle-undefined-host", _dial("ws://%(address)s:undefined/ws"), words="SyntaxError"),
    "unsafe port": Case("unsafe-port", _dial("ws://%(address)s:6000/ws"), words="ERR_UNSAFE_PORT"),
    "wrong port": Case(
        "bundle-wrong-port-or-path", _dial(f"ws://%(address)s:{DEAD}/ws"), words="ERR_CONNECTION_REFUSED"
    ),
    "wrong path": Case(
        "bundle-wrong-port-or-path", _dial("ws://%(site)s/sockets"), words="Unexpected response code: 404"
    ),
    "private address": Case(
        "local-network-access",
        _dial(f"ws://%(address)s:{ECHO}/ws"),
        arguments=("--ip-address-space-overrides=%(address)s:%(port)s=public",),
        words="LOCAL_NETWORK_ACCESS",
    ),
    "origin": Case(
        "page-origin-rejected",
        backend=PICKY,
        location=f"proxy_pass http://127.0.0.1:{PICKY}; {HEADERS} {HOST}",
        websocket={"origin": ALLOWED},
        words="Unexpected response code: 403",
    ),
    "too many": Case(
        "too-many-sockets", "for (let i = 0; i < 300; i++) new WebSocket('%(ws)s');", words="Insufficient"
    ),
    "early": Case("send-before-open", _dial("%(ws)s").replace(");", ").send('x');"), words="Still in CONNECTING"),
    "given up": Case("closed-before-established", _dial("%(ws)s").replace(");", ").close();"), words="gave up"),
    "dropped": _direct("silent-1006-after-open", MOODY, "1006"),
    # What every client sees: the cause below goes first.
    "upstream is dead": Case(
        "nginx-upstream-refused-502",
        location=f"proxy_pass http://127.0.0.1:{DEAD}; {HEADERS} {HOST}",
        words="Unexpected response code: 502",
    ),
    "no headers": Case(
        "nginx-missing-upgrade-headers",
        location=f"proxy_pass http://127.0.0.1:{ECHO};",
        words="Unexpected response code: 426",
    ),
    "redirect": Case("redirect-on-upgrade", location="return 301 /elsewhere;", words="Unexpected response code: 301"),
    "page in place of it": Case("spa-fallback-200", location="try_files /nothing /index.html;", words="code: 200"),
    "private authority": Case(
        "tls-private-ca-untrusted-by-app", tls=True, trusted=False, words="ERR_CERT_AUTHORITY_INVALID"
    ),
    "not running": _direct("proc-not-running", DEAD, "ERR_CONNECTION_REFUSED"),
    "credentials": _direct("ws-auth-rejected", AUTH, "HTTP Authentication failed", websocket={"path": "/ws"})._replace(
        path="/ws"
    ),
    "destroys": _direct("ws-upgrade-handler-destroys", RAW["destroys"], "Connection closed before receiving"),
    "resets": _direct("ws-upgrade-handler-destroys", RAW["resets"], "ERR_CONNECTION_RESET"),
    "not HTTP": _direct("proc-port-owned-by-other-app", RAW["mail"], "ERR_INVALID_HTTP_RESPONSE"),
    "mute": _direct("ws-upgrade-handler-silent", RAW["mute"], "no answer for"),
    "wrong accept": _direct("ws-bad-101", RAW["wrong accept"], "Incorrect 'Sec-WebSocket-Accept'"),
    "reserved bits": _direct("ws-invalid-utf8", RAW["reserved bits"], "One or more reserved bits are on"),
    "bad text": _direct("ws-invalid-utf8", RAW["bad text"], "Could not decode a text frame as UTF-8"),
    "two servers on one": _direct("http-bytes-inside-ws-stream", TWO, "Invalid frame header")._replace(path="/ws"),
    "sub-protocol": _direct(
        "ws-subprotocol-none-selected",
        LEGACY,
        "Sec-WebSocket-Protocol",
        script="new WebSocket('%(ws)s', ['chat.v1', 'chat.v2']);",
        websocket={"subprotocols": ["chat.v1", "chat.v2"]},
    ),
}
BROKEN = [name for name, case in CASES.items() if case.cause]
HEALTHY = [name for name, case in CASES.items() if not case.cause]


def _port(name: str) -> int:
    return FIRST_PORT + list(CASES).index(name)


def _words(host: t.Any, name: str, case: Case) -> dict[str, t.Any]:
    """What the texts of a case may name."""
    own = SITE if case.tls else host.address
    authority = f"{host.address}:{case.backend}" if case.direct else f"{own}:{_port(name)}"
    url = f"{'wss' if case.tls else 'ws'}://{authority}{case.path}{case.query}"
    return {"ws": url, "site": authority, "address": host.address, "port": _port(name), "page": f"{own}:{_port(name)}"}


def _server(name: str, case: Case) -> str:
    """The server block of a case."""
    keys = f"ssl_certificate {FOLDER}/site.pem; ssl_certificate_key {FOLDER}/site.pem;" if case.tls else ""
    more = f"location {case.path} {{ {case.location} }}" if not case.direct else ""
    root = f"root {FOLDER}/{_port(name)}; location = / {{ try_files /index.html =404; }}"
    return f"server {{ listen {_port(name)}{' ssl' if case.tls else ''}; {keys} {case.server} {root} {more} }}"


def _entry(host: t.Any, name: str, case: Case, certificate: str) -> dict[str, t.Any]:
    words = _words(host, name, case)
    arguments = [led_to(host.address, SITE), *(argument % words for argument in case.arguments)]
    return {
        "name": name,
        "port": case.backend,
        "public_url": words["ws"],
        "websocket": {"path": case.path, "dialect": "echo", **case.websocket},
        "frontend": {"url": f"{'https' if case.tls else 'http'}://{words['page']}/"},
        "chromium": {"stay": 2.5, "arguments": [*arguments, *([certificate] if case.tls and case.trusted else [])]},
        **({"tls": {"ca_path": f"{FOLDER}/authority.pem"}} if case.tls and case.trusted else {}),
    }


def _start(fleet: Fleet, host: t.Any, folder: pathlib.Path) -> str:
    """Everything on the host; returns the argument that makes Chromium trust its certificate."""
    authority = tls_kit.authority()
    leaf = authority.leaf(SITE)
    tls_kit.store(folder / "authority.pem", authority.root)
    tls_kit.store(folder / "site.pem", leaf, authority.intermediate, key=True)
    for path in folder.iterdir():
        write(host, f"{FOLDER}/{path.name}", path.read_text())
    host.run(["sh", "-c", f"echo 127.0.0.1 {SITE} >> /etc/hosts"])
    for server, port in (
        ("ws_standalone", ECHO),
        ("socketio4", SOCKETIO),
        ("graphql_ws", GRAPHQL),
        ("ws_two_on_one", TWO),
        ("ws_auth", AUTH),
        ("websockets_echo", LEGACY),
    ):
        fleet.start(host, server, port)
    picky = [str(CACHE / "python" / "bin" / "python"), "-c", PICKY_SERVER % (PICKY, ALLOWED)]
    fleet.run(host, picky, PICKY)
    fleet.run(host, [*picky[:2], MOODY_SERVER % MOODY], MOODY)
    for what, port in RAW.items():
        fleet.run(host, [PYTHON, "-c", RAW_SERVER, str(port), what], port)
    for name, case in CASES.items():
        text = page(case.script % _words(host, name, case), case.head)
        write(host, f"{FOLDER}/{_port(name)}/index.html", text)
    servers = "\n".join(_server(name, case) for name, case in CASES.items())
    write(host, "/srv/nginx/conf.d/map.conf", 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }\n')
    text = (
        "user root; pid /run/nginx-pages.pid; error_log /var/log/nginx-pages.log;\nevents { worker_connections 2048; }\n"
        "http { types { text/html html; text/javascript js; } access_log off; include /srv/nginx/conf.d/*.conf;\n"
        f"{servers}\n}}\n"
    )
    start_nginx(fleet, host, FIRST_PORT, text, "nginx-pages")
    return pin(leaf)


@pytest.fixture(scope="module")
def staged(lab_fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[list[dict[str, t.Any]]]:
    """The services of all cases, up on one host."""
    if shutil.which("chromium") is None:
        _cannot("chromium is not installed")
    host = lab_fleet.host(2)
    certificate = _start(lab_fleet, host, tmp_path_factory.mktemp("pages"))
    yield [_entry(host, name, case, certificate) for name, case in CASES.items()]
    lab_fleet.stop_everything()


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet, staged: list[dict[str, t.Any]]) -> Report:
    """All cases in one run."""
    services = {lab_fleet.names[2]: staged}
    return lab_fleet.checklist(services, websocket_health_fail_on="never", websocket_health_deadline=120)


def _browser(report: Report, host: str, name: str) -> list[dict[str, t.Any]]:
    return [check for check in report.service(host, name)["checks"] if check["vantage"] == "browser"]


@pytest.mark.parametrize("name", BROKEN)
def test_the_cause_is_named_first(lab_fleet: Fleet, report: Report, name: str) -> None:
    host = lab_fleet.names[2]
    report.names_first(host, name, CASES[name].cause)
    seen = json.dumps(_browser(report, host, name))
    assert CASES[name].words in seen, report.wrong(host, name)
    failing = {check["id"] for check in _browser(report, host, name) if check["status"] == "fail"}
    explained = {check for entry in report.service(host, name)["diagnoses"] for check in entry["explains"]}
    assert failing <= explained


@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_right_stays_green(lab_fleet: Fleet, report: Report, name: str) -> None:
    host = lab_fleet.names[2]
    statuses = {check["id"]: check["status"] for check in _browser(report, host, name)}
    assert set(statuses.values()) <= {"pass", "skip"}, report.wrong(host, name)
    assert (statuses["browser.page"], statuses["browser.websocket"], statuses["browser.data"]) == ("pass",) * 3
    assert report.service(host, name)["diagnoses"] == []


@pytest.mark.parametrize("name", ["undefined host", "unsafe port"])
def test_what_happens_is_seen_and_its_place_is_told(lab_fleet: Fleet, report: Report, name: str) -> None:
    first = report.service(lab_fleet.names[2], name)["diagnoses"][0]
    because = " ".join(first["because"])
    assert "Chromium" in because and "/:2:1" in because
    assert "/:2:1" in " ".join(first["next_steps"]["immediate"])
    assert {"browser.websocket"} < set(first["explains"])


@pytest.mark.parametrize("name", BROKEN)
def test_the_guide_lists_it(name: str) -> None:
    """The table of what Chromium says names every cause that is staged here."""
    table = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8").partition("### What Chromium says")[2]
    assert f"(diagnoses/{CASES[name].cause}.md)" in table


def test_no_process_and_no_profile_stays(report: Report) -> None:
    assert report.data["hosts"] and profiles() == []


def test_the_path_ends_at_the_browser(lab_fleet: Fleet, report: Report) -> None:
    text = (report.path.parent / "report.md").read_text()
    assert "public URL ✓ → browser ✗ (turns bad here)" in text
    assert "browser ✓" in text


def test_the_module_alone(lab_fleet: Fleet, staged: list[dict[str, t.Any]]) -> None:
    entry = next(service for service in staged if service["name"] == "plain")
    options = {name: entry[name] for name in ("port", "public_url", "frontend", "chromium")}
    options["chromium"] = {**options["chromium"], "screenshot": True}
    target = lab_fleet.directory / "browser.json"
    keep = {
        "delegate_to": "localhost",
        "connection": "local",
        "ansible.builtin.copy": {"content": "{{ answer | to_json }}", "dest": str(target), "mode": "0600"},
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "check_mode": False,
    }
    tasks = [{"websocket.health.browser_probe": options, "register": "answer"}, keep]
    # A host that does not exist: it is not asked.
    inventory = lab_fleet.inventory({"nowhere": None})
    run = lab_fleet.playbook([{"hosts": "all", "gather_facts": False, "tasks": tasks}], inventory, "--check")
    assert run.returncode == 0, run.stdout[-3000:]
    answer = json.loads(target.read_text())
    assert (answer["status"], answer["changed"]) == ("pass", False)
    assert answer["evidence"]["sockets"][0]["status"] == 101 and answer["evidence"]["screenshot"]


def _opened_by_the_host(entry: dict[str, t.Any]) -> dict[str, t.Any]:
    """The same page at an address that leads to it on the host alone."""
    port = entry["frontend"]["url"].rstrip("/").rpartition(":")[2]
    chromium = {**entry["chromium"], "where": "host"}
    return {**entry, "frontend": {"url": f"http://127.0.0.1:{port}/"}, "chromium": chromium}


def _left_on(host: t.Any) -> str:
    """Profiles and processes of browsers on a host."""
    look = "ls -d /tmp/websocket-health-browser-* 2>&-; pgrep -af 'remote-debugging-pip[e]'; true"
    return str(host.run(["sh", "-c", look]).stdout)


def test_the_browser_of_a_host(lab_fleet: Fleet, staged: list[dict[str, t.Any]]) -> None:
    host = lab_fleet.host(2)
    entries = {entry["name"]: entry for entry in staged}
    services = [_opened_by_the_host(entries[name]) for name in ("plain", "policy", "wrong port")]
    report = lab_fleet.checklist({host.name: services}, websocket_health_fail_on="never", websocket_health_deadline=60)
    for service in services[1:]:
        report.names_first(host.name, service["name"], CASES[service["name"]].cause)
    checks = {check["id"]: check["status"] for check in _browser(report, host.name, "plain")}
    assert set(checks.values()) <= {"pass", "skip"} and checks["browser.websocket"] == "pass", checks
    assert _left_on(host) == ""


def test_the_module_on_a_chosen_host(lab_fleet: Fleet, staged: list[dict[str, t.Any]]) -> None:
    host = lab_fleet.host(2)
    entry = _opened_by_the_host(next(service for service in staged if service["name"] == "plain"))
    options = {name: entry[name] for name in ("port", "public_url", "frontend", "chromium")}
    task = {"websocket.health.browser_probe": options, "delegate_to": host.name, "run_once": True}
    inventory = lab_fleet.inventory({"nowhere": None, host.name: None})
    run = lab_fleet.playbook([{"hosts": "nowhere", "gather_facts": False, "tasks": [task]}], inventory)
    assert run.returncode == 0, run.stdout[-3000:]
    # Without a browser there the answer says so, and where.
    task["websocket.health.browser_probe"] = {**options, "chromium": {"where": "host", "path": "/nowhere/chromium"}}
    run = lab_fleet.playbook([{"hosts": "nowhere", "gather_facts": False, "tasks": [task]}], inventory)
    assert run.returncode == 2 and "/nowhere/chromium is no program that can be started on the host" in run.stdout
    assert _left_on(host) == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_killed_leaves_nothing(
    lab_fleet: Fleet, staged: list[dict[str, t.Any]], number: signal.Signals
) -> None:
    entry = next(service for service in staged if service["name"] == "plain")
    options = {"frontend": entry["frontend"], "chromium": {"stay": 25}, "deadline": 40}
    play = [{"hosts": "all", "gather_facts": False, "tasks": [{"websocket.health.browser_probe": options}]}]
    path = lab_fleet.directory / "killed.yml"
    path.write_text(json.dumps(play))
    lab_fleet.playbook([{"hosts": "none", "tasks": []}], lab_fleet.inventory({"nowhere": None}))
    command = [
        str(pathlib.Path(sys.executable).parent / "ansible-playbook"),
        "-i",
        str(lab_fleet.directory / "inventory.yml"),
    ]
    process = subprocess.Popen(
        [*command, str(path)], env=lab_fleet.last_environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(profiles, 20.0)
        time.sleep(1.0)
        process.send_signal(number)
        process.wait(30)
        # Of a play that was killed the worker goes on to its task's end.
        wait_for(lambda: not profiles(), 40.0)
    finally:
        process.kill()
