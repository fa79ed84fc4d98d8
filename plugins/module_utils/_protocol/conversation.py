# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The exchange of frames after a handshake (RFC 6455, sections 5 to 7), with a trace of it."""

from __future__ import annotations

import json
import os
import socket
import struct
import typing as t

from .._run.deadline import Deadline, DeadlineExceeded
from .._run.redact import Redactor
from .frame_rules import broken_frame
from .handshake import Handshake, printable
from .recording_socket import TooMuch

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Close, TraceRow

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_NAMES = {0: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
#: Frames that the trace keeps, and characters of each.
_TRACE, _SAMPLE = 60, 160


class Frame(t.NamedTuple):
    """One frame (or joined message) from the peer."""

    opcode: int
    data: bytes

    @property
    def text(self) -> str:
        """The payload as text, undecodable bytes replaced."""
        return self.data.decode("utf-8", "replace")


#: Bytes of what was sent by which it is recognised in an answer; fewer may occur in any answer.
_REPEATED = 4


class Ended(Exception):
    """The peer ended the conversation. ``how``: ``close`` (a close frame), ``eof``, ``reset`` or ``garbage``."""

    def __init__(self, how: str, code: int | None = None, reason: str = "") -> None:
        self.how, self.code, self.reason = how, code, reason
        words = {
            "close": "close frame %s %s" % (code, reason),
            "eof": "the connection was closed without a close frame",
        }
        Exception.__init__(self, words.get(how, "%s %s" % (how, reason)).strip())


class Conversation:
    """Frames over an open handshake; pings are answered by the library.

    :param handshake: one whose ``open`` is true.
    :param deadline: nothing waits past it.
    """

    def __init__(self, handshake: Handshake, deadline: Deadline, redactor: Redactor) -> None:
        self.handshake = handshake
        self.deadline = deadline
        self.redactor = redactor
        self.trace: list[TraceRow] = []
        #: How the peer ended it, once it has.
        self.ended: Ended | None = None
        self._client = handshake.library_socket
        # An open handshake has a socket.
        self._socket = t.cast(t.Any, handshake.socket)
        self._waiting: list[Frame] = []
        self._sent: list[bytes] = []
        # A server may push a lot; a probe reads a little.
        self._socket.allow(1 << 20)

    @property
    def subprotocol(self) -> str | None:
        """The sub-protocol that the server selected."""
        return self.handshake.seen.get("subprotocol")

    @property
    def stream_start(self) -> bytes:
        """The first bytes after the 101, as they came."""
        received = bytes(self._socket.received)
        return received[received.find(b"\r\n\r\n") + 4 :][:64]

    @property
    def broken_frame(self) -> str:
        """The first frame for which every browser ends the connection, and how it breaks the protocol; or nothing."""
        received = bytes(self._socket.received)
        stream = received[received.find(b"\r\n\r\n") + 4 :]
        # An answer of HTTP in the stream is another fault, and looks like a frame.
        return (
            "" if stream.startswith(b"HTTP/1.") else broken_frame(stream, bool(self.handshake.seen.get("extensions")))
        )

    def send_text(self, text: str) -> None:
        """Send a text message."""
        self._send(text.encode("utf-8"), TEXT)

    def send_binary(self, data: bytes) -> None:
        """Send a binary message."""
        self._send(data, BINARY)

    def send_ping(self, payload: bytes) -> None:
        """Send a ping and wait for nothing."""
        self._send(payload, PING)

    def _send(self, data: bytes, opcode: int) -> None:
        """:raises Ended: the connection has gone."""
        if self.ended is not None:
            raise self.ended
        try:
            # The library masks and frames; it takes bytes for every opcode.
            self._client.send(data, opcode)
        except DeadlineExceeded:
            raise
        except Exception as error:
            raise self._finish(Ended("reset" if isinstance(error, ConnectionError) else "eof")) from error
        self._note(">", opcode, data)

    def push_back(self, frame: Frame) -> None:
        """Put a frame back, so that the next receive returns it: a greeting that was only looked at."""
        self._waiting.append(frame)

    def receive(self, seconds: float, control: bool = False) -> Frame | None:
        """The next message, or None when none came in time.

        :param seconds: how long to wait at most, within the deadline.
        :param control: also return ping and pong frames.
        :raises Ended: the peer closed, vanished, or sent something that is not a frame.
        """
        if self._waiting:
            return self._waiting.pop(0)
        if self.ended is not None:
            raise self.ended
        step = self.deadline.within(seconds)
        # A flood of control frames may not keep a probe busy: the step's deadline holds for all of them.
        while not step.expired():
            frame = self._receive_one(step)
            if frame is None or control or frame.opcode in (TEXT, BINARY):
                return frame
        return None

    def _receive_one(self, step: Deadline) -> Frame | None:
        self._client.settimeout(max(step.remaining(), 0.001))
        try:
            opcode, frame = self._client.recv_data_frame(control_frame=True)
        except DeadlineExceeded:
            return None
        except TooMuch as error:
            raise self._finish(Ended("garbage", reason=str(error))) from error
        except Exception as error:
            if "Timeout" in type(error).__name__ or isinstance(error, socket.timeout):
                return None
            raise self._finish(self._why(error)) from error
        data = bytes(frame.data) if not isinstance(frame.data, str) else frame.data.encode("utf-8")
        self._note("<", opcode, data)
        if opcode == CLOSE:
            code = struct.unpack("!H", data[:2])[0] if len(data) >= 2 else 1005
            raise self._finish(Ended("close", code, self.redactor.text(data[2:].decode("utf-8", "replace"), 125)))
        return Frame(opcode, data)

    def _why(self, error: Exception) -> Ended:
        name = type(error).__name__
        if isinstance(error, ConnectionError) or self._socket.ended == "reset":
            return Ended("reset")
        if "ConnectionClosed" in name or self._socket.ended == "eof":
            return Ended("eof")
        return Ended("garbage", reason=self.redactor.text(str(error) or name, 200))

    def await_message(self, matches: t.Callable[[Frame], bool], seconds: float) -> Frame | None:
        """The next message that matches, or None when none came in time; others are only traced.

        :raises Ended: as receive.
        """
        step = self.deadline.within(seconds)
        while not step.expired():
            frame = self.receive(step.remaining())
            if frame is None:
                return None
            if matches(frame):
                return frame
        return None

    def ping(self, seconds: float) -> float | None:
        """Send a ping (RFC 6455, 5.5.2) and wait for its pong; milliseconds, or None when none came.

        Messages that arrive meanwhile are kept for receive.

        :raises Ended: as receive.
        """
        payload = b"wsh-" + os.urandom(4)
        started = self.deadline.elapsed()
        step = self.deadline.within(seconds)
        self.send_ping(payload)
        kept: list[Frame] = []
        try:
            while not step.expired():
                frame = self.receive(step.remaining(), control=True)
                if frame is None:
                    return None
                if frame.opcode == PONG and frame.data == payload:
                    return round((self.deadline.elapsed() - started) * 1000.0, 1)
                if frame.opcode in (TEXT, BINARY) and len(kept) < 100:
                    kept.append(frame)
            return None
        finally:
            self._waiting.extend(kept)

    def close(self, seconds: float) -> Close:
        """Do the closing handshake (RFC 6455, section 7) with 1000 and see what the peer answers.

        :returns: ``{"code", "reason", "how", "ms"}``; how: ``answered``, ``eof``, ``reset``, ``timeout``.
        """
        started = self.deadline.elapsed()
        result: Close = {"code": None, "reason": "", "how": "timeout"}
        try:
            self._send(struct.pack("!H", 1000), CLOSE)
            step = self.deadline.within(seconds)
            while not step.expired():
                if self.receive(step.remaining(), control=True) is None:
                    break
        except Ended as ended:
            how = "answered" if ended.how == "close" else ended.how
            result.update({"how": how, "code": ended.code, "reason": ended.reason})
        except DeadlineExceeded:
            pass
        result["ms"] = round((self.deadline.elapsed() - started) * 1000.0, 1)
        self._socket.hang_up()
        return result

    def _finish(self, ended: Ended) -> Ended:
        self.ended = ended
        return ended

    def _may_show(self, data: bytes) -> bool:
        """Whether a message may be shown: what was sent may hold a token, and so may an answer that repeats it."""
        return self.redactor.reveal or not any(len(sent) >= _REPEATED and sent in data for sent in self._sent)

    def _note(self, direction: str, opcode: int, data: bytes) -> None:
        if len(self.trace) >= _TRACE:
            return
        mine = direction == ">" and opcode in (TEXT, BINARY)
        if mine:
            self._sent.append(data)
        if (mine and not self.redactor.reveal) or (opcode in (TEXT, BINARY) and not self._may_show(data)):
            sample = ""
        elif opcode == CLOSE and len(data) >= 2:
            sample = "%d %s" % (struct.unpack("!H", data[:2])[0], data[2:].decode("utf-8", "replace"))
        elif opcode == TEXT:
            sample = data[: 4 * _SAMPLE].decode("utf-8", "replace")
        else:
            sample = printable(data[:_SAMPLE])
        self.trace.append(
            {
                "ms": round(self.deadline.elapsed() * 1000.0, 1),
                "direction": direction,
                "opcode": _NAMES.get(opcode, str(opcode)),
                "bytes": len(data),
                "sample": self.redactor.text(sample, _SAMPLE),
            }
        )


def json_type(frame: Frame, key: str = "type") -> t.Any:
    """The ``type`` of a message that is a JSON object; None where it is none.

    :param key: what the dialect calls it.
    """
    try:
        message = json.loads(frame.text)
    except ValueError:
        return None
    return message.get(key) if isinstance(message, dict) else None
