# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WebSocket handshake over a plain socket, for tests that must see the bytes as they come."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MOST_BYTES = 1 << 20


def accept_of(key: str) -> str:
    """Return the Sec-WebSocket-Accept that belongs to a key."""
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


@dataclass
class Connection:
    """A connection after the answer to the handshake (or after what came instead of one)."""

    socket: socket.socket
    key: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    rest: bytes = b""

    @property
    def accepted(self) -> bool:
        """Whether this is a proper 101."""
        return self.status == 101 and self.headers.get("sec-websocket-accept") == accept_of(self.key)

    def read(self, seconds: float) -> bytes:
        """Return what comes within some seconds; ends early at the end of the stream."""
        deadline = time.monotonic() + seconds
        while len(self.rest) < MOST_BYTES:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self.socket.settimeout(left)
            try:
                chunk = self.socket.recv(65536)
            except OSError:
                break
            if not chunk:
                break
            self.rest += chunk
        data, self.rest = self.rest, b""
        return data

    def send(self, payload: bytes | str, opcode: int | None = None) -> None:
        """Send one masked frame (text for a str, binary for bytes)."""
        if opcode is None:
            opcode = 1 if isinstance(payload, str) else 2
        data = payload.encode() if isinstance(payload, str) else payload
        length = struct.pack("!B", 0x80 | len(data)) if len(data) < 126 else struct.pack("!BH", 0x80 | 126, len(data))
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def frame(self, seconds: float = 5) -> tuple[int, bytes]:
        """Return opcode and payload of the next frame; (-1, what came) when there is no whole one in time."""
        deadline = time.monotonic() + seconds
        while True:
            parsed = parse_frame(self.rest)
            if parsed is not None:
                opcode, payload, self.rest = parsed
                return opcode, payload
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                chunk = self.socket.recv(65536)
            except OSError:
                chunk = b""
            if not chunk:
                return -1, self.rest
            self.rest += chunk

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def parse_frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Take one unmasked frame off the front; None when it is not complete."""
    if len(data) < 2:
        return None
    length, start = data[1] & 0x7F, 2
    if length == 126:
        start, length = 4, int.from_bytes(data[2:4], "big")
    elif length == 127:
        start, length = 10, int.from_bytes(data[2:10], "big")
    if len(data) < start + length:
        return None
    return data[0] & 0x0F, data[start : start + length], data[start + length :]


def handshake(
    host: str,
    port: int,
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    subprotocols: Sequence[str] = (),
    timeout: float = 5,
    sock: socket.socket | None = None,
) -> Connection:
    """Ask for a WebSocket. Does not judge: status 0 means that no HTTP answer came, `rest` then holds what did."""
    connection = sock or socket.create_connection((host, port), timeout=timeout)
    connection.settimeout(timeout)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
    if subprotocols:
        lines.append("Sec-WebSocket-Protocol: " + ", ".join(subprotocols))
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    result = Connection(connection, key)
    deadline = time.monotonic() + timeout
    try:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in result.rest and len(result.rest) < MOST_BYTES:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            chunk = connection.recv(65536)
            if not chunk:
                return result
            result.rest += chunk
    except OSError:
        return result
    head, end, rest = result.rest.partition(b"\r\n\r\n")
    if not end:
        return result  # headers without end
    first, *fields = head.decode("latin-1").split("\r\n")
    if first.startswith("HTTP/1.") and first[9:12].isdigit():
        result.status, result.rest = int(first[9:12]), rest
        result.headers = {name.strip().lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
    return result
