# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WebSocket echo as it is deployed: it warms up, and takes its leave in the ways that servers do.

    python deploying.py --port 8080 --warm 2

SIGTERM closes every connection with --code and --reason and ends; SIGUSR1 closes them and goes on; SIGUSR2 resets them
and goes on. For --warm seconds handshakes are answered with 503.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
import struct
import time

from aiohttp import web


class Server:
    """The open connections, and how they are left."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.started = time.monotonic()
        self.open: dict[web.WebSocketResponse, asyncio.Transport] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Echo, once warm."""
        if self.options.broken or time.monotonic() - self.started < self.options.warm:
            return web.Response(status=503, text="warming up")
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        assert request.transport is not None
        self.open[connection] = request.transport
        print("connection", request.headers.get("Authorization", ""), flush=True)
        try:
            async for message in connection:
                if message.type == web.WSMsgType.TEXT:
                    await connection.send_str(message.data)
        finally:
            self.open.pop(connection, None)
            print("closed", connection.close_code, flush=True)
        return connection

    async def close_all(self) -> None:
        """Say goodbye to every client."""
        code, reason = self.options.code, self.options.reason.encode()
        await asyncio.gather(*(one.close(code=code, message=reason) for one in list(self.open)))

    def reset_all(self) -> None:
        """Reset every connection: a socket that lingers for no time sends RST."""
        for transport in list(self.open.values()):
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

    async def run(self) -> None:
        """Serve until SIGTERM."""
        application = web.Application()
        application.router.add_get("/{path:.*}", self.handle)
        runner = web.AppRunner(application, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, self.options.bind, self.options.port)
        await site.start()
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        tasks: set[asyncio.Task[None]] = set()
        loop.add_signal_handler(signal.SIGTERM, asked.set)
        loop.add_signal_handler(signal.SIGUSR1, lambda: tasks.add(loop.create_task(self.close_all())))
        loop.add_signal_handler(signal.SIGUSR2, self.reset_all)
        print("listening on port", self.options.port, flush=True)
        await asked.wait()
        await site.stop()
        await self.close_all()
        await runner.cleanup()


def main() -> None:
    """Read the options, and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--warm", type=float, default=0.0)
    parser.add_argument("--broken", action="store_true")
    parser.add_argument("--code", type=int, default=1012)
    parser.add_argument("--reason", default="")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(Server(parser.parse_args()).run())


if __name__ == "__main__":
    main()
