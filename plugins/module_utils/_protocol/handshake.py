# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""One opening handshake (RFC 6455, section 4), and everything that was seen of it.

The library builds the request and checks the answer; what is reported is read from the recorded bytes, so
a refused handshake is described as fully as an accepted one.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import re
import socket
import typing as t

from .._run.deadline import Deadline, DeadlineExceeded
from .._run.digits import number
from .._run.redact import Redactor
from .body import decoded, is_whole
from .recording_socket import Endpoint, RecordingSocket, TooMuch, connect
from .subprotocols import shown

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Connecting, HandshakeSeen

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#: A masked close frame with code 1000 (RFC 6455, sections 5.2 and 5.5.1); the mask is zero.
_CLOSE_1000 = b"\x88\x82\0\0\0\0\x03\xe8"
#: Seconds that a peer is given at least before its silence counts.
_LEAST = 1.0
#: Start of a body that is kept: enough to recognise which server wrote it.
_BODY = 1024


class Request(t.NamedTuple):
    """What a handshake asks for."""

    path: str = "/"
    #: The Host header; empty: address and port.
    host: str = ""
    #: None: send no Origin at all, as a program that is not a browser does.
    origin: t.Optional[str] = None
    subprotocols: t.Tuple[str, ...] = ()
    headers: t.Tuple[t.Tuple[str, str], ...] = ()
    tls: bool = False
    #: Sent before anything else: the line of the PROXY protocol.
    preface: bytes = b""


class Handshake:
    """The outcome of one handshake; ``socket`` and ``library_socket`` are live if it succeeded.

    ``seen`` is evidence: address, outcome, status, reason, headers, body, times in milliseconds, error.
    The outcome is one of ``open`` (101, and the library agrees), ``upgraded`` (101, but not a valid one),
    ``http`` (another HTTP answer), ``not-http``, ``eof`` (closed without a byte), ``reset``, ``timeout``
    (connected, but no complete answer), ``too-much``, ``connect-refused``, ``connect-timeout``,
    ``connect-error``, ``tls-error``, ``no-time`` (it was not begun, which says nothing about the peer).
    """

    def __init__(self, endpoint: Endpoint, request: Request) -> None:
        self.endpoint = endpoint
        self.request = request
        self.seen: HandshakeSeen = {
            "address": str(endpoint),
            "path": request.path,
            "origin": request.origin,
            "outcome": "connect-error",
            "status": None,
        }
        self.socket: RecordingSocket | None = None
        self.library_socket: t.Any = None
        #: The start of a refusal's body, unredacted: never evidence.
        self.body = ""
        self._closed = False

    @property
    def open(self) -> bool:
        """Whether frames may be exchanged now."""
        return self.seen["outcome"] == "open"

    def ended_soon(self, seconds: float) -> bool:
        """Whether the server hangs up, or says goodbye without a complaint, before anything was asked of it.

        So a server ends connections on paths that it does not have, where its library accepts every handshake.
        """
        if not self.open or self.socket is None:
            return False
        frames = self._frames()
        if not frames:
            self.socket.drain(seconds, 1)
            frames = self._frames()
        if frames == b"\x89\x00":
            # Some greet with a ping.
            self.socket.drain(seconds, 1)
            frames = self._frames()
        frames = frames[2:] if frames.startswith(b"\x89\x00") else frames
        if not frames:
            return bool(self.socket.ended)
        # A close frame with no code, or with 1000 (RFC 6455, section 5.5.1).
        return frames[:2] == b"\x88\x00" or frames[:1] == b"\x88" and frames[2:4] == b"\x03\xe8"

    def _frames(self) -> bytes:
        """What came after the 101."""
        return bytes(self.socket.received).partition(b"\r\n\r\n")[2] if self.socket is not None else b""

    def close(self) -> None:
        """Drop the connection, if any.

        An open one is closed as RFC 6455, section 7 asks: a server that sees its connections vanish writes
        stack traces, and a checker must not fill the log that it reads next.
        """
        if self.socket is None:
            return
        if self.seen["status"] == 101 and not self.socket.ended and not self._closed:
            try:
                self.socket.send(_CLOSE_1000)
                self.socket.drain(0.3, 65536)
            except (OSError, DeadlineExceeded):
                pass  # whatever the peer does now, it was asked politely
        self._closed = True
        self.socket.hang_up()


