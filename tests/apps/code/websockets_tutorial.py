# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The websockets library's tutorial, Connect Four: https://websockets.readthedocs.io/en/stable/intro/tutorial2.html"""

import asyncio
import json
import os
import secrets

from websockets.asyncio.server import broadcast, serve

JOIN = {}


async def error(websocket, message):
    await websocket.send(json.dumps({"type": "error", "message": message}))


async def join(websocket, join_key):
    try:
        connected = JOIN[join_key]
    except KeyError:
        await error(websocket, "Game not found.")
        return
    connected.add(websocket)
    try:
        async for message in websocket:
            broadcast(connected, message)
    finally:
        connected.remove(websocket)


async def start(websocket):
    connected = {websocket}
    join_key = secrets.token_urlsafe(12)
    JOIN[join_key] = connected
    try:
        await websocket.send(json.dumps({"type": "init", "join": join_key}))
        async for message in websocket:
            broadcast(connected, message)
    finally:
        del JOIN[join_key]


async def handler(websocket):
    message = await websocket.recv()
    event = json.loads(message)
    assert event["type"] == "init"
    if "join" in event:
        await join(websocket, event["join"])
    else:
        await start(websocket)


async def main():
    async with serve(handler, os.environ["HOST"], int(os.environ["PORT"])) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
