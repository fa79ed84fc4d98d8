# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every stage of the fault server shows the fault it is named after."""

from __future__ import annotations

import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import raw
from fault_server import STAGES, staged

HOST = "127.0.0.1"
ORIGIN = {"Origin": "https://elsewhere.example"}


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """All stages at once."""
    with staged() as opened:
        yield opened


def test_every_stage_has_a_port(ports: dict[str, int]) -> None:
    assert list(ports) == list(STAGES)
    assert len(set(ports.values())) == len(STAGES) == 23


def test_healthy_echoes_answers_pings_and_closes(ports: dict[str, int]) -> None:
    with raw.handshake(HOST, ports["healthy"]) as connection:
        assert connection.accepted
        connection.send("hi")
        assert connection.frame() == (1, b"hi")
        connection.send(b"x" * 60000)
        assert connection.frame() == (2, b"x" * 60000)
        connection.send(b"are you there", 9)
        assert connection.frame() == (10, b"are you there")
        connection.send(struct.pack("!H", 1000), 8)
        assert connection.frame() == (8, struct.pack("!H", 1000))
        assert connection.frame() == (-1, b"")


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("html-200", 200, b"<!doctype html>"),
        ("not-found-404", 404, b"Cannot GET /ws"),
        ("upgrade-required-426", 426, b"Upgrade Required"),
        ("bad-gateway-502", 502, b"<hr><center>nginx"),
        ("origin-403", 403, b"Cross origin"),
        ("redirect-301", 301, b""),
    ],
)
def test_refusals(ports: dict[str, int], name: str, status: int, text: bytes) -> None:
    with raw.handshake(HOST, ports[name], "/ws", ORIGIN) as connection:
        assert connection.status == status
        assert text in connection.read(2)
        if name == "redirect-301":
            assert connection.headers["location"] == f"https://{HOST}/ws"


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://chat.example.com"}])
def test_the_right_origin_is_let_in(ports: dict[str, int], headers: dict[str, str]) -> None:
    with raw.handshake(HOST, ports["origin-403"], "/ws", headers) as connection:
        assert connection.accepted


@pytest.mark.parametrize("name", ["no-accept", "wrong-accept"])
def test_bad_101(ports: dict[str, int], name: str) -> None:
    with raw.handshake(HOST, ports[name]) as connection:
        assert connection.status == 101 and not connection.accepted
        assert ("sec-websocket-accept" in connection.headers) == (name == "wrong-accept")


def test_after_the_101(ports: dict[str, int]) -> None:
    with raw.handshake(HOST, ports["drop-after-101"]) as connection:
        assert connection.accepted and connection.frame() == (-1, b"")
    with raw.handshake(HOST, ports["close-1011"]) as connection:
        assert connection.accepted and connection.frame() == (8, struct.pack("!H", 1011) + b"internal error")
    with raw.handshake(HOST, ports["mute"]) as connection:
        connection.send("hi")
        connection.send(b"", 9)
        began = time.monotonic()
        assert connection.accepted and connection.frame(0.5) == (-1, b"")
        assert time.monotonic() - began > 0.4
    with raw.handshake(HOST, ports["http-in-stream"]) as connection:
        assert connection.accepted and connection.read(1).startswith(b"HTTP/1.1 400")
    with raw.handshake(HOST, ports["giant-frame"]) as connection:
        data = connection.read(0.3)
        assert connection.accepted and struct.unpack("!BBQ", data[:10]) == (0x82, 127, 30_000_000)


@pytest.mark.parametrize("name", ["hung", "accept-mute"])
def test_silence(ports: dict[str, int], name: str) -> None:
    with raw.handshake(HOST, ports[name], timeout=0.5) as connection:
        assert (connection.status, connection.rest) == (0, b"")


def test_not_http(ports: dict[str, int]) -> None:
    with raw.handshake(HOST, ports["ssh-banner"], timeout=0.5) as connection:
        assert connection.rest.startswith(b"SSH-2.0-")
    with raw.handshake(HOST, ports["garbage"], timeout=1) as connection:
        assert connection.status == 0
    with socket.create_connection((HOST, ports["reset"]), timeout=2) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_floods(ports: dict[str, int]) -> None:
    with raw.handshake(HOST, ports["one-byte-a-second"], timeout=1.5) as connection:
        assert 1 <= len(connection.rest) <= 3
    with raw.handshake(HOST, ports["endless-headers"], timeout=10) as connection:
        assert connection.status == 0 and len(connection.rest) >= raw.MOST_BYTES
    with raw.handshake(HOST, ports["ping-flood"]) as connection:
        assert connection.accepted
        assert [connection.frame() for _number in range(1000)] == [(9, b"ping")] * 1000


def test_self_signed(ports: dict[str, int]) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed|self signed"):
        with socket.create_connection((HOST, ports["wss-self-signed"]), timeout=5) as client:
            ssl.create_default_context().wrap_socket(client, server_hostname="localhost")
    lenient = ssl.create_default_context()
    lenient.check_hostname, lenient.verify_mode = False, ssl.CERT_NONE
    client = lenient.wrap_socket(socket.create_connection((HOST, ports["wss-self-signed"]), timeout=5))
    with raw.handshake(HOST, ports["wss-self-signed"], sock=client) as connection:
        connection.send("hi")
        assert connection.accepted and connection.frame() == (1, b"hi")


def test_the_command(tmp_path: Path) -> None:
    program = [sys.executable, str(HERE / "fault_server.py")]
    listing = subprocess.run([*program, "--list"], capture_output=True, text=True, timeout=20, check=True).stdout
    assert [line.split()[0] for line in listing.splitlines()] == list(STAGES)
    with staged(["mute"]) as ports:
        command = [*program, "--stage", "healthy", "--port", str(ports["mute"])]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20)
        assert answer.returncode == 1
        assert "Address already in use" in answer.stderr
        assert "Traceback" not in answer.stderr
