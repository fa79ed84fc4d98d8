# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""aiohttp echo server on /ws."""

from __future__ import annotations

import logging
import os
import sys

from aiohttp import WSMsgType, web

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


async def echo(request: web.Request) -> web.WebSocketResponse:
    """Send every message back."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    logging.info("client connected from %s", request.remote)
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    logging.info("client disconnected code=%s", socket.close_code)
    return socket


def main() -> None:
    """Serve until the process is ended."""
    app = web.Application()
    app.add_routes([web.get("/ws", echo)])
    web.run_app(app, host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ["PORT"]))


if __name__ == "__main__":
    main()
