# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a browser saw of a page. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import typing as t

from .common import Common, Pair
from .websocket import HandshakeSeen

#: The target that did it: ``page``, ``iframe``, ``worker`` and so on.
_From = t.TypedDict("_From", {"from": str}, total=False)


class PageCertificate(t.TypedDict, total=False):
    """The certificate of the page, as Chromium reports it."""

    #: The name that it is for.
    subject: t.Optional[str]
    #: The name of its issuer.
    issuer: t.Optional[str]
    #: When it expires, in seconds since the epoch.
    until: t.Optional[float]
    #: The version of TLS, such as ``TLS 1.3``.
    protocol: t.Optional[str]


class Page(t.TypedDict, total=False):
    """The page after redirects. Times are milliseconds after the visit began."""

    #: Its address after redirects.
    url: t.Optional[str]
    #: Its origin, as it is sent with its handshakes.
    origin: t.Optional[str]
    #: The HTTP status of the answer.
    status: t.Optional[int]
    #: Chromium's name for what kept it from loading. None: nothing did.
    error: t.Optional[str]
    #: When it was loaded. None: it was not.
    loaded_ms: t.Optional[float]
    #: When the visit ended.
    watched_ms: float
    #: The address of the server that it came from.
    address: t.Optional[str]
    #: The port that it came from.
    port: t.Optional[int]
    #: The version of HTTP, such as ``h2`` or ``http/1.1``.
    protocol: t.Optional[str]
    #: How Chromium rates its connection: ``secure``, ``insecure`` and so on.
    security: t.Optional[str]
    #: The certificate of its server. None: it came without TLS.
    certificate: t.Optional[PageCertificate]
    #: Name and value of each header of the answer, redacted.
    headers: t.List[Pair]


class PageFrame(t.TypedDict, total=False):
    """A frame of a WebSocket."""

    #: Milliseconds after the visit began.
    at_ms: float
    #: Its type: ``text``, ``binary`` or ``opcode 9``.
    kind: str
    #: The size of its payload.
    bytes: int
    #: The start of its contents. Only when option ``websocket.reveal`` is true.
    text: str
    #: The same before redaction, which never leaves the browser's machine. It is not evidence.
    data: bytes


class PageFrames(t.TypedDict, total=False):
    """The frames of one direction."""

    #: How many there were.
    frames: int
    #: The size of all payloads together.
    bytes: int
    #: The first of them.
    first: t.List[PageFrame]


class OtherOrigin(t.TypedDict, total=False):
    """The result of a refused handshake with another Origin."""

    #: The Origin that was sent. None: none was.
    origin: t.Optional[str]
    #: The outcome of the handshake.
    outcome: str
    #: The HTTP status of the answer. None: there was none.
    status: t.Optional[int]


class AskedAgain(HandshakeSeen, total=False):
    """A refused handshake, repeated without a browser."""

    #: The URL that was tried, as it may be shown.
    url: str
    #: The result with an Origin that the service should accept.
    other_origin: OtherOrigin
    #: The result without an Origin.
    no_origin: OtherOrigin


class Place(_From, total=False):
    """The target that opened a WebSocket."""

    #: The URL of that target.
    from_url: str


class PageSocket(Place, total=False):
    """A WebSocket that the page, or one of its frames or workers, opened. Times are milliseconds after the visit began."""

    #: The URL that was connected to.
    url: str
    #: Where in the page's code it was created, such as ``app.js:12``.
    initiator: str
    #: When it was created.
    at_ms: float
    #: Whether the browser started the connection. A policy may forbid it before.
    created: bool
    #: Whether the script that the probe puts into the page saw its creation.
    witnessed: bool
    #: What the constructor threw. None: nothing.
    thrown: t.Optional[str]
    #: Name and value of each header of the handshake, redacted.
    request: t.List[Pair]
    #: Name and value of each header of the answer, redacted. Only where the handshake was accepted.
    response: t.List[Pair]
    #: When the handshake was sent.
    asked_ms: float
    #: When it was accepted. Only where it was.
    answered_ms: float
    #: When the event ``error`` came. Only where it came.
    failed_ms: float
    #: When it was closed. Only where it was.
    closed_ms: float
    #: The HTTP status of the answer that accepts it: 101, over HTTP/2 200. None: it was not accepted.
    status: t.Optional[int]
    #: The words behind that status.
    reason_phrase: t.Optional[str]
    #: What Chromium says about one that was refused or that ended. None: nothing.
    error: t.Optional[str]
    #: The code of the event ``close``. Only where that came.
    code: t.Optional[int]
    #: The reason of the event ``close``. Only where that came.
    reason: str
    #: Whether the event ``close`` reports a clean end. Only where that came.
    clean: bool
    #: The frames that the page sent.
    sent: PageFrames
    #: The frames that the page received.
    received: PageFrames
    #: The same handshake, repeated without a browser from where the browser runs. Only where the server refused
    #: it.
    raw: AskedAgain


