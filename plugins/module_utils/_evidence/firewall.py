# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of a host's firewall says. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t

from .common import Common
from .port import Port, Reached
from .ruling import Ruling


class Decision(Ruling, total=False):
    """What becomes of a client's first packet to a port."""

    #: ``ip`` or ``ip6``.
    family: str
    port: int


class Firewall(Common, total=False):
    """The evidence of the firewall."""

    #: Address of the SSH client, as that of the packet; empty: not known.
    source: str
    #: Programs that showed their rules: ``nft``, ``iptables-save``, ``ip6tables-save``.
    looked: t.List[str]
    #: Programs that wrote them: ``ufw``, ``firewalld``.
    managers: t.List[str]
    #: For each port and family.
    decisions: t.List[Decision]
    #: Added by the controller: what its connection to the port came to.
    controller: Reached
    #: Added by the controller: the proxies of the port's evidence, and no more of it.
    port_evidence: Port
