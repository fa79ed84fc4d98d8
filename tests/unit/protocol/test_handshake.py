# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording socket and one handshake on it, against a peer whose every byte the test chooses."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import typing as t
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.handshake import (
    Handshake,
    Request,
    accept_for,
    open_websocket,
)
from ansible_collections.websocket.health.plugins.module_utils._protocol.plain_http import get
from ansible_collections.websocket.health.plugins.module_utils._protocol.recording_socket import (
    Endpoint,
    RecordingSocket,
    TooMuch,
    connect,
)
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline, DeadlineExceeded
from ansible_collections.websocket.health.plugins.module_utils._run.redact import HIDDEN, Redactor

from tests.unit.probed_host import LIBRARY, listening

CANARY = "cAnArY7x"


@contextlib.contextmanager
def pair(seconds: float = 5.0, **options: int) -> Iterator[tuple[RecordingSocket, socket.socket]]:
    """A recording socket and its peer."""
    ours, peer = socket.socketpair()
    with ours, peer:
        yield RecordingSocket(ours, Deadline(seconds), **options), peer


@contextlib.contextmanager
def answering(answer: bytes | Callable[[socket.socket], None]) -> Iterator[Endpoint]:
    """A server that reads one request of each client and answers it."""
    with listening() as sock:
        sock.settimeout(5)

        def serve() -> None:
            while True:
                try:
                    client, _address = sock.accept()
                except OSError:
                    return
                with client, contextlib.suppress(OSError):
                    client.settimeout(3)
                    client.recv(65536)
                    if callable(answer):
                        answer(client)
                    else:
                        client.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Endpoint("127.0.0.1", sock.getsockname()[1])


def shake(endpoint: Endpoint, seconds: float = 3.0, **request: t.Any) -> Handshake:
    """One handshake with a redactor that knows no secret of its own."""
    return open_websocket(endpoint, Request(**request), Deadline(seconds), LIBRARY, Redactor())


# -- the recording socket ----------------------------------------------------------------------------------------------


def test_everything_is_kept_in_both_directions() -> None:
    with pair() as (ours, peer):
        assert ours.send(b"hello") == 5
        assert peer.recv(10) == b"hello"
        peer.sendall(b"abcdef")
        assert (ours.recv(4), ours.recv(4)) == (b"abcd", b"ef")
        assert (bytes(ours.sent), bytes(ours.received), ours.received_total) == (b"hello", b"abcdef", 6)
        assert ours.first_byte_at is not None and ours.last_byte_at is not None
        peer.close()
        assert (ours.recv(4), ours.ended) == (b"", "eof")


def _asked_of_the_kernel(ours: RecordingSocket) -> float | None:
    """How long the last call might have waited."""
    return ours._sock.gettimeout()


@pytest.mark.parametrize("longest", [60.0, None])
def test_nothing_waits_past_the_deadline(longest: float | None) -> None:
    with pair(0.3) as (ours, _peer):
        ours.settimeout(longest)
        with pytest.raises(DeadlineExceeded):
            ours.recv(1)
        assert 0 < (_asked_of_the_kernel(ours) or 9) <= 0.3
        with pytest.raises(DeadlineExceeded):
            ours.send(b"x")


def test_a_byte_now_and_then_restarts_no_clock() -> None:
    with pair(0.5) as (ours, peer):
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(0.05):
                with contextlib.suppress(OSError):
                    peer.send(b"x")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        ours.settimeout(10)
        with pytest.raises(DeadlineExceeded):
            while True:
                ours.recv(1)
        stop.set()
        thread.join()
        assert ours.received_total < 30


def test_sending_to_a_peer_that_does_not_read_ends_at_the_deadline() -> None:
    with pair(0.3) as (ours, _peer), pytest.raises((DeadlineExceeded, TimeoutError)):
        while True:
            ours.send(b"x" * 100_000)


def test_a_step_may_wait_for_less() -> None:
    with pair(10) as (ours, _peer):
        ours.settimeout(0.1)
        with pytest.raises(TimeoutError):
            ours.recv(1)
        assert 0 < (_asked_of_the_kernel(ours) or 9) <= 0.1
        assert ours.gettimeout() == 0.1


def test_a_peer_that_is_gone_when_something_is_sent_has_reset() -> None:
    with pair() as (ours, peer):
        peer.close()
        with pytest.raises(ConnectionError):
            ours.send(b"x")
        assert ours.ended == "reset"


