# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checklist items 4 and 6 on recorded evidence."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._checks import port

from tests.unit.recorded.load import NAMES, load, results

L = "evidence__port__listeners__0__"
C = "evidence__port__controller"
N = "evidence__port__connections"
STUCK = {"established": 12, "stuck": 2, "peers": ["198.51.100.23"], "repeated": 7, "unacknowledged": 54}
SEEN = {"address": "198.51.100.7 port 8080", "ms": 3000.0}
CONNECTED = dict(SEEN, outcome="connected", ms=2.0)
TIMEOUT = dict(SEEN, outcome="connect-timeout", errno="ETIMEDOUT")
REFUSED = dict(SEEN, outcome="connect-refused", errno="ECONNREFUSED", ms=1.0)
UNSEEN = [{"what": "owner", "reason": "not as user id 1000", "remedy": "run with become: true"}]
PROXY = {"evidence__port__proxies": [{"name": "nginx", "ports": [80, 443]}]}

CASES: list[tuple[str, dict[str, t.Any], str, str, str]] = [
    ("service-healthy", {}, "port.listening", "pass", "listening: 127.0.0.1:8080 (pid"),
    ("unix-socket", {}, "port.listening", "pass", "listening: /srv/chat/chat.sock"),
    ("not-running", {}, "port.listening", "fail", "nothing listens on port 8080"),
    ("other-port", {}, "port.listening", "fail", "its process listens on 127.0.0.1:"),
    ("service-healthy", {}, "port.owner", "pass", "owned by the service"),
    ("healthy", {}, "port.owner", "pass", "owned by 127.0.0.1:8080"),
    ("other-owner", {}, "port.owner", "fail", "held by another process: 127.0.0.1:8080"),
    ("address-in-use", {}, "port.owner", "fail", "held by another process"),
    ("service-healthy", {L + "pids": [], L + "owners": [], "evidence__port__gaps": UNSEEN}, "port.owner", "unknown", "not as user id 1000"),
    ("service-healthy", {L + "pids": [], L + "owners": []}, "port.owner", "unknown", "a container's may"),
    ("not-running", {}, "port.owner", "unknown", "see port.listening"),
    ("loopback-direct", {}, "port.address", "fail", "bound to loopback only (127.0.0.1)"),
    ("wildcard-direct", {}, "port.address", "pass", "bound to 0.0.0.0 (direct)"),
    ("wildcard-proxied", {}, "port.address", "warn", "clients can get past the proxy"),
    ("service-healthy", {}, "port.address", "pass", "no exposure configured"),
    ("service-healthy", PROXY, "port.address", "pass", "behind a proxy of this host"),
    ("wildcard-direct", {"service__exposure": "local"}, "port.address", "warn", "bound to 0.0.0.0"),
    ("unix-socket", {}, "port.address", "pass", "a unix socket"),
    ("service-healthy", {}, "port.family", "pass", "accepts IPv4 only"),
    ("dual-stack", {}, "port.family", "pass", "accepts IPv4 and IPv6"),
    ("v6-only", {}, "port.family", "warn", "accepts IPv6 only"),
    ("v6-loopback", {}, "port.family", "warn", "accepts IPv6 only"),
    ("dual-stack", {L + "v6only": None}, "port.family", "unknown", "did not tell"),
    ("unix-socket", {}, "port.family", "skip", "no address family"),
    ("service-healthy", {}, "port.shared", "pass", "one owner"),
    ("workers", {}, "port.shared", "pass", "one owner"),
    ("two-owners", {}, "port.shared", "fail", "two programs share the port"),
    ("service-healthy", {L + "pids": [], L + "owners": []}, "port.shared", "unknown", "cannot be seen"),
    ("service-healthy", {}, "port.backlog", "pass", "0 connections wait"),
    ("service-healthy", {L + "queued": 60, L + "backlog": 100}, "port.backlog", "warn", "60 connections wait"),
    ("service-healthy", {L + "queued": 100, L + "backlog": 100}, "port.backlog", "fail", "100 connections wait"),
    ("backlog-full", {}, "port.backlog", "fail", "room for 1"),
    ("service-healthy", {L + "queued": 5, L + "backlog": None}, "port.backlog", "pass", "an unknown number"),
    ("unix-socket", {}, "port.backlog", "skip", "no accept queue"),
    ("service-healthy", {}, "port.connections", "unknown", "cannot be seen"),
    ("service-healthy", {N: {"established": 3, "stuck": 0, "peers": []}}, "port.connections", "pass", "3 established, none"),
    ("service-healthy", {N: STUCK}, "port.connections", "warn", "2 of 12 established connections no longer answer (198.51.100.23)"),
    ("service-healthy", {N: dict(STUCK, established=201)}, "port.connections", "pass", "2 of 201"),
    ("unix-socket", {}, "port.connections", "skip", "unix socket"),
    ("not-running", {}, "port.connections", "unknown", "see port.listening"),
    ("service-healthy", {}, "port.reachable@controller", "unknown", "not asked"),
    ("service-healthy", {C: CONNECTED}, "port.reachable@controller", "pass", "connected to 198.51.100.7 port 8080 in 2 ms"),
    ("wildcard-proxied", {C: CONNECTED}, "port.reachable@controller", "warn", "past the proxy"),
    ("wildcard-direct", {C: TIMEOUT}, "port.reachable@controller", "fail", "no answer for 3.0 s"),
    ("wildcard-direct", {C: REFUSED}, "port.reachable@controller", "fail", "ECONNREFUSED after 1 ms"),
    ("wildcard-proxied", {C: REFUSED}, "port.reachable@controller", "skip", "not meant to be reached"),
    ("service-healthy", {C: REFUSED, **PROXY}, "port.reachable@controller", "skip", "not meant to be reached"),
    ("service-healthy", {C: {"unknown": "a jump host"}}, "port.reachable@controller", "unknown", "a jump host"),
    ("service-healthy", {C: {"skip": "the controller is this host"}}, "port.reachable@controller", "skip", "is this host"),
    ("unix-socket", {}, "port.reachable@controller", "skip", "unix socket"),
    ("service-healthy", {"evidence__port": {"gaps": [], "error": {"kind": "deadline", "message": "late"}}}, "port.listening", "unknown", "late"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "check", "status", "words"), CASES)
