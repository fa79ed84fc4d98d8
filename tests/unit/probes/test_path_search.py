# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a path is found on servers that answer other paths in ways of their own."""

from __future__ import annotations

import contextlib
import re
import socketserver
import threading
import typing as t
from collections.abc import Iterator

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.handshake import accept_for
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.websocket import path_is_guess, turned_away

from tests.unit.probed_host import probe


class _Server(socketserver.BaseRequestHandler):
    """Opens on one path; what it does on others is its kind."""

    kind = ""
    path = "/ws"

    def handle(self) -> None:
        self.request.settimeout(20)
        request = b""
        while b"\r\n\r\n" not in request:
            data = self.request.recv(4096)
            if not data:
                return
            request += data
        text = request.decode("latin-1")
        asked = text.split(" ")[1].partition("?")[0]
        key = re.search(r"(?im)^sec-websocket-key: (\S+)", text)
        offered = (re.search(r"(?im)^sec-websocket-protocol: (.*)\r", text) or ["", ""])[1]
        if key is None:
            self._plain()
        elif self.kind == "insists" and "ocpp1.6" not in offered:
            body = b"Failed to open a WebSocket connection: missing subprotocol.\n"
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        elif self.kind == "insists" or asked == self.path:
            self._open(key[1], "ocpp1.6" if self.kind == "insists" else "")
            self._until_closed()
        elif self.kind == "says goodbye":
            self._open(key[1], "")
            self.request.sendall(b"\x89\x00\x88\x02\x03\xe8")
            self._wait()
        elif self.kind == "mute":
            self._wait()

    def _plain(self) -> None:
        if self.kind in ("mute", "hangs up"):
            self._wait()
        else:
            self.request.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    def _open(self, key: str, subprotocol: str) -> None:
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"
        if subprotocol:
            head += f"Sec-WebSocket-Protocol: {subprotocol}\r\n"
        self.request.sendall((head % accept_for(key) + "\r\n").encode())

    def _until_closed(self) -> None:
        with contextlib.suppress(OSError):
            while self.request.recv(4096)[:1] not in (b"", b"\x88"):
                pass
            self.request.sendall(b"\x88\x02\x03\xe8")

    def _wait(self) -> None:
        with contextlib.suppress(OSError):
            while self.request.recv(4096):
                pass


@contextlib.contextmanager
def _serving(kind: str, path: str) -> Iterator[int]:
    handler = type("Handler", (_Server,), {"kind": kind, "path": path})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


#: Kind and path of the server; the path that is found, how that is known, and what is offered.
FOUND = {
    "it accepts every handshake and says goodbye on others": ("says goodbye", "/ws", "/ws", "discovered", []),
    "it answers nothing else at all": ("mute", "/faye", "/faye", "discovered", []),
    "it hangs up on others": ("hangs up", "/comms", "/comms", "discovered", []),
    "it insists on a sub-protocol": ("insists", "/", "/", "default", ["ocpp1.6"]),
}


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str) -> None:
    kind, path, found, source, offered = FOUND[name]
    with _serving(kind, path) as port:
        seen = _seen(port)
    assert (seen["main"]["outcome"], seen["path"], seen["path_from"]) == ("open", found, source)
    assert seen["offered"] == offered
    assert not path_is_guess(seen)


@pytest.mark.parametrize("kind", ["says goodbye", "hangs up"])
def test_not_found(kind: str) -> None:
    """Nobody can know the path: no refusal of a guess says anything."""
    with _serving(kind, "/only/we/know") as port:
        seen = _seen(port)
    assert path_is_guess(seen)
    assert turned_away(seen) is (kind == "says goodbye")


def _seen(port: int) -> t.Any:
    return probe("websocket", {"name": "x", "port": port}, 25.0)
