# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a firewall decides, the host's or the controller's own. Types alone: nothing imports them on a host, and they do not
travel."""

from __future__ import annotations

import typing as t


class Ruling(t.TypedDict, total=False):
    """What a firewall's rules do with a packet: those of the host, or the controller's own."""

    #: What becomes of it: ``accept``, ``drop``, ``reject``; ``dnat``: it is forwarded to another address.
    verdict: str
    #: How a rejection is answered; empty for others.
    how: str
    #: The chain that decides, such as ``inet filter input``; empty where there are no rules.
    chain: str
    #: The text of the rule that decides, redacted and cut; empty: the policy of the chain.
    rule: str
    #: Packets that the rule has counted. None: it does not count.
    packets: t.Optional[int]
    #: Rules before it that may match as well.
    unsure: t.List[str]
    #: Whose rules they are: ``nftables``, ``iptables``, ``nat`` or ``no rules``.
    by: str