def test_a_check(name: str, changes: dict[str, t.Any], check: str, status: str, words: str) -> None:
    result = results(name, **changes)[check]
    assert (result["status"], words in result["summary"]) == (status, True), result["summary"]
    assert status not in ("fail", "warn") or result["remediation"] or check == "port.backlog"


@pytest.mark.parametrize("name", NAMES)
def test_every_check_has_one_result(name: str) -> None:
    service, evidence = load(name)
    ids = [result.id for result in port.check(evidence["port"], service)]
    assert sorted(ids) == sorted(definition.id for definition in port.DEFINITIONS)


def _row(
    pid: int, ppid: int, address: str = "0.0.0.0", pids: list[int] | None = None, **fields: t.Any
) -> dict[str, t.Any]:
    owner = {"pid": pid, "ppid": ppid, "command": f"server {pid}", "started": float(pid)}
    return {"family": "ipv4", "address": address, "port": 8080, "pids": pids or [pid], "owners": [owner], **fields}


@pytest.mark.parametrize(
    ("rows", "shared"),
    [
        ([], []),
        ([_row(10, 1)], []),
        ([_row(10, 1), _row(20, 1)], [10, 20]),
        ([_row(20, 2), _row(10, 3)], [10, 20]),
        ([_row(10, 1), _row(20, 10)], []),
        ([_row(10, 5), _row(20, 5)], []),
        ([_row(10, 1, "127.0.0.1"), _row(20, 1, "10.0.0.1")], []),
        ([_row(10, 1), _row(20, 1, netns="net:[1]")], []),
        ([_row(10, 1, owners=[]), _row(20, 1)], []),
    ],
)
def test_who_shares_a_port(rows: list[dict[str, t.Any]], shared: list[int]) -> None:
    assert [row["pid"] for row in port.sharers(rows)] == shared


def test_different_programs_on_different_addresses() -> None:
    rows = [_row(10, 1, "127.0.0.1"), _row(20, 1, "::1", family="ipv6")]
    assert results("service-healthy", evidence__port__listeners=rows)["port.shared"]["status"] == "fail"
    rows = [_row(10, 1, "127.0.0.1"), _row(11, 10, "::1", family="ipv6")]
    assert results("service-healthy", evidence__port__listeners=rows)["port.shared"]["status"] == "pass"


@pytest.mark.parametrize(
    ("service", "proxies", "meant"),
    [
        ({"port": 8080}, [], "open"),
        ({"port": 8080}, [{"name": "nginx", "ports": [443]}], "proxied"),
        ({"port": 8080}, [{"name": "nginx", "ports": [8080]}], "open"),
        ({"port": 8080, "exposure": "direct"}, [{"name": "nginx", "ports": [443]}], "direct"),
        ({"socket": "/s"}, [], "local"),
    ],
)
def test_who_is_meant_to_reach_it(service: dict[str, t.Any], proxies: list[dict[str, t.Any]], meant: str) -> None:
    assert port.meant_for(service, {"proxies": proxies}) == meant
