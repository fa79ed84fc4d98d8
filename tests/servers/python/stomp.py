# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""STOMP 1.2 over WebSocket on /ws: CONNECT, SUBSCRIBE, SEND, receipts. A frame without its NUL gets silence."""

from __future__ import annotations

import itertools
import logging

from dialect import path_only, run
from websockets.asyncio.server import ServerConnection

NUMBERS = itertools.count(1)


def parse(frame: str) -> tuple[str, dict[str, str], str]:
    """Return command, headers and body of a frame (without its NUL)."""
    head, _, body = frame.lstrip("\r\n").replace("\r\n", "\n").partition("\n\n")
    command, *lines = head.split("\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name, value)  # of repeated headers the first one counts
    return command, headers, body


def build(command: str, headers: dict[str, str], body: str = "") -> str:
    """Return a frame with its NUL."""
    lines = [command, *(f"{name}:{value}" for name, value in headers.items())]
    return "\n".join(lines) + "\n\n" + body + "\0"


class Session:
    """One client."""

    def __init__(self) -> None:
        self.connected = False
        self.subscriptions: dict[str, str] = {}

    def handle(self, command: str, headers: dict[str, str], body: str) -> list[str]:
        """Return the frames that answer one frame."""
        if command in ("CONNECT", "STOMP"):
            if "1.2" not in headers.get("accept-version", "1.0").split(",") or "host" not in headers:
                names = {"message": "Bad CONNECT", "version": "1.2"}
                return [build("ERROR", names, "Supported protocol versions are 1.2")]
            self.connected = True
            return [build("CONNECTED", {"version": "1.2", "heart-beat": "0,0", "server": "test/1.0"})]
        if not self.connected:
            return [build("ERROR", {"message": "Illegal command"}, "You must log in using CONNECT first\n")]
        answers = []
        if command == "SUBSCRIBE":
            self.subscriptions[headers["id"]] = headers["destination"]
        elif command == "SEND":
            for identifier, destination in self.subscriptions.items():
                if destination == headers["destination"]:
                    names = {"subscription": identifier, "message-id": str(next(NUMBERS)), "destination": destination}
                    answers.append(build("MESSAGE", names, body))
        if "receipt" in headers:
            answers.append(build("RECEIPT", {"receipt-id": headers["receipt"]}))
        return answers


async def serve_session(connection: ServerConnection) -> None:
    """Answer frames; several may come in one message, and one in several."""
    logging.info("accepting Web STOMP connection")
    session, pending = Session(), ""
    async for message in connection:
        pending += message if isinstance(message, str) else message.decode()
        *frames, pending = pending.split("\0")
        for frame in frames:
            answers = session.handle(*parse(frame))
            for answer in answers:
                await connection.send(answer)
            if any(answer.startswith("ERROR") for answer in answers):
                return
    logging.info("closing Web STOMP connection")


if __name__ == "__main__":
    run(
        serve_session,
        "rabbit_web_stomp: listening for HTTP connections on {host}:{port}\n"
        " Server startup complete; 4 plugins started.",
        subprotocols=["v12.stomp"],  # type: ignore[list-item]
        check=path_only("/ws"),
    )
