# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configurations of docs/behind-a-proxy.md, as they stand there, in front of a real server."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.integration.lab_files import write

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "behind-a-proxy.md"
BACKEND, FIRST_PORT = 9541, 8541
KINDS = ("nginx", "apache", "haproxy", "caddy")

APACHE = """ServerRoot /etc/apache2
PidFile /run/documented-apache.pid
ErrorLog /var/log/documented-apache.log
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
User www-data
Group www-data
Listen {port}
"""


def _documented(kind: str) -> str:
    """The block of this kind, with the ports of the test."""
    (block,) = re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text(), re.S)
    port = FIRST_PORT + KINDS.index(kind)
    changed = re.sub(r"127\.0\.0\.1:8080", f"127.0.0.1:{BACKEND}", block)
    for text in ("listen 80;", "<VirtualHost *:80>", "bind :80"):
        changed = changed.replace(text, text.replace("80", str(port)))
    return changed.replace("http://chat.example.com {", f"http://chat.example.com:{port} {{")


def _start(fleet: Fleet, host: t.Any, kind: str) -> None:
    port = FIRST_PORT + KINDS.index(kind)
    text, path = _documented(kind), f"/srv/documented/{kind}.conf"
    if kind == "nginx":
        text = (
            "user www-data; pid /run/documented-nginx.pid; error_log /var/log/documented-nginx.log;\n"
            f"events {{}}\nhttp {{ access_log off;\n{text}\n}}\n"
        )
    if kind == "apache":
        text = APACHE.format(port=port) + text
    if kind == "caddy":
        text = "{\n\tadmin off\n\tauto_https off\n}\n" + text
    write(host, path, text)
    command = {
        "nginx": ["/usr/sbin/nginx", "-c", path, "-g", "daemon off;"],
        "apache": ["/usr/sbin/apache2", "-f", path, "-D", "FOREGROUND"],
        "haproxy": ["/usr/sbin/haproxy", "-f", path, "-db"],
        "caddy": ["/usr/bin/caddy", "run", "--config", path, "--adapter", "caddyfile"],
    }[kind]
    fleet.run(
        host, command, port, env={"HOME": "/root", "XDG_DATA_HOME": "/tmp/caddy", "XDG_CONFIG_HOME": "/tmp/caddy"}
    )


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet) -> t.Iterator[Report]:
    """All four in front of one back end, asked in one run."""
    host = lab_fleet.host(1)
    lab_fleet.start(host, "ws_attached", BACKEND, bind="127.0.0.1")
    services = []
    for kind in KINDS:
        _start(lab_fleet, host, kind)
        url = f"ws://chat.example.com:{FIRST_PORT + KINDS.index(kind)}/ws"
        services.append(
            {
                "name": kind,
                "port": BACKEND,
                "exposure": "proxied",
                "public_url": url,
                "websocket": {"path": "/ws", "dialect": "echo", "hold": 2},
            }
        )
    yield lab_fleet.checklist({host.name: services}, websocket_health_fail_on="never", websocket_health_deadline=25)
    lab_fleet.stop_everything()


@pytest.mark.parametrize("kind", KINDS)
def test_it_works_as_it_is_written(lab_fleet: Fleet, report: Report, kind: str) -> None:
    host = lab_fleet.names[1]
    service = report.service(host, kind)
    assert (service["diagnoses"], report.wrong(host, kind)) == ([], [])
    seen = {check["id"]: check["status"] for check in service["checks"] if check["vantage"] == "proxy"}
    for check_id in ("proxy.handshake", "proxy.origin", "proxy.idle"):
        assert seen[check_id] == "pass", check_id
