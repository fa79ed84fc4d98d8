# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quart's tutorial "Chat server": https://quart.palletsprojects.com/en/latest/tutorials/chat_tutorial/"""

import asyncio

from quart import Quart, websocket

app = Quart(__name__)
connections = set()

PAGE = """<script type="text/javascript">
  const ws = new WebSocket(`ws://${location.host}/ws`);
  ws.addEventListener('message', function (event) {
    const li = document.createElement("li");
    li.appendChild(document.createTextNode(event.data));
    document.getElementById("messages").appendChild(li);
  });
  function send(event) {
    const message = (new FormData(event.target)).get("message");
    ws.send(message);
    event.target.reset();
    return false;
  }
</script>
<div><ul id="messages"></ul>
<form onsubmit="return send(event)"><input type="text" name="message"/><button type="submit">Send</button></form></div>"""


@app.get("/")
async def index():
    return PAGE


async def _receive(queues):
    while True:
        message = await websocket.receive()
        for queue in queues:
            await queue.put(message)


@app.websocket("/ws")
async def ws() -> None:
    queue = asyncio.Queue()
    connections.add(queue)
    try:
        task = asyncio.ensure_future(_receive(connections))
        while True:
            await websocket.send(await queue.get())
    finally:
        connections.discard(queue)
        task.cancel()
        await task
