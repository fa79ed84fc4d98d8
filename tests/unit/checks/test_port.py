# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checklist items 4 and 6 on recorded evidence."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.port import ListenerRow, ListeningProxy
from ansible_collections.websocket.health.plugins.plugin_utils._checks import port

from tests.unit.builders.common import gap, with_time_out
from tests.unit.builders.controller import from_controller, reached
from tests.unit.builders.port import (
    listener,
    owner,
    with_connections,
    with_listener,
    with_port,
    with_two_stuck,
)
from tests.unit.builders.service import with_service
from tests.unit.recorded.load import AS_RECORDED, NAMES, Changes, load, results

TIMED_OUT = reached(outcome="connect-timeout", errno="ETIMEDOUT", ms=3000.0)
REFUSED = reached(outcome="connect-refused", errno="ECONNREFUSED", ms=1.0)
OWNER_UNSEEN = with_listener(pids=[], owners=[])
BEHIND_NGINX = with_port(proxies=[{"name": "nginx", "ports": [80, 443]}])

CASES: list[tuple[str, Changes, str, str, str]] = [
    # (recorded case, changes, check, status, part of the summary)
    ("service-healthy", AS_RECORDED, "port.listening", "pass", "listening: 127.0.0.1:8080 (pid"),
    ("unix-socket", AS_RECORDED, "port.listening", "pass", "listening: /srv/chat/chat.sock"),
    ("not-running", AS_RECORDED, "port.listening", "fail", "nothing listens on port 8080"),
    ("other-port", AS_RECORDED, "port.listening", "fail", "its process listens on 127.0.0.1:"),
    ("service-healthy", AS_RECORDED, "port.owner", "pass", "owned by the service"),
    ("healthy", AS_RECORDED, "port.owner", "pass", "owned by 127.0.0.1:8080"),
    ("other-owner", AS_RECORDED, "port.owner", "fail", "held by another process: 127.0.0.1:8080"),
    ("address-in-use", AS_RECORDED, "port.owner", "fail", "held by another process"),
    ("service-healthy", OWNER_UNSEEN + with_port(gaps=[gap("owner", "not as user id 1000")]), "port.owner", "unknown", "not as user id 1000"),
    ("service-healthy", OWNER_UNSEEN, "port.owner", "unknown", "one in a container may"),
    ("not-running", AS_RECORDED, "port.owner", "unknown", "see port.listening"),
    ("loopback-direct", AS_RECORDED, "port.address", "fail", "bound to loopback only (127.0.0.1)"),
    ("wildcard-direct", AS_RECORDED, "port.address", "pass", "bound to 0.0.0.0 (direct)"),
    ("wildcard-proxied", AS_RECORDED, "port.address", "warn", "clients can bypass the proxy"),
    ("service-healthy", AS_RECORDED, "port.address", "pass", "no exposure configured"),
    ("service-healthy", BEHIND_NGINX, "port.address", "pass", "behind a proxy on this host"),
    ("wildcard-direct", with_service(exposure="local"), "port.address", "warn", "bound to 0.0.0.0"),
    ("unix-socket", AS_RECORDED, "port.address", "pass", "a unix socket"),
    ("service-healthy", AS_RECORDED, "port.family", "pass", "accepts IPv4 only"),
    ("dual-stack", AS_RECORDED, "port.family", "pass", "accepts IPv4 and IPv6"),
    ("v6-only", AS_RECORDED, "port.family", "warn", "accepts IPv6 only"),
    ("v6-loopback", AS_RECORDED, "port.family", "warn", "accepts IPv6 only"),
    ("dual-stack", with_listener(v6only=None), "port.family", "unknown", "did not report"),
    ("unix-socket", AS_RECORDED, "port.family", "skip", "no address family"),
    ("service-healthy", AS_RECORDED, "port.shared", "pass", "one owner"),
    ("workers", AS_RECORDED, "port.shared", "pass", "one owner"),
    ("two-owners", AS_RECORDED, "port.shared", "fail", "two programs share the port"),
    ("service-healthy", OWNER_UNSEEN, "port.shared", "unknown", "cannot be seen"),
    ("service-healthy", AS_RECORDED, "port.backlog", "pass", "0 connections are waiting"),
    ("service-healthy", with_listener(queued=60, backlog=100), "port.backlog", "warn", "60 connections are waiting"),
    ("service-healthy", with_listener(queued=100, backlog=100), "port.backlog", "fail", "100 connections are waiting"),
    ("backlog-full", AS_RECORDED, "port.backlog", "fail", "room for 1"),
    ("service-healthy", with_listener(queued=5, backlog=None), "port.backlog", "pass", "an unknown number"),
    ("unix-socket", AS_RECORDED, "port.backlog", "skip", "no accept queue"),
    ("service-healthy", AS_RECORDED, "port.connections", "unknown", "cannot be seen"),
    ("service-healthy", with_connections(established=3, stuck=0, peers=[]), "port.connections", "pass", "3 established, none"),
    ("service-healthy", with_two_stuck(established=12), "port.connections", "warn", "2 of 12 established connections no longer answer (198.51.100.23)"),
    ("service-healthy", with_two_stuck(established=201), "port.connections", "pass", "2 of 201"),
    ("unix-socket", AS_RECORDED, "port.connections", "skip", "unix socket"),
    ("not-running", AS_RECORDED, "port.connections", "unknown", "see port.listening"),
    ("service-healthy", AS_RECORDED, "port.reachable@controller", "unknown", "not tested"),
    ("service-healthy", from_controller(port=reached()), "port.reachable@controller", "pass", "connected to 198.51.100.7 port 8080 in 2 ms"),
    ("wildcard-proxied", from_controller(port=reached()), "port.reachable@controller", "warn", "bypassing the proxy"),
    ("wildcard-direct", from_controller(port=TIMED_OUT), "port.reachable@controller", "fail", "no answer for 3.0 s"),
    ("wildcard-direct", from_controller(port=REFUSED), "port.reachable@controller", "fail", "ECONNREFUSED after 1 ms"),
    ("wildcard-proxied", from_controller(port=REFUSED), "port.reachable@controller", "skip", "not meant to be reached"),
    ("service-healthy", from_controller(port=REFUSED) + BEHIND_NGINX, "port.reachable@controller", "skip", "not meant to be reached"),
    ("service-healthy", from_controller(port={"unknown": "a jump host"}), "port.reachable@controller", "unknown", "a jump host"),
    ("service-healthy", from_controller(port={"skip": "the controller is this host"}), "port.reachable@controller", "skip", "is this host"),
    ("unix-socket", AS_RECORDED, "port.reachable@controller", "skip", "unix socket"),
    ("service-healthy", with_time_out("port", "late"), "port.listening", "unknown", "late"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "check", "status", "words"), CASES)
