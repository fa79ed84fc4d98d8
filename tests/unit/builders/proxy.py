# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence of a reverse proxy on the host: its configuration's way to the service, and a handshake by way of it."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.proxy import (
    ErrorLine,
    Location,
    Proxy,
    ProxySeen,
    Route,
    Setting,
    SettingName,
    UpstreamAddress,
)
from ansible_collections.websocket.health.plugins.module_utils._evidence.websocket import HandshakeSeen

from tests.unit.recorded.load import Changes, change

CONFIG = "/etc/nginx/nginx.conf"


def setting(value: str | None) -> Setting:
    """A setting that somebody wrote; None: not set."""
    return {"value": value, "file": CONFIG, "line": 9, "default": False}


def upstream_address(**seen: t.Unpack[UpstreamAddress]) -> UpstreamAddress:
    """An address of an upstream: the service's own port, on which something listens."""
    usual: UpstreamAddress = {"address": "127.0.0.1", "port": 8080, "unix": None, "down": False, "listeners": 1}
    return {**usual, **seen}


def nginx_location(**seen: t.Unpack[Location]) -> Location:
    """The location that takes the URL."""
    usual: Location = {"modifier": "", "pattern": "/ws", "file": CONFIG, "line": 7}
    return {**usual, **seen}


def route(**seen: t.Unpack[Route]) -> Route:
    """What a right configuration of nginx makes of the URL: it leads to the service, and passes the upgrade on."""
    usual: Route = {
        "server": {"file": CONFIG, "line": 3, "names": ["chat.example.com"], "by": "name"},
        "location": nginx_location(),
        "handler": "proxy_pass",
        "upstream": {"addresses": [upstream_address()]},
        "upstream_path": "/ws",
        "settings": {
            "upgrade": setting("websocket"),
            "connection": setting("upgrade"),
            "read_timeout_s": setting("60"),
        },
        "fix": [],
        "undecided": [],
    }
    return {**usual, **seen}


def nginx(**seen: t.Unpack[ProxySeen]) -> ProxySeen:
    """An nginx whose configuration is valid, loaded and right."""
    usual: ProxySeen = {
        "kind": "nginx",
        "version": "1.22.1",
        "pid": 7,
        "ports": [443],
        "config": CONFIG,
        "read_from": "nginx -T",
        "files": 2,
        "test": {"ok": True, "message": ""},
        "workers": {"started": 100.0, "config_written": 50.0, "config_newest": CONFIG},
        "errors": [],
        "gaps": [],
        "leads": True,
        "leading": [{}],
        "routes": [route()],
    }
    return {**usual, **seen}


def error_line(**seen: t.Unpack[ErrorLine]) -> ErrorLine:
    """Lines of nginx's error log about the service's port."""
    usual: ErrorLine = {
        "count": 3,
        "source": "/var/log/nginx/error.log",
        "sample": "x",
        "upstream": "127.0.0.1:8080",
        "host": "",
    }
    return {**usual, **seen}


def proxy(**seen: t.Unpack[Proxy]) -> Proxy:
    """The evidence of the proxies: an nginx that takes the public URL, and a handshake by way of it that is accepted."""
    accepted: HandshakeSeen = {
        "outcome": "open",
        "status": 101,
        "first_byte_ms": 1.0,
        "origin": "https://chat.example.com",
    }
    usual: Proxy = {
        "subject": "proxy",
        "gaps": [],
        "error": None,
        "url": "wss://chat.example.com/ws",
        "proxies": [nginx()],
        "asked": 7,
        "endpoint": "127.0.0.1:443",
        "through": accepted,
        "through_no_origin": accepted,
    }
    return {**usual, **seen}


def with_handshake_through_proxy(**seen: t.Unpack[HandshakeSeen]) -> Changes:
    """Changes of the handshake by way of the proxy."""
    return change("proxy", "through", **seen)


def with_setting(name: SettingName, **seen: t.Unpack[Setting]) -> Changes:
    """Changes of a setting of the first proxy's route."""
    return change("proxy", "proxies", 0, "routes", 0, "settings", name, **seen)
