# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real nginx in front of real servers: each broken configuration is named, and what is right stays green."""

from __future__ import annotations

import shlex
import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.servers.catalogue import CACHE

NODE, NODE_PATH, LEGACY, TORNADO, MUTE, DEAD = 9501, 9502, 9503, 9504, 9505, 9599
FIRST_PORT = 8601
SOCKET = "/srv/nginx/chat.sock"
PYTHON = str(CACHE / "python" / "bin" / "python")

UPGRADE = "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
HEADERS = f"proxy_http_version 1.1; {UPGRADE}"
HOST = "proxy_set_header Host $http_host;"


#: A socket that accepts connections in the kernel and answers nothing.
SILENT = "import socket, time; s = socket.socket(); s.bind(('127.0.0.1', %d)); s.listen(64); time.sleep(600)"
_ON_SOCKET = """
import asyncio, websockets
async def echo(connection):
    async for message in connection:
        await connection.send(message)
async def main():
    async with websockets.unix_serve(echo, %r):
        await asyncio.sleep(600)
asyncio.run(main())
"""
#: Holds the only connection that a limit allows; it is held once another one is refused.
HOLD = """
import time
from websockets.sync.client import connect
held = connect("ws://127.0.0.1:%d/")
time.sleep(600)
"""
REFUSED = (
    "for n in $(seq 50); do curl -s -m 3 -o /dev/null -w '%%{http_code}' http://127.0.0.1:%d/ | grep -q 503 && exit 0;"
    " sleep 0.1; done; exit 1"
)


class Case(t.NamedTuple):
    """A server block of nginx (without its listen), the service behind it, and what is to be named."""

    cause: str | None
    block: str
    backend: int = NODE
    path: str = "/"
    #: Further options of the inventory entry; ``websocket`` is merged.
    more: dict[str, t.Any] = {}
    #: Another server block on the same port.
    beside: str = ""


def _location(prefix: str, words: str, port: int = NODE, uri: str = "") -> str:
    return f"location {prefix} {{ proxy_pass http://127.0.0.1:{port}{uri}; {words} }}"


