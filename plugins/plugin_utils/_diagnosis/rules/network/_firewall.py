# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the host's own rules do with the controller's packets to the port."""

from __future__ import annotations

import typing as t

from ...._evidence.firewall import OPENING, telling
from ...facts import Facts
from ...rule import Condition, If

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.firewall import Decision

NFT = "https://wiki.nftables.org/wiki-nftables/index.php/Main_Page"
#: Opens the port, by whatever writes the host's rules; with the values of ``opening``.
OPEN = tuple(If(manager, text % "{port}") if manager else text % "{port}" for manager, text in OPENING)
#: Rules of ufw and firewalld outlast a reboot.
KEEP = If(
    "by_hand",
    "make rules that you add by hand persistent: nft in /etc/nftables.conf; iptables with netfilter-persistent save",
)


def decision(facts: Facts) -> Decision:
    """What the host's own rules do with the controller's packets to the port; nothing where they were not seen."""
    firewall = facts.firewall
    decisions = [entry for entry in firewall.get("decisions") or () if entry.get("port") == facts.service.get("port")]
    return telling(decisions, str(firewall.get("source") or "")) if decisions else {}


def lets_through(facts: Facts) -> bool:
    """Whether all the host's own rules were read and understood, and accept the controller's packets to the port.

    Without this nothing may be said of them: what was not read may drop.
    """
    decided = decision(facts)
    return decided.get("verdict") == "accept" and not decided.get("unsure") and not facts.firewall.get("gaps")


def decides(text: str, *verdicts: str) -> Condition:
    """The host's own rules do this with the controller's packets to the port."""
    return Condition(text, lambda facts: decision(facts).get("verdict") in verdicts)


STOPPED_BY_HOST = decides(
    "the host's own firewall drops or rejects the controller's packets to the port", "drop", "reject"
)


def opening(facts: Facts) -> dict[str, object]:
    """The values of OPEN and KEEP but the port: what writes the host's rules."""
    managers = facts.firewall.get("managers") or []
    found = {manager: manager in managers for manager, _text in OPENING if manager}
    return {**found, "by_hand": not any(found.values())}
