# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of a host's firewall says. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import typing as t

from .common import Common
from .port import Port, Reached
from .ruling import Ruling


class Decision(Ruling, total=False):
    """What happens to a client's first packet to a port."""

    #: The family of its addresses: ``ip`` or ``ip6``.
    family: str
    #: The port that it is for.
    port: int


class Firewall(Common, total=False):
    """The evidence of the firewall."""

    #: The address that the packet is assumed to come from, that of the SSH client; empty: not known.
    source: str
    #: The programs that showed their rules: ``nft``, ``iptables-save``, ``ip6tables-save``.
    looked: t.List[str]
    #: The programs that wrote the rules: ``ufw``, ``firewalld``.
    managers: t.List[str]
    #: What happens to a client's first packet, for each port and family.
    decisions: t.List[Decision]
    #: The result of the controller's connection to the port. Added by the controller.
    controller: Reached
    #: Only the proxies of the port's evidence. Added by the controller.
    port_evidence: Port
