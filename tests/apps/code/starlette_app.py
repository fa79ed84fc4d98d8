# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starlette's documentation, "WebSocketEndpoint": https://www.starlette.io/endpoints/"""

from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute

HTML = """<!DOCTYPE html>
<html><body><h1>WebSocket Chat</h1>
<script>
  var ws = new WebSocket("ws://localhost:8000/ws");
  ws.onmessage = function(event) { console.log(event.data) };
</script></body></html>"""


class Homepage(HTTPEndpoint):
    async def get(self, request):
        return HTMLResponse(HTML)


class Echo(WebSocketEndpoint):
    encoding = "text"

    async def on_receive(self, websocket, data):
        await websocket.send_text(f"Message text was: {data}")


app = Starlette(routes=[Route("/", Homepage), WebSocketRoute("/ws", Echo)])
