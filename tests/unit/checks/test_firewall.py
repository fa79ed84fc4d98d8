# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a decision, depending on who is meant to reach the port."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._checks.firewall import check


def _evidence(**decision: t.Any) -> dict[str, t.Any]:
    entry = {
        "port": 8080,
        "family": "ip",
        "by": "nftables",
        "verdict": "drop",
        "how": "",
        "chain": "inet f in",
        "rule": "tcp dport 8080 drop (handle 5)",
        "packets": 12,
        "unsure": [],
        **decision,
    }
    return {"subject": "firewall", "gaps": [], "error": None, "decisions": [entry], "source": "", "managers": []}


SERVICE = {"name": "chat", "port": 8080}


@pytest.mark.parametrize(
    ("change", "service", "more", "status", "words"),
    [
        ({}, SERVICE, {}, "fail", "drop by tcp dport 8080 drop (handle 5), 12 packets so far"),
        ({"verdict": "accept"}, SERVICE, {}, "pass", "accept"),
        ({"by": "no rules", "verdict": "accept"}, SERVICE, {}, "pass", "no rules"),
        ({"unsure": ["limit accept"]}, SERVICE, {}, "unknown", "limit accept"),
        ({}, SERVICE, {"controller": {"outcome": "connected"}}, "pass", "can connect all the same"),
        ({}, {**SERVICE, "exposure": "proxied"}, {}, "pass", "as is meant (proxied)"),
        ({}, SERVICE, {"port_evidence": {"proxies": [{"name": "nginx", "ports": [443]}]}}, "pass", "proxied"),
        ({"verdict": "dnat", "rule": "dnat to 172.17.0.2"}, SERVICE, {}, "unknown", "dnat to 172.17.0.2"),
        ({"verdict": "dnat"}, SERVICE, {"controller": {"outcome": "connected"}}, "pass", "can connect all the same"),
        ({"port": 443}, {**SERVICE, "exposure": "proxied"}, {}, "fail", "drop"),
        ({}, {"name": "chat", "socket": "/run/x"}, {}, "skip", "unix socket"),
    ],
)
def test_check(change: t.Any, service: t.Any, more: t.Any, status: str, words: str) -> None:
    (result,) = check({**_evidence(**change), **more}, service)
    assert (result.status, words in result.summary) == (status, True), result.summary


@pytest.mark.parametrize(
    ("managers", "words"),
    [(["ufw"], "ufw allow 8080/tcp"), (["firewalld"], "firewall-cmd"), ([], "allow TCP port 8080")],
)
def test_the_remedy_is_in_the_words_of_whoever_writes_the_rules(managers: list[str], words: str) -> None:
    (result,) = check({**_evidence(), "managers": managers}, SERVICE)
    assert words in result.remediation[0]


def test_what_nobody_could_see_is_unknown_and_says_why() -> None:
    hidden = {"what": "nft", "reason": "nft: Operation not permitted", "remedy": "run with become: true"}
    (result,) = check({**_evidence(), "decisions": [], "gaps": [hidden]}, SERVICE)
    assert (result.status, result.remediation) == ("unknown", ["run with become: true"])
    (result,) = check({**_evidence(), "decisions": []}, SERVICE)
    assert (result.status, "neither nft nor iptables-save" in result.summary) == ("unknown", True)
