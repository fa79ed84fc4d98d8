# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running Caddy: what is read, that nothing but its version is run, and whom its admin API is asked of."""

from __future__ import annotations

import json
import os
import socket
import threading
import types
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.handshake import Request
from ansible_collections.websocket.health.plugins.module_utils._protocol.plain_http import Fetched, fetch
from ansible_collections.websocket.health.plugins.module_utils._protocol.recording_socket import Endpoint
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import web_url
from ansible_collections.websocket.health.plugins.module_utils._proxies.caddy import Caddy
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.module_utils._run.redact import Redactor
from ansible_collections.websocket.health.plugins.module_utils._system.base import Listener

SITE = ":8080 {\n\treverse_proxy 127.0.0.1:9000\n}\n"


class Staged(Caddy):
    """A Caddy whose command line, variables and listeners are given, and that notes what is run."""

    def __init__(self, folder: Path, *options: str, dump: bool = False, listeners: t.Sequence[Listener] = ()) -> None:
        context = types.SimpleNamespace(
            redactor=Redactor([]),
            deadline=Deadline(20),
            system=types.SimpleNamespace(processes={}, listeners=list(listeners)),
        )
        super().__init__(os.getpid(), t.cast(t.Any, context), dump)
        self.options = ["--config", str(folder / "Caddyfile"), *options]
        self.given: dict[str, str] = {}
        self.ran: list[t.Sequence[str]] = []
        self.asked: list[str] = []
        self.answer = (1, "", "Error: no\n")

    @property
    def argv(self) -> list[str]:
        return ["caddy", "run", *self.options]

    def version_output(self, option: str) -> str:
        self.ran.append([option])
        return "v2.7.6 h1:x"

    def variables(self) -> dict[str, str]:
        return self.given

    def run(self, argv: t.Sequence[str]) -> tuple[int, str, str]:
        self.ran.append(argv)
        return self.answer

    def dumping(self, files: t.Iterable[str]) -> str | None:
        self.asked = list(files)
        return "/usr/bin/caddy" if self.dump else None


def staged(folder: Path, text: str, *options: str, **more: t.Any) -> Staged:
    (folder / "Caddyfile").write_text(text)
    return Staged(folder, *options, **more)


def back(engine: Caddy) -> t.Any:
    """The port that it leads to."""
    seen = engine.route(web_url("ws://x:8080/ws"), None)
    return seen["upstream"]["addresses"][0]["port"]


def test_a_caddyfile_is_read_as_data(tmp_path: Path) -> None:
    one = staged(tmp_path, "import more\n")
    (tmp_path / "more").write_text(SITE)
    one.read(None)
    assert (one.seen["version"], one.seen["read_from"], one.seen["files"], one.seen["test"]) == (
        "2.7.6",
        "files",
        2,
        None,
    )
    assert (one.seen["gaps"], one.seen["loaded"], one.ran) == ([], None, [["version"]])
    assert (one.seen["workers"]["started"], one.seen["workers"]["config_newest"]) == (None, str(tmp_path / "more"))
    seen = one.route(web_url("ws://x:8080/ws"), None)
    assert (back(one), seen["server"]["file"], seen["server"]["line"]) == (9000, str(tmp_path / "more"), 1)


def test_variables_of_the_process(tmp_path: Path) -> None:
    one = staged(tmp_path, SITE.replace("9000", "{$BACK}"))
    one.given = {"BACK": "9003"}
    one.read(None)
    assert back(one) == 9003


def test_json_is_read_directly(tmp_path: Path) -> None:
    upstreams = {"handler": "reverse_proxy", "upstreams": [{"dial": "127.0.0.1:9004"}]}
    server = {"listen": [":8080"], "routes": [{"handle": [upstreams]}]}
    (tmp_path / "caddy.json").write_text(json.dumps({"apps": {"http": {"servers": {"a": server}}}}))
    one = staged(tmp_path, "")
    one.read(str(tmp_path / "caddy.json"))
    assert (back(one), one.seen["read_from"], one.ran) == (9004, "files", [["version"]])
    (tmp_path / "caddy.json").write_text("{")
    one = staged(tmp_path, "")
    one.read(str(tmp_path / "caddy.json"))
    assert (one.tree, one.seen["test"]["ok"], [row["what"] for row in one.seen["gaps"]]) == (None, False, ["config"])


