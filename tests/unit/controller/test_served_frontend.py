# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page as it is served: what is loaded, what is not, and that no server keeps the controller waiting."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import json
import pathlib
import ssl
import threading
import time
import typing as t
from collections.abc import Iterator

import pytest
from ansible import constants
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.module_utils._run.redact import Redactor
from ansible_collections.websocket.health.plugins.plugin_utils._controller.served_frontend import ask_page

from tests.unit.frontend.source_maps import bundle
from tests.unit.tls_ca import issue

LOCAL = 'new WebSocket("ws://localhost:3000/ws")'
Answer = str | bytes | t.Callable[[http.server.BaseHTTPRequestHandler], None]


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))


class Server(http.server.ThreadingHTTPServer):
    """Serves answers by path, and keeps what was asked for."""

    daemon_threads = True

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_words: t.Any) -> None:
        pass

    def do_GET(self) -> None:
        server = t.cast(Server, self.server)
        server.asked.append(self.path)
        answer = server.answers.get(self.path.partition("?")[0])
        if callable(answer):
            answer(self)
            return
        body = answer.encode() if isinstance(answer, str) else answer or b"<!doctype html>fallback"
        kind = "text/javascript" if self.path.partition("?")[0].endswith("js") and answer is not None else "text/html"
        send(self, body, kind)


