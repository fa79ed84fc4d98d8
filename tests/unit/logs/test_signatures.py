# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines with a known meaning, in all the forms that servers write them."""

from __future__ import annotations

import re
import threading

import pytest
from ansible_collections.websocket.health.plugins.module_utils._logs import signatures
from ansible_collections.websocket.health.plugins.plugin_utils._checks.log_meanings import MEANINGS

CASES = [
    ("Error: listen EADDRINUSE: address already in use 127.0.0.1:9901", "eaddrinuse", {"port": "9901"}),
    ("Error: listen EADDRINUSE: address already in use :::9901", "eaddrinuse", {"port": "9901", "address": "::"}),
    ("Error: listen EADDRINUSE 0.0.0.0:9901", "eaddrinuse", {"port": "9901"}),
    (
        "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 9901): address already in use",
        "eaddrinuse",
        {"port": "9901", "address": "127.0.0.1"},
    ),
    (
        "OSError: [Errno 98] error while attempting to bind on address ('::1', 80, 0, 0): address already in use",
        "eaddrinuse",
        {"port": "80", "address": "::1"},
    ),
    ("[ERROR] Connection in use: ('127.0.0.1', 9022)", "eaddrinuse", {"port": "9022"}),
    (
        "CRITICAL Listen failure: Couldn't listen on 127.0.0.1:9021: [Errno 98] Address already in use.",
        "eaddrinuse",
        {"port": "9021"},
    ),
    ("[emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)", "eaddrinuse", {"port": "80"}),
    ("2026/11/23 02:18:20 listen tcp :8080: bind: address already in use", "eaddrinuse", {"port": "8080"}),
    ("Caused by: java.net.BindException: Address already in use", "eaddrinuse", {}),
    ('Address already in use - bind(2) for "127.0.0.1" port 9981 (Errno::EADDRINUSE)', "eaddrinuse", {"port": "9981"}),
    ("Error: listen EACCES: permission denied 0.0.0.0:80", "eacces-bind", {"port": "80"}),
    ("listen tcp :80: bind: permission denied", "eacces-bind", {}),
    ("Error: Cannot find module './routes/ws'", "missing-module", {"module": "./routes/ws"}),
    (
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'ws' imported from /srv/a.mjs",
        "missing-module",
        {"module": "ws"},
    ),
    ("ModuleNotFoundError: No module named 'websockets'", "missing-module", {"module": "websockets"}),
    ("cannot load such file -- redis (LoadError)", "missing-module", {"module": "redis"}),
    ("java.lang.ClassNotFoundException: org.example.Main", "missing-module", {"module": "org.example.Main"}),
    ("WARNING:  No supported WebSocket library detected. Please use", "uvicorn-no-ws-library", {}),
    ("WARNING:  Unsupported upgrade request.", "unsupported-upgrade", {}),
    (
        "websocket._exceptions.WebSocketProxyException: failed CONNECT via proxy status: 403",
        "proxy-of-environment",
        {"status": "403"},
    ),
    (
        "websockets.exceptions.InvalidProxyStatus: proxy rejected connection: HTTP 403",
        "proxy-of-environment",
        {"status": "403"},
    ),
    (
        "urllib3.exceptions.ProxyError: ('Unable to connect to proxy', NewConnectionError(1))",
        "proxy-of-environment",
        {},
    ),
    ("OSError: Tunnel connection failed: 407 Proxy Authentication Required", "proxy-of-environment", {"status": "407"}),
    ("Error: tunneling socket could not be established, statusCode=503", "proxy-of-environment", {"status": "503"}),
    ("dial: proxyconnect tcp: dial tcp 10.0.0.9:3128: i/o timeout", "proxy-of-environment", {}),
    ("NotBeforeError: jwt not active", "token-not-yet-valid", {}),
    ("jwt.exceptions.ImmatureSignatureError: The token is not yet valid (iat)", "token-not-yet-valid", {}),
    ("token is not valid yet", "token-not-yet-valid", {}),
    ("Token used before issued", "token-not-yet-valid", {}),
    ('JWTClaimValidationFailed: "nbf" claim timestamp check failed', "token-not-yet-valid", {}),
    ("TokenExpiredError: jwt expired", "token-expired", {}),
    ("jwt.exceptions.ExpiredSignatureError: Signature has expired", "token-expired", {}),
    ("token is expired by 2m3s", "token-expired", {}),
    ("OSError: [Errno 24] Too many open files", "fd-limit", {}),
    ("accept tcp [::]:8080: accept4: too many open files; retrying in 5ms", "fd-limit", {}),
    ("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "out-of-memory", {}),
    ("java.lang.OutOfMemoryError: Java heap space", "out-of-memory", {"detail": "Java heap space"}),
    ("[CRITICAL] WORKER TIMEOUT (pid:8372)", "worker-timeout", {"pid": "8372"}),
    ("RangeError: Invalid WebSocket frame: RSV1 must be clear", "invalid-frame", {"detail": "RSV1 must be clear"}),
    ("  code: 'WS_ERR_UNEXPECTED_RSV_1',", "invalid-frame", {"code": "WS_ERR_UNEXPECTED_RSV_1"}),
    ("WebSocket connection to 'ws://x/' failed: Invalid frame header", "invalid-frame", {}),
    ("INFO:     connection rejected (403 Forbidden)", "handshake-rejected", {"status": "403"}),
    ('INFO:     1.2.3.4:5 - "WebSocket /x" 403', "handshake-rejected", {"status": "403", "path": "/x"}),
    ('1.2.3.4:5 - - [23/Nov/2026:10:11:12] "WSREJECT /ws/" - -', "channels-reject", {"path": "/ws/"}),
    ("ValueError: No route found for path 'nope/'.", "channels-no-route", {"path": "nope/"}),
    ("ValueError: No application configured for scope type 'websocket'", "no-websocket-application", {}),
    ("TypeError: X.__call__() missing 1 required positional argument: 'send'", "asgi-app-under-wsgi", {}),
    ("Request origin not allowed: https://evil.example", "origin-rejected", {"origin": "https://evil.example"}),
    ("Invalid HTTP_HOST header: 'chat.example'. You may need to add", "host-rejected", {"host": "chat.example"}),
    ("Error: connect ECONNREFUSED 127.0.0.1:6379", "redis-refused", {"port": "6379"}),
    (
        "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
        "redis-refused",
        {"address": "localhost"},
    ),
    ("dial tcp 127.0.0.1:5432: connect: connection refused", "dependency-refused", {"port": "5432"}),
    ("Error: getaddrinfo ENOTFOUND redis.internal", "name-not-resolved", {"address": "redis.internal"}),
    ("(node:7) UnhandledPromiseRejectionWarning: Error: x", "unhandled-rejection", {}),
    ("Fatal Python error: Segmentation fault", "segfault", {}),
    ("chat.service: Main process exited, code=exited, status=1/FAILURE", "exit-failure", {"status": "1/FAILURE"}),
    ("ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number", "tls-error", {}),
    ("KeyError: missing environment variable REDIS_URL", "missing-variable", {}),
    ("1795400392: Error: Unable to start any listening sockets, exiting.", "listen-failed", {}),
]
NOTHING = [
    "INFO all is well",
    "GET /in-use HTTP/1.1 200",
    "PermissionError: [Errno 13] Permission denied: '/srv/x'",
    "Redis client connected to 127.0.0.1:6379",
]
#: Found with the stack trace or the line that always comes with them.
WITH_SOMETHING_ELSE = {
    "6379",
    "edis",
    "No route found for path",
    "Unable to start any listening sockets",
    "can only handle ASGI/HTTP",
    "configured for scope type",
    "ensureOrigin",
    "onnectionRefused",
    "gevent-websocket server is not configured",
    "missing 1 required positional argument: 'send'",
    "missing 2 required positional arguments: 'receive'",
    "oom-kill",
    "out of system resource",
    "status=11/SEGV",
    "status=9/KILL",
}


@pytest.mark.parametrize(("line", "key", "captured"), CASES)
def test_a_line_has_its_signature_and_captures(line: str, key: str, captured: dict[str, str]) -> None:
    hits = {hit.key: hit.captured for hit in signatures.signatures_in(line)}
    assert key in hits
    assert captured.items() <= hits[key].items()
    assert any(needle in line.encode() for needle in signatures.NEEDLES), "the scan would not look at this line"


@pytest.mark.parametrize("line", NOTHING)
def test_an_ordinary_line_has_no_signature(line: str) -> None:
    assert signatures.signatures_in(line) == []


def test_a_refused_redis_has_one_signature() -> None:
    assert [hit.key for hit in signatures.signatures_in("Error: connect ECONNREFUSED ::1:6379")] == ["redis-refused"]


def test_every_literal_is_found_by_the_scan() -> None:
    literals = {literal for _key, literals, _pattern in signatures.SIGNATURES for literal in literals}
    lost = {literal for literal in literals if not any(needle.decode() in literal for needle in signatures.NEEDLES)}
    assert lost == WITH_SOMETHING_ELSE


def test_every_signature_has_a_meaning_and_every_meaning_a_signature() -> None:
    assert {key for key, _literals, _pattern in signatures.SIGNATURES} == set(MEANINGS)


def test_a_second_thread_sees_the_table_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two services' logs are read at once: who comes while the first still compiles misses no line."""
    compiled: list[str] = []
    seen: list[list[str]] = []

    class Compiling:
        """The module ``re``, with a thread that comes in the middle of the table."""

        def compile(self, pattern: str) -> re.Pattern[str]:
            compiled.append(pattern)
            if len(compiled) == 2:
                other = threading.Thread(
                    target=lambda: seen.append([hit.key for hit in signatures.signatures_in("jwt not active")])
                )
                other.start()
                other.join()
            return re.compile(pattern)

    monkeypatch.setattr(signatures, "_compiled", None)
    monkeypatch.setattr(signatures, "re", Compiling())
    assert [hit.key for hit in signatures.signatures_in("jwt not active")] == ["token-not-yet-valid"]
    assert seen == [["token-not-yet-valid"]]
