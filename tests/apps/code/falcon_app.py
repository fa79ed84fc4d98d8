# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Falcon's tutorial "WebSockets": https://falcon.readthedocs.io/en/stable/user/tutorial-websockets.html"""

from datetime import datetime

import falcon.asgi
from falcon import WebSocketDisconnected


class HelloWorldResource:
    async def on_get(self, req, resp):
        resp.media = {"hello": "world"}


class EchoWebSocketResource:
    async def on_websocket(self, req, ws):
        try:
            await ws.accept()
        except WebSocketDisconnected:
            return
        while True:
            try:
                message = await ws.receive_text()
                await ws.send_media({"message": message, "date": datetime.now().isoformat()})
            except WebSocketDisconnected:
                return


app = falcon.asgi.App()
app.add_route("/hello", HelloWorldResource())
app.add_route("/echo", EchoWebSocketResource())
