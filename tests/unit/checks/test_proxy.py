# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a proxy, its effective configuration and the handshake through it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._checks.proxy import DEFINITIONS, check

SERVICE = {"name": "chat", "port": 8080}
OPEN = {"outcome": "open", "status": 101, "first_byte_ms": 1.0, "origin": "https://chat.example.com"}
REFUSED = {"outcome": "http", "status": 403, "reason": "Forbidden", "headers": [], "body": "", "origin": "https://x"}

BEHIND = {**OPEN, "address": "10.0.0.2:8080", "path": "/ws"}
GONE = {"outcome": "connect-refused", "error": "Connection refused", "address": "10.0.0.3:8080", "path": "/ws"}
LOST = {"outcome": "unresolved", "error": "this host cannot resolve backend", "address": "backend:8080"}


def _setting(value: str | None) -> dict[str, t.Any]:
    return {"value": value, "file": "/etc/nginx/nginx.conf", "line": 9, "default": False}


def _evidence(
    route: dict[str, t.Any] | None = None, proxy: dict[str, t.Any] | None = None, **more: t.Any
) -> dict[str, t.Any]:
    """A healthy nginx, with changes to its route, to itself and to the evidence."""
    effective = {
        "server": {"file": "/etc/nginx/nginx.conf", "line": 3, "names": ["chat.example.com"], "by": "name"},
        "location": {"modifier": "", "pattern": "/ws", "file": "/etc/nginx/nginx.conf", "line": 7},
        "handler": "proxy_pass",
        "upstream": {
            "addresses": [{"address": "127.0.0.1", "port": 8080, "unix": None, "down": False, "listeners": 1}]
        },
        "upstream_path": "/ws",
        "settings": {
            "upgrade": _setting("websocket"),
            "connection": _setting("upgrade"),
            "read_timeout_s": _setting("60"),
        },
        "fix": [],
        "undecided": [],
        **(route or {}),
    }
    one = {
        "kind": "nginx",
        "version": "1.22.1",
        "pid": 7,
        "ports": [443],
        "config": "/etc/nginx/nginx.conf",
        "read_from": "nginx -T",
        "files": 2,
        "test": {"ok": True, "message": ""},
        "workers": {"started": 100.0, "config_written": 50.0, "config_newest": "/etc/nginx/nginx.conf"},
        "errors": [],
        "gaps": [],
        "leads": True,
        "leading": [{}],
        "routes": [effective],
        **(proxy or {}),
    }
    return {
        "subject": "proxy",
        "gaps": [],
        "error": None,
        "url": "wss://chat.example.com/ws",
        "proxies": [one],
        "asked": 7,
        "endpoint": "127.0.0.1:443",
        "through": OPEN,
        "through_no_origin": OPEN,
        **more,
    }


def _line(key: str, upstream: str = "127.0.0.1:8080", host: str = "") -> dict[str, t.Any]:
    source = "/var/log/nginx/error.log"
    return {"key": key, "count": 3, "source": source, "sample": "x", "upstream": upstream, "host": host}


NO_UPGRADE = {"settings": {"upgrade": _setting(None), "connection": _setting("close")}}
DEAD = {
    "upstream": {"addresses": [{"address": "127.0.0.1", "port": 8080, "unix": None, "down": False, "listeners": 0}]}
}
AWAY = {
    "upstream": {"addresses": [{"address": "192.0.2.9", "port": 8080, "unix": None, "down": False, "listeners": None}]}
}
OTHER = {"upstream": {"addresses": [{"address": "127.0.0.1", "port": 9, "unix": None, "down": False, "listeners": 1}]}}
FIX = {"fix": [{"file": "/etc/nginx/nginx.conf", "after_line": 8, "add": ["proxy_http_version 1.1;"]}]}
HELD = {"opened": True, "wanted_s": 90.0, "held_s": 60.0, "ended": {"how": "eof", "code": None, "reason": ""}}


