# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose every answer is made up, from a seed: what no server says, half of what servers say, and too much of it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import random
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = re.compile(rb"(?i)sec-websocket-key: *([^\r\n]*)")
_STATUSES = ("101", "200", "204", "301", "400", "401", "403", "404", "426", "500", "502", "503")
_ODD_STATUSES = ("²²²", "1", "1011", "-101", "+101", "0x65", "1e2", "", "101\t", "٢٠٠", "9" * 5000, "099", "600", "999")
_VERSIONS = (
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/2",
    "HTTP/0.9",
    "HTTP/1.1.1",
    "http/1.1",
    "HTTP/9999999999999999999",
    "HTTP/",
    "ICY",
)
_NAMES = (
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
    "Location",
)
_NAMES += (
    "Content-Length",
    "Transfer-Encoding",
    "Server",
    "Set-Cookie",
    "Retry-After",
    "X-\udcff",
    "",
    "X" * 9000,
    "a b",
)
_VALUES = (
    "websocket",
    "Upgrade",
    "keep-alive, Upgrade",
    "chunked",
    "-1",
    "²",
    "9" * 4400,
    "",
    "\x00",
    "\x1b[31m",
    "é" * 900,
)
_VALUES += (
    "permessage-deflate; client_max_window_bits=99",
    "http://[::1",
    "//",
    "wss://[",
    "{{7*7}}",
    "<script>",
    "%00",
    "\u202e",
)
_LINE_ENDS = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\n ", b"\0\r\n")
_CODES = (0, 1, 999, 1000, 1001, 1004, 1005, 1006, 1011, 1012, 1015, 1016, 2999, 3000, 4401, 4999, 5000, 65535)


def answer(seed: int, request: bytes) -> tuple[list[bytes], str]:
    """What is sent for a request, in pieces, and how it ends: ``close``, ``reset`` or ``stay``."""
    chance = random.Random(seed)
    make = chance.choice((_http, _http, _http, _upgraded, _upgraded, _upgraded, _upgraded, _noise, _other))
    data = make(chance, request)
    pieces = _cut(chance, data) if chance.random() < 0.2 else [data]
    return pieces, chance.choice(("close", "close", "close", "close", "reset", "reset", "stay"))


def _cut(chance: random.Random, data: bytes) -> list[bytes]:
    places = sorted(chance.randrange(len(data) + 1) for _n in range(chance.randrange(6)))
    return [data[low:high] for low, high in zip([0, *places], [*places, len(data)], strict=True)]


def _accept(request: bytes) -> bytes:
    found = _KEY.search(request)
    key = found.group(1).strip() if found is not None else b""
    return base64.b64encode(hashlib.sha1(key + _GUID).digest())


def _http(chance: random.Random, request: bytes) -> bytes:
    """An answer of HTTP whose parts may all be odd."""
    odd = chance.random() < 0.5
    status = chance.choice(_ODD_STATUSES if odd else _STATUSES)
    version = chance.choice(_VERSIONS) if chance.random() < 0.2 else "HTTP/1.1"
    first = f"{version} {status} {chance.choice(('OK', '', 'x' * 3000, 'Switching Protocols'))}"
    lines = [first] + [f"{chance.choice(_NAMES)}: {chance.choice(_VALUES)}" for _n in range(chance.randrange(9))]
    if chance.random() < 0.1:
        lines *= chance.randrange(1, 60)
    if chance.random() < 0.4:
        lines.append("Sec-WebSocket-Accept: " + _accept(request).decode())
    end = chance.choice(_LINE_ENDS)
    body = chance.choice(
        (b"", b"<html>", b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffff\r\n", b"\xff" * 3000, os.urandom(9))
    )
    return end.join(line.encode("utf-8", "surrogateescape") for line in lines) + end + end + body


def _upgraded(chance: random.Random, request: bytes) -> bytes:
    """A handshake that is accepted, and what no peer should send after it."""
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    if chance.random() < 0.3:
        head += f"Sec-WebSocket-Protocol: {chance.choice(_VALUES)}\r\n".encode("utf-8", "surrogateescape")
    frames = b"".join(_frame(chance) for _n in range(chance.randrange(5)))
    return head + b"Sec-WebSocket-Accept: " + _accept(request) + b"\r\n\r\n" + frames


def _frame(chance: random.Random) -> bytes:
    """A frame in which each bit may be wrong (RFC 6455, section 5.2)."""
    opcode = chance.choice((0, 1, 1, 1, 2, 8, 8, 9, 10, 3, 11, 15))
    first = (
        opcode
        | (0x80 if chance.random() < 0.8 else 0)
        | (chance.choice((0x10, 0x20, 0x40)) if chance.random() < 0.1 else 0)
    )
    payload = chance.choice(
        (b"", b"hello", b"\xff\xfe", b'{"type":', b"0{}", b"40", os.urandom(20), b"x" * 70000, b"[[" * 3000)
    )
    if opcode == 8:
        payload = chance.choice(
            (b"", b"\x03", struct.pack("!H", chance.choice(_CODES)) + chance.choice((b"", b"\xff", b"bye" * 60)))
        )
    length = chance.choice((len(payload), len(payload), len(payload), 2**63, 2**62, 126, 0))
    masked = 0x80 if chance.random() < 0.1 else 0
    if length < 126:
        size = struct.pack("!B", masked | length)
    elif length < 65536:
        size = struct.pack("!BH", masked | 126, length)
    else:
        size = struct.pack("!BQ", masked | 127, length)
    return bytes([first]) + size + (b"\0\0\0\0" if masked else b"") + payload


def _noise(chance: random.Random, _request: bytes) -> bytes:
    return chance.randbytes(chance.choice((0, 1, 3, 40, 5000, 300000)))


def _other(chance: random.Random, _request: bytes) -> bytes:
    """Another protocol's first words."""
    return chance.choice(
        (
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"\x15\x03\x01\x00\x02\x02\x46",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
            b"-ERR unknown command 'GET'\r\n" * 900,
            b"220 mail ESMTP\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n" * 4000,
            b"HTTP/1.1 101 Switching Protocols\r\n" + b"A: b\r\n" * 90000,
        )
    )


class HostileServer:
    """Listens on loopback and gives one made-up answer a connection.

    :ivar given: how many it has given.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.given = 0
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=400)
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._socket.accept()
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with self._lock:
            self.given += 1
            number = self.given
        with client, contextlib.suppress(OSError):
            client.settimeout(2.0)
            request = b""
            while b"\r\n\r\n" not in request and len(request) < 65536:
                piece = client.recv(65536)
                if not piece:
                    return
                request += piece
            pieces, end = answer(self._seed + number, request)
            for piece in pieces:
                client.sendall(piece)
            if end == "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif end == "stay":
                _read_on(client.recv)

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()


def _read_on(receive: Callable[[int], bytes]) -> None:
    while receive(65536):
        pass


@contextlib.contextmanager
def hostile(seed: int) -> Iterator[HostileServer]:
    """A hostile server for as long as the block runs."""
    server = HostileServer(seed)
    try:
        yield server
    finally:
        server.close()
