# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-controller-firewall: the controller's own firewall blocks its packets to the port."""

from __future__ import annotations

from ...._evidence.firewall import decision_words
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._firewall import NFT, STOPPED_BY_HOST, lets_through
from ._outside import EXPLAINS, ON_THE_HOST, SEEN, STOPPED_OUTSIDE, connection_ends, seen


def _find(facts: Facts) -> Found:
    """With the controller's rule."""
    decided = facts.from_outside.get("own_rules") or {}
    return "certain" if not decided.get("unsure") else "likely", {
        **seen(facts),
        "controller_rule": decision_words(decided),
        "host_accepts": lets_through(facts),
    }


def _fits(facts: Facts) -> bool:
    verdict = (facts.from_outside.get("own_rules") or {}).get("verdict")
    return (verdict, facts.from_outside["outcome"]) not in (("drop", "connect-refused"), ("reject", "connect-timeout"))


RULE = Rule(
    id="network-controller-firewall",
    layer="network",
    title="The controller's own firewall blocks its connections to the port",
    users_see=(
        "one machine cannot connect while browsers and other machines can",
        "`nc -vz <host> <port>` on that machine ends in `Connection timed out`, `Connection refused` or `No route to host`",
        "packet counters of the server's firewall do not move; those of chain OUTPUT on that machine do (`nft list ruleset`, `iptables -nvL OUTPUT`)",
    ),
    why="Rules in the output chain of the machine that connects drop or reject its packets before they reach the wire. The errors are "
    "those of a firewall at the other end, which in fact never sees a packet. Other clients are not affected, unless they have the same "
    "egress rules: hardened proxy hosts, egress security groups and Kubernetes network policies do the same to their back ends.",
    needs=(
        *STOPPED_OUTSIDE,
        connection_ends("no connection is established", "connect-timeout", "connect-refused", "connect-error"),
        Condition(
            "the controller's own firewall drops or rejects its packets to the port",
            lambda facts: (facts.from_outside.get("own_rules") or {}).get("verdict") in ("drop", "reject"),
        ),
        Condition("the connection fails as that rule makes it fail: what is dropped is never refused", _fits),
    ),
    against=(*ON_THE_HOST, STOPPED_BY_HOST),
    find=_find,
    confidence={"certain": "the rule was read", "likely": "an earlier rule that was not understood may match"},
    because=(
        *SEEN,
        "the controller's own firewall: {controller_rule}",
        If("host_accepts", "the host's firewall lets the port through"),
    ),
    fix=("on the controller: nft list ruleset; allow outgoing TCP port {port}",),
    prevent=("other clients are affected only if their own firewall has a rule like the controller's",),
    verify=("nc -vz <host> {port} from the controller, and from another machine",),
    explains=EXPLAINS,
    supersedes=("network-firewall-drops", "network-firewall-prohibits", "network-no-route-to-host"),
    look_alikes=(
        LookAlike(
            "network-firewall-drops",
            Look("`nc -vz <host> <port>` from another machine"),
            "an answer there: the controller's own firewall; none: the host's side",
        ),
    ),
    sources=(NFT,),
    staged=("firewall/own-firewall-drops", "firewall/own-firewall-prohibits", "firewall/own-firewall-resets"),
)
