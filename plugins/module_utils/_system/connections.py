# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Established connections of a port, and those among them whose peer has stopped to acknowledge.

Read as the listeners are (see listeners.py): from the kernel by sock_diag(7) in the network namespace that the
port is in, and from ``/proc/PID/net/tcp`` where that namespace cannot be entered. psutil knows no send queue.
"""

from __future__ import annotations

import socket
import struct
import sys
import typing as t

from .base import Listener
from .listeners import address_of, dump, in_namespace_of, numeric, tcp_rows

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.port import PortConnections

_ESTABLISHED = 1
#: The timer of a segment that waits for its acknowledgement; a peer that merely reads slowly has another (4).
_RETRANSMITTING = 1
#: So many repetitions without an acknowledgement: three seconds at least, as each waits twice as long as the one
#: before and the first waits 200 ms. Losing a segment or two on a radio link is no reason to call a peer gone.
_GONE = 4
#: Addresses of peers that are named.
_NAMED = 8


class Connection(t.NamedTuple):
    """One established connection."""

    peer: str
    #: Bytes that the peer has not acknowledged.
    unacknowledged: int
    #: How often the oldest of them was sent again.
    repeated: int


def connections(port: int, listeners: t.Sequence[Listener]) -> PortConnections | None:
    """The established connections of a port, in every network namespace that has a listener on it.

    :returns: ``established`` and ``stuck`` (numbers), ``peers`` of the stuck ones, ``repeated`` (how often the worst
        was sent again), ``unacknowledged`` (its bytes); None: they cannot be seen on this system.
    """
    if not sys.platform.startswith("linux"):
        return None
    rows: list[Connection] = []
    for pid in _places(listeners):
        rows += _in_place(port, pid)
    stuck = sorted((row for row in rows if row.unacknowledged and row.repeated >= _GONE), key=_by_repeats)
    return {
        "established": len(rows),
        "stuck": len(stuck),
        "peers": list(dict.fromkeys(row.peer for row in stuck))[:_NAMED],
        "repeated": stuck[0].repeated if stuck else 0,
        "unacknowledged": stuck[0].unacknowledged if stuck else 0,
    }


def _by_repeats(row: Connection) -> int:
    return -row.repeated


def _places(listeners: t.Sequence[Listener]) -> list[int]:
    """A process of each network namespace; 0 for this one."""
    places = {"host": 0}
    for listener in listeners:
        if listener.pids:
            places.setdefault(listener.netns, listener.pids[0])
    named = {listener.netns for listener in listeners}
    return [pid for name, pid in places.items() if name in named]


def _in_place(port: int, pid: int) -> list[Connection]:
    try:
        return in_namespace_of(pid, lambda: _by_netlink(port)) if pid else _by_netlink(port)
    except OSError:
        return _from_proc(port, "/proc/%s/net" % (pid or "self"))


def _by_netlink(port: int) -> list[Connection]:
    found = []
    for family, size in ((socket.AF_INET, 4), (socket.AF_INET6, 16)):
        for message in dump(family, 1 << _ESTABLISHED, port):
            timer, repeated = message[2], message[3]
            (unacknowledged,) = struct.unpack_from("=I", message, 60)
            found.append(_row(message[24 : 24 + size], timer, unacknowledged, repeated))
    return found


def _from_proc(port: int, folder: str) -> list[Connection]:
    found = []
    for fields in tcp_rows(folder):
        if int(fields[3], 16) == _ESTABLISHED and address_of(fields[1])[1] == port:
            unacknowledged = int(fields[4].split(":")[0], 16)
            timer = int(fields[5].split(":")[0], 16)
            found.append(_row(address_of(fields[2])[0], timer, unacknowledged, int(fields[6], 16)))
    return found


def _row(peer: bytes, timer: int, unacknowledged: int, repeated: int) -> Connection:
    return Connection(numeric(peer), unacknowledged, repeated if timer == _RETRANSMITTING else 0)
