# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pusher's protocol 7 as Laravel Reverb answers it on /app/KEY; KEY (default: demo) is the application's."""

from __future__ import annotations

import json
import logging
import os
import secrets
from typing import Any
from urllib.parse import urlsplit

from dialect import run
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response


def check(connection: ServerConnection, request: Request) -> Response | None:
    """Answer 404 where no application is asked for."""
    if not urlsplit(request.path).path.startswith("/app/"):
        return connection.respond(404, "Not found.\n")
    return None


def event(name: str, data: Any) -> str:
    """Return an event; its data is JSON inside JSON."""
    return json.dumps({"event": name, "data": json.dumps(data, separators=(",", ":"))}, separators=(",", ":"))


async def serve_application(connection: ServerConnection) -> None:
    """Greet, answer pings, confirm subscriptions; unknown keys are told so after the 101."""
    assert connection.request is not None
    key = urlsplit(connection.request.path).path.rpartition("/")[2]
    if key != os.environ.get("KEY", "demo"):
        await connection.send(event("pusher:error", {"code": 4001, "message": "Application does not exist"}))
        await connection.close(4001, "Application does not exist")
        return
    identifier = f"{secrets.randbelow(10**9)}.{secrets.randbelow(10**9)}"
    logging.info("Connection Established: %s", identifier)
    await connection.send(event("pusher:connection_established", {"socket_id": identifier, "activity_timeout": 30}))
    async for text in connection:
        message = json.loads(text)
        if message["event"] == "pusher:ping":
            await connection.send('{"event":"pusher:pong"}')
        elif message["event"] == "pusher:subscribe":
            channel = message["data"]["channel"]
            await connection.send(json.dumps({"event": "pusher_internal:subscription_succeeded", "channel": channel}))
    logging.info("Connection Closed: %s", identifier)


if __name__ == "__main__":
    run(serve_application, "Starting server on {host}:{port} (localhost).", check=check)
