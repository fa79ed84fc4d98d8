# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths that pages dial: those of tutorials and bundles, served by a real server."""

from __future__ import annotations

import http.server
import re
import threading
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._paths.page import dialled_by_page
from ansible_collections.websocket.health.plugins.module_utils._protocol.client import client_of, likeliest_endpoint

from tests.unit.probed_host import new_context

FASTAPI = '<script>var ws = new WebSocket("ws://localhost:8000/ws");</script>'
CLIENTS = "<script>var client_id = Date.now(); var ws = new WebSocket(`ws://localhost:8000/ws/${client_id}`);</script>"
CHANNELS = """<script id="room-name" type="application/json">"room"</script><script>
const roomName = JSON.parse(document.getElementById('room-name').textContent);
const chatSocket = new WebSocket('ws://' + window.location.host + '/ws/chat/' + roomName + '/');</script>"""
QUART = "<script>const ws = new WebSocket(`ws://${location.host}/ws`);</script>"
BUNDLE = 'const p=location.protocol==="https:"?"wss:":"ws:";const s=new WebSocket(`${p}//${location.host}/rt/events`)'
VITE = 'const wsToken = "aB3_x";new WebSocket(`${socketProtocol}://${socketHost}?token=${wsToken}`, "vite-hmr")'
ELSEWHERE = '<script>new WebSocket("wss://stream.example.com/feed");</script>'

#: Pages by path, the front end's URL of the inventory, and the first hint: path, whether it is sure, sub-protocols.
CASES: dict[str, tuple[dict[str, str], str, tuple[str, bool, tuple[str, ...]] | None]] = {
    "FastAPI's tutorial, on another port than its own": ({"/": FASTAPI}, "", ("/ws", False, ())),
    "FastAPI's tutorial with a number": ({"/": CLIENTS}, "", ("/ws/1", False, ())),
    "Quart's tutorial": ({"/": QUART}, "", ("/ws", True, ())),
    "Channels' room, which the front end names": ({"/chat/room/": CHANNELS}, "/chat/room/", ("/ws/chat/1/", False, ())),
    "a bundle": ({"/": '<script src="/a.js"></script>', "/a.js": BUNDLE}, "", ("/rt/events", True, ())),
    "Vite": (
        {"/": '<script type="module" src="/@vite/client"></script>', "/@vite/client": VITE}, "", ("/?token=aB3_x", True, ("vite-hmr",)),
    ),
    "Vite with a base": (
        {"/app/": '<script type="module" src="/app/@vite/client"></script>', "/app/@vite/client": VITE},
        "/app/", ("/app/?token=aB3_x", True, ("vite-hmr",)),
    ),
    "another host's": ({"/": ELSEWHERE}, "", None),
    "no page": ({}, "", None),
}  # fmt: skip


class _Pages(http.server.BaseHTTPRequestHandler):
    pages: t.ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        text = self.pages.get(self.path)
        self.send_response(200 if text is not None else 404)
        body = (text or "").encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: t.Any) -> None:
        pass


@pytest.mark.parametrize("name", CASES)
def test_page(name: str) -> None:
    pages, front_end, expected = CASES[name]
    handler = type("Handler", (_Pages,), {"pages": pages})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        service: dict[str, t.Any] = {"name": "x", "port": server.server_address[1]}
        if front_end:
            service["frontend"] = {"url": "http://shop.example.com" + front_end}
        client = client_of(service, new_context(service), likeliest_endpoint(service))
        hints = list(dialled_by_page(client))
        server.shutdown()
    found = [(hint.path, hint.sure, hint.subprotocols) for hint in hints]
    assert found[:1] == ([expected] if expected else [])
    assert all(hint.source == "page" and re.match(r"/.* dials ", hint.where) for hint in hints)
