# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller saw of a service from outside its host: a connection to the port, and a handshake."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.port import Reached
from ansible_collections.websocket.health.plugins.module_utils._evidence.ruling import Ruling
from ansible_collections.websocket.health.plugins.module_utils._evidence.websocket import Controller, Large

from tests.unit.recorded.load import Changes, change

ADDRESS = "198.51.100.7 port 8080"


def reached(**seen: t.Unpack[Reached]) -> Reached:
    """What a connection to the port came to; it was accepted within 2 ms."""
    usual: Reached = {"address": ADDRESS, "outcome": "connected", "ms": 2.0}
    return {**usual, **seen}


def handshake(**seen: t.Unpack[Controller]) -> Controller:
    """A handshake; it was accepted within 3 ms."""
    usual: Controller = {"address": ADDRESS, "outcome": "open", "status": 101, "first_byte_ms": 3.0}
    return {**usual, **seen}


def large(**seen: t.Unpack[Large]) -> Large:
    """The handshake with a request that fills more than one packet; it was accepted as well."""
    usual: Large = {"bytes": 1600, "outcome": "open", "status": 101, "ms": 3.1}
    return {**usual, **seen}


def own_rules(**seen: t.Unpack[Ruling]) -> Ruling:
    """What the controller's own firewall does with a connection to the port: a rule drops it."""
    usual: Ruling = {
        "verdict": "drop",
        "how": "",
        "chain": "inet t o",
        "rule": "tcp dport 8080 drop",
        "packets": 3,
        "unsure": [],
        "by": "nftables",
    }
    return {**usual, **seen}


def from_controller(*, port: Reached | None = None, websocket: Controller | None = None) -> Changes:
    """Changes: what the controller saw of the port, and of the WebSocket; None: it did not look."""
    seen = {"port": port, "websocket": websocket}
    return tuple(
        one for subject, what in seen.items() if what is not None for one in change(subject, add=True, controller=what)
    )


def with_clocks(host: float, controller: float) -> Changes:
    """Changes: what the clocks of both said at the same time, in seconds since the epoch."""
    return change("websocket", add=True, clock={"host": host, "controller": controller})
