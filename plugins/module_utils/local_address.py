# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What is an address, whether it is this host's, and what a name resolves to within a time."""

from __future__ import annotations

import socket
import threading
import typing as t


def is_address(name: str) -> bool:
    """Whether a host is an IPv4 or IPv6 address."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, name.split("%")[0])
            return True
        except (OSError, ValueError):
            continue
    return False


def is_local(address: str) -> bool:
    """Whether an address is one of this host: the kernel answers it with itself. Nothing is sent."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((address, 9))
            return str(sock.getsockname()[0]) == address
    except OSError:
        return False


def resolving(host: str) -> t.Callable[[float], list[dict[str, t.Any]] | None]:
    """Begin to look a name up; the resolver knows no deadline, so it is left behind if it takes too long.

    :returns: waits so many seconds for the addresses; None: they did not come, empty: there are none.
    """
    found: list[list[dict[str, t.Any]]] = []

    def run() -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, ValueError):
            found.append([])
            return
        addresses = list(dict.fromkeys(str(row[4][0]) for row in rows))[:8]
        found.append([{"address": address, "local": is_local(address)} for address in addresses])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def wait(seconds: float) -> list[dict[str, t.Any]] | None:
        thread.join(seconds)
        return found[0] if found else None

    return wait
