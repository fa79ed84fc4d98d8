# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""TCP sockets of this network namespace that do not listen: who has them, and whom they speak to (sock_diag(7))."""

from __future__ import annotations

import socket
import struct
import sys
import typing as t

from .listeners import dump, numeric

#: By the kernel's number (include/net/tcp_states.h).
_STATES = {
    1: "established",
    2: "syn-sent",
    4: "fin-wait",
    5: "fin-wait",
    6: "time-wait",
    7: "closed",
    8: "close-wait",
    9: "last-ack",
    11: "closing",
}
#: Rows that are looked at: on a busy host there are a hundred thousand, and none of them is worth that time.
_MOST = 20000


class ClientSocket(t.NamedTuple):
    """One of them."""

    state: str
    local: str
    port: int
    peer: str
    peer_port: int
    inode: int


def client_sockets(states: t.Iterable[str], port: int = 0) -> list[ClientSocket]:
    """TCP sockets in one of these states.

    :param port: their own port; 0: any.
    :returns: nothing where the kernel offers no sock_diag.
    """
    if not sys.platform.startswith("linux"):
        return []
    wanted = set(states)
    mask = sum(1 << number for number, name in _STATES.items() if name in wanted)
    found: list[ClientSocket] = []
    for family, size in ((socket.AF_INET, 4), (socket.AF_INET6, 16)):
        try:
            for message in dump(family, mask, port):
                found.append(_parsed(message, size))
                if len(found) >= _MOST:
                    return found
        except OSError:
            continue
    return found


def _parsed(message: bytes, size: int) -> ClientSocket:
    """A struct inet_diag_msg (linux/inet_diag.h)."""
    port, peer_port = struct.unpack_from("!HH", message, 4)
    (inode,) = struct.unpack_from("=I", message, 68)
    local, peer = numeric(message[8 : 8 + size]), numeric(message[24 : 24 + size])
    return ClientSocket(_STATES.get(message[1], "other"), local, port, peer, peer_port, inode)
