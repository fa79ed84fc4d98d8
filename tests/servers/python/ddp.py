# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Meteor's DDP on /websocket: connect, ping, and methods that are not there. VERSIONS (default: 1) are those it speaks."""

from __future__ import annotations

import json
import os
import secrets
from typing import Any

from dialect import path_only, run
from websockets.asyncio.server import ServerConnection


def answer_to(message: dict[str, Any]) -> dict[str, Any] | None:
    """Return the answer to one message; None to a pong."""
    kind, versions = message.get("msg"), os.environ.get("VERSIONS", "1").split(",")
    if kind == "connect":
        if message.get("version") not in versions:
            return {"msg": "failed", "version": versions[0]}
        return {"msg": "connected", "session": secrets.token_hex(8)}
    if kind == "ping":
        return {"msg": "pong", **({"id": message["id"]} if "id" in message else {})}
    if kind == "method":
        return {"msg": "result", "id": message["id"], "error": {"error": 404, "reason": "Method not found"}}
    return None if kind == "pong" else {"msg": "error", "reason": "Bad request", "offendingMessage": message}


async def serve_client(connection: ServerConnection) -> None:
    """Send the server's id, then answer; a client of another version is sent away."""
    await connection.send('{"server_id":"0"}')
    async for text in connection:
        answer = answer_to(json.loads(text))
        if answer is not None:
            await connection.send(json.dumps(answer, separators=(",", ":")))
            if answer["msg"] == "failed":
                return


if __name__ == "__main__":
    run(serve_client, "=> App running at: http://{host}:{port}/", check=path_only("/websocket"))
