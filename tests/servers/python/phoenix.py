# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phoenix channels as an endpoint answers them: serializer 2.0.0 (arrays) or 1.0.0 (objects), by the query's vsn."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dialect import path_only, run
from websockets.asyncio.server import ServerConnection


def reply(vsn: str, join_ref: Any, ref: Any, topic: str, status: str, response: dict[str, Any]) -> str:
    """Return a phx_reply frame."""
    payload = {"status": status, "response": response}
    if vsn.startswith("2"):
        return json.dumps([join_ref, ref, topic, "phx_reply", payload], separators=(",", ":"))
    message = {"event": "phx_reply", "payload": payload, "ref": ref, "topic": topic}
    return json.dumps(message, separators=(",", ":"))


async def serve_socket(connection: ServerConnection) -> None:
    """Answer heartbeats, joins of room:*, and pushes (with their own payload)."""
    assert connection.request is not None
    vsn = parse_qs(urlsplit(connection.request.path).query).get("vsn", ["1.0.0"])[0]
    logging.info("[info] CONNECTED TO MyAppWeb.UserSocket in 42µs\n  Transport: :websocket\n  Serializer: %s", vsn)
    joined: set[str] = set()
    async for text in connection:
        message = json.loads(text)
        if vsn.startswith("2"):
            join_ref, ref, topic, event, payload = message
        else:
            join_ref, ref = message.get("join_ref"), message["ref"]
            topic, event, payload = message["topic"], message["event"], message["payload"]
        status, response = "ok", {}
        if topic == "phoenix" and event == "heartbeat":
            pass
        elif event == "phx_join" and topic.startswith("room:"):
            logging.info("[info] JOINED %s in 17µs", topic)
            joined.add(topic)
        elif topic in joined:
            response = payload
        else:
            status, response = "error", {"reason": "unmatched topic"}
        await connection.send(reply(vsn, join_ref, ref, topic, status, response))


if __name__ == "__main__":
    run(
        serve_socket,
        "[info] Running MyAppWeb.Endpoint with Bandit 1.5.7 at {host}:{port} (http)",
        check=path_only("/socket/websocket"),
    )
