# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""FastAPI application with WebSockets on /ws (echo) and /private (needs ?token=…).

Run as `uvicorn uvicorn_fastapi:app --host … --port …`; hypercorn runs it too.
"""

from __future__ import annotations

from fastapi import FastAPI, Query, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    """Answer plain HTTP."""
    return {"status": "ok"}


@app.websocket("/ws")
async def echo(socket: WebSocket) -> None:
    """Send every message back."""
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        pass


@app.websocket("/private")
async def private(socket: WebSocket, token: str = Query()) -> None:
    """Echo for who has a token: without the parameter, FastAPI refuses with an empty 403."""
    await echo(socket)
