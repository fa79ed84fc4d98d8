# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a decision, depending on who is meant to reach the port."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.firewall import Decision, Firewall
from ansible_collections.websocket.health.plugins.plugin_utils._checks.firewall import check

from tests.unit.builders.common import gap
from tests.unit.builders.firewall import decision


def _evidence(**seen: t.Unpack[Decision]) -> Firewall:
    """The evidence of one decision: a rule drops the packet."""
    dropped: Decision = {"rule": "tcp dport 8080 drop (handle 5)", "packets": 12, **seen}
    decisions = [decision(**dropped)]
    return {"subject": "firewall", "gaps": [], "error": None, "decisions": decisions, "source": "", "managers": []}


SERVICE = {"name": "chat", "port": 8080}


@pytest.mark.parametrize(
    ("change", "service", "more", "status", "words"),
    [
        ({}, SERVICE, {}, "fail", "drop by tcp dport 8080 drop (handle 5), 12 packets so far"),
        ({"verdict": "accept"}, SERVICE, {}, "pass", "accept"),
        ({"by": "no rules", "verdict": "accept"}, SERVICE, {}, "pass", "no rules"),
        ({"unsure": ["limit accept"]}, SERVICE, {}, "unknown", "limit accept"),
        ({}, SERVICE, {"controller": {"outcome": "connected"}}, "pass", "can connect anyway"),
        ({}, {**SERVICE, "exposure": "proxied"}, {}, "pass", "as intended (proxied)"),
        ({}, SERVICE, {"port_evidence": {"proxies": [{"name": "nginx", "ports": [443]}]}}, "pass", "proxied"),
        ({"verdict": "dnat", "rule": "dnat to 172.17.0.2"}, SERVICE, {}, "unknown", "dnat to 172.17.0.2"),
        ({"verdict": "dnat"}, SERVICE, {"controller": {"outcome": "connected"}}, "pass", "can connect anyway"),
        ({"port": 443}, {**SERVICE, "exposure": "proxied"}, {}, "fail", "drop"),
        ({}, {"name": "chat", "socket": "/run/x"}, {}, "skip", "unix socket"),
    ],
)
def test_the_status_follows_the_verdict_and_who_is_meant_to_connect(
    change: Decision, service: dict[str, t.Any], more: Firewall, status: str, words: str
) -> None:
    (result,) = check({**_evidence(**change), **more}, service)
    assert (result.status, words in result.summary) == (status, True), result.summary


@pytest.mark.parametrize(
    ("managers", "words"),
    [(["ufw"], "ufw allow 8080/tcp"), (["firewalld"], "firewall-cmd"), ([], "allow TCP port 8080")],
)
def test_the_remedy_is_in_the_words_of_whoever_writes_the_rules(managers: list[str], words: str) -> None:
    (result,) = check({**_evidence(), "managers": managers}, SERVICE)
    assert words in result.remediation[0]


def test_without_rules_that_could_be_read_the_status_is_unknown() -> None:
    hidden = gap("nft", "nft: Operation not permitted", "run with become: true")
    (result,) = check({**_evidence(), "decisions": [], "gaps": [hidden]}, SERVICE)
    assert (result.status, result.remediation) == ("unknown", ["run with become: true"])
    (result,) = check({**_evidence(), "decisions": []}, SERVICE)
    assert (result.status, "neither nft nor iptables-save" in result.summary) == ("unknown", True)
