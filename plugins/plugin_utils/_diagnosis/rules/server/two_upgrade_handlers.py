# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-two-upgrade-handlers: a second handler writes HTTP into a WebSocket that the first has opened."""

from __future__ import annotations

from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS_DIRECT


def _find(facts: Facts) -> Found:
    """With the answer inside the stream, and what its status means."""
    start = str(facts.conversation.get("stream_start") or "")
    words = start.split("\n", 1)[0].strip()
    status = words.split(" ", 2)[1] if " " in words else ""
    return "certain", {
        "status_line": words,
        "upgraded_twice": status == "101",
        "refused": status == "400",
        "broken_off": status == "500",
    }


RULE = Rule(
    id="server-two-upgrade-handlers",
    layer="server",
    title="Two handlers answer one upgrade: HTTP inside the WebSocket stream",
    users_see=(
        "browser console, right after the WebSocket opened: `Invalid frame header`, or `One or more reserved bits are on: reserved1 = 1`",
        "Node: `RangeError: Invalid WebSocket frame: RSV1 must be clear` (`WS_ERR_UNEXPECTED_RSV_1`)",
        "close code `1006`, at once and every time",
    ),
    why="Every listener of an HTTP server's upgrade event is called for every upgrade. new WebSocketServer({ server, path }) adds such a "
    "listener, and it answers 400 to a path that is not its own; Socket.IO, SockJS and development servers add theirs. So one handler "
    "answers 101, and the next writes its own HTTP answer into the open WebSocket. The client reads the H of HTTP/1.1 as a frame "
    "header with a reserved bit set, and gives up. Compression, which the error text suggests, has nothing to do with it.",
    needs=(
        Condition(
            "what follows the 101 begins with HTTP/1.",
            lambda facts: str(facts.conversation.get("stream_start") or "").startswith("HTTP/1."),
        ),
    ),
    find=_find,
    confidence={"certain": "the bytes were seen"},
    because=(
        "101, then inside the stream: {status_line}",
        If("upgraded_twice", "two libraries both upgrade the connection"),
        If(
            "refused",
            "a second WebSocket server (or Engine.IO of another version) on the same HTTP server rejects what the first accepted",
        ),
        If("broken_off", "the worker was killed while it held the connection (gunicorn's timeout)"),
    ),
    fix=(
        "let one upgrade handler decide: noServer: true for every WebSocketServer, and a single server.on('upgrade') that routes by path",
    ),
    prevent=(
        "match the major versions of Socket.IO client and server",
        "with byPath = { '/chat': chat, '/feed': feed }: server.on('upgrade', (req, socket, head) => { const wss = "
        "byPath[req.url.split('?')[0]]; if (wss) wss.handleUpgrade(req, socket, head, (ws) => wss.emit('connection', ws, req)); "
        "else socket.destroy(); })",
        "alongside Socket.IO, let that handler ignore paths that start with /socket.io/",
    ),
    explains=EXPLAINS_DIRECT,
    supersedes=("browser-invalid-frames", "server-drops-after-101"),
    look_alikes=(
        LookAlike(
            "server-socketio-version-mismatch",
            Look("the body of the HTTP answer inside the stream"),
            "Unsupported protocol version: the versions; anything else: a second handler",
        ),
    ),
    sources=("https://github.com/websockets/ws/issues/885",),
    staged=(
        "browser/two-servers-on-one",
        "server/two-on-one",
        "server/two-upgrade-handlers",
    ),
)
