# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of HTTP/2 and HPACK as one extended CONNECT needs, on the examples of the RFCs and on real sockets."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import ssl
import threading
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.handshake import Request
from ansible_collections.websocket.health.plugins.module_utils._protocol.recording_socket import Endpoint
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.plugin_utils._controller import http2_connect as http2

from tests.unit.tls_ca import issue, store

REQUEST = Request(
    path="/ws", host="chat.example.com", origin="https://chat.example.com", subprotocols=("chat.v1",),
    headers=(("Authorization", "Bearer x"), ("Connection", "close")),
)  # fmt: skip
SETTINGS = bytes.fromhex("000300000064 000800000001")
ACK = http2.frame(4, 1, 0)


# -- HPACK -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "status"),
    [
        # RFC 7541, C.5.1, C.6.1, C.6.2 and C.6.3 (its first response): the first field of each.
        ("4803333032", 302),
        ("488264025885aec3771a4b", 302),
        ("4883640eff", 307),
        ("88c1", 200),
        ("8e", 500),
        # Never indexed and without indexing, a new size of the dynamic table before it, the name in letters.
        ("1803343035", 405),
        ("08033430350f1f", 405),
        ("3fe11f4803343033", 403),
        ("40073a73746174757303353032", 502),
        # No status, and what is not whole.
        ("82", None),
        ("4803", None),
        ("48", None),
        ("", None),
        ("3f", None),
        ("4803782e79", None),
    ],
)
def test_the_status_of_a_block(block: str, status: int | None) -> None:
    assert http2.status_of(bytes.fromhex(block)) == status


@pytest.mark.parametrize(
    ("number", "bits", "data"), [(10, 5, "0a"), (1337, 5, "1f9a0a"), (42, 8, "2a"), (127, 7, "7f00")]
)
def test_integers_are_encoded_as_in_rfc_7541(number: int, bits: int, data: str) -> None:
    """RFC 7541, C.1."""
    assert http2.encoded_integer(number, bits).hex() == data
    assert http2.decoded_integer(bytes.fromhex(data), 0, bits) == (number, len(data) // 2)


def test_digits_of_every_status() -> None:
    codes = {str(digit): f"{digit:05b}" for digit in range(3)} | {
        str(digit): f"{digit + 22:06b}" for digit in range(3, 10)
    }
    for status in range(100, 1000):
        bits = "".join(codes[digit] for digit in str(status))
        bits += "1" * (-len(bits) % 8)
        coded = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
        assert http2.digits(coded) == str(status)


@pytest.mark.parametrize("data", ["ff", "aec3771a4b", "640fffff"])
def test_other_text_is_no_number(data: str) -> None:
    assert http2.digits(bytes.fromhex(data)) == ""


def test_the_request_has_the_fields_of_an_extended_connect() -> None:
    fields = dict(http2.fields_of(REQUEST))
    assert fields == {
        ":method": "CONNECT", ":protocol": "websocket", ":scheme": "https", ":path": "/ws",
        ":authority": "chat.example.com", "sec-websocket-version": "13", "origin": "https://chat.example.com",
        "sec-websocket-protocol": "chat.v1", "authorization": "Bearer x",
    }  # fmt: skip
    assert http2.literal(":path", "/sample/path").hex() == "00053a706174680c2f73616d706c652f70617468"


# -- a server ----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def answering(folder: pathlib.Path, data: bytes, alpn: t.Sequence[str] = ("h2",)) -> t.Iterator[Endpoint]:
    """A server in TLS that says this to one connection, whatever it is asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(store(folder / "server.pem", issue("localhost", names=["localhost"]), key=True))
    context.set_alpn_protocols(list(alpn))

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as sock:
            sock.settimeout(5)
            sock.sendall(data)
            while sock.recv(65536):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield Endpoint("127.0.0.1", listener.getsockname()[1])
        thread.join(6)


def _says(*frames: bytes) -> bytes:
    return http2.frame(4, 0, 0, SETTINGS) + b"".join(frames)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (_says(ACK, http2.frame(1, 5, 1, bytes.fromhex("4803343035"))), ("answered", True, 405)),
        (_says(http2.frame(6, 0, 0, bytes(8)), http2.frame(1, 4, 1, b"\x88")), ("answered", True, 200)),
        # Padded, with a priority, over two frames, after an informational one.
        (
            _says(
                http2.frame(1, 4, 1, bytes.fromhex("4803313033")),
                http2.frame(1, 40, 1, b"\x02" + bytes(5) + b"\x48\x03" + bytes(2)),
                http2.frame(9, 4, 1, b"404"),
            ),
            ("answered", True, 404),
        ),
        (_says(http2.frame(3, 0, 1, (7).to_bytes(4, "big"))), ("reset", True, None)),
        (_says(http2.frame(7, 0, 0, bytes(4) + (1).to_bytes(4, "big"))), ("goaway", True, None)),
        (_says(http2.frame(1, 4, 1, b"\x82")), ("not-http2", True, None)),
        (http2.frame(4, 0, 0, bytes.fromhex("000300000064")), ("not-advertised", False, None)),
        (http2.frame(4, 0, 0, bytes.fromhex("000800000000")), ("not-advertised", False, None)),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ("not-http2", None, None)),
    ],
)  # fmt: skip
def test_outcome_advertised_and_status_of_an_answer(
    tmp_path: pathlib.Path, data: bytes, expected: tuple[str, bool | None, int | None]
) -> None:
    with answering(tmp_path, data) as endpoint:
        seen = http2.ask_http2(endpoint, REQUEST, Deadline(5))
    assert (seen["outcome"], seen["advertised"], seen["status"]) == expected


def test_a_server_that_never_answers_is_a_time_out_after_the_patience(tmp_path: pathlib.Path) -> None:
    with answering(tmp_path, _says()) as endpoint:
        seen = http2.ask_http2(endpoint, REQUEST, Deadline(5), patience=0.5)
    assert (seen["outcome"], seen["advertised"]) == ("timeout", True)
    assert seen["ms"] < 900


def test_without_http2_nothing_is_asked(tmp_path: pathlib.Path) -> None:
    with answering(tmp_path, b"", alpn=["http/1.1"]) as endpoint:
        assert http2.ask_http2(endpoint, REQUEST, Deadline(5))["outcome"] == "no-http2"


def test_a_refused_connection_is_its_outcome() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert http2.ask_http2(Endpoint("127.0.0.1", port), REQUEST, Deadline(5))["outcome"] == "connect-refused"
