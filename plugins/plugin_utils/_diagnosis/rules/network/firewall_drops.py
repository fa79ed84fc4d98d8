# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-firewall-drops: a packet filter discards the SYN of clients."""

from __future__ import annotations

from ...._evidence.firewall import decision_words
from ...facts import Facts
from ...rule import Command, Found, If, Look, LookAlike, Rule
from ._firewall import KEEP, NFT, OPEN, decision, lets_through, opening
from ._outside import EXPLAINS, ON_THE_HOST, SEEN, STOPPED_OUTSIDE, VERIFY, connection_ends, seen


def _find(facts: Facts) -> Found:
    """With the rule, where it is one of the host's own."""
    decided = decision(facts)
    if decided.get("verdict") == "drop":
        return "certain" if not decided.get("unsure") else "likely", {
            **seen(facts),
            "host_rule": decision_words(decided),
            **opening(facts),
        }
    rejects, forwards = decided.get("verdict") == "reject", decided.get("verdict") == "dnat"
    return "likely", {
        **seen(facts),
        "host_rule": decision_words(decided) if rejects else None,
        "rejects": rejects,
        **(opening(facts) if rejects else {}),
        "elsewhere": not rejects,
        "passes": lets_through(facts),
        "forwards": forwards,
        "forwarding_rule": decided.get("rule") if forwards else None,
    }


RULE = Rule(
    id="network-firewall-drops",
    layer="network",
    title="A firewall drops connections to the port",
    users_see=(
        "the browser waits for a minute or longer, then the console shows `net::ERR_CONNECTION_TIMED_OUT`",
        "Node.js: `connect ETIMEDOUT 203.0.113.7:8080`; Python: `TimeoutError: [Errno 110] Connection timed out`",
        "nginx on another host, error.log: `upstream timed out (110: Connection timed out) while connecting to upstream`, and "
        "504 Gateway Time-out",
        "on the server itself `curl` and the WebSocket work",
    ),
    why="A DROP rule discards the client's SYN without any answer, so the client cannot tell the port from a host that is switched off: "
    "it repeats the SYN for up to two minutes and gives up. What the host sends to its own addresses goes over the loopback interface, "
    "which rule sets usually accept; that is why every test on the server itself succeeds. The rule may be in the host's nftables, "
    "iptables, ufw or firewalld, or in front of it: a cloud security group, a network ACL, a router. Ports that Docker publishes are "
    "forwarded (DNAT), so FORWARD and DOCKER-USER decide about them, not INPUT.",
    needs=(*STOPPED_OUTSIDE, connection_ends("its SYN gets no answer in time", "connect-timeout")),
    against=ON_THE_HOST,
    find=_find,
    confidence={
        "certain": "the rule that drops was found in the host's own firewall",
        "likely": "it was not found there, or an earlier rule that was not understood may match",
    },
    because=(
        *SEEN,
        "the host's own firewall: {host_rule}",
        If("rejects", "the answer of that rule does not get back to the client either, so the client waits in vain"),
        If("elsewhere", "the accept queue has room"),
        If("passes", "the host's own firewall lets the port through: packets are dropped in the path"),
        "the host forwards the port to another address: {forwarding_rule}",
    ),
    fix=(
        (
            If("forwards", "check the rules for forwarded packets: iptables -nvL FORWARD; iptables -nvL DOCKER-USER"),
            If(
                "passes",
                "find the rule that drops outside the host: cloud security group, network ACL, router, the provider's firewall",
            ),
            If(
                "elsewhere",
                "find the rule that drops: nft list ruleset; iptables -nvL; ufw status; the cloud's security group",
            ),
            *OPEN,
        ),
    ),
    prevent=(
        If("elsewhere", "allow TCP port {port} from the networks of the clients (or of the proxy)"),
        KEEP,
    ),
    verify=VERIFY,
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "process-accept-queue-full",
            Command("ss -ltn 'sport = :<port>'"),
            "Recv-Q 0: a firewall drops; Recv-Q above Send-Q: the accept queue is full",
        ),
        LookAlike(
            "network-controller-firewall",
            Look("`nc -vz <host> <port>` from another machine"),
            "no answer there either: the host's side; an answer: the controller's own firewall",
        ),
    ),
    sources=(NFT,),
    staged=("firewall/drops",),
)
