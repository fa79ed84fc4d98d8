# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A connected socket that keeps what went over it and never waits past a deadline.

websocket-client is given this object as its socket. Whatever the library makes of the answer (it raises
on everything that is not a perfect handshake), the raw bytes, their times and how the peer ended the
connection stay here.
"""

from __future__ import annotations

import socket

from .._run.deadline import Deadline, DeadlineExceeded

_CHUNK = 65536


class TooMuch(Exception):
    """The peer sent more than a probe is willing to read."""


class RecordingSocket:
    """Wraps a connected stream socket (plain or TLS).

    :param sock: the connected socket; closed by hang_up.
    :param deadline: nothing waits past it.
    :param limit: bytes accepted from the peer before TooMuch is raised.
    :param keep: bytes of each direction that are kept, from the start.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, limit: int = 1 << 18, keep: int = 65536) -> None:
        self._sock = sock
        self._deadline = deadline
        self._limit = limit
        self._keep = keep
        self._timeout: float | None = None
        self._step: Deadline | None = None
        self._buffer = b""
        self.received = bytearray()
        self.sent = bytearray()
        self.received_total = 0
        #: Seconds after the deadline was set; None: nothing came.
        self.first_byte_at: float | None = None
        self.last_byte_at: float | None = None
        #: How the peer ended it: "" (not yet), "eof" or "reset"; and when.
        self.ended = ""
        self.ended_at = 0.0

    # What websocket-client calls.

    def recv(self, size: int) -> bytes:
        """Up to ``size`` bytes, ``b""`` at the end of the stream.

        :raises socket.timeout: the step's time-out (settimeout) passed.
        :raises DeadlineExceeded: no time is left at all.
        :raises TooMuch: the peer has sent more than the limit.
        """
        if not self._buffer:
            self._fill()
        chunk, self._buffer = self._buffer[:size], self._buffer[size:]
        return chunk

    def send(self, data: bytes) -> int:
        """Send all of the data; returns its length."""
        left = self._deadline.require("sending")
        self._sock.settimeout(min(left, self._timeout or left))
        if len(self.sent) < self._keep:
            self.sent += data[: self._keep - len(self.sent)]
        try:
            self._sock.sendall(data)
        except ConnectionError:
            self.ended, self.ended_at = "reset", self._deadline.elapsed()
            raise
        return len(data)

    def settimeout(self, seconds: float | None) -> None:
        """The longest wait of one read or write; the deadline bounds it further."""
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        """What settimeout was given."""
        return self._timeout

    def fileno(self) -> int:
        """The descriptor of the wrapped socket."""
        return self._sock.fileno()

    def shutdown(self, how: int) -> None:
        """Nothing, as close."""

    def close(self) -> None:
        """Nothing: the library hangs up on whatever it dislikes, and the peer is owed a closing handshake."""

    # What the probes call.

    def bound(self, step: Deadline | None) -> None:
        """Let all reads together last no longer than a step: a time-out of each defeats no peer that sends byte by byte.

        :param step: None ends the bound.
        """
        self._step = step

    def hang_up(self) -> None:
        """Close the wrapped socket."""
        self._sock.close()

    def allow(self, limit: int) -> None:
        """Accept ``limit`` bytes more from the peer."""
        self._limit = self.received_total + limit

    def drain(self, seconds: float, size: int) -> None:
        """Record what still comes within ``seconds``, at most about ``size`` bytes, until the peer ends."""
        step = self._deadline.within(seconds)
        start = self.received_total
        previous, self._timeout = self._timeout, None
        try:
            while self.received_total - start < size and not self.ended and not step.expired():
                self._timeout = step.remaining()
                self._fill()
        except (OSError, DeadlineExceeded, TooMuch):
            pass
        finally:
            self._timeout = previous

    def _fill(self) -> None:
        left = self._deadline.require("waiting for the peer")
        if self._step is not None:
            left = min(left, self._step.remaining())
            if left <= 0.0:
                raise socket.timeout("no time left (of %.1f s)" % self._step.seconds)
        wait = left if self._timeout is None else min(left, self._timeout)
        self._sock.settimeout(max(wait, 0.001))
        try:
            data = self._sock.recv(_CHUNK)
        except socket.timeout:
            if self._deadline.expired():
                raise DeadlineExceeded("no answer within %.1f s" % self._deadline.seconds) from None
            raise
        except ConnectionError:
            self.ended, self.ended_at = "reset", self._deadline.elapsed()
            raise
        if not data:
            self.ended, self.ended_at = "eof", self._deadline.elapsed()
            return
        self._record(data)

    def _record(self, data: bytes) -> None:
        now = self._deadline.elapsed()
        if self.first_byte_at is None:
            self.first_byte_at = now
        self.last_byte_at = now
        self.received_total += len(data)
        if len(self.received) < self._keep:
            self.received += data[: self._keep - len(self.received)]
        self._buffer += data
        if self.received_total > self._limit:
            raise TooMuch("the peer sent more than %d bytes" % self._limit)


class Endpoint:
    """Where to connect: an address and port, or the path of a unix socket. Compares by value."""

    def __init__(self, address: str, port: int = 0, unix: bool = False, segment: int = 0) -> None:
        self.address = address
        self.port = port
        self.unix = unix
        #: The most bytes that a segment may hold in either direction (TCP_MAXSEG); 0: what the interface carries.
        self.segment = segment

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Endpoint) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        if self.unix:
            return "unix:%s" % self.address
        return ("[%s]:%d" if ":" in self.address else "%s:%d") % (self.address, self.port)


def connect(endpoint: Endpoint, deadline: Deadline, patience: float) -> socket.socket:
    """Open a TCP (or unix) connection to a numeric address.

    :param patience: seconds to wait for the connection, at most the deadline.
    :raises OSError: as connect(2); ``socket.timeout`` if no answer came in time.
    :raises DeadlineExceeded: no time is left.
    """
    if endpoint.unix:
        family = getattr(socket, "AF_UNIX")  # noqa: B009 - absent on some platforms
    else:
        family = socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if endpoint.segment:
            # Before the connection opens: the peer is told so, and sends no larger ones either.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, endpoint.segment)
        sock.settimeout(min(patience, deadline.require("connecting to %s" % endpoint)))
        sock.connect(endpoint.address if endpoint.unix else (endpoint.address, endpoint.port))
    except BaseException:
        sock.close()
        raise
    return sock
