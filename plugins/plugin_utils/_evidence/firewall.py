# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Questions about the evidence of the firewall probe that checks and rules both ask."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.firewall import Decision, Firewall, Ruling

#: What opens a port, by what writes the host's rules; the last is for rules that are written by hand. ``%s`` is the port.
OPENING = (
    ("ufw", "ufw allow %s/tcp"),
    ("firewalld", "firewall-cmd --permanent --add-port=%s/tcp && firewall-cmd --reload"),
    ("", "allow TCP port %s from the clients' networks, before the rule that stops it"),
)


def port_instance(port: int | None) -> str:
    """What a result about a port was asked for."""
    return "port %s" % port


def decision_words(decision: Ruling) -> str:
    """A decision in one line."""
    if decision.get("by") == "no rules":
        return "no rules"
    what = "%s%s" % (decision.get("verdict"), " with %s" % decision["how"] if decision.get("how") else "")
    where = decision.get("rule") or "the policy"
    packets = decision.get("packets")
    counted = ", %s packets so far" % packets if packets is not None else ""
    return "%s, chain %s: %s by %s%s" % (decision.get("by"), decision.get("chain"), what, where, counted)


def telling(decisions: t.Sequence[Decision], source: str) -> Decision:
    """The decision about the family that the controller uses; IPv4 where it is not known."""
    family = "ip6" if ":" in source else "ip"
    return next((entry for entry in decisions if entry.get("family") == family), decisions[0])


def remedies(evidence: Firewall, port: t.Any) -> list[str]:
    """The command that opens a port, in the words of whatever writes the rules."""
    managers = evidence.get("managers") or []
    return [next(text for manager, text in OPENING if not manager or manager in managers) % port]
