# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a proxy, its effective configuration and the handshake through it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.proxy import (
    BackEnd,
    Proxy,
    ProxySeen,
    Route,
    UpstreamAddress,
)
from ansible_collections.websocket.health.plugins.module_utils._evidence.websocket import HandshakeSeen, Hold
from ansible_collections.websocket.health.plugins.plugin_utils._checks.proxy import DEFINITIONS, check

from tests.unit.builders.common import gap
from tests.unit.builders.proxy import (
    CONFIG,
    error_line,
    nginx,
    proxy,
    route,
    setting,
    upstream_address,
)

SERVICE = {"name": "chat", "port": 8080}
REFUSED: HandshakeSeen = {
    "outcome": "http",
    "status": 403,
    "reason": "Forbidden",
    "headers": [],
    "body": "",
    "origin": "https://x",
}
#: Handshakes with back ends, past the proxy.
BEHIND: BackEnd = {"outcome": "open", "status": 101, "first_byte_ms": 1.0, "address": "10.0.0.2:8080", "path": "/ws"}
GONE: BackEnd = {
    "outcome": "connect-refused",
    "error": "Connection refused",
    "address": "10.0.0.3:8080",
    "path": "/ws",
}
LOST: BackEnd = {"outcome": "unresolved", "error": "this host cannot resolve backend", "address": "backend:8080"}


def _nginx(**seen: t.Unpack[ProxySeen]) -> Proxy:
    """Evidence of an nginx that is right but for this."""
    return proxy(proxies=[nginx(**seen)])


def _route(**seen: t.Unpack[Route]) -> Proxy:
    """Evidence of an nginx whose route is right but for this."""
    return _nginx(routes=[route(**seen)])


def _upstream(*addresses: UpstreamAddress) -> Proxy:
    """Evidence of an nginx that leads the URL to these addresses."""
    return _route(upstream={"addresses": list(addresses)})


def _refused(evidence: Proxy) -> Proxy:
    """The same, where the handshake by way of the proxy is refused."""
    return {**evidence, "through": REFUSED}


NO_UPGRADE = _route(settings={"upgrade": setting(None), "connection": setting("close")})
NO_UPGRADE_AND_FIX = _route(
    settings={"upgrade": setting(None), "connection": setting("close")},
    fix=[{"file": CONFIG, "after_line": 8, "add": ["proxy_http_version 1.1;"]}],
)
#: Nothing listens at the service's port.
DEAD = _upstream(upstream_address(listeners=0))
#: What no proxy of this host was asked for: the pid and the endpoint are not there.
NOBODY_ASKED: t.Any = {**proxy(), "asked": None, "endpoint": None}
#: Where the connection that is kept idle is cut.
HELD: Hold = {"opened": True, "wanted_s": 90.0, "held_s": 60.0, "ended": {"how": "eof", "code": None, "reason": ""}}