def open_websocket(
    endpoint: Endpoint,
    request: Request,
    deadline: Deadline,
    library: t.Any,
    redactor: Redactor,
    patience: float = 10.0,
    tls_context: t.Any = None,
    detail: bool = True,
    head: bytes = b"",
) -> Handshake:
    """Connect, and try the opening handshake once.

    :param library: the websocket-client package (its modules ``_core`` and ``_exceptions``).
    :param patience: seconds granted to connection and handshake together.
    :param detail: describe the request, and the headers of an accepted answer, too; redacting them is half the cost
        of a handshake that is repeated.
    :param head: what ``head_of`` kept of an earlier handshake, to be sent again with a new key. The library takes no
        part then: an accepted answer is ``upgraded``, and ``accept`` says whether it is a valid one.
    :param tls_context: an ``ssl.SSLContext`` when ``request.tls``.
    :returns: always; whatever went wrong is in ``seen``.
    """
    result = Handshake(endpoint, request)
    step = deadline.within(patience)
    raw = open_stream(result.endpoint, result.request, result.seen, step, tls_context)
    if raw is None:
        _forget_hurried(result.seen, step, patience)
        return result
    # The conversation after the handshake lives under the caller's deadline, not under this step's.
    recorder = RecordingSocket(raw, deadline)
    recorder.bound(step)
    result.socket = recorder
    started = deadline.elapsed()
    problem = _again(result, recorder, head) if head else _library_handshake(result, recorder, library, step)
    recorder.bound(None)
    _describe(result, recorder, redactor, problem, started, detail)
    _forget_hurried(result.seen, step, patience)
    if not result.open:
        result.close()
    return result


def _forget_hurried(seen: HandshakeSeen, step: Deadline, patience: float) -> None:
    """A peer that was given next to no time, because the run's is over, has not failed to answer."""
    if seen["outcome"] in ("timeout", "connect-timeout"):
        seen["waited_ms"] = _ms(step.elapsed())
        if step.seconds < min(patience, _LEAST):
            seen.update({"outcome": "no-time", "error": "no time left for a handshake (%.1f s)" % step.seconds})


def open_stream(
    endpoint: Endpoint, request: Request, seen: Connecting, step: Deadline, tls_context: t.Any = None
) -> t.Any:
    """Connect, in TLS if the request says so.

    :param seen: receives ``connect_ms``, and on failure the outcome and its error.
    :returns: a connected socket, or None.
    """
    try:
        raw = connect(endpoint, step, step.remaining())
    except DeadlineExceeded as error:
        seen.update({"outcome": "no-time", "error": str(error)})
        return None
    except socket.timeout:
        seen.update({"outcome": "connect-timeout", "error": "no answer", "connect_ms": _ms(step.elapsed())})
        return None
    except OSError as error:
        refused = error.errno in (errno.ECONNREFUSED, errno.ENOENT)
        seen.update(
            {
                "outcome": "connect-refused" if refused else "connect-error",
                "errno": errno.errorcode.get(error.errno or 0),
                "error": error.strerror or str(error),
                "connect_ms": _ms(step.elapsed()),
            }
        )
        return None
    seen["connect_ms"] = _ms(step.elapsed())
    try:
        if request.preface:
            raw.sendall(request.preface)
        if not request.tls:
            return raw
        raw.settimeout(max(step.remaining(), 0.001))
        return tls_context.wrap_socket(raw, server_hostname=name_of(request.host) or None)
    except (OSError, ValueError) as error:
        raw.close()
        seen.update({"outcome": "tls-error", "error": str(error), "verify_code": getattr(error, "verify_code", None)})
        return None


def _library_handshake(result: Handshake, recorder: RecordingSocket, library: t.Any, step: Deadline) -> str:
    """Let the library try; returns what it complained about, or an empty string."""
    request = result.request
    client = library._core.WebSocket(enable_multithread=False)
    options: dict[str, t.Any] = {
        # A socket that is connected already: no proxy of the environment comes between.
        "socket": recorder,
        "timeout": step.remaining(),
        "redirect_limit": 0,
        "header": ["%s: %s" % pair for pair in request.headers],
        "subprotocols": list(request.subprotocols) or None,
        "host": request.host or None,
    }
    if request.origin is None:
        options["suppress_origin"] = True
    else:
        options["origin"] = request.origin
    authority = "localhost" if result.endpoint.unix else str(result.endpoint)
    try:
        client.connect("%s://%s%s" % ("wss" if request.tls else "ws", authority, request.path), **options)
    except (DeadlineExceeded, TooMuch) as error:
        result.seen["outcome"] = "too-much" if isinstance(error, TooMuch) else "timeout"
        return str(error)
    except OSError as error:
        return str(error)
    except Exception as error:  # the library's own exceptions do not share one base with what it lets through
        return str(error).split(" -+-+- ", 1)[0] or type(error).__name__
    result.seen["outcome"] = "open"
    result.library_socket = client
    return ""


