# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""aiohttp's example web_ws.py: https://github.com/aio-libs/aiohttp/blob/master/examples/web_ws.py (its page is at the same path)"""

import os

from aiohttp import web

PAGE = """<!DOCTYPE html>
<html><body><h1>Chat!</h1>
<script>
  var conn = new WebSocket((window.location.protocol == 'https:' && 'wss://' || 'ws://') + window.location.host);
  conn.onmessage = function(e) { console.log('Received: ' + e.data); };
</script></body></html>"""


async def wshandler(request):
    resp = web.WebSocketResponse()
    available = resp.can_prepare(request)
    if not available:
        return web.Response(body=PAGE, content_type="text/html")
    await resp.prepare(request)
    await resp.send_str("Welcome!!!")
    try:
        print("Someone joined.")
        for ws in request.app["sockets"]:
            await ws.send_str("Someone joined")
        request.app["sockets"].append(resp)
        async for msg in resp:
            if msg.type == web.WSMsgType.TEXT:
                for ws in request.app["sockets"]:
                    if ws is not resp:
                        await ws.send_str(msg.data)
            else:
                return resp
        return resp
    finally:
        request.app["sockets"].remove(resp)
        print("Someone disconnected.")
        for ws in request.app["sockets"]:
            await ws.send_str("Someone disconnected.")


app = web.Application()
app["sockets"] = []
app.router.add_get("/", wshandler)
web.run_app(app, host=os.environ["HOST"], port=int(os.environ["PORT"]))
