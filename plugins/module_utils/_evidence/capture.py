# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the capture of a service's port says. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import typing as t

from .common import Common, Pair
from .websocket import HandshakeSeen

#: Who sent it: ``client`` or ``server``.
_From = t.TypedDict("_From", {"from": str}, total=False)


class Frame(_From, total=False):
    """One WebSocket frame."""

    #: Milliseconds after the first packet.
    at_ms: float
    #: Its type: ``text``, ``close``, ``reserved 3`` …
    opcode: str
    #: Whether it is the last frame of its message.
    fin: bool
    #: Whether its payload is masked, as a client's has to be.
    masked: bool
    #: Whether its message is compressed.
    compressed: bool
    #: The size of its payload.
    length: int
    #: Its text, or code and reason of a close frame; redacted and cut, empty if it is another client's.
    text: str


class ConnectionRow(t.TypedDict, total=False):
    """One TCP connection. Times are milliseconds after the first packet."""

    #: The end that opened it, such as ``192.0.2.7:35914``.
    client: str
    #: The other end.
    server: str
    #: When its first packet was seen.
    at_ms: float
    #: Whether its start was captured.
    syn: bool
    #: When it was accepted. None: the SYN got no answer.
    accepted_ms: t.Optional[float]
    #: Whether the port refused it.
    refused: bool
    #: How many segments were retransmitted.
    repeated: int
    #: Whether it starts as TLS does.
    tls: bool
    #: The request line, without its query. None: none was seen.
    request: t.Optional[str]
    #: Name and value of each header of the request, redacted. Only where a request was seen.
    request_headers: t.List[Pair]
    #: The HTTP status of the answer. None: none was seen.
    status: t.Optional[int]
    #: When the answer was seen. Only where it was seen.
    answered_ms: float
    #: Name and value of each header of the answer, redacted. Only where it was seen.
    answer_headers: t.List[Pair]
    #: The first frames, in the order of their times.
    frames: t.List[Frame]
    #: How it ended: ``open``, ``closed by client``, ``reset by server`` …
    ended: str


class Capture(Common, total=False):
    """The evidence of a capture."""

    #: How many packets were captured. None: there was no capture.
    packets: t.Optional[int]
    #: Packets that the kernel dropped because the capture was too slow. None: tcpdump did not say. Only where the
    #: capture ran.
    dropped: t.Optional[int]
    #: The connections in the order of their first packets, at most 12.
    connections: t.List[ConnectionRow]
    #: What the probe itself saw of its handshake. None: it did not get that far.
    handshake: t.Optional[HandshakeSeen]
    #: The packets as a pcap file, in base64, from their IP headers on. It is not redacted. Only when
    #: option ``capture.pcap`` is true.
    pcap: str
