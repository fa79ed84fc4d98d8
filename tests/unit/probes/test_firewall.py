# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose packet it is, and what is said of a host's own rules."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._probes import firewall as probe_module
from ansible_collections.websocket.health.plugins.module_utils._run.context import CommandMissing

from tests.unit.probed_host import Evidence, listening, new_context, probe, probe_with, python_child


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("198.51.100.7 50000 192.0.2.1 22", "198.51.100.7"),
        ("fe80::1%eth0 50000 fe80::2 22", "fe80::1"),
        ("UNKNOWN 65535 UNKNOWN 65535", ""),
    ],
)
def test_the_source_is_the_ssh_client(monkeypatch: pytest.MonkeyPatch, value: str, source: str) -> None:
    monkeypatch.setenv("SSH_CONNECTION", value)
    assert probe_module._ssh_client(new_context({"port": 1})) == source


def test_under_sudo_it_stands_above(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_CONNECTION", "SSH_CLIENT"):
        monkeypatch.delenv(name, raising=False)
    with python_child("", env={"SSH_CONNECTION": "198.51.100.7 50000 192.0.2.1 22"}) as it:
        monkeypatch.setattr(probe_module.os, "getppid", lambda: it.pid)
        assert probe_module._ssh_client(new_context({"port": 1})) == "198.51.100.7"


def test_this_host_s_rules_decide_both_families() -> None:
    with listening() as sock:
        evidence = probe("firewall", {"port": sock.getsockname()[1]})
    if evidence["looked"]:
        assert {entry["family"] for entry in evidence["decisions"]} == {"ip", "ip6"}
    else:
        assert evidence["decisions"] == []


def _with(outputs: dict[str, tuple[int, str, str]]) -> Evidence:
    """The evidence where these commands print this, and others are not installed."""
    context = new_context({"port": 8080})

    def command(argv: list[str], seconds: float = 5.0) -> tuple[int, str, str]:
        if argv[0] not in outputs:
            raise CommandMissing(argv[0])
        return outputs[argv[0]]

    context.command = command  # type: ignore[assignment, method-assign]
    return probe_with("firewall", {"port": 8080}, context)


REFUSED = (1, "", "Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed")
TABLE = "*filter\n:INPUT ACCEPT [0:0]\n[3:180] -A INPUT -p tcp -m tcp --dport 8080 -j DROP\nCOMMIT\n"


def test_without_firewall_programs_there_is_no_decision_and_no_gap() -> None:
    evidence = _with({})
    assert (evidence["looked"], evidence["decisions"], evidence["gaps"]) == ([], [], [])


def test_without_root_it_is_a_gap() -> None:
    evidence = _with({"nft": REFUSED})
    assert evidence["decisions"] == []
    assert "must be root" in evidence["gaps"][0]["reason"]
    assert "become" in evidence["gaps"][0]["remedy"]


def test_iptables_alone() -> None:
    evidence = _with({"iptables-save": (0, TABLE, "")})
    ipv4, ipv6 = evidence["decisions"]
    assert (ipv4["verdict"], ipv4["packets"], ipv4["by"]) == ("drop", 3, "iptables")
    assert (ipv6["verdict"], ipv6["by"]) == ("accept", "no rules")


def test_output_that_is_no_json_is_a_gap() -> None:
    evidence = _with({"nft": (0, '{"hook": ', "")})
    assert [gap["what"] for gap in evidence["gaps"]] == ["nft"]


@pytest.mark.parametrize(("chain", "manager"), [(":ufw-user-input - [0:0]", ["ufw"]), (":mine - [0:0]", [])])
def test_who_writes_the_rules(chain: str, manager: list[str]) -> None:
    evidence = _with({"iptables-save": (0, TABLE.replace("COMMIT", chain + "\nCOMMIT"), "")})
    assert evidence["managers"] == manager


def test_a_unix_socket_has_no_decision() -> None:
    assert probe("firewall", {"socket": "/run/x"})["decisions"] == []
