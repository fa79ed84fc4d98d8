# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action Cable as Rails answers it on /cable: wants an Origin, greets with "welcome", pings every 3 s.

ALLOWED_ORIGIN (default: any, but one there must be) is config.action_cable.allowed_request_origins.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from urllib.parse import urlsplit

from dialect import run
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

_DETAILS = "(REQUEST_METHOD: GET, HTTP_CONNECTION: {connection}, HTTP_UPGRADE: {upgrade})"


def check(connection: ServerConnection, request: Request) -> Response | None:
    """Refuse other paths and missing or foreign origins in the same way: 404."""
    origin = request.headers.get("Origin")
    allowed = os.environ.get("ALLOWED_ORIGIN") or origin
    details = _DETAILS.format(
        connection=request.headers.get("Connection", ""), upgrade=request.headers.get("Upgrade", "")
    )
    logging.info('Started GET "%s" [WebSocket] for 127.0.0.1 at %s', request.path, time.strftime("%F %T %z"))
    if urlsplit(request.path).path == "/cable" and origin and origin == allowed:
        logging.info("Successfully upgraded to WebSocket %s", details)
        return None
    if urlsplit(request.path).path == "/cable":
        logging.info("Request origin not allowed: %s", origin or "")
    logging.info("Failed to upgrade to WebSocket %s", details)
    return connection.respond(404, "Page not found")


async def beat(connection: ServerConnection) -> None:
    """Send the pings that clients time out on."""
    while True:
        await asyncio.sleep(3)
        await connection.send(json.dumps({"type": "ping", "message": int(time.time())}, separators=(",", ":")))


async def serve_cable(connection: ServerConnection) -> None:
    """Greet, then confirm subscriptions (to any channel but one that is named Rejected…)."""
    await connection.send('{"type":"welcome"}')
    beating = asyncio.create_task(beat(connection))
    try:
        async for text in connection:
            message = json.loads(text)
            if message.get("command") != "subscribe":
                continue
            channel = json.loads(message["identifier"]).get("channel", "")
            kind = "reject_subscription" if channel.startswith("Rejected") else "confirm_subscription"
            answer = {"identifier": message["identifier"], "type": kind}
            logging.info("%s is transmitting the subscription %s", channel, kind.split("_")[0] + "ation")
            await connection.send(json.dumps(answer, separators=(",", ":")))
    except ConnectionClosed:
        pass
    finally:
        beating.cancel()
        logging.info('Finished "/cable" [WebSocket] for 127.0.0.1 at %s', time.strftime("%F %T %z"))


if __name__ == "__main__":
    run(
        serve_cable,
        "* Listening on http://{host}:{port}\nUse Ctrl-C to stop",
        subprotocols=["actioncable-v1-json", "actioncable-unsupported"],  # type: ignore[list-item]
        check=check,
    )