def test_a_flood_is_bounded_and_only_its_start_is_kept() -> None:
    with pair(limit=100_000, keep=1000) as (ours, peer):
        thread = threading.Thread(target=_pour, args=(peer,), daemon=True)
        thread.start()
        with pytest.raises(TooMuch, match="100000"):
            while True:
                ours.recv(65536)
        assert len(ours.received) == 1000
        ours.allow(50_000)
        with pytest.raises(TooMuch):
            while True:
                ours.recv(65536)


def _pour(peer: socket.socket) -> None:
    with contextlib.suppress(OSError):
        for _number in range(100):
            peer.sendall(b"x" * 10_000)


def test_draining_takes_what_comes_and_raises_nothing() -> None:
    with pair() as (ours, peer):
        peer.sendall(b"abc")
        ours.drain(0.1, 100)
        assert bytes(ours.received) == b"abc"
        peer.sendall(b"d" * 50)
        ours.drain(5, 10)
        assert ours.received_total == 53, "enough is enough"
        peer.close()
        ours.drain(5, 100)
        assert ours.ended == "eof"


def test_a_connection_that_was_reset_is_told_from_one_that_ended() -> None:
    def reset(client: socket.socket) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    with answering(reset) as endpoint:
        ours = RecordingSocket(connect(endpoint, Deadline(3), 3), Deadline(3))
        ours.send(b"x")
        with pytest.raises(ConnectionError):
            ours.recv(1)
        assert ours.ended == "reset"
        ours.hang_up()


def test_connecting_without_time_raises_before_it_is_tried() -> None:
    with pytest.raises(DeadlineExceeded):
        connect(Endpoint("127.0.0.1", 1), Deadline(0), 5)
    with pytest.raises(ConnectionRefusedError):
        connect(Endpoint("127.0.0.1", 1), Deadline(3), 3)


# -- the handshake -----------------------------------------------------------------------------------------------------


def test_the_request_is_a_browsers() -> None:
    with answering(b"HTTP/1.1 404 Not Found\r\n\r\n") as endpoint:
        seen = shake(
            endpoint,
            path="/ws?a=1",
            host="chat.example.com",
            origin="https://chat.example.com",
            subprotocols=("soap", "mqtt"),
            headers=(("X-A", "1"),),
        ).seen
    fields = dict(seen["request"])
    assert fields[""] == "GET /ws?a=1 HTTP/1.1"
    assert (fields["Host"], fields["Origin"]) == ("chat.example.com", "https://chat.example.com")
    assert (fields["Sec-WebSocket-Protocol"].replace(" ", ""), fields["X-A"]) == ("soap,mqtt", "1")


def test_without_an_origin_none_is_sent() -> None:
    with answering(b"HTTP/1.1 404 Not Found\r\n\r\n") as endpoint:
        assert "Origin" not in dict(shake(endpoint, origin=None).seen["request"])


def test_secrets_are_hidden_when_they_are_recorded() -> None:
    """Not only by the last gate: what is recorded may be shown by any later code."""
    head = b'HTTP/1.1 401 Unauthorized\r\nSet-Cookie: sid=%s\r\nX-Auth-Token: %s\r\n\r\n{"token": "%s"}'
    answer = head.replace(b"%s", CANARY.encode())
    headers = (("Authorization", f"Bearer {CANARY}"), ("Cookie", f"sid={CANARY}"))
    with answering(answer) as endpoint:
        seen = shake(endpoint, path=f"/ws?token={CANARY}", headers=headers).seen
        plain = get(endpoint, Request(headers=headers, host="x"), Deadline(3), Redactor())
    seen.pop("path")
    assert seen["status"] == plain["status"] == 401
    assert dict(seen["headers"])["Set-Cookie"] == dict(seen["request"])["Authorization"] == HIDDEN
    assert CANARY not in json.dumps([seen, plain])


@pytest.mark.parametrize(
    ("answer", "outcome", "status"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy", "http", 503),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "upgraded", 101),
        (b"HTTP/1.1 101\r\n\r\n", "upgraded", 101),
        (b"HTTP/2 200\r\n\r\n", "http", 200),
        (b"HTTP/1.1 abc\r\n\r\n", "not-http", None),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", "not-http", None),
        (b"220 mail ESMTP\r\n", "not-http", None),
        (b"\x15\x03\x01\x00\x02\x02\x46", "not-http", None),
        (b"", "eof", None),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 60_000 + b"\r\n", "too-much", None),
        (b"HTTP/1.1 403 " + "Verbüten".encode("latin-1") + b"\r\nX: \xff\xfe\r\n\r\n\xff\xfe", "http", 403),
    ],
)
def test_outcome_and_status_of_an_answer(answer: bytes, outcome: str, status: int | None) -> None:
    with answering(answer) as endpoint:
        seen = shake(endpoint).seen
    assert (seen["outcome"], seen["status"]) == (outcome, status)
    json.dumps(Redactor().tree(seen), ensure_ascii=False).encode()


