# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes between the hosts: layer network of the failure catalogue."""

from __future__ import annotations

from ..checks.port import is_loopback
from ..model import FAIL
from .rule import Facts, Match, Rule


def _drop(facts: Facts) -> Match | None:
    """The SYN is swallowed on its way in.

    On the host the handshake succeeds, the socket is bound to more than loopback and its queue has room:
    what is left is a rule that drops.
    """
    outside = facts.from_outside
    if outside.get("outcome") != "connect-timeout" or facts.handshake.get("outcome") != "open":
        return None
    if facts.status("port.reachable", "controller") != FAIL or facts.status("port.backlog") == FAIL:
        return None
    addresses = [str(row.get("address")) for row in facts.listeners]
    if all(is_loopback(address) for address in addresses):
        return None
    port = facts.service.get("port")
    return Match(
        "likely",
        [
            "the controller's connection to %s got no answer for %.1f s"
            % (outside.get("address"), (outside.get("ms") or 0) / 1000.0),
            "on the host itself the handshake succeeds",
            "bound to %s, accept queue empty" % ", ".join(sorted(set(addresses))),
        ],
        immediate=[
            "look for the rule that drops: nft list ruleset, iptables -nvL, ufw status, the cloud's security group"
        ],
        configuration=["allow TCP port %s from the networks of the clients (or of the proxy)" % port],
        testing=["nc -vz <host> %s from the client's network" % port],
    )


RULES: tuple[Rule, ...] = (
    Rule(
        id="fw-drop-input",
        title="A firewall drops connections to the port",
        layer="network",
        explains=("port.reachable", "websocket.handshake"),
        find=_drop,
        source=("https://wiki.nftables.org/wiki-nftables/index.php/Main_Page",),
    ),
)
