# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flask-SocketIO in its threading mode, for gunicorn: `gunicorn -k gthread --threads 50 flask_socketio_app:app`.

CORS_ORIGINS (separated by commas, or *; default: the page's own), PATH_NAME (default: socket.io), TRANSPORTS (separated by
commas; default: both), ALLOW_UPGRADES=0, REJECT=1 (the connect handler refuses), ASYNC_MODE (default: threading).
Under a sync worker (-k sync) a WebSocket keeps the only worker busy until gunicorn's timeout.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from flask import Flask
from flask_socketio import SocketIO

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
app = Flask(__name__)
origins = os.environ.get("CORS_ORIGINS")
socketio = SocketIO(
    app,
    async_mode=os.environ.get("ASYNC_MODE", "threading"),
    path=os.environ.get("PATH_NAME", "socket.io"),
    cors_allowed_origins=origins.split(",") if origins and origins != "*" else origins,
    transports=os.environ["TRANSPORTS"].split(",") if "TRANSPORTS" in os.environ else None,
    allow_upgrades=os.environ.get("ALLOW_UPGRADES") != "0",
)


@app.get("/")
def index() -> str:
    """Answer plain HTTP."""
    return "chat"


@socketio.on("connect")
def connect() -> bool:
    """Let a client in, or not."""
    app.logger.info("client connected")
    return os.environ.get("REJECT") != "1"


@socketio.on("echo")
def echo(value: Any) -> Any:
    """Give the value back, as the acknowledgement."""
    return value


@socketio.on("disconnect")
def disconnect(reason: str) -> None:
    """Tell why."""
    app.logger.info("client disconnected: %s", reason)
