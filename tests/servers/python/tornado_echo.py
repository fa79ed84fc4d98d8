# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tornado echo server on /ws. Refuses foreign origins, as Tornado does by default."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from tornado.web import Application
from tornado.websocket import WebSocketHandler

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(name)s %(message)s")


class Echo(WebSocketHandler):
    """Sends every message back."""

    def open(self, *args: str, **kwargs: str) -> None:
        """Note a new client."""
        logging.info("client connected from %s", self.request.remote_ip)

    def on_message(self, message: str | bytes) -> None:
        """Handle one message."""
        self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self) -> None:
        """Note that a client has gone."""
        logging.info("client disconnected code=%s", self.close_code)


async def main() -> None:
    """Serve until the process is ended."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])
    Application([("/ws", Echo)]).listen(port, host)
    logging.info("Tornado server listening on port %d", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