def test_other_adapters_are_a_gap(tmp_path: Path) -> None:
    one = staged(tmp_path, SITE, "--adapter", "yaml")
    one.read(None)
    assert (one.tree, one.seen["test"], one.ran) == (None, None, [["version"]])
    assert one.seen["gaps"][0]["reason"] == "configurations of the adapter yaml are not read"


def test_a_wrong_or_missing_caddyfile_is_a_failed_test_or_a_gap(tmp_path: Path) -> None:
    one = staged(tmp_path, ":8080 {\n\treverse_proxy @x a\n}\n")
    one.read(None)
    message = "parsing caddyfile tokens for 'reverse_proxy': unrecognized matcher name: @x"
    assert one.seen["test"] == {"ok": False, "message": message}
    one = staged(tmp_path, ":8080 {\n\treverse_proxy a:1-65000\n}\n")
    one.read(None)
    assert (one.seen["test"], one.seen["gaps"][0]["what"]) == (None, "config")
    one = staged(tmp_path, "")
    one.read(str(tmp_path / "nope"))
    assert one.seen["gaps"][0]["reason"].startswith(str(tmp_path / "nope"))


def test_the_dump_takes_the_place(tmp_path: Path) -> None:
    one = staged(tmp_path, "import more\n", dump=True)
    (tmp_path / "more").write_text(SITE)
    one.answer = (0, '{"apps":{}}', "")
    one.read(None)
    assert one.ran[1] == ["/usr/bin/caddy", "adapt", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    assert one.asked == [str(tmp_path / "Caddyfile"), str(tmp_path / "more")]
    assert (one.seen["read_from"], one.seen["test"], one.tree.servers) == (
        "caddy adapt",
        {"ok": True, "message": ""},
        [],
    )
    one = staged(tmp_path, SITE, dump=True)
    one.answer = (1, "", "INFO x\nError: adapting config using caddyfile: Caddyfile:2: no\n")
    one.read(None)
    assert (one.tree, one.seen["test"]["message"]) == (None, "adapting config using caddyfile: Caddyfile:2: no")
    one = staged(tmp_path, SITE.replace("9000", "{$BACK:9000}"), dump=True)
    one.read(None)
    assert (back(one), one.ran, [row["what"] for row in one.seen["gaps"]]) == (9000, [["version"]], ["dump"])


# -- the admin API -----------------------------------------------------------------------------------------------------

Answer = Callable[[socket.socket], None]


@pytest.fixture()
def server() -> Iterator[Callable[[Answer], tuple[int, list[bytes]]]]:
    """Starts a server on loopback; gives its port and what it was asked."""
    sockets: list[socket.socket] = []

    def start(answer: Answer) -> tuple[int, list[bytes]]:
        sock = socket.create_server(("127.0.0.1", 0))
        sockets.append(sock)
        asked: list[bytes] = []

        def serve() -> None:
            try:
                while True:
                    peer, _address = sock.accept()
                    with peer:
                        asked.append(peer.recv(65536))
                        answer(peer)
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        return sock.getsockname()[1], asked

    yield start
    for sock in sockets:
        sock.close()


def says(body: bytes, status: str = "200 OK", more: str = "") -> Answer:
    """An answer with this body."""

    def answer(peer: socket.socket) -> None:
        peer.sendall(f"HTTP/1.0 {status}\r\n{more}\r\n".encode() + body)

    return answer


def listener(port: int, *pids: int, address: str = "127.0.0.1", netns: str = "host") -> Listener:
    """A listening socket of processes."""
    return Listener("ipv4", address, port, None, 1, 0, 0, 0, netns, list(pids))


LOADED = json.dumps(
    {
        "apps": {
            "http": {
                "servers": {
                    "a": {
                        "listen": [":8080"],
                        "routes": [
                            {"handle": [{"handler": "reverse_proxy", "upstreams": [{"dial": "127.0.0.1:9001"}]}]}
                        ],
                    }
                }
            }
        }
    }
).encode()


def test_the_running_configuration_counts_before_the_file(
    tmp_path: Path, server: Callable[[Answer], tuple[int, list[bytes]]]
) -> None:
    port, asked = server(says(LOADED))
    text = f"{{\n\tadmin localhost:{port}\n}}\n" + SITE
    own = listener(port, os.getpid())
    one = staged(tmp_path, text, listeners=[own])
    one.read(None)
    assert (back(one), one.seen["read_from"], one.seen["loaded"]) == (9001, "admin API", False)
    assert asked[0].split(b"\r\n")[:2] == [b"GET /config/ HTTP/1.0", b"Host: localhost:%d" % port]
    one = staged(tmp_path, text.replace("9000", "9001"), listeners=[own])
    one.read(None)
    assert (back(one), one.seen["loaded"]) == (9001, True)
    # Where a plugin's directive is in the file, nobody but Caddy could compare.
    one = staged(tmp_path, text.replace("reverse", "rate_limit\n\treverse"), listeners=[own])
    one.read(None)
    assert (back(one), one.seen["loaded"]) == (9001, None)
    # A file that cannot be read says nothing against what runs.
    one = Staged(tmp_path, listeners=[own])
    one.given = {"CADDY_ADMIN": f"127.0.0.1:{port}"}
    one.read(str(tmp_path / "nope"))
    assert (back(one), [row["what"] for row in one.seen["gaps"]]) == (9001, ["disk"])


def test_only_the_proxy_s_own_loopback_listener_is_asked(
    tmp_path: Path, server: Callable[[Answer], tuple[int, list[bytes]]]
) -> None:
    port, asked = server(says(LOADED))
    others = [
        listener(port, os.getpid() + 1),
        listener(port, os.getpid(), os.getpid() + 1),
        listener(port, os.getpid(), address="0.0.0.0"),
        listener(port, os.getpid(), address="192.0.2.1"),
        listener(port, os.getpid(), netns="net:[1]"),
        listener(port + 1, os.getpid()),
        listener(port),
    ]
    for row in others:
        one = staged(tmp_path, f"{{\n\tadmin localhost:{port}\n}}\n" + SITE, listeners=[row])
        one.read(None)
        assert (back(one), one.seen["read_from"], one.seen["loaded"]) == (9000, "files", None)
    assert asked == []


def _slowly(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    for _byte in range(200):
        threading.Event().wait(0.05)
        peer.sendall(b" ")


def _endlessly(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    while True:
        peer.sendall(b" " * 65536)


@pytest.mark.parametrize(
    "answer",
    [
        says(b"null\n"),
        says(b"[]"),
        says(b"["),
        says(b"[" * 200000),
        says(b""),
        says(LOADED, "403 Forbidden"),
        says(LOADED, "302 Found", "Location: http://192.0.2.1/\r\n"),
        says(LOADED[:50], more="Content-Length: 999\r\n"),
        says(LOADED, "\u00b2\u00b2\u00b2"),
        lambda peer: peer.sendall(b"nonsense"),
        lambda _peer: None,
        _slowly,
        _endlessly,
    ],
)
def test_the_file_is_read_where_the_admin_api_answers_oddly(
    tmp_path: Path, server: Callable[[Answer], tuple[int, list[bytes]]], answer: Answer
) -> None:
    port, _asked = server(answer)
    one = staged(tmp_path, f"{{\n\tadmin localhost:{port}\n}}\n" + SITE, listeners=[listener(port, os.getpid())])
    one.context.deadline = Deadline(1.0)
    one.read(None)
    assert (back(one), one.seen["read_from"]) == (9000, "files")


def test_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "admin.sock")
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen()

        def serve() -> None:
            peer, _address = sock.accept()
            with peer:
                asked.append(peer.recv(65536))
                says(LOADED)(peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        row = listener(0, os.getpid())._replace(family="unix", address=path)
        one = staged(tmp_path, f"{{\n\tadmin unix/{path}\n}}\n" + SITE, listeners=[row])
        one.read(None)
        thread.join(5)
    assert (back(one), asked[0].split(b"\r\n")[1]) == (9001, b"Host: ")


def test_fetch_is_bounded(server: Callable[[Answer], tuple[int, list[bytes]]]) -> None:
    port, _asked = server(says(b"x" * 1000))
    endpoint, request = Endpoint("127.0.0.1", port), Request("/", "x")
    assert fetch(endpoint, request, Deadline(5), 2000) == Fetched(200, "", b"x" * 1000)
    assert fetch(endpoint, request, Deadline(5), 900) is None
    assert fetch(endpoint, request, Deadline(0), 2000) is None
    assert fetch(Endpoint("127.0.0.1", 1), request, Deadline(5), 2000) is None
