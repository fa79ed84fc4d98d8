# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What is an address, whether it is this host's, and what a name resolves to within a time."""

from __future__ import annotations

import socket
import threading
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.tls import Address

#: Seconds for a connection to this host itself.
_PATIENCE = 0.3


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


def is_refused(port: int) -> bool:
    """Whether this host refuses connections to a port, on loopback and at the address that it reaches others from.

    Not where something drops them: then it is not known who would answer.
    """
    addresses = ["127.0.0.1"]
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            # Of the range for documentation (RFC 5737): nothing is sent there.
            sock.connect(("192.0.2.1", 9))
            addresses.append(str(sock.getsockname()[0]))
    except OSError:
        pass
    return all(_refuses(address, port) for address in dict.fromkeys(addresses))


def _refuses(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), _PATIENCE).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


class Lookup(t.NamedTuple):
    """What the resolver said: the addresses in its order, and the name of its error (``EAI_NONAME``) or nothing."""

    addresses: t.List[str]
    error: str


def looking_up(host: str) -> t.Callable[[float], Lookup | None]:
    """Begin to look a name up; the resolver knows no deadline, so it is left behind if it takes too long.

    :returns: waits so many seconds for what the resolver says; None: it did not answer by then.
    """
    found: list[Lookup] = []

    def run() -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, ValueError) as error:
            found.append(Lookup([], error_name(error)))
            return
        found.append(Lookup(list(dict.fromkeys(str(row[4][0]) for row in rows))[:8], ""))

    thread = threading.Thread(target=run, daemon=True)
    try:
        thread.start()
    except RuntimeError:
        # No thread is available: without one nothing could be left behind.
        return lambda _seconds: None

    def wait(seconds: float) -> Lookup | None:
        thread.join(seconds)
        return found[0] if found else None

    return wait


def error_name(error: Exception) -> str:
    """The symbol of an error of getaddrinfo(3), such as ``EAI_NONAME``; else the kind of the error."""
    number = error.errno if isinstance(error, socket.gaierror) else None
    names = [name for name in dir(socket) if name.startswith("EAI_") and getattr(socket, name) == number]
    return names[0] if names else type(error).__name__


def resolving(host: str) -> t.Callable[[float], list[Address] | None]:
    """Begin to look a name up, as looking_up.

    :returns: waits so many seconds for the addresses, each with whether it is local; None: they did not come, empty:
        there are none.
    """
    look = looking_up(host)

    def wait(seconds: float) -> list[Address] | None:
        found = look(seconds)
        if found is None:
            return None
        return [{"address": address, "local": is_local(address)} for address in found.addresses]

    return wait
