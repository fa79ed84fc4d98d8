# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""python-socketio as an ASGI application: `uvicorn socketio_asgi:app`.

CORS_ORIGINS (separated by commas, or *; default: the page's own), TRANSPORTS (separated by commas; default: both),
REJECT=1 (the connect handler refuses), SOCKETIO_PATH (default: socket.io).
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import socketio

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
origins = os.environ.get("CORS_ORIGINS")
options = {"transports": os.environ["TRANSPORTS"].split(",")} if "TRANSPORTS" in os.environ else {}
server = socketio.AsyncServer(
    async_mode="asgi",
    cors_allowed_origins=origins.split(",") if origins and origins != "*" else origins,
    **options,
)


@server.event
async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
    """Let a client in, or not."""
    if os.environ.get("REJECT") == "1":
        raise socketio.exceptions.ConnectionRefusedError("not authorized")
    logging.info("client connected %s", sid)


@server.event
async def echo(sid: str, value: Any) -> Any:
    """Give the value back, as the acknowledgement."""
    return value


@server.event
async def disconnect(sid: str, reason: str) -> None:
    """Tell why."""
    logging.info("client disconnected %s: %s", sid, reason)


app = socketio.ASGIApp(server, socketio_path=os.environ.get("SOCKETIO_PATH", "socket.io"))
