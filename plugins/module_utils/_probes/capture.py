# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A short capture of the service's port around one handshake, decoded to TCP, handshake and frames."""

from __future__ import annotations

import time
import typing as t

from .._protocol.handshake import parse_fields, parse_head
from .._protocol.packets import ACK, FIN, RST, SYN, Connection, as_pcap, connections_of, packets_of, segment_of
from .._run.concurrently import concurrently
from .._run.context import CommandMissing, Context
from .._run.evidence import add_gap, new_evidence
from .._run.redact import without_query
from . import websocket

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.capture import Capture, ConnectionRow, Frame
    from .._evidence.service import Service
    from .._evidence.websocket import HandshakeSeen

#: Seconds that tcpdump takes to begin.
_WARM_UP = 0.6
#: Connections and frames that are described at most.
_MOST_CONNECTIONS, _MOST_FRAMES = 12, 40
_OPCODES = {0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}


def probe(service: Service, context: Context) -> Capture:
    """Run tcpdump for some seconds, and do one handshake meanwhile.

    :param service: an entry of websocket_health_services; its ``capture`` holds ``seconds``, ``packets``, ``snaplen``
        and ``pcap``.
    :returns: ``packets``, ``dropped`` (by the kernel), ``connections`` (ends, times in milliseconds after the first
        packet, handshake, frames, how it ended), ``handshake`` (what the probe itself saw), and ``pcap`` (base64) if asked.
    """
    options = service.get("capture") or {}
    evidence = new_evidence("capture", packets=None, connections=[], handshake=None)
    port = service.get("port")
    if not port:
        add_gap(
            evidence, "capture", "a unix socket has no packets to capture", "look at websocket_probe's trace instead"
        )
        return evidence
    seconds = min(float(options.get("seconds") or 3.0), max(1.0, context.deadline.remaining() - 0.5))
    argv = ["tcpdump", "-i", "any", "-nn", "-tt", "-x", "-l", "-s", str(options.get("snaplen") or 2048)]
    argv += ["-c", str(options.get("packets") or 500), "tcp port %d" % port]

    def ask() -> HandshakeSeen | None:
        time.sleep(_WARM_UP)
        return websocket.probe(service, context).get("main")

    def dump() -> t.Tuple[int, str, str] | None:
        try:
            return context.command(argv, seconds)
        except CommandMissing:
            return None

    outcomes = concurrently({"dump": dump, "handshake": ask}, context.deadline)
    evidence["handshake"] = outcomes["handshake"].value
    if outcomes["dump"].value is not None:
        _decode(evidence, outcomes["dump"].value, context, bool(options.get("pcap")))
    elif outcomes["dump"].kind:
        add_gap(evidence, "capture", outcomes["dump"].message, "raise the deadline")
    else:
        add_gap(
            evidence, "capture", "tcpdump is not installed on this host", "install tcpdump for the time of the capture"
        )
    return evidence


def _decode(evidence: Capture, result: tuple[int, str, str], context: Context, keep: bool) -> None:
    """Fill the evidence from what tcpdump printed."""
    _status, out, err = result
    if "listening on" not in err:
        words = context.redactor.text(" ".join(err.split())[-200:] or "it printed nothing", 200)
        add_gap(evidence, "capture", "tcpdump: %s" % words, "run with become: true: a capture needs CAP_NET_RAW")
        return
    packets = packets_of(out)
    evidence["packets"] = len(packets)
    evidence["dropped"] = next(
        (int(line.split()[0]) for line in err.splitlines() if line.endswith("dropped by kernel")), None
    )
    segments = [segment for segment in (segment_of(at, data) for at, data in packets) if segment is not None]
    begin = segments[0].at if segments else 0.0
    for connection in connections_of(segments)[:_MOST_CONNECTIONS]:
        evidence["connections"].append(_described(connection, begin, context))
    if keep:
        evidence["pcap"] = as_pcap(packets)


