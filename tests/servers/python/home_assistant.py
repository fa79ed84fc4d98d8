# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Home Assistant's WebSocket API on /api/websocket; TOKEN (default: open-sesame) is the access token it takes."""

from __future__ import annotations

import json
import logging
import os
from typing import Any

from dialect import path_only, run
from websockets.asyncio.server import ServerConnection

VERSION = "2026.11.2"


async def send(connection: ServerConnection, **message: Any) -> None:
    """Send a message."""
    await connection.send(json.dumps(message, separators=(",", ":")))


async def serve_client(connection: ServerConnection) -> None:
    """Ask for the token, then answer pings; a wrong token ends the connection."""
    await send(connection, type="auth_required", ha_version=VERSION)
    authenticated = False
    async for text in connection:
        message = json.loads(text)
        if not authenticated:
            if message.get("access_token") != os.environ.get("TOKEN", "open-sesame"):
                logging.warning("Login attempt or request with invalid authentication from 127.0.0.1")
                await send(connection, type="auth_invalid", message="Invalid access token or password")
                return
            authenticated = True
            await send(connection, type="auth_ok", ha_version=VERSION)
        elif message.get("type") == "ping":
            await send(connection, id=message.get("id"), type="pong")


if __name__ == "__main__":
    run(
        serve_client,
        "INFO (MainThread) [homeassistant.components.http] Now listening on port {port}",
        check=path_only("/api/websocket", "404: Not Found"),
    )