def test_check_status_and_summary(name: str, changes: Changes, check: str, status: str, words: str) -> None:
    result = results(name, changes)[check]
    assert (result["status"], words in result["summary"]) == (status, True), result["summary"]
    assert status not in ("fail", "warn") or result["remediation"] or check == "port.backlog"


@pytest.mark.parametrize("name", NAMES)
def test_every_check_has_one_result(name: str) -> None:
    service, evidence = load(name)
    ids = [result.id for result in port.check(evidence["port"], service)]
    assert sorted(ids) == sorted(definition.id for definition in port.DEFINITIONS)


def _of(pid: int, ppid: int, **seen: t.Unpack[ListenerRow]) -> ListenerRow:
    """A listener of one process."""
    of_one: ListenerRow = {"pids": [pid], "owners": [owner(pid, ppid)], **seen}
    return listener(**of_one)


@pytest.mark.parametrize(
    ("rows", "shared"),
    [
        ([], []),
        ([_of(10, 1)], []),
        ([_of(10, 1), _of(20, 1)], [10, 20]),
        ([_of(20, 2), _of(10, 3)], [10, 20]),
        ([_of(10, 1), _of(20, 10)], []),
        ([_of(10, 5), _of(20, 5)], []),
        ([_of(10, 1, address="127.0.0.1"), _of(20, 1, address="10.0.0.1")], []),
        ([_of(10, 1), _of(20, 1, netns="net:[1]")], []),
        ([_of(10, 1, owners=[]), _of(20, 1)], []),
    ],
)
def test_unrelated_owners_of_one_address_share_a_port(rows: list[ListenerRow], shared: list[int]) -> None:
    assert [row["pid"] for row in port.sharers(rows)] == shared


def test_different_programs_on_different_addresses() -> None:
    rows = [_of(10, 1, address="127.0.0.1"), _of(20, 1, address="::1", family="ipv6")]
    assert results("service-healthy", with_port(listeners=rows))["port.shared"]["status"] == "fail"
    rows = [_of(10, 1, address="127.0.0.1"), _of(11, 10, address="::1", family="ipv6")]
    assert results("service-healthy", with_port(listeners=rows))["port.shared"]["status"] == "pass"


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
def test_the_intended_exposure_of_a_service(
    service: dict[str, t.Any], proxies: list[ListeningProxy], meant: str
) -> None:
    assert port.meant_for(service, {"proxies": proxies}) == meant