def head_of(handshake: Handshake) -> bytes:
    """The request of a handshake as it was sent, up to its empty line; nothing if none was sent whole."""
    sent = bytes(handshake.socket.sent) if handshake.socket is not None else b""
    head, end, _frames = sent.partition(b"\r\n\r\n")
    return head + end if end else b""


def _again(result: Handshake, recorder: RecordingSocket, head: bytes) -> str:
    """Send a recorded request and wait for the head of its answer; returns what went wrong, or an empty string."""
    key = base64.b64encode(os.urandom(16))
    try:
        recorder.send(re.sub(rb"(?i)(\r\nsec-websocket-key: *)[^\r]*", rb"\g<1>" + key, head))
        while not recorder.ended and b"\r\n\r\n" not in recorder.received:
            recorder.recv(65536)
    except (DeadlineExceeded, TooMuch) as error:
        result.seen["outcome"] = "too-much" if isinstance(error, TooMuch) else "timeout"
        return str(error)
    except OSError as error:
        return str(error)
    return ""


def _describe(
    result: Handshake, recorder: RecordingSocket, redactor: Redactor, problem: str, started: float, detail: bool
) -> None:
    seen = result.seen
    status_seen = parse_head(bytes(recorder.received))
    if status_seen is not None and status_seen["status"] != 101:
        if not is_whole(status_seen["headers"], bytes(recorder.received[status_seen["length"] :])):
            recorder.drain(0.3, _left_of_body(status_seen, len(recorder.received)))
        status_seen = parse_head(bytes(recorder.received))
    if recorder.first_byte_at is not None:
        seen["first_byte_ms"] = _ms(recorder.first_byte_at - started)
    seen["total_ms"] = _ms((recorder.last_byte_at or started) - started)
    if detail:
        seen["request"] = _request_text(recorder, redactor)
    if problem:
        seen["problem"] = redactor.text(problem, 300)
    if status_seen is not None:
        result.body = _describe_http(seen, recorder, redactor, status_seen, detail)
        return
    if seen["outcome"] == "too-much":
        return
    if recorder.received:
        # A head that never ended is a peer that is too slow; other bytes are another protocol.
        slow = is_start_of_head(recorder.received) and not recorder.ended
        seen["outcome"] = "timeout" if slow else "not-http"
        # Redacted before it is cut: half a secret would not be recognised.
        seen["bytes"] = redactor.text(printable(bytes(recorder.received[:4096])), 400)
        seen["received"] = recorder.received_total
    else:
        seen["outcome"] = recorder.ended or "timeout"
        if seen["outcome"] != "timeout":
            seen["total_ms"] = _ms(recorder.ended_at - started)


def _left_of_body(head: dict[str, t.Any], received: int) -> int:
    """Bytes of a body's start that are still to come: a server that keeps the connection is not waited for."""
    length = _header(head["headers"], "content-length") or ""
    told = number(length)
    wanted = _BODY if told is None else min(told, _BODY)
    return max(int(head["length"]) + wanted - received, 0)


def _describe_http(
    seen: HandshakeSeen, recorder: RecordingSocket, redactor: Redactor, head: dict[str, t.Any], detail: bool
) -> str:
    """Describe an answer of HTTP; returns the start of its body as it came, of a 101 nothing."""
    if head["status"] == 101:
        seen["broken"] = broken_rules(recorder, head["headers"])
        if seen["broken"]:
            # The library lets some of this pass; browsers do not.
            seen["outcome"] = "upgraded"
    if seen["outcome"] != "open":
        seen["outcome"] = "upgraded" if head["status"] == 101 else "http"
    seen.update(
        {
            "status": head["status"],
            "reason": redactor.text(head["reason"], 200),
            "http_version": head["version"],
        }
    )
    if detail or seen["outcome"] != "open":
        seen["headers"] = redactor.headers(head["headers"])
    if head["status"] == 101:
        key = _header(parse_fields(bytes(recorder.sent).split(b"\r\n\r\n")[0].split(b"\r\n")[1:]), "sec-websocket-key")
        answer = _header(head["headers"], "sec-websocket-accept")
        seen["accept"] = "missing" if answer is None else "valid" if answer == accept_for(key or "") else "wrong"
        seen["subprotocol"] = _header(head["headers"], "sec-websocket-protocol")
        seen["extensions"] = _header(head["headers"], "sec-websocket-extensions")
        return ""
    body = decoded(head["headers"], bytes(recorder.received[head["length"] : head["length"] + 4 * _BODY]))
    text = body[:_BODY].decode("utf-8", "replace")
    seen["body"] = redactor.text(text, _BODY)
    return text


