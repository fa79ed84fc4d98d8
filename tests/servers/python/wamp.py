# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router of WAMP 2 on /ws, for the realm REALM (default: realm1): sessions, and calls of a procedure that is not there.

TICKET: what clients have to answer the challenge with; without it anonymous ones are welcome.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
from typing import Any

from dialect import path_only, run
from websockets.asyncio.server import ServerConnection

HELLO, WELCOME, ABORT, CHALLENGE, AUTHENTICATE, GOODBYE, ERROR, CALL = 1, 2, 3, 4, 5, 6, 8, 48
SESSIONS = itertools.count(9129137332)


def welcome() -> list[Any]:
    """Return the answer to a client that may come in."""
    return [WELCOME, next(SESSIONS), {"roles": {"broker": {}, "dealer": {}}}]


def answer_to(message: list[Any]) -> list[Any] | None:
    """Return the answer to one message; None to what this router ignores."""
    kind, ticket = message[0], os.environ.get("TICKET")
    if kind == HELLO:
        if message[1] != os.environ.get("REALM", "realm1"):
            return [ABORT, {"message": f"no realm '{message[1]}'"}, "wamp.error.no_such_realm"]
        return [CHALLENGE, "ticket", {}] if ticket else welcome()
    if kind == AUTHENTICATE:
        return welcome() if message[1] == ticket else [ABORT, {}, "wamp.error.authentication_failed"]
    if kind == CALL:
        return [ERROR, CALL, message[1], {}, "wamp.error.no_such_procedure"]
    return [GOODBYE, {}, "wamp.close.goodbye_and_out"] if kind == GOODBYE else None


async def serve_session(connection: ServerConnection) -> None:
    """Answer messages one by one; a session that is aborted ends."""
    logging.info("client connected")
    async for text in connection:
        answer = answer_to(json.loads(text))
        if answer is not None:
            await connection.send(json.dumps(answer, separators=(",", ":")))
            if answer[0] in (ABORT, GOODBYE):
                break
    logging.info("client disconnected")


if __name__ == "__main__":
    run(
        serve_session,
        "WAMP router listening on ws://{host}:{port}/ws",
        subprotocols=["wamp.2.json"],  # type: ignore[list-item]
        check=path_only("/ws"),
    )
