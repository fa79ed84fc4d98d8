# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON-RPC 2.0 over WebSocket: the method echo gives its parameters back, every other one is unknown."""

from __future__ import annotations

import json
import logging
from typing import Any

from dialect import run
from websockets.asyncio.server import ServerConnection


def error(identifier: Any, code: int, text: str) -> dict[str, Any]:
    """Return an error object."""
    return {"jsonrpc": "2.0", "id": identifier, "error": {"code": code, "message": text}}


def answer_to(text: str | bytes) -> dict[str, Any] | None:
    """Return the answer to one request; None to a notification."""
    try:
        request = json.loads(text)
    except ValueError:
        return error(None, -32700, "Parse error")
    if not isinstance(request, dict) or request.get("jsonrpc") != "2.0" or "method" not in request:
        return error(None, -32600, "Invalid Request")
    if "id" not in request:
        return None
    if request["method"] == "echo":
        return {"jsonrpc": "2.0", "id": request["id"], "result": request.get("params")}
    return error(request["id"], -32601, "Method not found")


async def serve_requests(connection: ServerConnection) -> None:
    """Answer requests one by one."""
    logging.info("client connected")
    async for text in connection:
        answer = answer_to(text)
        if answer is not None:
            await connection.send(json.dumps(answer, separators=(",", ":")))
    logging.info("client disconnected")


if __name__ == "__main__":
    run(serve_requests, "JSON-RPC server listening on ws://{host}:{port}")
