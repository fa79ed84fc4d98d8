# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""A WebSocket over HTTP/2 (RFC 8441), asked for as a browser does that has an HTTP/2 connection open already.

Only as much of HTTP/2 (RFC 9113) and HPACK (RFC 7541) as one question and its status need.
"""

from __future__ import annotations

import contextlib
import ssl
import typing as t

from ...module_utils._protocol.client import unverified_tls
from ...module_utils._protocol.handshake import Request, open_stream
from ...module_utils._protocol.recording_socket import Endpoint, RecordingSocket, TooMuch
from ...module_utils._run.deadline import Deadline, DeadlineExceeded
from ...module_utils._run.digits import number

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.websocket import Http2

#: Frame types and flags (RFC 9113, section 6).
_HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _CONTINUATION = 1, 3, 4, 6, 7, 9
_ACK, _END_HEADERS, _PADDED, _PRIORITY = 1, 4, 8, 32
_ENABLE_PUSH, ENABLE_CONNECT_PROTOCOL = 2, 8
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#: The only stream that is opened, and the largest frame that a peer may send unasked.
_STREAM, _LARGEST = 1, 1 << 14
_CANCEL = 8
#: Headers that belong to one connection (RFC 9113, section 8.2.2), or that pseudo-header fields take the place of.
_NOT_SENT = ("connection", "upgrade", "host", "keep-alive", "proxy-connection", "transfer-encoding")
#: The status codes in HPACK's static table (RFC 7541, appendix A), by their index.
_STATIC_STATUS = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}


class _NotHttp2(Exception):
    """The peer sent what is no HTTP/2."""


def ask_http2(endpoint: Endpoint, request: Request, deadline: Deadline, patience: float = 3.0) -> Http2:
    """Whether a server offers WebSockets over HTTP/2, and what it answers to one.

    :param request: the handshake that was accepted over HTTP/1.1.
    :returns: always. ``outcome`` is ``answered``, ``reset``, ``goaway``, ``eof`` or ``timeout`` after the question;
        ``not-advertised`` or ``no-http2``: there was no reason to ask; ``not-http2``; ``no-time``, ``tls-error`` or a
        ``connect-…``. ``advertised``, ``status``, ``code`` (of HTTP/2's error) and ``ms``, where they are known.
    """
    seen: Http2 = {"outcome": "connect-error", "advertised": None, "status": None, "code": None}
    step = deadline.within(patience)
    context = unverified_tls()
    # Both, as browsers do: a server without HTTP/2 then says so without an alert.
    context.set_alpn_protocols(["h2", "http/1.1"])
    raw = open_stream(endpoint, request._replace(tls=True), seen, step, context)
    if raw is None:
        return seen
    recorder = RecordingSocket(raw, step)
    started = step.elapsed()
    try:
        if t.cast(ssl.SSLSocket, raw).selected_alpn_protocol() != "h2":
            seen["outcome"] = "no-http2"
        else:
            _exchange(_Connection(recorder), request, seen)
    except (TimeoutError, DeadlineExceeded):
        seen["outcome"] = "timeout"
    except (_NotHttp2, TooMuch):
        seen["outcome"] = "not-http2"
    except OSError:
        seen["outcome"] = "eof"
    finally:
        recorder.hang_up()
    seen["ms"] = round((step.elapsed() - started) * 1000.0, 1)
    return seen


def _exchange(connection: _Connection, request: Request, seen: Http2) -> None:
    connection.write(_PREFACE + frame(_SETTINGS, 0, 0, _setting(_ENABLE_PUSH, 0)))
    settings = connection.settings()
    seen["advertised"] = settings.get(ENABLE_CONNECT_PROTOCOL) == 1
    if not seen["advertised"]:
        # To send the question unasked for is an error of the protocol (RFC 8441, section 3).
        seen["outcome"] = "not-advertised"
        connection.leave(opened=False)
        return
    block = b"".join(literal(name, value) for name, value in fields_of(request))
    connection.write(frame(_SETTINGS, _ACK, 0) + frame(_HEADERS, _END_HEADERS, _STREAM, block))
    connection.answer(seen)
    connection.leave(opened=True)


def fields_of(request: Request) -> list[tuple[str, str]]:
    """The header fields of an extended CONNECT (RFC 8441, section 4) that asks for what a handshake asked for."""
    fields = [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "https"),
        (":path", request.path),
        (":authority", request.host),
        ("sec-websocket-version", "13"),
    ]
    if request.origin is not None:
        fields.append(("origin", request.origin))
    if request.subprotocols:
        fields.append(("sec-websocket-protocol", ", ".join(request.subprotocols)))
    return fields + [(name.lower(), value) for name, value in request.headers if name.lower() not in _NOT_SENT]


class _Connection:
    """Frames over a socket."""

    def __init__(self, recorder: RecordingSocket) -> None:
        self._recorder = recorder
        self._data = b""

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self._recorder.send(data)

    def settings(self) -> dict[int, int]:
        """The settings by which a server has to begin (RFC 9113, section 3.4)."""
        kind, flags, _stream, payload = self._frame()
        if kind != _SETTINGS or flags & _ACK or len(payload) % 6:
            raise _NotHttp2
        entries = [payload[at : at + 6] for at in range(0, len(payload), 6)]
        return {int.from_bytes(entry[:2], "big"): int.from_bytes(entry[2:], "big") for entry in entries}

    def answer(self, seen: Http2) -> None:
        """Read until the stream is answered or refused, and note by what."""
        block = b""
        while True:
            kind, flags, stream, payload = self._frame()
            if kind == _PING and not flags & _ACK:
                self.write(frame(_PING, _ACK, 0, payload))
            elif kind == _SETTINGS and not flags & _ACK:
                self.write(frame(_SETTINGS, _ACK, 0))
            elif kind == _RST_STREAM and stream == _STREAM:
                seen.update({"outcome": "reset", "code": int.from_bytes(payload, "big")})
                return
            elif kind == _GOAWAY and payload[4:8] != bytes(4):
                seen.update({"outcome": "goaway", "code": int.from_bytes(payload[4:8], "big")})
                return
            elif kind in (_HEADERS, _CONTINUATION) and stream == _STREAM:
                block += _unpadded(payload, flags) if kind == _HEADERS else payload
                status = status_of(block) if flags & _END_HEADERS else 0
                if status is None or status >= 200:
                    seen.update({"outcome": "answered" if status else "not-http2", "status": status})
                    return
                block = b"" if flags & _END_HEADERS else block

    def leave(self, opened: bool) -> None:
        """Give the stream up and say goodbye."""
        with contextlib.suppress(OSError, DeadlineExceeded):
            stream = frame(_RST_STREAM, 0, _STREAM, _CANCEL.to_bytes(4, "big")) if opened else b""
            self.write(stream + frame(_GOAWAY, 0, 0, bytes(8)))

    def _frame(self) -> tuple[int, int, int, bytes]:
        head = self._read(9)
        size = int.from_bytes(head[:3], "big")
        if size > _LARGEST:
            raise _NotHttp2
        return head[3], head[4], int.from_bytes(head[5:9], "big") & 0x7FFFFFFF, self._read(size)

    def _read(self, size: int) -> bytes:
        while len(self._data) < size:
            chunk = self._recorder.recv(65536)
            if not chunk:
                raise ConnectionError("the peer closed the connection")
            self._data += chunk
        data, self._data = self._data[:size], self._data[size:]
        return data


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame (RFC 9113, section 4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _setting(number: int, value: int) -> bytes:
    return number.to_bytes(2, "big") + value.to_bytes(4, "big")


def _unpadded(payload: bytes, flags: int) -> bytes:
    """The header block of a HEADERS frame, without padding and priority."""
    if flags & _PADDED:
        if not payload or payload[0] >= len(payload):
            raise _NotHttp2
        payload = payload[1 : len(payload) - payload[0]]
    return payload[5:] if flags & _PRIORITY else payload


# HPACK.


def literal(name: str, value: str) -> bytes:
    """A field that is not to be remembered, as plain text (RFC 7541, section 6.2.2)."""
    return b"\x00" + b"".join(
        encoded_integer(len(text), 7) + text for text in (name.encode("latin-1", "replace"), value.encode("utf-8"))
    )


def encoded_integer(number: int, bits: int) -> bytes:
    """A number in the low bits of a byte, and in as many more as it needs (RFC 7541, section 5.1)."""
    most = (1 << bits) - 1
    if number < most:
        return bytes([number])
    data, number = bytes([most]), number - most
    while number >= 0x80:
        data, number = data + bytes([number & 0x7F | 0x80]), number >> 7
    return data + bytes([number])


def decoded_integer(data: bytes, at: int, bits: int) -> tuple[int, int]:
    """Such a number at a place, and the place behind it.

    :raises IndexError: it is not whole.
    """
    most = (1 << bits) - 1
    number, at = data[at] & most, at + 1
    shift = 0
    while number >= most and (shift == 0 or data[at - 1] & 0x80):
        number += (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
    return number, at


def status_of(block: bytes) -> int | None:
    """The ``:status`` of a response's header block, the first on its connection; None: it has none that can be read.

    It comes before all other fields (RFC 9113, section 8.3), so what the peer puts into the dynamic table behind it
    need not be followed.
    """
    at = 0
    try:
        while block[at] & 0xE0 == 0x20:  # the size of the dynamic table (RFC 7541, section 6.3)
            _size, at = decoded_integer(block, at, 5)
        if block[at] & 0x80:
            return _STATIC_STATUS.get(decoded_integer(block, at, 7)[0])
        index, at = decoded_integer(block, at, 6 if block[at] & 0x40 else 4)
        name = ""
        if index == 0:
            name, at = _string(block, at)
        value, _at = _string(block, at)
    except IndexError:
        return None
    named = index in _STATIC_STATUS or name == ":status"
    return number(value) if named and len(value) == 3 else None


def _string(data: bytes, at: int) -> tuple[str, int]:
    """A string literal (RFC 7541, section 5.2) and the place behind it; a coded one only where it is a number."""
    coded = bool(data[at] & 0x80)
    size, at = decoded_integer(data, at, 7)
    text = data[at : at + size]
    if len(text) < size:
        raise IndexError
    return (digits(text) if coded else text.decode("latin-1")), at + size


def digits(data: bytes) -> str:
    """Digits out of Huffman's code (RFC 7541, appendix B); an empty string where it codes anything else.

    0, 1 and 2 have five bits, which are their value; 3 to 9 have six, from 011001 on. Ones fill the last byte.
    """
    bits = "".join("{:08b}".format(byte) for byte in data)
    text = ""
    while bits.strip("1") or len(bits) > 7:
        if bits[:5] in ("00000", "00001", "00010"):
            text, bits = text + str(int(bits[:5], 2)), bits[5:]
        elif 0b011001 <= int(bits[:6], 2) <= 0b011111:
            text, bits = text + str(int(bits[:6], 2) - 0b011001 + 3), bits[6:]
        else:
            return ""
    return text
