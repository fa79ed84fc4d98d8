# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-firewall-rejects: a packet filter refuses connections on behalf of the listener."""

from __future__ import annotations

from ...._evidence.firewall import decision_words
from ...facts import Facts
from ...rule import Command, Found, LookAlike, Rule
from ._firewall import KEEP, NFT, OPEN, decides, decision, opening
from ._outside import EXPLAINS, ON_THE_HOST, SEEN, STOPPED_OUTSIDE, VERIFY, connection_ends, seen


def _find(facts: Facts) -> Found:
    """With the rule that answers in the listener's place."""
    decided = decision(facts)
    return "certain" if not decided.get("unsure") else "likely", {
        **seen(facts),
        "host_rule": decision_words(decided),
        **opening(facts),
    }


RULE = Rule(
    id="network-firewall-rejects",
    layer="network",
    title="A firewall rejects connections to the port",
    users_see=(
        "browser console: `WebSocket connection to 'ws://…' failed: Error in connection establishment: net::ERR_CONNECTION_REFUSED`",
        "Node.js: `connect ECONNREFUSED 203.0.113.7:8080`; Python: `ConnectionRefusedError: [Errno 111] Connection refused`",
        "nginx on another host, error.log: `connect() failed (111: Connection refused) while connecting to upstream`, and 502 Bad Gateway",
        "`ss -ltn` on the server still lists a listener on `0.0.0.0` or `*`",
    ),
    why="A REJECT rule answers the client's SYN instead of the listener: with a TCP reset, or with ICMP port unreachable, which is the "
    "default of iptables and nftables. The client's kernel turns both into ECONNREFUSED within milliseconds, the same error as for a port on "
    "which nothing listens, so people look for a dead process. Connections from the host to itself do not match the rule and succeed.",
    needs=(
        *STOPPED_OUTSIDE,
        connection_ends("it is refused at once, although a process listens", "connect-refused"),
        decides("the host's own firewall rejects it", "reject"),
    ),
    against=ON_THE_HOST,
    find=_find,
    confidence={"certain": "the rule was read", "likely": "an earlier rule that was not understood may match"},
    because=(
        *SEEN,
        "the host's own firewall: {host_rule}",
        "to clients such a reject looks as if nothing were listening",
    ),
    fix=(OPEN,),
    prevent=(KEEP,),
    verify=VERIFY,
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "bind-loopback-only",
            Command("ss -ltn 'sport = :<port>'"),
            "0.0.0.0 or *: a firewall rule; 127.0.0.1: the binding",
        ),
    ),
    sources=(NFT,),
    staged=("firewall/iptables-rejects", "firewall/resets"),
)
