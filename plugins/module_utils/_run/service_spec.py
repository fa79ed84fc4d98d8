# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""One definition of a service's options, for the inventory variable, the checklist module and every probe.

The options of a probe module are the options of the same name in ``websocket_health_services``, so an
entry of the inventory can be handed to any of them. The documentation of these options lives in the
documentation fragment ``service``. What is wrong with their values is reported before a host is contacted
(plugin_utils/_run/service_values.py).
"""

from __future__ import annotations

import typing as t

#: Ansible's own description of options: any of a dozen keys, with values of any type.
Spec = t.Dict[str, t.Any]


def _dict(options: Spec) -> Spec:
    return {"type": "dict", "options": options}


PROCESS: Spec = _dict(
    {
        "command": {"type": "str"},
        "user": {"type": "str"},
        "unit": {"type": "str"},
        "pidfile": {"type": "path"},
        "min": {"type": "int", "default": 1},
        "max": {"type": "int"},
    }
)
ENVIRONMENT: Spec = _dict(
    {
        "expect": {"type": "dict"},
        "require": {"type": "list", "elements": "str"},
        "forbid": {"type": "list", "elements": "str"},
        "file": {"type": "path"},
    }
)
LOGS: Spec = {
    "type": "list",
    "elements": "dict",
    "options": {
        "path": {"type": "path"},
        "unit": {"type": "str"},
        "ready": {"type": "str"},
        "websocket": {"type": "str"},
    },
    "mutually_exclusive": [("path", "unit")],
    "required_one_of": [("path", "unit")],
}
WEBSOCKET: Spec = _dict(
    {
        "path": {"type": "str"},
        "dialect": {"type": "str", "default": "auto"},
        "origin": {"type": "str"},
        "subprotocols": {"type": "list", "elements": "str"},
        "headers": {"type": "dict"},
        "send": {"type": "str"},
        "expect": {"type": "str"},
        "hold": {"type": "int", "default": 0},
        "reveal": {"type": "bool", "default": False},
    }
)
TLS: Spec = _dict({"ca_path": {"type": "path"}, "min_days": {"type": "int", "default": 21}})
PROXY: Spec = _dict(
    {
        "kind": {"type": "str", "default": "auto", "choices": ["auto", "nginx", "apache", "haproxy", "caddy", "none"]},
        "config": {"type": "path"},
        "dump": {"type": "bool", "default": False},
    }
)
FRONTEND: Spec = _dict({"url": {"type": "str"}, "root": {"type": "path"}, "browser": {"type": "bool", "default": True}})
CHROMIUM: Spec = _dict(
    {
        "path": {"type": "path"},
        "arguments": {"type": "list", "elements": "str"},
        "user": {"type": "str", "default": "nobody"},
        "where": {"type": "str", "default": "controller", "choices": ["controller", "host"]},
        "stay": {"type": "float", "default": 3.0},
        "screenshot": {"type": "bool", "default": False},
    }
)
#: Of capture_probe alone: a capture is asked for, never part of what an inventory says.
CAPTURE: Spec = _dict(
    {
        "seconds": {"type": "float", "default": 3.0},
        "packets": {"type": "int", "default": 500},
        "snaplen": {"type": "int", "default": 2048},
        "pcap": {"type": "bool", "default": False},
    }
)
ELECTRON: Spec = _dict({"path": {"type": "path"}})

#: Every option of a service, as in ``websocket_health_services``.
SERVICE: Spec = {
    "name": {"type": "str", "required": True},
    "port": {"type": "int"},
    "socket": {"type": "path"},
    "exposure": {"type": "str", "default": "auto", "choices": ["auto", "direct", "proxied", "local"]},
    "process": PROCESS,
    "environment": ENVIRONMENT,
    "logs": LOGS,
    "websocket": WEBSOCKET,
    "public_url": {"type": "str"},
    "tls": TLS,
    "proxy": PROXY,
    "frontend": FRONTEND,
    "chromium": CHROMIUM,
    "electron": ELECTRON,
}
SERVICE_RULES: Spec = {
    "mutually_exclusive": [("port", "socket")],
    "required_one_of": [("port", "socket")],
}

#: Options of the checklist and of every probe that are about the run, not about a service.
RUN: Spec = {
    "deadline": {"type": "float", "default": 30.0},
    "skip": {"type": "list", "elements": "str"},
    "only": {"type": "list", "elements": "str"},
    # Filled in by the action plugin: what the target has to import from memory, and what no log may show.
    "payload": {"type": "str", "no_log": True},
}

#: What a probe module takes besides RUN.
PROBE_OPTIONS: dict[str, tuple[str, ...]] = {
    "process": ("port", "socket", "process"),
    "environment": ("port", "socket", "process", "environment"),
    "log": ("port", "socket", "process", "logs"),
    "port": ("port", "socket", "exposure", "process"),
    "websocket": ("port", "socket", "exposure", "process", "websocket", "public_url", "tls"),
    "tls": ("port", "socket", "exposure", "process", "public_url", "tls"),
    "capture": ("port", "socket", "process", "websocket", "public_url", "capture"),
    "firewall": ("port", "socket", "exposure", "process", "public_url"),
    "frontend": ("port", "socket", "exposure", "websocket", "public_url", "frontend"),
    "proxy": ("port", "socket", "exposure", "process", "websocket", "public_url", "proxy"),
    "electron": ("port", "socket", "process", "websocket", "public_url", "electron"),
    "browser": ("port", "websocket", "public_url", "frontend", "chromium"),
}


def probe_spec(subject: str) -> Spec:
    """The argument_spec of the module ``<subject>_probe``."""
    spec: Spec = {name: SERVICE.get(name, CAPTURE) for name in PROBE_OPTIONS[subject]}
    spec.update(RUN)
    spec["fail_on"] = {"type": "str", "default": "fail", "choices": ["fail", "warn", "never"]}
    return spec


def checklist_spec() -> Spec:
    """The argument_spec of the module ``checklist``."""
    spec: Spec = {
        "services": dict({"type": "list", "elements": "dict", "required": True, "options": SERVICE}, **SERVICE_RULES),
        "report_dir": {"type": "path"},
        "run_id": {"type": "str"},
        "artifacts": {"type": "bool", "default": False},
        "keep_evidence": {"type": "bool", "default": False},
    }
    spec.update(RUN)
    return spec


def continuity_spec() -> Spec:
    """The argument_spec of the module ``continuity``."""
    return {
        "state": {"type": "str", "required": True, "choices": ["started", "finished"]},
        "id": {"type": "str"},
        "url": {"type": "str"},
        "connections": {"type": "int", "default": 10},
        "ping": {"type": "float", "default": 5.0},
        "lasts": {"type": "float", "default": 3600.0},
        "websocket": _dict(
            {name: WEBSOCKET["options"][name] for name in ("path", "origin", "subprotocols", "headers")}
        ),
        "tls": _dict({"ca_path": {"type": "path"}, "verify": {"type": "bool", "default": True}}),
        "max_dropped": {"type": "int"},
        "max_gap": {"type": "float"},
        "deadline": RUN["deadline"],
        "payload": RUN["payload"],
    }
