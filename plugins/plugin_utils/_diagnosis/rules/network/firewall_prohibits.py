# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-firewall-prohibits: a packet filter answers with an ICMP message that clients report as a missing route."""

from __future__ import annotations

from ...._evidence.firewall import decision_words
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._firewall import KEEP, NFT, OPEN, decision, opening
from ._outside import (
    AT_ONCE,
    EXPLAINS,
    ON_THE_HOST,
    SEEN,
    STOPPED_OUTSIDE,
    VERIFY,
    connection_ends,
    is_prohibited_by_icmpv6,
    seen,
)


def _is_made_by_icmp(facts: Facts) -> bool:
    """Whether connect(2) failed with what an ICMP message of a firewall makes of it."""
    # The others are the controller's own routes as a rule (network-no-route-to-host); a rule of the host that rejects is seen.
    told = ("ENETUNREACH", "EACCES") if decision(facts).get("verdict") == "reject" else ()
    return facts.from_outside.get("errno") in ("EHOSTUNREACH", *told) or is_prohibited_by_icmpv6(facts.from_outside)


def _find(facts: Facts) -> Found:
    """With the rule, where it is one of the host's own."""
    decided = decision(facts)
    rejects = decided.get("verdict") == "reject"
    return "certain" if rejects and not decided.get("unsure") else "likely", {
        **seen(facts),
        "host_rule": decision_words(decided) if rejects else None,
        **opening(facts),
    }


RULE = Rule(
    id="network-firewall-prohibits",
    layer="network",
    title="A firewall rejects connections as administratively prohibited (ICMP)",
    users_see=(
        "Node.js: `connect EHOSTUNREACH 203.0.113.7:8080`; Python: `OSError: [Errno 113] No route to host`",
        "nginx on another host, error.log: `connect() failed (113: No route to host) while connecting to upstream`, and 502 Bad Gateway",
        "browser console: `net::ERR_ADDRESS_UNREACHABLE`",
        "`ping` and `ssh` to the same host work",
    ),
    why="firewalld and many iptables rule sets on Red Hat systems reject with ICMP host prohibited or administratively prohibited. "
    "The client's kernel reports these messages as EHOSTUNREACH, whose text is `No route to host`, so people debug routing although the "
    "route is fine. The time tells: a firewall answers within milliseconds; for a host that is really gone the error comes after about "
    "three seconds, when ARP has given up. Over IPv6 the same rule reads EACCES, `Permission denied`.",
    needs=(
        *STOPPED_OUTSIDE,
        connection_ends("connect(2) fails with an error other than refused or timed out", "connect-error"),
        Condition("that error is one that a firewall's ICMP message causes: usually EHOSTUNREACH", _is_made_by_icmp),
        Condition(
            "it came within a second: a missing neighbour takes longer to detect",
            lambda facts: float(facts.from_outside["ms"]) <= AT_ONCE,
        ),
    ),
    against=ON_THE_HOST,
    find=_find,
    confidence={
        "certain": "the rule that rejects was found in the host's own firewall",
        "likely": "it was not found there, or an earlier rule that was not understood may match",
    },
    because=(
        *SEEN,
        "the host's own firewall: {host_rule}",
        "a missing neighbour takes seconds to detect; a firewall rule answers immediately",
    ),
    fix=(OPEN,),
    prevent=(KEEP,),
    verify=VERIFY,
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "network-no-route-to-host",
            Look("`ip neigh show <host>` on the controller"),
            "REACHABLE: a firewall; FAILED: no machine has the address",
        ),
    ),
    sources=(NFT,),
    staged=("firewall/prohibits",),
)
