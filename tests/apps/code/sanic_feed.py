# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sanic's guide "Websockets": https://sanic.dev/en/guide/advanced/websockets.html"""

from sanic import Request, Sanic, Websocket
from sanic.response import json

app = Sanic("feed")


@app.get("/")
async def index(request: Request):
    return json({"hello": "world"})


@app.websocket("/feed")
async def feed(request: Request, ws: Websocket):
    while True:
        data = "hello!"
        print("Sending: " + data)
        await ws.send(data)
        data = await ws.recv()
        print("Received: " + (data or ""))
