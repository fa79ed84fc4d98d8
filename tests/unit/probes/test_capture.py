# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture of a real handshake, decoded; and what is said where none can be taken."""

from __future__ import annotations

import base64
import socket
import struct
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.packets import (
    ACK,
    SYN,
    Segment,
    as_pcap,
    connections_of,
    packets_of,
    segment_of,
)
from ansible_collections.websocket.health.plugins.module_utils._run.context import CommandMissing
from ansible_collections.websocket.health.plugins.module_utils._run.run_probes import wanted_subjects
from ansible_collections.websocket.health.plugins.plugin_utils._checks.capture import check

from tests.servers.catalogue import running
from tests.servers.fault_server import staged
from tests.unit.probed_host import Evidence, Service, ask, new_context, probe_with

needs_tcpdump = pytest.mark.servers("root", "tcpdump", "node")


def results(evidence: Evidence) -> dict[str, t.Any]:
    return {result.id: result for result in check(evidence, {"name": "x", "port": 1})}


@needs_tcpdump
def test_a_healthy_server() -> None:
    with running("ws_standalone") as server:
        service: Service = {
            "name": "x",
            "port": server.port,
            "websocket": {"path": "/", "dialect": "echo", "headers": {"Authorization": "Bearer cAnArY7xcAnArY7x"}},
            "capture": {"pcap": True},
        }
        evidence = ask(service, ["capture"], 12)["capture"]
    assert {name: result.status for name, result in results(evidence).items()} == {
        "capture.handshake": "pass",
        "capture.frames": "pass",
        "capture.transport": "pass",
    }
    talk = next(entry for entry in evidence["connections"] if len(entry["frames"]) > 3)
    assert talk["request"] == "GET / HTTP/1.1"
    assert [frame["opcode"] for frame in talk["frames"]][:5] == ["text", "text", "ping", "pong", "close"]
    assert {frame["text"] for frame in talk["frames"] if frame["opcode"] == "text"} == {""}, (
        "messages are other people's"
    )
    assert [frame["length"] for frame in talk["frames"] if frame["from"] == "server"][0] == len("wsh-") + 12
    assert all(frame["masked"] == (frame["from"] == "client") for frame in talk["frames"])
    pcap = base64.b64decode(evidence.pop("pcap"))
    assert struct.unpack("<I", pcap[:4])[0] == 0xA1B2C3D4
    assert "cAnArY7x" not in str(evidence), "headers are redacted"


@needs_tcpdump
def test_a_server_that_refuses_the_handshake() -> None:
    with staged(["not-found-404"]) as ports:
        service = {"name": "x", "port": ports["not-found-404"], "websocket": {"path": "/ws"}}
        evidence = ask(service, ["capture"], 12)["capture"]
    found = results(evidence)["capture.handshake"]
    assert (found.status, "is answered with 404" in found.summary) == ("fail", True)
    assert "pcap" not in evidence


@needs_tcpdump
def test_a_capture_of_a_closed_port_shows_the_reset() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        evidence = ask({"name": "x", "port": sock.getsockname()[1]}, ["capture"], 12)["capture"]
    found = results(evidence)
    assert (found["capture.handshake"].status, "answered with a reset" in found["capture.handshake"].summary) == (
        "fail",
        True,
    )


def _with_command(command: t.Callable[..., t.Any]) -> Evidence:
    service = {"name": "x", "port": 1}
    context = new_context(service)
    context.command = command  # type: ignore[method-assign]
    return probe_with("capture", service, context)


def test_without_tcpdump_it_is_a_gap() -> None:
    def command(*_arguments: object) -> t.NoReturn:
        raise CommandMissing("tcpdump is not installed on this host")

    found = results(_with_command(command))
    assert {result.status for result in found.values()} == {"unknown"}
    assert found["capture.handshake"].remediation == ["install tcpdump for the time of the capture"]


def test_without_the_right_to_capture_it_is_a_gap() -> None:
    found = results(_with_command(lambda *_a: (1, "", "tcpdump: any: You don't have permission to capture")))
    assert "permission" in found["capture.handshake"].summary
    assert "become" in found["capture.handshake"].remediation[0]


def test_a_capture_is_only_taken_when_it_is_named() -> None:
    assert "capture" not in wanted_subjects(None, None)
    assert "capture" not in wanted_subjects(None, ["*"])
    assert wanted_subjects(None, ["capture.*"]) == ["capture"]
    assert {"port", "capture"} <= set(wanted_subjects(None, ["*", "capture.*"]))
    assert wanted_subjects(["capture.*"], ["capture.*"]) == []


# -- packets -----------------------------------------------------------------------------------------------------------

PRINTED = """\
1795413466.451555 lo    In  IP 127.0.0.1.53602 > 127.0.0.1.8099: Flags [S], seq 278801840, length 0
\t0x0000:  4500 003c f65a 4000 4006 465f 7f00 0001
\t0x0010:  7f00 0001 d162 1fa3 109e 2db0 0000 0000
\t0x0020:  a002 ffd7 fe30 0000 0204 ffd7 0402 080a
\t0x0030:  ef88 4eb2 0000 0000 0103 030a
tcpdump: a line of another kind
"""


def test_what_tcpdump_prints() -> None:
    ((at, packet),) = packets_of(PRINTED)
    segment = segment_of(at, packet)
    assert segment == Segment(1795413466.451555, "127.0.0.1:53602", "127.0.0.1:8099", SYN, 278801840, b"", 0)
    assert base64.b64decode(as_pcap([(at, packet)]))[40:] == packet


@pytest.mark.parametrize("length", [0, 1, 19, 20, 32])
def test_a_packet_that_is_cut_is_no_segment(length: int) -> None:
    ((at, packet),) = packets_of(PRINTED)
    assert segment_of(at, packet[:length]) is None


@pytest.mark.parametrize("packet", [b"\x60" + bytes(60), b"\x45" + bytes(60), b"\x00" * 60, b"\xff" * 60])
def test_other_packets_are_no_segments(packet: bytes) -> None:
    assert segment_of(0.0, packet) is None


def _segment(source: str, seq: int, data: bytes = b"", flags: int = ACK, length: int | None = None) -> Segment:
    target = "server" if source == "client" else "client"
    return Segment(float(seq), source, target, flags, seq, data, len(data) if length is None else length)


def test_a_stream_is_put_together_without_what_was_sent_twice() -> None:
    (connection,) = connections_of(
        [
            _segment("client", 9, flags=SYN),
            _segment("server", 99, flags=SYN | ACK),
            _segment("client", 10, b"abc"),
            _segment("client", 10, b"abc"),
            _segment("client", 13, b"def"),
            _segment("server", 100, b"xyz"),
        ]
    )
    assert (connection.client, connection.server) == ("client", "server")
    assert b"".join(data for _at, data in connection.stream("client")) == b"abcdef"
    assert connection.repeated() == 1


def test_a_stream_ends_where_packets_were_cut_or_lost() -> None:
    (connection,) = connections_of(
        [
            _segment("client", 9, flags=SYN),
            _segment("client", 10, b"abc", length=5),
            _segment("client", 15, b"later"),
        ]
    )
    assert connection.stream("client") == [(10.0, b"abc")]
    (lost,) = connections_of([_segment("client", 9, flags=SYN), _segment("client", 20, b"later")])
    assert lost.stream("client") == []


def test_a_port_that_is_used_again_is_another_connection() -> None:
    found = connections_of(
        [_segment("client", 9, flags=SYN), _segment("server", 1, b"x"), _segment("client", 50, flags=SYN)]
    )
    assert len(found) == 2
