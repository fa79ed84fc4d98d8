# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Echo server of the package websockets: every path, its own log lines.

REUSE_PORT=1 lets a second one listen on the same port (the fault process-two-listeners-on-port).
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from websockets.asyncio.server import ServerConnection, serve

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


async def echo(connection: ServerConnection) -> None:
    """Send every message back."""
    async for message in connection:
        logging.getLogger("app").info("message received: %d", len(message))
        await connection.send(message)


async def main() -> None:
    """Serve until the process is ended."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])
    reuse = True if os.environ.get("REUSE_PORT") == "1" else None
    async with serve(echo, host, port, reuse_port=reuse) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
