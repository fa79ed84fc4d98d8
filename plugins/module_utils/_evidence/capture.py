# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the capture of a service's port says. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t

from .common import Common
from .websocket import HandshakeSeen

#: ``client`` or ``server``: a name that no class can have.
_From = t.TypedDict("_From", {"from": str}, total=False)


class Frame(_From, total=False):
    """One WebSocket frame."""

    #: After the first packet.
    at_ms: float
    #: ``text``, ``close``, ``reserved 3`` …
    opcode: str
    fin: bool
    masked: bool
    compressed: bool
    #: Bytes of its payload.
    length: int
    #: Its text, or code and reason of a close frame; redacted and cut, empty where it is other people's.
    text: str


class ConnectionRow(t.TypedDict, total=False):
    """One TCP connection. Times are milliseconds after the first packet."""

    #: ``192.0.2.7:35914``
    client: str
    server: str
    at_ms: float
    #: Its beginning was captured.
    syn: bool
    #: None: the SYN had no answer.
    accepted_ms: t.Optional[float]
    refused: bool
    #: Segments that were sent again.
    repeated: int
    #: It begins as TLS does.
    tls: bool
    #: The request line, without its query.
    request: t.Optional[str]
    #: Pairs of name and value, redacted.
    request_headers: t.List[t.List[str]]
    status: t.Optional[int]
    answered_ms: float
    answer_headers: t.List[t.List[str]]
    #: The first ones, in the order of their times.
    frames: t.List[Frame]
    #: ``open``, ``closed by client``, ``reset by server`` …
    ended: str


class Capture(Common, total=False):
    """The evidence of a capture."""

    #: How many were captured; None: there was no capture.
    packets: t.Optional[int]
    #: Packets that the kernel dropped because the capture was too slow; None: tcpdump did not say.
    dropped: t.Optional[int]
    #: The first ones.
    connections: t.List[ConnectionRow]
    #: What the probe itself saw of its handshake, as websocket_probe's ``main``; None: it did not come to one.
    handshake: t.Optional[HandshakeSeen]
    #: The packets as a pcap file, in base64.
    pcap: str
