# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence of the port: listeners, their owners, and established connections."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.port import (
    ListenerRow,
    Owner,
    Port,
    PortConnections,
)

from tests.unit.recorded.load import Changes, change


def owner(pid: int, ppid: int = 1) -> Owner:
    """A process that holds a listening socket."""
    return {"pid": pid, "ppid": ppid, "command": f"server {pid}", "started": float(pid)}


def listener(**seen: t.Unpack[ListenerRow]) -> ListenerRow:
    """A listener on all IPv4 addresses."""
    usual: ListenerRow = {"family": "ipv4", "address": "0.0.0.0", "port": 8080}
    return {**usual, **seen}


def with_port(**seen: t.Unpack[Port]) -> Changes:
    """Changes in the evidence of the port."""
    return change("port", **seen)


def with_listener(**seen: t.Unpack[ListenerRow]) -> Changes:
    """Changes of the first listener on the port."""
    return change("port", "listeners", 0, **seen)


def with_connections(**seen: t.Unpack[PortConnections]) -> Changes:
    """Changes: the established connections of the port."""
    return change("port", add=True, connections=seen)


def with_two_stuck(established: int) -> Changes:
    """Changes: so many connections are established, and two of them no longer answer."""
    return with_connections(established=established, stuck=2, peers=["198.51.100.23"], repeated=7, unacknowledged=54)
