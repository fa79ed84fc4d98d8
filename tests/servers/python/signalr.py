# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SignalR's JSON hub protocol on /hub, with POST /hub/negotiate. Written with aiohttp: negotiation is a POST.

A connection may also come without negotiation (skipNegotiation), as clients on WebSockets only do.
"""

from __future__ import annotations

import json
import os
import secrets

from aiohttp import WSMsgType, web

SEPARATOR = "\x1e"
TOKENS: set[str] = set()


async def negotiate(request: web.Request) -> web.Response:
    """Hand out a connection token."""
    token = secrets.token_urlsafe(16)
    TOKENS.add(token)
    answer = {
        "negotiateVersion": 1,
        "connectionId": secrets.token_urlsafe(16),
        "connectionToken": token,
        "availableTransports": [{"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}],
    }
    return web.json_response(answer)


def answer_to(message: dict[str, object]) -> dict[str, object] | None:
    """Return the answer to a message after the handshake: pings are answered, invocations of Ping and Echo too."""
    if message.get("type") == 6:
        return {"type": 6}
    if message.get("type") == 1 and "invocationId" in message:
        answer = {"type": 3, "invocationId": message["invocationId"]}
        if message["target"] == "Ping":
            return {**answer, "result": "pong"}
        if message["target"] == "Echo":
            return {**answer, "result": message["arguments"]}
        return {**answer, "error": f"Unknown hub method '{message['target']}'"}
    return None


async def hub(request: web.Request) -> web.StreamResponse:
    """Speak the hub protocol on one connection."""
    token = request.query.get("id")
    if token is not None and token not in TOKENS:
        # what a second instance behind a balancer without stickiness answers
        return web.Response(status=404, text="No Connection with that ID")
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    greeted = False
    async for frame in socket:
        if frame.type != WSMsgType.TEXT:
            continue
        for text in frame.data.split(SEPARATOR)[:-1]:
            message = json.loads(text)
            if greeted:
                answer = answer_to(message)
            elif message.get("protocol") == "json":
                greeted, answer = True, {}
            else:
                answer = {"error": f"The protocol '{message.get('protocol')}' is not supported."}
            if answer is not None:
                await socket.send_str(json.dumps(answer, separators=(",", ":")) + SEPARATOR)
    return socket


def main() -> None:
    """Serve until the process is ended."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])
    app = web.Application()
    app.add_routes([web.post("/hub/negotiate", negotiate), web.get("/hub", hub)])

    def ready(*_lines: object) -> None:
        print(f"info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://{host}:{port}", flush=True)
        print("info: Microsoft.Hosting.Lifetime[0]\n      Application started. Press Ctrl+C to shut down.", flush=True)

    web.run_app(app, host=host, port=port, print=ready)


if __name__ == "__main__":
    main()
