# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths that lines of servers' own logs name."""

from __future__ import annotations

import time

import pytest
from ansible_collections.websocket.health.plugins.module_utils._paths.log import paths_of

#: A line as the server writes it, the path that it names, and whether a client was accepted there; None: it names none.
LINES = {
    "nginx": ('127.0.0.1 - - [30/Nov/2026:22:39:08 +0000] "GET /live/feed HTTP/1.1" 101 129 "-" "-"', ("/live/feed", True)),
    "aiohttp": ('127.0.0.1 [30/Nov/2026:22:39:08 +0000] "GET /ws HTTP/1.1" 101 0 "-" "-"', ("/ws", True)),
    "hypercorn": ('[2026-11-30 22:39:08 +0000] [77] [INFO] 127.0.0.1:40218 "GET /chat 1.1" 101 - "-"', ("/chat", True)),
    "tornado": ("[I 261130 22:39:08 web:2348] 101 GET /chatsocket (127.0.0.1) 0.52ms", ("/chatsocket", True)),
    "uvicorn": ('INFO:     127.0.0.1:33306 - "WebSocket /api/v2/stream" [accepted]', ("/api/v2/stream", True)),
    "uvicorn, a parameter": ('INFO:     127.0.0.1:33306 - "WebSocket /ws/1" [accepted]', ("/ws/1", True)),
    "daphne": ("127.0.0.1:55432 - - [30/Nov/2026:22:39:08] \"WSCONNECT /ws/chat/room/\" - -", ("/ws/chat/room/", True)),
    "daphne, no quotes": ("WebSocket CONNECT /ws/chat/room/ [127.0.0.1:55432]", ("/ws/chat/room/", True)),
    "morgan": ("GET /feed 101 1.024 ms - -", ("/feed", True)),
    "Sanic": ("[2026-11-30 22:39:08 +0000] - (sanic.access)[INFO][127.0.0.1:54412]: GET http://127.0.0.1:8000/feed  101 -", ("/feed", True)),
    "Gin": ('[GIN] 2026/11/30 - 22:39:08 | 101 |   4.0021ms |       127.0.0.1 | GET      "/api/ws"', ("/api/ws", True)),
    "Caddy": ('{"level":"info","request":{"method":"GET","host":"a","uri":"/rt/events","headers":{}},"size":0,"status":101}', ("/rt/events", True)),
    "Rails": ('Started GET "/cable" [WebSocket] for 127.0.0.1 at 2026-11-30 22:39:08 +0000', ("/cable", True)),
    "a banner with an address": ("WebSocket server is running on ws://localhost:8080/graphql", ("/graphql", False)),
    "a banner with a path": ("Mapped WebSocket endpoint /socket/updates", ("/socket/updates", False)),
    # What names no path of the service.
    "uvicorn refuses a guess": ('INFO:     127.0.0.1:33306 - "WebSocket /ws" 403', None),
    "Channels has no such route": ("ValueError: No route found for path 'api/ws'.  websocket /api/ws", None),
    "daphne refuses": ("WebSocket REJECT /stream [127.0.0.1:55432]", None),
    "a stack trace": ('  File "/opt/app/lib/python3.11/site-packages/uvicorn/protocols/websockets/websockets_impl.py", line 244, in run_asgi', None),
    "a module": ("    at WebSocketServer.completeUpgrade (/srv/app/node_modules/ws/lib/websocket-server.js:440:5)", None),
    "an ordinary request": ('127.0.0.1 - - [30/Nov/2026:22:39:08 +0000] "GET /about HTTP/1.1" 200 129 "-" "-"', None),
    "the root": ("listening on ws://localhost:8080/", None),
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_line(name: str) -> None:
    line, expected = LINES[name]
    hints = paths_of([("app.log", line.encode())])
    if expected and expected[0].count("/") > 1:
        # Its first part may be a prefix that the server logs, and is not asked with.
        expected = (expected[0], False)
    assert [(hint.path, hint.sure) for hint in hints][:1] == ([expected] if expected else [])
    assert all(hint.source == "log" and hint.where == "app.log" for hint in hints)


def test_accepted_clients_come_first_and_the_latest_of_them() -> None:
    lines = [
        b"WebSocket endpoint ws://localhost/banner",
        b'INFO: 127.0.0.1:1 - "WebSocket /old" [accepted]',
        b'INFO: 127.0.0.1:1 - "WebSocket /new" [accepted]',
    ]
    assert [hint.path for hint in paths_of([("a", line) for line in lines])] == ["/new", "/old", "/banner"]


def test_a_prefix_that_a_server_knows_may_be_in_its_log_alone() -> None:
    hints = paths_of([("a", b'INFO: 127.0.0.1:1 - "WebSocket /shop/api/stream" [accepted]')])
    assert [(hint.path, hint.sure) for hint in hints] == [("/shop/api/stream", False), ("/api/stream", False)]


def test_long_lines_cost_no_time() -> None:
    line = b"websocket " + b"/a:b.c-d" * 30000
    started = time.monotonic()
    paths_of([("a", line)] * 300)
    assert time.monotonic() - started < 2.0
