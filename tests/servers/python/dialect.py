# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the small dialect servers have in common: HOST and PORT, one path, logs to standard output."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

Handler = Callable[[ServerConnection], Awaitable[None]]
Check = Callable[[ServerConnection, Request], "Response | None"]


def path_only(path: str, body: str = "Not Found\n") -> Check:
    """Return a check that answers 404 to any other path."""

    def check(connection: ServerConnection, request: Request) -> Response | None:
        if urlsplit(request.path).path != path:
            return connection.respond(404, body)
        return None

    return check


def run(handler: Handler, ready: str, subprotocols: Sequence[str] | None = None, check: Check | None = None) -> None:
    """Serve until the process is ended. `ready` is the line that such a server logs when it listens."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    logging.getLogger("websockets").setLevel(logging.CRITICAL)

    async def main() -> None:
        async with serve(handler, host, port, subprotocols=subprotocols, process_request=check) as server:  # type: ignore[arg-type]
            logging.info(ready.format(host=host, port=port))
            await server.serve_forever()

    asyncio.run(main())
