# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Caddyfiles of caddyfiles.txt, a way to read them, and what of Caddy's JSON is compared."""

from __future__ import annotations

import glob
import os
import re
import typing as t
from pathlib import Path

from ansible_collections.websocket.health.plugins.module_utils._proxies.caddyfile import Reading, read_caddyfile
from ansible_collections.websocket.health.plugins.module_utils._proxies.caddyfile_blocks import Files

Json = dict[str, t.Any]
#: Variables that the Caddyfiles use.
VARIABLES = {"CADDY_TEST_SET": "127.0.0.1:9009"}
#: What each handler has that caddy_config reads; handlers that only change headers or variables are left out.
_READ = {
    "reverse_proxy": ("upstreams", "dynamic_upstreams", "transport", "headers", "rewrite", "handle_response"),
    "static_response": ("status_code", "headers", "abort", "body", "close"),
    "error": ("status_code", "error"),
    "rewrite": ("uri", "method", "strip_path_prefix", "strip_path_suffix", "uri_substring", "path_regexp"),
    "file_server": ("pass_thru",),
    "subroute": ("routes",),
    "invoke": ("name",),
}


def _cases() -> dict[str, dict[str, str]]:
    text = Path(__file__).with_name("caddyfiles.txt").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = {}
    for part in re.split(r"(?m)^=== ", text)[1:]:
        name, _newline, rest = part.partition("\n")
        first, *others = re.split(r"(?m)^--- ", rest)
        found[name] = {"Caddyfile": first}
        for other in others:
            path, _newline, content = other.partition("\n")
            found[name][path] = content
        if "Windows" in name:
            found[name]["Caddyfile"] = "\ufeff" + first.replace("\n", "\r\n")
    return found


#: Files by name, of each case by name.
CASES = _cases()


def stage(files: t.Mapping[str, str], folder: Path) -> Path:
    """Write the files of a case; returns its Caddyfile."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8"))
    return folder / "Caddyfile"


def on_disk() -> Files:
    """Files as they are on this host."""
    return Files(
        lambda path: Path(path).read_text(encoding="utf-8", errors="replace"),
        lambda pattern: sorted(glob.glob(pattern)),
        os.path.isdir,
    )


def read(path: Path, version: tuple[int, ...] = (), variables: t.Mapping[str, str] | None = None) -> Reading:
    """What the reader makes of a Caddyfile."""
    return read_caddyfile(str(path), on_disk(), VARIABLES if variables is None else variables, version)


def compared(raw: Json) -> Json:
    """Of Caddy's JSON what decides a URL's way; groups are named in the order in which they come."""
    http = (raw.get("apps") or {}).get("http") or {}
    groups: dict[str, str] = {}
    servers = {
        name: {
            "listen": server["listen"],
            "routes": _routes(server.get("routes") or [], groups),
            "named_routes": {name: _route(one, groups) for name, one in (server.get("named_routes") or {}).items()},
            "automatic_https": server.get("automatic_https") or {},
            "tls": bool(server.get("tls_connection_policies")),
        }
        for name, server in sorted((http.get("servers") or {}).items())
    }
    admin = raw.get("admin") or {}
    return {
        "ports": (http.get("http_port"), http.get("https_port")),
        "servers": servers,
        "admin": (admin.get("disabled"), admin.get("listen")),
    }


def _routes(routes: list[Json], groups: dict[str, str]) -> list[Json]:
    return [_route(route, groups) for route in routes]


def _route(route: Json, groups: dict[str, str]) -> Json:
    group = route.get("group")
    return {
        "match": [_matcher(one) for one in route.get("match") or []],
        "handle": [one for one in (_handler(handler, groups) for handler in route.get("handle") or []) if one],
        "terminal": bool(route.get("terminal")),
        "group": groups.setdefault(group, f"group{len(groups)}") if group else "",
    }


def _matcher(matcher: Json) -> Json:
    """All that is judged; of others the name."""
    judged = (
        "host",
        "path",
        "path_regexp",
        "method",
        "protocol",
        "header",
        "query",
        "header_regexp",
        "file",
        "expression",
    )
    found = {name: value if name in judged else None for name, value in matcher.items()}
    if "not" in matcher:
        found["not"] = [_matcher(one) for one in matcher["not"]]
    return found


def _handler(handler: Json, groups: dict[str, str]) -> Json | None:
    name = handler["handler"]
    if name == "headers":
        return None
    found = {key: handler[key] for key in _READ.get(name, ()) if key in handler}
    if name == "subroute":
        found["routes"] = _routes(handler.get("routes") or [], groups)
    if name == "reverse_proxy":
        found = _proxy(found, groups)
    if name == "static_response" and handler.get("status_code") == 200 and "Location" not in handler.get("headers", {}):
        # The page of "redir … html" is not made.
        found = {"status_code": 200}
    return {"handler": name, **found}


def _proxy(found: Json, groups: dict[str, str]) -> Json:
    transport = found.get("transport") or {}
    times = ("read_timeout", "write_timeout", "dial_timeout")
    found["transport"] = {
        "protocol": transport.get("protocol") or "http",
        "tls": transport.get("tls") is not None,
        **{name: _seconds(transport.get(name)) for name in times},
    }
    found["headers"] = {
        "set": {},
        "delete": [],
        "add": {},
        **{
            key: value for key, value in ((found.get("headers") or {}).get("request") or {}).items() if key != "replace"
        },
    }
    found["dynamic_upstreams"] = bool(found.get("dynamic_upstreams"))
    found["handle_response"] = [
        {"codes": (one.get("match") or {}).get("status_code"), "routes": _routes(one.get("routes") or [], groups)}
        for one in found.get("handle_response") or []
    ]
    return found


def _seconds(value: t.Any) -> t.Any:
    from ansible_collections.websocket.health.plugins.module_utils._proxies.caddy_config import duration

    return duration(value) if value else None
