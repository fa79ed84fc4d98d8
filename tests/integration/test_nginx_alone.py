# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of an nginx process as a whole, each staged on one of its own: what happened to it after it was started."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.integration.test_nginx import HEADERS, HOST, NODE, PYTHON, start_nginx, write

FIRST_PORT = 8581
NAME = "back.lab.test"
#: Opens a connection through the port and keeps it.
_HOLD = """
import time
from websockets.sync.client import connect
held = connect("ws://127.0.0.1:%d/")
print("held", flush=True)
time.sleep(600)
"""


class Fault(t.NamedTuple):
    """What is named, the configuration, and what is done once nginx runs."""

    cause: str
    server: str
    then: t.Callable[[Fleet, t.Any, int, str], None] | None = None
    connections: int = 64
    before: t.Callable[[t.Any], None] | None = None


def _misspell(_fleet: Fleet, host: t.Any, port: int, text: str) -> None:
    write(host, _path(port), text.replace("proxy_http_version", "proxy_http_versoin"))


def _mix_keys(_fleet: Fleet, host: t.Any, port: int, text: str) -> None:
    for name in ("one", "other"):
        names = ["-keyout", f"/srv/nginx/{name}.key", "-out", f"/srv/nginx/{name}.pem"]
        request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9"]
        host.run(["openssl", *request, "-subj", f"/CN={name}", *names])
    lines = "listen 8599 ssl; ssl_certificate /srv/nginx/one.pem; ssl_certificate_key /srv/nginx/other.key;"
    write(host, _path(port), text.replace(f"listen {port};", f"listen {port}; {lines}"))


def _reload_twice(fleet: Fleet, host: t.Any, port: int, _text: str) -> None:
    """Each reload finds a WebSocket open, and the workers of three configurations live."""
    for number in range(2):
        fleet.run(host, [PYTHON, "-c", _HOLD % port], stdout=f"/tmp/held-{number}")
        host.run(
            ["sh", "-c", f"for n in $(seq 100); do grep -q held /tmp/held-{number} && exit 0; sleep 0.1; done; exit 1"]
        )
        host.run(["sh", "-c", f"kill -HUP $(cat /run/nginx-{port}.pid)"])
        shut = f"[ $(ps -eo args | grep -c '[s]hutting down') -gt {number} ] && exit 0"
        host.run(["sh", "-c", f"for n in $(seq 100); do {shut}; sleep 0.1; done; exit 1"])


def _point_elsewhere(host: t.Any) -> None:
    host.run(["sh", "-c", f"echo 127.0.0.9 {NAME} >> /etc/hosts"])


def _move(_fleet: Fleet, host: t.Any, _port: int, _text: str) -> None:
    # In place: the file may be a mount of its own.
    host.run(
        ["sh", "-c", f"text=$(sed 's/127.0.0.9 {NAME}/127.0.0.1 {NAME}/' /etc/hosts); echo \"$text\" > /etc/hosts"]
    )


_PLAIN = f"location / {{ proxy_pass http://127.0.0.1:{NODE}; {HEADERS} {HOST} }}"
FAULTS: dict[str, Fault] = {
    "no connections left": Fault("nginx-worker-connections", _PLAIN, connections=3),
    "broken after the start": Fault("nginx-config-not-loaded", _PLAIN, _misspell),
    "key of another certificate": Fault("tls-key-mismatch-or-unreadable", _PLAIN, _mix_keys),
    "reloaded under open sockets": Fault("nginx-old-workers-after-reload", _PLAIN, _reload_twice),
    "back end has moved": Fault(
        "dns-stale-upstream", _PLAIN.replace("127.0.0.1", NAME), _move, before=_point_elsewhere
    ),
}


def _path(port: int) -> str:
    return f"/srv/nginx/nginx-{port}.conf"


def _stage(fleet: Fleet, host: t.Any, port: int, fault: Fault) -> dict[str, t.Any]:
    text = (
        f"worker_processes 1; pid /run/nginx-{port}.pid; error_log /var/log/nginx-{port}.log;\n"
        f"events {{ worker_connections {fault.connections}; }}\n"
        "http { access_log off; include /srv/nginx/conf.d/*.conf;\n"
        f"server {{ listen {port}; {fault.server} }} }}\n"
    )
    if fault.before:
        fault.before(host)
    start_nginx(fleet, host, port, text, f"nginx-{port}")
    if fault.then:
        fault.then(fleet, host, port, text)
    return {
        "port": NODE,
        "public_url": f"ws://{host.address}:{port}/",
        "websocket": {"path": "/", "dialect": "echo"},
    }


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet) -> t.Iterator[Report]:
    """All in one run on one host, with one back end."""
    host = lab_fleet.host(2)
    write(host, "/srv/nginx/conf.d/map.conf", 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }\n')
    lab_fleet.start(host, "ws_standalone", NODE, bind="127.0.0.1")
    entries = []
    for number, (name, fault) in enumerate(FAULTS.items()):
        entries.append({"name": name, **_stage(lab_fleet, host, FIRST_PORT + number, fault)})
    yield lab_fleet.checklist({host.name: entries}, websocket_health_fail_on="never", websocket_health_deadline=25)
    lab_fleet.stop_everything()


@pytest.mark.parametrize("name", FAULTS)
def test_the_cause_is_named_first(lab_fleet: Fleet, report: Report, name: str) -> None:
    report.names_first(lab_fleet.names[2], name, FAULTS[name].cause)
    report.folds_symptoms(lab_fleet.names[2], name)
