# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""An ordinary GET on the port of a WebSocket server: is there an HTTP server too, and which?"""

from __future__ import annotations

import socket
import typing as t

from .._run.deadline import Deadline, DeadlineExceeded
from .._run.digits import number
from .body import decoded
from .handshake import Request, is_start_of_head, open_stream, parse_head, printable
from .recording_socket import Endpoint, RecordingSocket, TooMuch

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Plain

#: Bytes of the body that are kept.
_BODY = 2048
#: Bytes that are read of an answer.
_MOST = 16384


def get(
    endpoint: Endpoint,
    request: Request,
    deadline: Deadline,
    redactor: t.Any,
    tls_context: t.Any = None,
    post: str | None = None,
) -> Plain:
    """Send ``GET path`` with the request's Host and headers but without Upgrade.

    :param post: a text to POST in its place.

    :returns: ``outcome`` (``http``, ``not-http``, ``eof``, ``reset``, ``timeout``, ``too-much``, ``no-time``
        or a ``connect-…``), and of an answer ``status``, ``reason``, ``headers`` and the start of its ``body``.
    """
    seen: Plain = {
        "address": str(endpoint),
        "path": request.path,
        "outcome": "connect-error",
        "status": None,
    }
    raw = open_stream(endpoint, request, seen, deadline, tls_context)
    if raw is None:
        return seen
    recorder = RecordingSocket(raw, deadline)
    try:
        _exchange(recorder, request, seen, post)
    finally:
        recorder.hang_up()
    head = parse_head(bytes(recorder.received))
    if head is None:
        seen["bytes"] = redactor.text(printable(bytes(recorder.received[:4096])), 400)
        if seen["outcome"] == "http":
            seen["outcome"] = _without_head(recorder)
        return seen
    body = decoded(head["headers"], bytes(recorder.received[head["length"] : head["length"] + 4 * _BODY]))[:_BODY]
    seen.update(
        {
            "outcome": "http",
            "status": head["status"],
            "http_version": head["version"],
            "reason": redactor.text(head["reason"], 200),
            "headers": redactor.headers(head["headers"]),
            "body": redactor.text(body.decode("utf-8", "replace"), 1024),
        }
    )
    return seen


def _without_head(recorder: RecordingSocket) -> str:
    """What an answer is whose head never ended."""
    if not recorder.received:
        return recorder.ended or "timeout"
    if recorder.ended or not is_start_of_head(recorder.received):
        return "not-http"
    return "too-much" if recorder.received_total >= _MOST else "timeout"


def _exchange(recorder: RecordingSocket, request: Request, seen: Plain, post: str | None) -> None:
    lines = ["%s %s HTTP/1.1" % ("GET" if post is None else "POST", request.path), "Host: %s" % request.host]
    lines += ["%s: %s" % pair for pair in request.headers]
    if post is not None:
        lines += ["Content-Type: text/plain; charset=UTF-8", "Content-Length: %d" % len(post.encode("utf-8"))]
    lines += ["Accept: */*", "Connection: close", "", post or ""]
    seen["outcome"] = "http"
    try:
        recorder.send("\r\n".join(lines).encode("utf-8"))
        while not recorder.ended and recorder.received_total < _MOST:
            recorder.recv(65536)
    except (socket.timeout, DeadlineExceeded):
        # An answer that is kept open (a stream, say) is an answer; parse_head decides.
        seen["outcome"] = "http" if recorder.received else "timeout"
    except TooMuch:
        seen["outcome"] = "too-much"
    except OSError:
        seen["outcome"] = "http" if recorder.received else "reset"


class Fetched(t.NamedTuple):
    """A whole answer."""

    status: int
    #: Where it redirects to; empty: nowhere.
    location: str
    body: bytes


def fetch(
    endpoint: Endpoint, request: Request, deadline: Deadline, most: int, tls_context: t.Any = None
) -> Fetched | None:
    """The whole answer to ``GET path``; None: there is none, in time and within bounds.

    Asked in HTTP/1.0: the answer comes in one piece and ends with the connection (RFC 1945). Nothing of it is kept
    elsewhere, and no redirect is followed.

    :param request: its path and Host count.
    :param most: bytes of the answer, its head included.
    """
    raw = open_stream(endpoint, request, {}, deadline, tls_context)
    if raw is None:
        return None
    recorder = RecordingSocket(raw, deadline, most, most)
    try:
        lines = ["GET %s HTTP/1.0" % request.path, "Host: %s" % request.host, "Accept: */*", "", ""]
        recorder.send("\r\n".join(lines).encode("utf-8"))
        while not recorder.ended:
            recorder.recv(most)
    except (OSError, DeadlineExceeded, TooMuch):
        return None
    finally:
        recorder.hang_up()
    head = parse_head(bytes(recorder.received))
    if head is None:
        return None
    fields = {name.lower(): value for name, value in head["headers"]}
    length, body = number(fields.get("content-length") or ""), bytes(recorder.received[head["length"] :])
    whole = length is None or length == len(body)
    return Fetched(head["status"], fields.get("location") or "", body) if whole else None
