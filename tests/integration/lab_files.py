# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several tests put on a lab host: files, an nginx, and the lines that let WebSockets through it."""

from __future__ import annotations

import shlex
import typing as t

from tests.integration.conftest import Fleet
from tests.servers.catalogue import CACHE

#: The interpreter with the libraries of the catalogue's servers.
PYTHON = str(CACHE / "python" / "bin" / "python")
#: Of the http block.
MAP = 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }\n'
HEADERS = (
    "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
)
HOST = "proxy_set_header Host $http_host;"


def write(host: t.Any, path: str, text: str) -> None:
    """A file on a lab host."""
    host.run(
        ["sh", "-c", f"mkdir -p $(dirname {shlex.quote(path)}) && printf %s {shlex.quote(text)} > {shlex.quote(path)}"]
    )


def start_nginx(fleet: Fleet, host: t.Any, port: int, configuration: str, name: str = "nginx") -> None:
    """nginx with a configuration, in the foreground of the lab host."""
    path = f"/srv/nginx/{name}.conf"
    write(host, path, configuration)
    host.run(["mkdir", "-p", "/var/log/nginx", "/var/lib/nginx"])
    fleet.run(host, ["/usr/sbin/nginx", "-c", path, "-g", "daemon off;"], port)