def _described(connection: Connection, begin: float, context: Context) -> ConnectionRow:
    """One connection in words: opened, handshake, frames, end."""

    def ms(at: float) -> float:
        return round((at - begin) * 1000.0, 1)

    segments = connection.segments
    answered = [entry for entry in segments if entry.flags & (SYN | ACK) == SYN | ACK]
    opened = segments[0].flags & (SYN | ACK) == SYN
    record: ConnectionRow = {
        "client": connection.client,
        "server": connection.server,
        "at_ms": ms(segments[0].at),
        "syn": opened,
        "accepted_ms": ms(answered[0].at) if answered else None,
        "refused": any(entry.flags & RST and not answered for entry in segments),
        "repeated": connection.repeated(),
        "request": None,
        "status": None,
        "tls": False,
        "frames": [],
        "ended": _ended(connection),
    }
    sent, received = connection.stream(connection.client), connection.stream(connection.server)
    _handshake(record, sent, received, ms, context)
    return record


def _ended(connection: Connection) -> str:
    for segment in connection.segments:
        if segment.flags & (FIN | RST):
            who = "client" if segment.source == connection.client else "server"
            return "%s by %s" % ("reset" if segment.flags & RST else "closed", who)
    return "open"


def _handshake(
    record: ConnectionRow,
    sent: list[tuple[float, bytes]],
    received: list[tuple[float, bytes]],
    ms: t.Callable[[float], float],
    context: Context,
) -> None:
    request = b"".join(data for _at, data in sent)
    # A TLS record of type handshake (RFC 8446, section 5.1).
    record["tls"] = request[:1] == b"\x16"
    answer = b"".join(data for _at, data in received)
    end = request.find(b"\r\n\r\n")
    if end >= 0 and b" HTTP/1." in request[:2048]:
        lines = request[:end].split(b"\r\n")
        record["request"] = context.redactor.text(without_query(lines[0].decode("latin-1")), 300)
        record["request_headers"] = context.redactor.headers(parse_fields(lines[1:]))
    head = parse_head(answer)
    if head is None:
        return
    record["status"] = head["status"]
    record["answered_ms"] = ms(received[0][0])
    record["answer_headers"] = context.redactor.headers(head["headers"])
    if head["status"] == 101 and end >= 0:
        frames = _frames(sent, end + 4, "client", ms) + _frames(received, head["length"], "server", ms)
        frames.sort(key=lambda frame: frame["at_ms"])
        for frame in frames[:_MOST_FRAMES]:
            # Of messages, which are other people's, kind and size; a close frame has a code and a reason.
            shown = context.redactor.reveal or frame["opcode"] == "close"
            frame["text"] = context.redactor.text(frame["text"], 80) if shown else ""
        record["frames"] = frames[:_MOST_FRAMES]


def _frames(pieces: list[tuple[float, bytes]], skip: int, who: str, ms: t.Callable[[float], float]) -> list[Frame]:
    """Frames of one direction (RFC 6455, section 5.2), as far as they were captured."""
    data = b"".join(piece for _at, piece in pieces)
    frames: list[Frame] = []
    position = skip
    while position + 2 <= len(data):
        first, second = data[position], data[position + 1]
        length, start = second & 127, position + 2
        if length >= 126:
            width = 2 if length == 126 else 8
            length = int.from_bytes(data[start : start + width], "big")
            start += width
        mask = data[start : start + 4] if second & 128 else b""
        start += len(mask)
        payload = data[start : start + min(length, 256)]
        if mask:
            payload = bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))
        frames.append(
            {
                "from": who,
                "at_ms": ms(_time_of(pieces, position)),
                "opcode": _OPCODES.get(first & 15, "reserved %d" % (first & 15)),
                "fin": bool(first & 128),
                "masked": bool(mask),
                "compressed": bool(first & 64),
                "length": length,
                "text": _readable(first & 15, first & 64, payload),
            }
        )
        position = start + length
    return frames


def _time_of(pieces: list[tuple[float, bytes]], position: int) -> float:
    """When the byte at a position of a stream was sent."""
    for at, piece in pieces:
        if position < len(piece):
            return at
        position -= len(piece)
    return pieces[-1][0]


def _readable(opcode: int, compressed: int, payload: bytes) -> str:
    if opcode == 8 and len(payload) >= 2:
        return "%d %s" % (int.from_bytes(payload[:2], "big"), payload[2:].decode("utf-8", "replace"))
    return payload.decode("utf-8", "replace") if opcode == 1 and not compressed else ""
