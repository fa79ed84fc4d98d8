# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The rules of RFC 6455, section 5 that every browser holds a server's frames to; other clients let some of it pass."""

from __future__ import annotations

import codecs
import struct
import typing as t

_NAMES = {0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}
#: Close codes that may not be sent (RFC 6455, section 7.4.1).
_NEVER_SENT = (1004, 1005, 1006, 1015)


class Head(t.NamedTuple):
    """The head of one frame."""

    first: int
    masked: bool
    #: Bytes of the head, and of the payload.
    start: int
    length: int

    @property
    def opcode(self) -> int:
        """What kind of frame it is."""
        return self.first & 0x0F

    @property
    def final(self) -> bool:
        """Whether it ends its message."""
        return bool(self.first & 0x80)

    @property
    def words(self) -> str:
        """The frame, named."""
        return "a %s frame" % _NAMES.get(self.opcode, "(opcode 0x%x)" % self.opcode)


def broken_frame(stream: bytes, extended: bool = False) -> str:
    """The first frame that breaks the protocol, and how; empty where none does, as far as the stream goes.

    :param stream: what came after the 101.
    :param extended: an extension was negotiated, which gives the reserved bits and payloads a meaning.
    """
    position, inside, text = 0, False, None
    while True:
        head = _head(stream, position)
        if head is None:
            return ""
        wrong = _wrong_head(head, inside, extended)
        if wrong:
            return wrong
        payload = stream[position + head.start : position + head.start + head.length]
        if head.opcode == 8:
            return _wrong_close(payload, len(payload) == head.length)
        if head.opcode in (0, 1, 2):
            if head.opcode:
                text = codecs.getincrementaldecoder("utf-8")() if head.opcode == 1 and not extended else None
            inside = not head.final
            try:
                if text is not None:
                    text.decode(payload, head.final and len(payload) == head.length)
            except UnicodeDecodeError as error:
                return "a text frame is not UTF-8 (%s: byte 0x%02x)" % (error.reason, error.object[error.start])
        position += head.start + head.length


def _head(stream: bytes, position: int) -> Head | None:
    """The head at a position; None where it has not come as a whole."""
    if len(stream) < position + 2:
        return None
    first, second = stream[position], stream[position + 1]
    start, length = 2, second & 0x7F
    if length > 125:
        size, form = (2, "!H") if length == 126 else (8, "!Q")
        field = stream[position + 2 : position + 2 + size]
        if len(field) < size:
            return None
        start, length = 2 + size, struct.unpack(form, field)[0]
    masked = bool(second & 0x80)
    return Head(first, masked, start + (4 if masked else 0), length)


def _wrong_head(head: Head, inside: bool, extended: bool) -> str:
    if head.opcode not in _NAMES:
        return "a frame has the unknown opcode 0x%x" % head.opcode
    reserved = (head.first >> 4) & 0x07
    if reserved and not (extended and reserved == 4):
        names = [name for bit, name in ((4, "RSV1"), (2, "RSV2"), (1, "RSV3")) if reserved & bit]
        return "%s has reserved bits set (%s), and no extension was negotiated" % (head.words, ", ".join(names))
    if head.masked:
        return "%s is masked, which only a client's may be" % head.words
    if head.opcode >= 8 and not head.final:
        return "%s is fragmented, which control frames may not be" % head.words
    if head.opcode >= 8 and head.length > 125:
        return "%s has %d bytes, where control frames may have 125" % (head.words, head.length)
    if head.opcode == 0 and not inside:
        return "a continuation frame continues no message"
    if head.opcode in (1, 2) and inside:
        return "%s begins inside a fragmented message" % head.words
    return ""


def _wrong_close(payload: bytes, whole: bool) -> str:
    if not whole or not payload:
        return ""
    if len(payload) == 1:
        return "a close frame has one byte, where a code has two"
    code = struct.unpack("!H", payload[:2])[0]
    if code < 1000 or code in _NEVER_SENT or 1016 <= code < 3000 or code > 4999:
        return "a close frame has the code %d, which may not be sent" % code
    try:
        payload[2:].decode("utf-8")
    except UnicodeDecodeError as error:
        return "the reason of a close frame is not UTF-8 (%s: byte 0x%02x)" % (error.reason, payload[2:][error.start])
    return ""