@pytest.mark.parametrize(
    ("evidence", "check_id", "status", "words"),
    [
        (_evidence(), "proxy.found", "pass", "nginx 1.22.1 (pid 7) on port 443, /etc/nginx/nginx.conf: leads"),
        (_evidence(), "proxy.config", "pass", "valid and loaded"),
        (
            _evidence(proxy={"test": {"ok": False, "message": "[emerg] unknown directive"}}),
            "proxy.config",
            "fail",
            "[emerg] unknown directive",
        ),
        (
            _evidence(proxy={"workers": {"started": 100.0, "config_written": 7300.0, "config_newest": "/x"}}),
            "proxy.config",
            "warn",
            "/x was written 2.0 h after the workers began",
        ),
        (
            _evidence(proxy={"workers": {"started": 100.0, "config_written": 100.6, "config_newest": "/x"}}),
            "proxy.config",
            "pass",
            "",
        ),
        (_evidence(proxy={"loaded": True}), "proxy.config", "pass", ""),
        (_evidence(proxy={"loaded": False}), "proxy.config", "warn", "says something else than what runs"),
        (
            _evidence(proxy={"loaded": False, "test": {"ok": False, "message": "Caddyfile:2: no"}}),
            "proxy.config",
            "fail",
            "Caddyfile:2: no",
        ),
        (_evidence({"handler": "return", "status": None}), "proxy.route", "fail", "the proxy itself answers it"),
        (_evidence(), "proxy.route", "pass", "location /ws at /etc/nginx/nginx.conf:7 → 127.0.0.1:8080 as /ws"),
        (_evidence(OTHER), "proxy.route", "fail", "127.0.0.1:9, not port 8080"),
        (_evidence({"handler": "spa"}), "proxy.route", "fail", "a fallback serves a page"),
        (_evidence({"handler": "static"}), "proxy.route", "fail", "files are served"),
        (_evidence({"handler": "return", "status": 404}), "proxy.route", "fail", "itself answers 404"),
        (
            _evidence({"handler": "redirect", "status": 301, "redirect": "https://x/"}),
            "proxy.route",
            "fail",
            "itself redirects (301 to https://x/)",
        ),
        (_evidence({"handler": "none"}), "proxy.route", "fail", "no server or location takes it"),
        (_evidence({"handler": "undecided", "undecided": ["Lua"]}), "proxy.route", "unknown", "Lua"),
        (_evidence({"upstream": {"addresses": []}}), "proxy.route", "unknown", "at run time"),
        (_evidence(asked=None, endpoint=None), "proxy.route", "unknown", "no proxy of this host listens"),
        (_evidence(), "proxy.upgrade", "pass", "sends Upgrade websocket, Connection upgrade"),
        (_evidence(NO_UPGRADE | FIX, through=REFUSED), "proxy.upgrade", "fail", "sends Upgrade not at all"),
        (_evidence(NO_UPGRADE), "proxy.upgrade", "pass", "accepted all the same"),
        (_evidence({"handler": "static"}), "proxy.upgrade", "skip", ""),
        (_evidence(), "proxy.upstream", "pass", "127.0.0.1:8080: something listens"),
        (_evidence(DEAD, through=REFUSED), "proxy.upstream", "fail", "nothing listens at 127.0.0.1:8080"),
        (_evidence(DEAD), "proxy.upstream", "pass", "is accepted"),
        (_evidence(AWAY), "proxy.upstream", "skip", "not on this host: 192.0.2.9:8080"),
        (_evidence(), "proxy.log", "pass", "no known trouble"),
        (
            _evidence(proxy={"errors": [_line("upstream-refused")]}),
            "proxy.log",
            "warn",
            "3 × upstream-refused: the back end refuses connections",
        ),
        (
            _evidence(proxy={"errors": [_line("upstream-refused", "127.0.0.1:9")]}),
            "proxy.log",
            "pass",
            "no known trouble",
        ),
        (
            _evidence(proxy={"errors": [_line("limited", host="other.example.com")]}),
            "proxy.log",
            "pass",
            "no known trouble",
        ),
        (_evidence(proxy={"errors": [_line("limited", "", "Chat.example.com")]}), "proxy.log", "warn", "limited"),
        (
            _evidence(proxy={"errors": [{**_line("upstream-refused"), "at": 1000.0}]}, clock=200000.0),
            "proxy.log",
            "pass",
            "no known trouble",
        ),
        (_evidence(proxy={"errors": [_line("reload-failed")]}), "proxy.log", "pass", ""),
        (_evidence(), "proxy.handshake", "pass", "through nginx at 127.0.0.1:443: 101"),
        (_evidence(through=REFUSED), "proxy.handshake", "fail", "403 Forbidden"),
        (_evidence(through=None), "proxy.handshake", "unknown", ""),
        (_evidence(), "proxy.origin", "pass", "accepted with and without"),
        (_evidence(through=REFUSED), "proxy.origin", "fail", "with Origin https://x: 403"),
        (_evidence(through=REFUSED, through_no_origin=REFUSED), "proxy.origin", "pass", "refused with and without"),
        (_evidence(), "proxy.backend", "skip", "asked there"),
        (_evidence(behind=[BEHIND]), "proxy.backend", "pass", "10.0.0.2:8080: 101"),
        (_evidence(behind=[BEHIND, GONE]), "proxy.backend", "warn", "10.0.0.3:8080: "),
        (_evidence(behind=[GONE]), "proxy.backend", "fail", "refused"),
        (_evidence(behind=[LOST]), "proxy.backend", "fail", "cannot resolve backend"),
        (
            _evidence(gaps=[{"what": "behind 0", "reason": "no time was left", "remedy": ""}]),
            "proxy.backend",
            "unknown",
            "no time was left",
        ),
        (_evidence(), "proxy.idle", "skip", "cuts it after 60 s"),
        (_evidence(hold=HELD), "proxy.idle", "fail", "cut after 60.0 s of 90.0: end of stream without a close frame"),
        (_evidence(hold={**HELD, "ended": None}), "proxy.idle", "pass", "held idle for 60.0 s"),
        (_evidence(hold={"opened": False}), "proxy.idle", "unknown", "no connection"),
    ],
)
def test_verdicts(evidence: dict[str, t.Any], check_id: str, status: str, words: str) -> None:
    results = check(evidence, SERVICE)
    found = {result.id: result for result in results}
    assert len(results) == len(found) == len(DEFINITIONS)
    assert (found[check_id].status, words in found[check_id].summary) == (status, True), found[check_id].summary