class WatchedSocket(PageSocket, total=False):
    """A WebSocket while the page is watched."""

    #: Matches the two halves of it. It is not evidence.
    session_id: str


class ConsoleEntry(_From, total=False):
    """An error or a warning in the console; an uncaught exception is one."""

    #: Who wrote it: ``console``, ``exception``, ``network``, ``security`` and so on.
    source: str
    #: Its level: ``error`` or ``warning``.
    level: str
    #: Its first line, redacted and cut.
    text: str
    #: The file that wrote it; empty where that is not known.
    url: str
    #: The line of that file, from 0.
    line: t.Optional[int]
    #: Milliseconds after the visit began.
    at_ms: float


class FailedRequest(t.TypedDict, total=False):
    """What the page requested and did not get, or a frame or worker whose process crashed."""

    #: What was requested.
    url: str
    #: What it should have been: ``Script``, ``Image``, ``Other`` and so on; the type of a frame or worker that crashed.
    kind: str
    #: The HTTP status of the answer. None: there was none.
    status: t.Optional[int]
    #: Why there was no answer. None: there was one.
    error: t.Optional[str]
    #: It existed, and its process ended on its own.
    crashed: bool


class Issue(t.TypedDict, total=False):
    """Mixed content, or a violation of the page's Content Security Policy."""

    #: What it is: ``mixed`` (mixed content) or ``csp`` (a violation of the policy).
    kind: str
    #: What was requested.
    url: t.Optional[str]
    #: What happened to mixed content, in Chromium's words. Only where ``kind`` is ``mixed``.
    blocked: t.Optional[str]
    #: The directive that is violated. Only where ``kind`` is ``csp``.
    directive: t.Optional[str]
    #: Whether the policy only reports. Only where ``kind`` is ``csp``.
    report_only: bool
    #: The type of what was requested, or of the violation.
    what: t.Optional[str]


class PageTarget(t.TypedDict, total=False):
    """A page, a frame of another site or a worker that was watched."""

    #: What it is: ``page``, ``iframe``, ``worker`` and so on.
    kind: str
    #: Its URL.
    url: str


class WatchedTarget(PageTarget, total=False):
    """A target while the page is watched."""

    #: The protocol's; not evidence.
    id: t.Optional[str]


class Seen(t.TypedDict, total=False):
    """What a visit showed."""

    #: The page after redirects. Only where the browser started.
    page: Page
    #: The WebSockets that the page, its frames and its workers opened, in that order, the first 40. Only where the
    #: browser started.
    sockets: t.List[PageSocket]
    #: How many WebSockets were opened in total. Only where the browser started.
    sockets_total: int
    #: Errors and warnings in the console, uncaught exceptions among them; the first 40. Only where the browser
    #: started.
    console: t.List[ConsoleEntry]
    #: What the page requested and did not get, and frames and workers whose process crashed; the first 40. Only where
    #: the browser started.
    failed: t.List[FailedRequest]
    #: Mixed content and violations of the page's Content Security Policy; the first 40. Only where the browser
    #: started.
    issues: t.List[Issue]
    #: Pages, frames of other sites and workers that were watched. Only where the browser started.
    targets: t.List[PageTarget]


class Browser(Common, Seen, total=False):
    """The evidence of the browser."""

    #: Why no page was opened. None: one was, or should have been.
    skip: t.Optional[str]
    #: The name and version of the browser. Only where the browser started.
    browser: t.Optional[str]
    #: Milliseconds until the browser answered. Only where the browser started.
    start_ms: float
    #: Seconds for which the page was watched once it was loaded. Only where the browser started.
    stay_s: float
    #: The page as JPEG, in base64. It is not redacted. Only when option ``chromium.screenshot`` is true.
    screenshot: t.Optional[str]