def test_no_time_left_is_no_fault_of_the_peer() -> None:
    with listening() as sock:
        seen = shake(Endpoint("127.0.0.1", sock.getsockname()[1]), 0.0).seen
    assert (seen["outcome"], seen["status"]) == ("no-time", None)


@pytest.mark.parametrize("host", ["[::1]:8443", "[::1]", "chat.example.com:8443", "chat.example.com", ""])
def test_the_name_in_tls_has_neither_port_nor_brackets(host: str) -> None:
    class Context:
        """Notes the name that it is asked for."""

        name: str | None = "unset"

        def wrap_socket(self, _raw: socket.socket, server_hostname: str | None) -> socket.socket:
            self.name = server_hostname
            raise OSError("enough")

    context = Context()
    with listening() as sock:
        endpoint = Endpoint("127.0.0.1", sock.getsockname()[1])
        request = Request(host=host, tls=True)
        seen = open_websocket(endpoint, request, Deadline(3), LIBRARY, Redactor(), tls_context=context).seen
    assert (seen["outcome"], seen["error"]) == ("tls-error", "enough")
    assert context.name == ("::1" if "::1" in host else "chat.example.com" if host else None)


# -- what a client has to compare of a 101 -----------------------------------------------------------------------------

_OFFER = ("chat", "chat.v2")
_HEADS = {
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Accept": "ACCEPT",
}


@pytest.mark.parametrize(
    ("changes", "offered", "said"),
    [
        ({}, (), []),
        ({"Upgrade": "WebSocket", "Connection": "upgrade"}, (), []),
        ({"Sec-WebSocket-Protocol": "chat.v2"}, _OFFER, []),
        ({"Connection": None}, (), ["Connection is missing"]),
        ({"Connection": "keep-alive"}, (), ["Connection: keep-alive must contain Upgrade"]),
        ({"Upgrade": "h2c"}, (), ["Upgrade: h2c must be websocket"]),
        ({"Upgrade": None}, (), ["Upgrade is missing"]),
        ({"Sec-WebSocket-Accept": None}, (), ["Sec-WebSocket-Accept is missing"]),
        ({"Sec-WebSocket-Accept": "AAAA"}, (), ["Sec-WebSocket-Accept is wrong"]),
        (
            {"Sec-WebSocket-Protocol": "mqtt"},
            (),
            ["Sec-WebSocket-Protocol selects mqtt, which was not offered"],
        ),
        (
            {"Sec-WebSocket-Protocol": "mqtt"},
            _OFFER,
            ["Sec-WebSocket-Protocol selects mqtt, which was not offered"],
        ),
        (
            {"Sec-WebSocket-Extensions": "permessage-deflate; server_no_context_takeover"},
            (),
            ["Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover was not offered"],
        ),
    ],
)
def test_a_101_that_browsers_refuse_is_described_by_its_headers(
    changes: dict[str, str | None], offered: tuple[str, ...], said: list[str]
) -> None:
    def answer(client: socket.socket) -> None:
        key = re.search(rb"(?i)sec-websocket-key: *([^\r]*)", requests[-1])
        assert key is not None
        heads = {**_HEADS, **changes}
        lines = [f"{name}: {value}" for name, value in heads.items() if value is not None]
        text = "\r\n".join(["HTTP/1.1 101 Switching Protocols", *lines, "", ""])
        client.sendall(text.replace("ACCEPT", accept_for(key[1].decode())).encode())
        client.recv(100)

    requests: list[bytes] = []
    with listening() as sock:

        def serve() -> None:
            client, _address = sock.accept()
            with client:
                client.settimeout(3)
                requests.append(client.recv(65536))
                answer(client)

        threading.Thread(target=serve, daemon=True).start()
        result = shake(Endpoint("127.0.0.1", sock.getsockname()[1]), subprotocols=offered)
        result.close()
    assert result.seen["broken"] == said
    assert result.open == (not said)