BROKEN: dict[str, Case] = {
    "no headers": Case("nginx-missing-upgrade-headers", _location("/", "")),
    "headers lost": Case(
        "nginx-proxy_set_header-inheritance-lost",
        HEADERS + _location("/", "proxy_set_header X-Real-IP $remote_addr;"),
    ),
    "Connection missing": Case(
        "nginx-connection-missing-or-swapped",
        _location("/", "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"),
    ),
    "Upgrade swapped": Case(
        "nginx-connection-missing-or-swapped",
        _location(
            "/",
            "proxy_http_version 1.1; proxy_set_header Upgrade $connection_upgrade;"
            " proxy_set_header Connection $connection_upgrade;",
        ),
    ),
    "Connection is a constant for the whole site": Case(
        "nginx-connection-hardcoded-upgrade",
        _location(
            "/",
            "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
            ' proxy_set_header Connection "upgrade";' + HOST,
            NODE_PATH,
        ),
        NODE_PATH,
        "/ws",
    ),
    "HTTP/1.0": Case("nginx-http10-upstream", _location("/", UPGRADE, LEGACY), LEGACY),
    "another path": Case(
        "nginx-path-mismatch", _location("/chat/", HEADERS, NODE_PATH), NODE_PATH, "/chat/ws", {"serves": "/ws"}
    ),
    "slash in proxy_pass": Case("nginx-path-mismatch", _location("/ws", HEADERS, NODE_PATH, "/"), NODE_PATH, "/ws"),
    "slash is missing": Case("redirect-on-upgrade", _location("/ws/", HEADERS), NODE, "/ws"),
    "redirect to https": Case("redirect-on-upgrade", "return 301 https://$host$request_uri;"),
    "single-page application": Case(
        "spa-fallback-200",
        "root /srv/spa; location / { try_files $uri /index.html; } " + _location("/other/", HEADERS),
        NODE,
        "/ws",
    ),
    "default server": Case(
        "wrong-vhost-default-server",
        "server_name other.example.com; return 404;",
        beside="server_name chat.example.com; " + _location("/", HEADERS),
    ),
    "upstream is dead": Case("nginx-upstream-refused-502", _location("/", HEADERS, DEAD)),
    "upstream is mute": Case("nginx-upstream-mute-504", _location("/", HEADERS + "proxy_read_timeout 1s;", MUTE)),
    "upstream is denied": Case(
        "selinux-httpd-connect", f"location / {{ proxy_pass http://198.51.100.1:3000; {HEADERS} }}"
    ),
    "TLS to a plain back end": Case(
        "tls-backend-scheme-mismatch", f"location / {{ proxy_pass https://127.0.0.1:{NODE}; {HEADERS} }}"
    ),
    "headers are too large": Case(
        "header-too-large",
        "client_header_buffer_size 256; large_client_header_buffers 1 512; " + _location("/", HEADERS),
        more={"websocket": {"headers": {"X-Ticket": "x" * 600}}},
    ),
    "unix socket is not the worker's": Case(
        "nginx-unix-socket-permission",
        f"location / {{ proxy_pass http://unix:{SOCKET}:/; {HEADERS} }}",
        0,
        more={"socket": SOCKET},
    ),
    "limit": Case("nginx-limit", "limit_conn one 1; " + _location("/", HEADERS)),
    "Host is rewritten": Case("proxy-host-rewritten-origin-check", _location("/", HEADERS, TORNADO), TORNADO, "/ws"),
    "port is dropped": Case(
        "proxy-host-drops-port", _location("/", HEADERS + "proxy_set_header Host $host;", TORNADO), TORNADO, "/ws"
    ),
    "idle time-out": Case(
        "nginx-idle-timeout-60s",
        _location("/", HEADERS + "proxy_read_timeout 2s;"),
        more={"websocket": {"hold": 4}},
    ),
}
HEALTHY: dict[str, Case] = {
    "as in the documentation": Case(None, _location("/", HEADERS + HOST)),
    "hard-coded Connection": Case(
        None,
        _location(
            "/ws",
            "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
            ' proxy_set_header Connection "upgrade";' + HOST,
        ),
        NODE,
        "/ws",
    ),
    "hard-coded Connection for nothing but WebSockets": Case(
        None,
        _location(
            "/",
            "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
            ' proxy_set_header Connection "upgrade";' + HOST,
        ),
    ),
    "HTTP/1.0 accepted": Case(None, _location("/", UPGRADE + HOST)),
    "regular expression": Case(
        None, "location / { return 404; } " + _location("~* ^/WS$", HEADERS + HOST), NODE, "/ws"
    ),
    "prefix replaced": Case(
        None, _location("/chat/", HEADERS + HOST, NODE_PATH, "/"), NODE_PATH, "/chat/ws", {"serves": "/ws"}
    ),
    "inherited headers": Case(None, HEADERS + HOST + _location("/", "proxy_read_timeout 1h;")),
    "own Origin allowed": Case(None, _location("/", HEADERS + HOST, TORNADO), TORNADO, "/ws"),
    "held idle": Case(None, _location("/", HEADERS + HOST), more={"websocket": {"hold": 2}}),
}
CASES = {**BROKEN, **HEALTHY}


def _port(name: str) -> int:
    return FIRST_PORT + list(CASES).index(name)


def _configuration() -> str:
    """One nginx with a server for every case; the map lies in an include of its own, as it often does."""
    servers = "\n".join(
        f"server {{ listen {_port(name)}; {block} }}"
        for name, case in CASES.items()
        for block in (case.block, case.beside)
        if block
    )
    return f"""user www-data;
worker_processes 1;
pid /run/nginx-cases.pid;
error_log /var/log/nginx-cases.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    limit_conn_zone $server_port zone=one:1m;
    include /srv/nginx/conf.d/*.conf;
{servers}
}}
"""