def test_the_exact_lines_are_the_remedy() -> None:
    (result,) = [
        entry for entry in check(_evidence(NO_UPGRADE | FIX, through=REFUSED), SERVICE) if entry.id == "proxy.upgrade"
    ]
    assert result.remediation == ["/etc/nginx/nginx.conf, after line 8, add: proxy_http_version 1.1;"]


def test_without_root_a_proxy_may_be_hidden() -> None:
    hidden = {"what": "owner", "reason": "who listens on port 443 cannot be seen", "remedy": "run with become: true"}
    evidence = {"subject": "proxy", "gaps": [hidden], "error": None, "proxies": [], "url": None}
    results = {result.id: result for result in check(evidence, {**SERVICE, "exposure": "proxied"})}
    assert (results["proxy.found"].status, results["proxy.found"].remediation) == ("unknown", ["run with become: true"])


@pytest.mark.parametrize(
    ("proxies", "exposure", "status", "others"),
    [
        ([], "auto", "skip", "skip"),
        ([], "proxied", "fail", "skip"),
        ([{"kind": "nginx", "pid": 7, "leads": False, "gaps": []}], "proxied", "fail", "skip"),
        ([{"kind": "traefik", "pid": 7, "leads": None, "gaps": []}], "auto", "unknown", "skip"),
    ],
)
def test_no_proxy_leads_to_it(proxies: list[t.Any], exposure: str, status: str, others: str) -> None:
    evidence = {"subject": "proxy", "gaps": [], "error": None, "proxies": proxies, "url": None}
    results = {result.id: result.status for result in check(evidence, {**SERVICE, "exposure": exposure})}
    assert results.pop("proxy.found") == status
    assert set(results.values()) == {others}