def broken_rules(recorder: RecordingSocket, answer: t.Sequence[t.Sequence[str]]) -> list[str]:
    """What makes every browser refuse this 101 (RFC 6455, section 4.1), header by header; nothing for a valid one.

    :param answer: the headers of the 101.
    """
    sent = parse_fields(bytes(recorder.sent).split(b"\r\n\r\n")[0].split(b"\r\n")[1:])
    broken = []
    if "websocket" not in _tokens(answer, "upgrade"):
        broken.append(_named("Upgrade", answer, "must be websocket"))
    if "upgrade" not in _tokens(answer, "connection"):
        broken.append(_named("Connection", answer, "must contain Upgrade"))
    accepts = [value for name, value in answer if name.lower() == "sec-websocket-accept"]
    if accepts != [accept_for(_header(sent, "sec-websocket-key") or "")]:
        wrong = "is missing" if not accepts else "is wrong" if len(accepts) == 1 else "is there more than once"
        broken.append("Sec-WebSocket-Accept %s" % wrong)
    selected, offered = _tokens(answer, "sec-websocket-protocol"), _tokens(sent, "sec-websocket-protocol")
    if len(selected) > 1 or set(selected) - set(offered):
        # Not as a header: the value of that would be hidden as a secret.
        wrong = "which was not offered" if len(selected) == 1 else "more than one"
        broken.append("Sec-WebSocket-Protocol selects %s, %s" % (" and ".join(map(shown, selected[:4])), wrong))
    extensions, known = (_names_of(fields, "sec-websocket-extensions") for fields in (answer, sent))
    if extensions - known:
        broken.append(_named("Sec-WebSocket-Extensions", answer, "was not offered"))
    return broken


def _named(name: str, fields: t.Sequence[t.Sequence[str]], wrong: str) -> str:
    value = _header(fields, name.lower())
    return "%s is missing" % name if value is None else "%s: %s %s" % (name, value[:80], wrong)


def _tokens(fields: t.Iterable[t.Sequence[str]], name: str) -> list[str]:
    """The values of a list header; those of sub-protocols keep their case."""
    values = [part.strip() for key, value in fields if key.lower() == name for part in value.split(",")]
    return [value if name == "sec-websocket-protocol" else value.lower() for value in values if value]


def _names_of(fields: t.Iterable[t.Sequence[str]], name: str) -> set[str]:
    return {token.partition(";")[0].strip() for token in _tokens(fields, name)}


def accept_for(key: str) -> str:
    """The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (RFC 6455, section 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key.encode("ascii", "replace") + _GUID).digest()).decode("ascii")


def parse_head(data: bytes) -> dict[str, t.Any] | None:
    """The head of an HTTP/1 response (RFC 9112, section 4): version, status, reason, headers, length in bytes; None if
    it is none.

    A head without its closing empty line counts as one when the connection has more headers than are kept.
    """
    end = data.find(b"\r\n\r\n")
    if not data.startswith(b"HTTP/") or end < 0:
        return None
    lines = data[:end].split(b"\r\n")
    words = lines[0].decode("latin-1").split(" ", 2)
    status = number(words[1]) if len(words) > 1 and len(words[1]) == 3 else None
    if status is None:
        return None
    return {
        "version": words[0][5:],
        "status": status,
        "reason": words[2] if len(words) > 2 else "",
        "headers": parse_fields(lines[1:]),
        "length": end + 4,
    }


def is_start_of_head(data: bytes | bytearray) -> bool:
    """Whether this may yet become the head of an HTTP/1 response: the rest has not come."""
    return b"HTTP/1.".startswith(data[:7]) and b"\r\n\r\n" not in data


def parse_fields(lines: t.Iterable[bytes]) -> list[tuple[str, str]]:
    """Header lines as (name, value), order and spelling kept; at most 100 of them."""
    fields: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon and len(fields) < 100:
            fields.append((name.strip(), value.strip()))
    return fields


def printable(data: bytes) -> str:
    """Bytes as text in which what can't be printed is written as an escape."""
    return data.decode("latin-1").encode("unicode_escape").decode("ascii")


def name_of(authority: str) -> str:
    """The host name of ``host[:port]``; an IPv6 address comes without its brackets."""
    if authority.startswith("["):
        return authority[1:].split("]", 1)[0]
    return authority.rsplit(":", 1)[0]


def _header(fields: t.Iterable[t.Sequence[str]], name: str) -> str | None:
    return next((field[1] for field in fields if field[0].lower() == name), None)


def _request_text(recorder: RecordingSocket, redactor: Redactor) -> list[list[str]]:
    head = bytes(recorder.sent).split(b"\r\n\r\n")[0].split(b"\r\n")
    line = redactor.text(head[0].decode("latin-1"), 512)
    return [["", line]] + redactor.headers(parse_fields(head[1:]))


def _ms(seconds: float) -> float:
    return round(seconds * 1000.0, 1)