def write(host: t.Any, path: str, text: str) -> None:
    """A file on a lab host."""
    host.run(["sh", "-c", f"mkdir -p $(dirname {path}) && printf %s {shlex.quote(text)} > {path}"])


def start_nginx(fleet: Fleet, host: t.Any, port: int, configuration: str, name: str = "nginx") -> None:
    """nginx with a configuration, in the foreground of the lab host."""
    path = f"/srv/nginx/{name}.conf"
    write(host, path, configuration)
    host.run(["mkdir", "-p", "/var/log/nginx", "/var/lib/nginx"])
    fleet.run(host, ["/usr/sbin/nginx", "-c", path, "-g", "daemon off;"], port)


def _entry(host: t.Any, name: str, case: Case) -> dict[str, t.Any]:
    more = dict(case.more)
    serves = more.pop("serves", case.path)
    websocket = {"path": serves, "dialect": "echo", **more.pop("websocket", {})}
    url = f"ws://{host.address}:{_port(name)}{case.path}"
    where = {"port": case.backend} if case.backend else {}
    return {"name": name, **where, "public_url": url, "websocket": websocket, **more}


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet) -> t.Iterator[Report]:
    """All cases in one run on one host: one nginx, four back ends bound to loopback."""
    host = lab_fleet.host(0)
    write(host, "/srv/nginx/conf.d/map.conf", 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }\n')
    write(host, "/srv/spa/index.html", "<!doctype html><html><title>chat</title></html>")
    for server, port in (
        ("ws_standalone", NODE),
        ("ws_attached", NODE_PATH),
        ("websockets_echo", LEGACY),
        ("tornado_echo", TORNADO),
    ):
        lab_fleet.start(host, server, port, bind="127.0.0.1")
    host.run(["ip", "route", "add", "prohibit", "198.51.100.1/32"])
    lab_fleet.run(host, [PYTHON, "-c", SILENT % MUTE], MUTE)
    lab_fleet.run(host, [PYTHON, "-c", _ON_SOCKET % SOCKET])
    start_nginx(lab_fleet, host, FIRST_PORT, _configuration())
    lab_fleet.run(host, [PYTHON, "-c", HOLD % _port("limit")])
    host.run(["sh", "-c", REFUSED % _port("limit")])
    services = {host.name: [_entry(host, name, case) for name, case in CASES.items()]}
    yield lab_fleet.checklist(services, websocket_health_fail_on="never", websocket_health_deadline=25)
    lab_fleet.stop_everything()
    host.run(["ip", "route", "del", "prohibit", "198.51.100.1/32"])


@pytest.mark.parametrize("name", BROKEN)
def test_the_cause_is_named_first(lab_fleet: Fleet, report: Report, name: str) -> None:
    host = lab_fleet.names[0]
    report.names_first(host, name, BROKEN[name].cause)
    report.folds_symptoms(host, name)


@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_right_stays_green(lab_fleet: Fleet, report: Report, name: str) -> None:
    report.is_healthy(lab_fleet.names[0], name)


def test_the_probe_as_a_module(lab_fleet: Fleet, report: Report) -> None:
    """It needs no other probe to say what is wrong, and where."""
    host = lab_fleet.host(0)
    assert report.path.exists()
    options = {"port": NODE, "public_url": f"ws://{host.address}:{_port('no headers')}/"}
    tasks = [{"name": "Ask", "websocket.health.proxy_probe": options}]
    inventory = lab_fleet.inventory({host.name: None})
    run = lab_fleet.playbook([{"hosts": "all", "gather_facts": False, "tasks": tasks}], inventory)
    assert run.returncode == 2, run.stdout[-2000:]
    assert "Traceback" not in run.stdout + run.stderr
    assert "location / at /srv/nginx/nginx.conf" in run.stdout
    assert "proxy_set_header Upgrade $http_upgrade;" in run.stdout
