# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""TCP segments out of what ``tcpdump -x -tt`` prints, put together to the streams of each connection (RFC 9293)."""

from __future__ import annotations

import base64
import ipaddress
import re
import struct
import typing as t

_HEAD = re.compile(r"^(\d+\.\d+) ")
_HEX = re.compile(r"^\s+0x[0-9a-f]+:\s+([0-9a-f ]+)$")
_TCP = 6
FIN, SYN, RST, ACK = 1, 2, 4, 16
#: Bytes of each direction of a connection that are kept.
_KEEP = 65536


class Segment(t.NamedTuple):
    """One TCP segment; ``at`` in epoch seconds, addresses as ``host:port``."""

    at: float
    source: str
    target: str
    flags: int
    seq: int
    data: bytes
    #: Bytes of payload on the wire, which may be more than were captured.
    length: int


class Connection:
    """The segments between two ends, the client first."""

    def __init__(self, first: Segment) -> None:
        self.client, self.server = first.source, first.target
        self.segments: list[Segment] = []

    def stream(self, source: str) -> list[tuple[float, bytes]]:
        """Payload of one direction in order, each piece with its time; repeated segments count once."""
        pieces: list[tuple[float, bytes]] = []
        expected: int | None = None
        size = 0
        for segment in self.segments:
            if segment.source != source:
                continue
            if segment.flags & SYN:
                expected = (segment.seq + 1) & 0xFFFFFFFF
                continue
            if not segment.length or size > _KEEP:
                continue
            if expected is not None and segment.seq != expected:
                continue
            pieces.append((segment.at, segment.data))
            size += len(segment.data)
            expected = (segment.seq + segment.length) & 0xFFFFFFFF
            if len(segment.data) < segment.length:
                break  # the rest of this stream was not captured
        return pieces

    def repeated(self) -> int:
        """Segments with payload or SYN that were sent again."""
        seen: set[tuple[str, int, int]] = set()
        count = 0
        for segment in self.segments:
            if segment.length or segment.flags & SYN:
                key = (segment.source, segment.seq, segment.length)
                count += key in seen
                seen.add(key)
        return count


def packets_of(text: str) -> list[tuple[float, bytes]]:
    """Each packet from its IP header on, with its time."""
    packets: list[tuple[float, bytearray]] = []
    for line in text.splitlines():
        head = _HEAD.match(line)
        if head is not None:
            packets.append((float(head.group(1)), bytearray()))
            continue
        dump = _HEX.match(line)
        if dump is not None and packets:
            packets[-1][1].extend(bytes.fromhex(dump.group(1)))
    return [(at, bytes(data)) for at, data in packets if data]


def segment_of(at: float, packet: bytes) -> Segment | None:
    """The TCP segment in an IP packet; None where there is none, or a fragment of one."""
    try:
        if packet[0] >> 4 == 4:
            start, total = (packet[0] & 15) * 4, struct.unpack_from("!H", packet, 2)[0]
            protocol, addresses = packet[9], (packet[12:16], packet[16:20])
            fragmented = struct.unpack_from("!H", packet, 6)[0] & 0x1FFF
        elif packet[0] >> 4 == 6:
            start, total = 40, 40 + struct.unpack_from("!H", packet, 4)[0]
            protocol, addresses = packet[6], (packet[8:24], packet[24:40])
            fragmented = 0
        else:
            return None
        if protocol != _TCP or fragmented:
            return None
        ports = struct.unpack_from("!HH", packet, start)
        seq = struct.unpack_from("!I", packet, start + 4)[0]
        body = start + (packet[start + 12] >> 4) * 4
        ends = [_end(address, port) for address, port in zip(addresses, ports)]
        return Segment(at, ends[0], ends[1], packet[start + 13], seq, packet[body:total], max(0, total - body))
    except (IndexError, struct.error, ValueError):
        return None


def connections_of(segments: t.Iterable[Segment]) -> list[Connection]:
    """The connections in the order of their first segment; the sender of a SYN is the client, else who spoke first."""
    found: dict[frozenset[str], Connection] = {}
    order: list[Connection] = []
    for segment in segments:
        key = frozenset((segment.source, segment.target))
        opening = segment.flags & (SYN | ACK) == SYN
        known = found.get(key)
        if known is None or (opening and any(not entry.flags & SYN for entry in known.segments)):
            known = found[key] = Connection(segment)
            order.append(known)
        known.segments.append(segment)
    return order


def as_pcap(packets: t.Iterable[tuple[float, bytes]]) -> str:
    """The packets as a pcap file (link type RAW), in base64 (draft-ietf-opsawg-pcap)."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)]
    for at, data in packets:
        parts.append(struct.pack("<IIII", int(at), int(at % 1 * 1e6), len(data), len(data)) + data)
    return base64.b64encode(b"".join(parts)).decode("ascii")


def _end(address: bytes, port: int) -> str:
    text = str(ipaddress.ip_address(address))
    return ("[%s]:%d" if ":" in text else "%s:%d") % (text, port)