def send(
    handler: http.server.BaseHTTPRequestHandler, body: bytes, kind: str, status: int = 200, **headers: str
) -> None:
    """Answer a request."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@contextlib.contextmanager
def serving(answers: dict[str, Answer], context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """The server, in a thread."""
    server = Server(answers)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def _ask(url: str, seconds: float = 8.0) -> dict[str, t.Any]:
    return ask_page({"name": "chat", "frontend": {"url": url}}, Redactor(["sesame-open"]), Deadline(seconds))


def _seen(answers: dict[str, Answer], path: str = "/", seconds: float = 8.0) -> tuple[dict[str, t.Any], list[str]]:
    with serving(answers) as server:
        seen = _ask(f"http://127.0.0.1:{server.server_port}{path}", seconds)
        return seen, server.asked


def test_a_page_and_what_it_loads() -> None:
    script, source_map = bundle({"src/chat.ts": f"\n{LOCAL};", "src/b.ts": 'import("./lazy-4f2a91c0.js")'})
    page = '<base href="/app/"><script type=module src="app.js?v=1"></script><script src="https://cdn.example.com/x.js"></script>'
    answers: dict[str, Answer] = {
        "/": page,
        "/app/app.js": script + 'const d=["assets/more-0a1b2c3d.js","chart.js"];',
        "/app/app.js.map": source_map,
        "/app/lazy-4f2a91c0.js": 'new WebSocket("ws://lazy.io/")',
        "/app/assets/more-0a1b2c3d.js": 'new WebSocket("ws://more.io/")',
    }
    seen, asked = _seen(answers)
    found = {entry["host"]: entry for entry in seen["findings"]}
    assert set(found) == {"localhost", "lazy.io", "more.io"}
    assert found["localhost"]["original"] == {"source": "src/chat.ts", "line": 2}
    assert seen["elsewhere"] == ["https://cdn.example.com/x.js"]
    assert [entry["src"] for entry in seen["scripts"]] == ["app.js?v=1"]
    assert "/app/chart.js" not in asked
    assert (seen["status"], seen["missing"]) == (200, [])


def test_chunks_of_webpack() -> None:
    runtime = 'r.u=e=>"static/js/"+e+"."+{88:"1f2e3d4c",712:"aabbccdd"}[e]+".chunk.js";'
    answers: dict[str, Answer] = {
        "/": "<script src=/main.js></script>",
        "/main.js": runtime,
        "/static/js/712.aabbccdd.chunk.js": LOCAL,
    }
    seen, asked = _seen(answers)
    assert [entry["file"] for entry in seen["findings"]] == ["/static/js/712.aabbccdd.chunk.js"]
    assert "/static/js/88.1f2e3d4c.chunk.js" in asked


def test_headers_and_redirections() -> None:
    answers: dict[str, Answer] = {
        "/": lambda it: send(it, b"", "text/plain", 302, Location="/app/?token=sesame-open"),
        "/app/": lambda it: send(it, b"<p>", "text/html", Content_Security_Policy="connect-src 'self'"),
    }
    seen, _asked = _seen(answers)
    assert seen["url"].endswith("/app/")
    assert seen["policies"] == [{"from": "header", "policy": "connect-src 'self'"}]
    assert "sesame" not in json.dumps(seen)
    endless, asked = _seen({"/": lambda it: send(it, b"", "text/plain", 301, Location="/")})
    assert "redirects" in endless["unknown"]
    assert len(asked) <= 6


@pytest.mark.parametrize("status", [404, 401, 502])
def test_a_page_of_another_status_is_unknown(status: int) -> None:
    seen, _asked = _seen({"/": lambda it: send(it, b"no", "text/plain", status)})
    assert (seen["status"], str(status) in seen["unknown"]) == (status, True)


def test_what_is_answered_by_the_start_page_is_missing() -> None:
    seen, _asked = _seen({"/": "<script src=/gone-4f2a91c0.js></script>"})
    assert seen["missing"] == ["/gone-4f2a91c0.js"]


def test_scripts_that_are_named_twice_or_were_not_asked_for_are_not_missing() -> None:
    names = [f"/a{number}-4f2a91c0.js" for number in range(100)]
    page = "".join(f"<script src={name}></script>" for name in [names[0], *names])
    seen, asked = _seen({"/": page, **dict.fromkeys(names, "1")})
    assert seen["missing"] == []
    assert len(asked) < len(names)


def test_a_page_is_fetched_once_in_a_run() -> None:
    with serving({"/": f"<script>{LOCAL}</script>"}) as server:
        url = f"http://127.0.0.1:{server.server_port}/"
        assert _ask(url) == _ask(url)
        assert server.asked == ["/"]


def test_a_certificate_need_not_be_trusted(tmp_path: pathlib.Path) -> None:
    own = issue("127.0.0.1", names=["127.0.0.1"])
    (tmp_path / "own.pem").write_bytes(own.pem + own.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")
    with serving({"/": f"<script>{LOCAL}</script>"}, context) as server:
        seen = _ask(f"https://127.0.0.1:{server.server_port}/")
    assert "self-signed" in seen["untrusted"]
    assert len(seen["findings"]) == 1


def test_variables_of_proxies_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert _seen({"/": "<p>"})[0]["status"] == 200


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://nobody.invalid/", "http://[::1/", "ftp://h/", "http:///"]
)
def test_a_page_that_cannot_be_reached_is_unknown(url: str) -> None:
    seen = _ask(url)
    assert seen["unknown"] and seen["refused"] is (url == "http://127.0.0.1:1/")


def _drip(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"<p>")
            time.sleep(0.1)


def _endless(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/javascript")
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"x=1;" * 16384)


def _bomb(handler: http.server.BaseHTTPRequestHandler) -> None:
    send(handler, gzip.compress(b"a" * (64 << 20)), "text/javascript", Content_Encoding="gzip")


def _garbage(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\xff\xfe garbage\r\n\r\n")
    handler.close_connection = True


def test_a_slow_page_meets_the_deadline() -> None:
    seen, _asked = _seen({"/": _drip}, seconds=1.5)
    assert "unknown" in seen


@pytest.mark.fuzz
@pytest.mark.parametrize("answer", [_drip, _endless, _bomb, _garbage], ids=["slow", "endless", "bomb", "garbage"])
def test_a_bad_script_costs_only_itself(answer: Answer) -> None:
    seen, _asked = _seen({"/": f"<script>{LOCAL}</script><script src=/a.js></script>", "/a.js": answer}, seconds=3.0)
    assert [entry["host"] for entry in seen["findings"]] == ["localhost"]


def test_the_number_of_scripts_is_bounded() -> None:
    names = "".join(f"<script src=/{number}-4f2a91c0.js></script>" for number in range(300))
    seen, asked = _seen({"/": names})
    assert seen["more"]
    assert len(asked) <= 81