@pytest.mark.parametrize(
    ("evidence", "check_id", "status", "words"),
    [
        (proxy(), "proxy.found", "pass", "nginx 1.22.1 (pid 7) on port 443, /etc/nginx/nginx.conf: forwards"),
        (proxy(), "proxy.config", "pass", "valid and loaded"),
        (
            _nginx(test={"ok": False, "message": "[emerg] unknown directive"}),
            "proxy.config",
            "fail",
            "[emerg] unknown directive",
        ),
        (
            _nginx(workers={"started": 100.0, "config_written": 7300.0, "config_newest": "/x"}),
            "proxy.config",
            "warn",
            "/x was written 2.0 h after the workers started",
        ),
        (
            _nginx(workers={"started": 100.0, "config_written": 100.6, "config_newest": "/x"}),
            "proxy.config",
            "pass",
            "",
        ),
        (_nginx(loaded=True), "proxy.config", "pass", ""),
        (_nginx(loaded=False), "proxy.config", "warn", "differs from the running configuration"),
        (
            _nginx(loaded=False, test={"ok": False, "message": "Caddyfile:2: no"}),
            "proxy.config",
            "fail",
            "Caddyfile:2: no",
        ),
        (_route(handler="return", status=None), "proxy.route", "fail", "the proxy itself answers it"),
        (proxy(), "proxy.route", "pass", "location /ws at /etc/nginx/nginx.conf:7 → 127.0.0.1:8080 as /ws"),
        (_upstream(upstream_address(port=9)), "proxy.route", "fail", "127.0.0.1:9, not port 8080"),
        (_route(handler="spa"), "proxy.route", "fail", "a fallback serves a page"),
        (_route(handler="static"), "proxy.route", "fail", "files are served"),
        (_route(handler="return", status=404), "proxy.route", "fail", "itself answers 404"),
        (
            _route(handler="redirect", status=301, redirect="https://x/"),
            "proxy.route",
            "fail",
            "itself redirects (301 to https://x/)",
        ),
        (_route(handler="none"), "proxy.route", "fail", "no server or location matches it"),
        (_route(handler="undecided", undecided=["Lua"]), "proxy.route", "unknown", "Lua"),
        (_upstream(), "proxy.route", "unknown", "at run time"),
        (NOBODY_ASKED, "proxy.route", "unknown", "no proxy on this host listens"),
        (proxy(), "proxy.upgrade", "pass", "sends Upgrade websocket, Connection upgrade"),
        (_refused(NO_UPGRADE_AND_FIX), "proxy.upgrade", "fail", "sends Upgrade not at all"),
        (NO_UPGRADE, "proxy.upgrade", "pass", "accepted anyway"),
        (_route(handler="static"), "proxy.upgrade", "skip", ""),
        (proxy(), "proxy.upstream", "pass", "127.0.0.1:8080: something listens"),
        (_refused(DEAD), "proxy.upstream", "fail", "nothing listens at 127.0.0.1:8080"),
        (DEAD, "proxy.upstream", "pass", "is accepted"),
        (
            _upstream(upstream_address(address="192.0.2.9", listeners=None)),
            "proxy.upstream",
            "skip",
            "not on this host: 192.0.2.9:8080",
        ),
        (proxy(), "proxy.log", "pass", "no known trouble"),
        (
            _nginx(errors=[error_line(key="upstream-refused")]),
            "proxy.log",
            "warn",
            "3 × upstream-refused: the back end refuses connections",
        ),
        (
            _nginx(errors=[error_line(key="upstream-refused", upstream="127.0.0.1:9")]),
            "proxy.log",
            "pass",
            "no known trouble",
        ),
        (
            _nginx(errors=[error_line(key="limited", host="other.example.com")]),
            "proxy.log",
            "pass",
            "no known trouble",
        ),
        (
            _nginx(errors=[error_line(key="limited", upstream="", host="Chat.example.com")]),
            "proxy.log",
            "warn",
            "limited",
        ),
        (
            proxy(proxies=[nginx(errors=[error_line(key="upstream-refused", at=1000.0)])], clock=200000.0),
            "proxy.log",
            "pass",
            "no known trouble",
        ),
        (_nginx(errors=[error_line(key="reload-failed")]), "proxy.log", "pass", ""),
        (proxy(), "proxy.handshake", "pass", "through nginx at 127.0.0.1:443: 101"),
        (proxy(through=REFUSED), "proxy.handshake", "fail", "403 Forbidden"),
        (proxy(through=None), "proxy.handshake", "unknown", ""),
        (proxy(), "proxy.origin", "pass", "accepted with and without"),
        (proxy(through=REFUSED), "proxy.origin", "fail", "with Origin https://x: 403"),
        (proxy(through=REFUSED, through_no_origin=REFUSED), "proxy.origin", "pass", "refused with and without"),
        (proxy(), "proxy.backend", "skip", "where websocket.handshake tests it"),
        (proxy(behind=[BEHIND]), "proxy.backend", "pass", "10.0.0.2:8080: 101"),
        (proxy(behind=[BEHIND, GONE]), "proxy.backend", "warn", "10.0.0.3:8080: "),
        (proxy(behind=[GONE]), "proxy.backend", "fail", "refused"),
        (proxy(behind=[LOST]), "proxy.backend", "fail", "cannot resolve backend"),
        (
            proxy(gaps=[gap("behind 0", "no time was left", "")]),
            "proxy.backend",
            "unknown",
            "no time was left",
        ),
        (proxy(), "proxy.idle", "skip", "cuts it after 60 s"),
        (proxy(hold=HELD), "proxy.idle", "fail", "cut after 60.0 s of 90.0: end of stream without a close frame"),
        (proxy(hold={**HELD, "ended": None}), "proxy.idle", "pass", "held idle for 60.0 s"),
        (proxy(hold={"opened": False}), "proxy.idle", "unknown", "no connection"),
    ],
)
def test_check_status_and_summary(evidence: Proxy, check_id: str, status: str, words: str) -> None:
    results = check(evidence, SERVICE)
    found = {result.id: result for result in results}
    assert len(results) == len(found) == len(DEFINITIONS)
    assert (found[check_id].status, words in found[check_id].summary) == (status, True), found[check_id].summary


def test_the_exact_lines_are_the_remedy() -> None:
    (result,) = [entry for entry in check(_refused(NO_UPGRADE_AND_FIX), SERVICE) if entry.id == "proxy.upgrade"]
    assert result.remediation == ["/etc/nginx/nginx.conf, after line 8, add: proxy_http_version 1.1;"]


def test_without_root_a_proxy_may_be_hidden() -> None:
    hidden = gap("owner", "the process that listens on port 443 cannot be seen", "run with become: true")
    evidence: Proxy = {"subject": "proxy", "gaps": [hidden], "error": None, "proxies": [], "url": None}
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
def test_no_proxy_leads_to_it(proxies: list[ProxySeen], exposure: str, status: str, others: str) -> None:
    evidence: Proxy = {"subject": "proxy", "gaps": [], "error": None, "proxies": proxies, "url": None}
    results = {result.id: result.status for result in check(evidence, {**SERVICE, "exposure": exposure})}
    assert results.pop("proxy.found") == status
    assert set(results.values()) == {others}
