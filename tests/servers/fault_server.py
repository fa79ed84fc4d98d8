# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stages the faults that a WebSocket probe must tell apart, each on a port of its own. Standard library only.

    python fault_server.py --list
    python fault_server.py --stage wrong-accept --port 9001
    python fault_server.py --all --ports-file ports.json

In tests: `with staged() as ports: …` gives a port for every stage's name.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import json
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#: The one origin that the stage origin-403 lets in.
ALLOWED_ORIGIN = "https://chat.example.com"
#: No connection is kept for longer: a forgotten client must not hold a stage for ever.
LONGEST_CONNECTION = 600.0
ENDLESS_BYTES = 100_000_000
FLOOD_PINGS = 5_000_000
GIANT_FRAME_BYTES = 30_000_000
MOST_PAYLOAD = 16 << 20

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


@dataclass
class Client:
    """One connection, after its request was read (where the stage reads one)."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    method: str = ""
    path: str = ""
    headers: dict[str, str] | None = None

    def header(self, name: str) -> str:
        """Return a header of the request, or nothing."""
        return (self.headers or {}).get(name.lower(), "")

    async def read_request(self) -> None:
        """Read the head of the request."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.path, *_ = [*first.split(" "), "", ""]
        pairs = (line.partition(":") for line in lines if line)
        self.headers = {name.strip().lower(): value.strip() for name, _, value in pairs}

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def respond(self, status: str, body: str = "", **headers: str) -> None:
        """Send a whole HTTP answer and end the connection."""
        fields = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
        fields.update({"Content-Length": str(len(body.encode())), "Connection": "close"})
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
        await self.send(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def switching(self, accept: str | None = "") -> bytes:
        """Return the 101: with the right Accept, a given one, or (None) without."""
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
        if accept is not None:
            digest = hashlib.sha1((self.header("sec-websocket-key") + GUID).encode()).digest()
            lines.append("Sec-WebSocket-Accept: " + (accept or base64.b64encode(digest).decode()))
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def upgrade(self, accept: str | None = "") -> None:
        """Send the 101."""
        await self.send(self.switching(accept))

    async def send_frame(self, opcode: int, payload: bytes = b"") -> None:
        """Send one frame."""
        await self.send(frame_head(opcode, len(payload)) + payload)

    async def read_frame(self) -> tuple[int, bytes]:
        """Read one frame of the client."""
        first, second = await self.reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        if length > MOST_PAYLOAD:
            raise ConnectionError("frame too large")
        mask = await self.reader.readexactly(4) if second & 0x80 else bytes(4)
        data = await self.reader.readexactly(length)
        return first & 0x0F, bytes(byte ^ mask[index & 3] for index, byte in enumerate(data))

    async def drain(self) -> None:
        """Read and forget until the client has gone."""
        while await self.reader.read(65536):
            pass


def frame_head(opcode: int, length: int) -> bytes:
    """Return the head of an unmasked final frame."""
    first = bytes([0x80 | opcode])
    if length < 126:
        return first + bytes([length])
    if length < 1 << 16:
        return first + struct.pack("!BH", 126, length)
    return first + struct.pack("!BQ", 127, length)


@dataclass(frozen=True)
class Stage:
    """One fault: what it is called, and what is done with a client."""

    name: str
    description: str
    play: Callable[[Client], Awaitable[None]]
    #: Whether the head of a request is read before `play`.
    reads: bool = True
    tls: bool = False
    #: Whether connections are accepted at all.
    accepts: bool = True


STAGES: dict[str, Stage] = {}
Play = Callable[[Client], Awaitable[None]]


def stage(name: str, *, reads: bool = True, tls: bool = False, accepts: bool = True) -> Callable[[Play], Play]:
    """Enter a function into the stages; its documentation is the description."""

    def enter(play: Play) -> Play:
        STAGES[name] = Stage(name, (play.__doc__ or "").strip(), play, reads, tls, accepts)
        return play

    return enter


# -- the matrix: one healthy endpoint and thirteen faults --------------------------------------------------------------


@stage("healthy")
async def healthy(client: Client) -> None:
    """101, then every message is echoed, pings and the close frame are answered."""
    if client.header("upgrade").lower() != "websocket":
        await client.respond("426 Upgrade Required", "Upgrade Required", Upgrade="websocket")
        return
    await client.upgrade()
    while True:
        opcode, payload = await client.read_frame()
        if opcode == CLOSE:
            await client.send_frame(CLOSE, payload[:2])
            return
        if opcode == PING:
            await client.send_frame(PONG, payload)
        elif opcode in (TEXT, BINARY):
            await client.send_frame(opcode, payload)


@stage("hung", reads=False, accepts=False)
async def hung(client: Client) -> None:
    """The kernel completes the TCP handshake, the process never accepts: a blocked event loop."""


@stage("html-200")
async def html_200(client: Client) -> None:
    """200 with a page: a proxy that strips Upgrade, or a single-page application's fallback."""
    await client.respond("200 OK", '<!doctype html><html><body><div id="root"></div></body></html>')


@stage("not-found-404")
async def not_found(client: Client) -> None:
    """404: wrong path, or no WebSocket server behind this one."""
    page = f"<!DOCTYPE html>\n<html><body>\n<pre>Cannot GET {client.path}</pre>\n</body></html>\n"
    await client.respond("404 Not Found", page, X_Powered_By="Express")


@stage("upgrade-required-426")
async def upgrade_required(client: Client) -> None:
    """426: the Upgrade header did not arrive."""
    await client.respond("426 Upgrade Required", "Upgrade Required")


@stage("bad-gateway-502")
async def bad_gateway(client: Client) -> None:
    """502 in the words of nginx: its upstream is down."""
    title = "<head><title>502 Bad Gateway</title></head>"
    body = "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>"
    page = f"<html>\r\n{title}\r\n<body>\r\n{body}\r\n</body>\r\n</html>\r\n"
    await client.respond("502 Bad Gateway", page, Server="nginx")


@stage("origin-403")
async def origin_403(client: Client) -> None:
    """403 to every Origin but https://chat.example.com; without Origin, and for that one, it is healthy."""
    if client.header("origin") in ("", ALLOWED_ORIGIN):
        await healthy(client)
    else:
        await client.respond("403 Forbidden", "Cross origin websockets not allowed")


@stage("redirect-301")
async def redirect(client: Client) -> None:
    """301 to https, which browsers don't follow in a WebSocket handshake."""
    host = client.header("host").rpartition(":")[0] or client.header("host")
    await client.respond("301 Moved Permanently", "", Location=f"https://{host}{client.path}")


@stage("no-accept")
async def no_accept(client: Client) -> None:
    """101 without Sec-WebSocket-Accept."""
    await client.upgrade(accept=None)
    await client.drain()


@stage("wrong-accept")
async def wrong_accept(client: Client) -> None:
    """101 with the Accept of another key: a cache, or a server that made it up."""
    await client.upgrade(accept="AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    await client.drain()


@stage("drop-after-101")
async def drop(client: Client) -> None:
    """101, then the connection ends without a close frame."""
    await client.upgrade()


@stage("close-1011")
async def close_1011(client: Client) -> None:
    """101, then close 1011: an exception in the application."""
    await client.upgrade()
    await client.send_frame(CLOSE, struct.pack("!H", 1011) + b"internal error")
    await client.drain()


@stage("mute")
async def mute(client: Client) -> None:
    """101, then nothing: neither echo nor pong."""
    await client.upgrade()
    await client.drain()


@stage("wss-self-signed", tls=True)
async def self_signed(client: Client) -> None:
    """wss: with a self-signed certificate; healthy behind it."""
    await healthy(client)


# -- and what nobody expects -------------------------------------------------------------------------------------------


@stage("garbage", reads=False)
async def garbage(client: Client) -> None:
    """Random bytes, whatever was asked."""
    await client.send(os.urandom(4096))


@stage("one-byte-a-second")
async def one_byte_a_second(client: Client) -> None:
    """A right 101 at one byte a second: every single read succeeds, the whole never ends."""
    for byte in client.switching():
        await client.send(bytes([byte]))
        await asyncio.sleep(1)


@stage("endless-headers")
async def endless_headers(client: Client) -> None:
    """A 101 whose headers go on for 100 MB."""
    await client.send(b"HTTP/1.1 101 Switching Protocols\r\n")
    block = b"X-Padding: " + b"a" * 8179 + b"\r\n"
    for _number in range(ENDLESS_BYTES // len(block)):
        await client.send(block)


@stage("accept-mute", reads=False)
async def accept_mute(client: Client) -> None:
    """Accepts, reads, never answers."""
    await client.drain()


@stage("reset")
async def reset(client: Client) -> None:
    """RST instead of an answer."""
    raw = client.writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.writer.transport.abort()


@stage("ssh-banner", reads=False)
async def ssh_banner(client: Client) -> None:
    """Another program owns the port: an SSH server's banner."""
    await client.send(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7\r\n")
    await client.drain()


@stage("http-in-stream")
async def http_in_stream(client: Client) -> None:
    """101, then HTTP inside the stream: two servers answered the same upgrade."""
    await client.upgrade()
    await client.respond("400 Bad Request", "Bad Request")


@stage("giant-frame")
async def giant_frame(client: Client) -> None:
    """101, then the head of a 30 MB frame whose payload does not come."""
    await client.upgrade()
    await client.send(frame_head(BINARY, GIANT_FRAME_BYTES) + b"start")
    await client.drain()


@stage("ping-flood")
async def ping_flood(client: Client) -> None:
    """101, then pings without end, and never a message."""
    await client.upgrade()
    block = (frame_head(PING, 4) + b"ping") * 100
    for _number in range(FLOOD_PINGS // 100):
        await client.send(block)
        # yield even when the client reads as fast as this writes
        await asyncio.sleep(0)


# -- serving -----------------------------------------------------------------------------------------------------------


def server_context() -> ssl.SSLContext:
    """Return a TLS context with a fresh self-signed certificate. Its files are gone when this returns."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="fault-server-") as directory:
        key, certificate = f"{directory}/key.pem", f"{directory}/certificate.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-keyout", key, "-out", certificate, "-days", "30", "-subj", "/CN=localhost"]
        command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=30)
        except FileNotFoundError:
            raise SystemExit("fault_server: openssl is not on PATH; it makes the certificate") from None
        context.load_cert_chain(certificate, key)
    return context


def handler(it: Stage) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Return the function that asyncio calls for every connection of a stage."""

    async def perform(client: Client) -> None:
        if it.reads:
            await client.read_request()
        await it.play(client)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(perform(Client(reader, writer)), LONGEST_CONNECTION)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass  # the client has gone, or speaks something else: nothing to do for a stage
        finally:
            writer.close()

    return handle


async def open_stage(it: Stage, host: str, port: int) -> tuple[int, object]:
    """Begin to listen; return the port and what keeps it open."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    number = int(listener.getsockname()[1])
    if not it.accepts:
        listener.listen(64)
        return number, listener
    context = server_context() if it.tls else None
    return number, await asyncio.start_server(handler(it), sock=listener, ssl=context)


async def serve(ports: dict[str, int], host: str, ports_file: Path | None, until_eof: bool) -> None:
    """Open the stages and serve until SIGTERM or SIGINT, or until standard input ends."""
    kept, opened = [], {}
    for name, port in ports.items():
        opened[name], keeper = await open_stage(STAGES[name], host, port)
        kept.append(keeper)
        print(f"stage {name} listening on port {opened[name]}", flush=True)
    if ports_file is not None:
        # whole or not at all, for whoever waits for it
        temporary = ports_file.with_name(ports_file.name + ".new")
        temporary.write_text(json.dumps(opened, indent=1) + "\n", encoding="utf-8")
        temporary.replace(ports_file)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if until_eof:
        loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()


@contextlib.contextmanager
def staged(names: Sequence[str] | None = None, host: str = "127.0.0.1") -> Iterator[dict[str, int]]:
    """Run stages (default: all) in a process of their own; give the port of each. It ends with this process."""
    with tempfile.TemporaryDirectory(prefix="fault-server-") as directory:
        ports_file = Path(directory) / "ports.json"
        command = [sys.executable, str(Path(__file__).resolve()), "--host", host, "--until-eof"]
        command += ["--ports-file", str(ports_file)]
        command += [part for name in names for part in ("--stage", name)] if names else ["--all"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 30
            while not ports_file.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the fault server did not start (exit code {process.poll()})")
                time.sleep(0.01)
            yield json.loads(ports_file.read_text(encoding="utf-8"))
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description="Stage the faults a WebSocket probe must tell apart.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="print the stages")
    what.add_argument("--stage", action="append", choices=list(STAGES), help="stage this one; may be repeated")
    what.add_argument("--all", action="store_true", help="stage all of them")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port of a single stage (default: a free one)")
    parser.add_argument("--ports-file", type=Path, help="write the ports here as JSON, once all stages listen")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does")
    options = parser.parse_args(arguments)
    if options.list:
        for it in STAGES.values():
            print(f"{it.name:22}{it.description}")
        return 0
    names = list(STAGES) if options.all else options.stage
    if options.port and len(names) > 1:
        parser.error("--port is for a single --stage")
    try:
        asyncio.run(serve(dict.fromkeys(names, options.port), options.host, options.ports_file, options.until_eof))
    except OSError as error:
        print(f"fault_server: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
