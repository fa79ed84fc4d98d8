# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small WebSocket echo server (RFC 6455) for the demo fleet; standard library only.

python3 demo_server.py --port 8080 [--plain]     (--plain: an HTTP server without any WebSocket)
It says what it does on standard output, as an application would, and ends when --lifetime seconds are over.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import sys
import time

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def say(text: str) -> None:
    """A line of the application's log."""
    print(time.strftime("%Y-%m-%d %H:%M:%S ") + text, flush=True)


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """One masked frame from a client: opcode and payload."""
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    elif length == 127:
        length = int.from_bytes(await reader.readexactly(8), "big")
    mask = await reader.readexactly(4)
    data = await reader.readexactly(min(length, 1 << 20))
    return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))


def frame(opcode: int, data: bytes) -> bytes:
    """An unmasked frame of fewer than 64 KiB."""
    if len(data) < 126:
        return bytes((0x80 | opcode, len(data))) + data
    return bytes((0x80 | opcode, 126)) + len(data).to_bytes(2, "big") + data


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer messages with themselves, pings with pongs, a close with a close."""
    say("connection open")
    try:
        while True:
            opcode, data = await read_frame(reader)
            if opcode == 8:
                writer.write(frame(8, data[:2]))
                break
            if opcode == 9:
                writer.write(frame(10, data))
            elif opcode in (1, 2):
                say("message received (%d bytes)" % len(data))
                writer.write(frame(opcode, data))
            await writer.drain()
    finally:
        say("connection closed")


async def serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, plain: bool) -> None:
    """One HTTP request: a handshake is upgraded, anything else is not found."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        headers = {name.lower(): value for name, value in fields.items()}
        if plain or headers.get(b"upgrade", b"").lower() != b"websocket":
            say("{} 404".format(head.split(b"\r\n")[0].decode("latin-1")))
            body = b"Not Found\n"
            writer.write(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
            )
        else:
            accept = base64.b64encode(hashlib.sha1(headers[b"sec-websocket-key"] + GUID).digest())
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            await echo(reader, writer)
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError, KeyError, ValueError):
        pass
    finally:
        writer.close()


async def main() -> None:
    """Listen until the lifetime is over."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--lifetime", type=float, default=600)
    parser.add_argument("--name", default="demo", help="shows up in the process list only")
    options = parser.parse_args()
    try:
        server = await asyncio.start_server(
            lambda reader, writer: serve_client(reader, writer, options.plain), "127.0.0.1", options.port
        )
    except OSError as error:
        say("Error: listen EADDRINUSE: address already in use 127.0.0.1:%d (%s)" % (options.port, error.strerror))
        sys.exit(1)
    say("server listening on 127.0.0.1:%d" % options.port)
    if not options.plain:
        say("WebSocket server ready")
    async with server:
        await asyncio.sleep(options.lifetime)


if __name__ == "__main__":
    asyncio.run(main())
