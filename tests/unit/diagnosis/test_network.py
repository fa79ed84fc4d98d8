# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules of the network layer say of firewalls: only what was read of their rules."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.port import Reached

from tests.unit.builders.common import gap, with_evidence
from tests.unit.builders.controller import from_controller, own_rules, reached
from tests.unit.builders.firewall import decision
from tests.unit.recorded.load import Changes, verdict

DROPPED = reached(outcome="connect-timeout", errno="ETIMEDOUT", ms=5000.0)
THROUGH = "lets the port through"


def _host_rules(gaps: list[str] | None = None, **seen: str | list[str]) -> Changes:
    rules = decision(**{"verdict": "accept", "rule": "", **seen})  # type: ignore[typeddict-item]  # of a test's table
    return with_evidence(
        firewall={
            "gaps": [gap(what, "denied", "root") for what in gaps or ()],
            "error": None,
            "decisions": [rules],
            "managers": [],
            "source": "",
        }
    )


def _reasons(port: Reached, rules: Changes, name: str) -> str:
    found = verdict("wildcard-direct", from_controller(port=port) + rules)["diagnoses"]
    return "\n".join(next(entry["because"] for entry in found if entry["id"] == name))


@pytest.mark.parametrize(
    ("rules", "says", "never"),
    [
        (_host_rules(), THROUGH, "the host's own firewall:"),
        (_host_rules(verdict="reject", how="tcp reset", rule="tcp dport 8080 reject"), "reject with tcp reset by tcp dport 8080", THROUGH),
        (_host_rules(unsure=["tcp dport 8080 socket cgroupv2 drop"]), "accept queue", THROUGH),
        (_host_rules(gaps=["nft"]), "accept queue", THROUGH),
        ((), "accept queue", THROUGH),
    ],
)  # fmt: skip
def test_a_lost_syn_is_put_down_to_the_path_only_where_all_the_hosts_rules_were_read(
    rules: Changes, says: str, never: str
) -> None:
    reasons = _reasons(DROPPED, rules, "network-firewall-drops")
    assert says in reasons
    assert never not in reasons


@pytest.mark.parametrize(("rules", "told"), [(_host_rules(), True), (_host_rules(gaps=["nft"]), False), ((), False)])
def test_the_controllers_own_rule_says_nothing_of_rules_of_the_host_that_nobody_read(
    rules: Changes, told: bool
) -> None:
    port: Reached = {**DROPPED, "own_rules": own_rules()}
    assert (THROUGH in _reasons(port, rules, "network-controller-firewall")) is told


def test_an_own_rule_that_drops_does_not_explain_a_refusal() -> None:
    port = reached(outcome="connect-refused", errno="ECONNREFUSED", own_rules=own_rules())
    found = verdict("wildcard-direct", from_controller(port=port))["diagnoses"]
    assert "network-controller-firewall" not in [entry["id"] for entry in found]
