# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a browser saw of a page. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t

from .common import Common
from .websocket import HandshakeSeen

#: ``page``, ``iframe``, ``worker`` and so on: the target that did it.
_From = t.TypedDict("_From", {"from": str}, total=False)


class PageCertificate(t.TypedDict, total=False):
    """The certificate of the page, as Chromium tells it."""

    subject: t.Optional[str]
    issuer: t.Optional[str]
    #: Seconds since the epoch.
    until: t.Optional[float]
    #: ``TLS 1.3``
    protocol: t.Optional[str]


class Page(t.TypedDict, total=False):
    """The page after redirects; times are milliseconds after the visit began."""

    url: t.Optional[str]
    origin: t.Optional[str]
    #: Of the answer.
    status: t.Optional[int]
    #: Chromium's name of what kept it from loading.
    error: t.Optional[str]
    loaded_ms: t.Optional[float]
    watched_ms: float
    #: From where it came.
    address: t.Optional[str]
    port: t.Optional[int]
    #: ``h2``, ``http/1.1``.
    protocol: t.Optional[str]
    #: ``secure``, ``insecure`` and so on.
    security: t.Optional[str]
    #: None: it came without TLS.
    certificate: t.Optional[PageCertificate]
    #: Name and value of each.
    headers: t.List[t.List[str]]


class PageFrame(t.TypedDict, total=False):
    """A frame of a WebSocket."""

    at_ms: float
    #: ``text``, ``binary`` or ``opcode 9``.
    kind: str
    bytes: int
    #: The beginning of what is in it; only where the inventory says that it may be shown.
    text: str
    #: The same before it is redacted: it never leaves the machine of the browser.
    data: bytes


class PageFrames(t.TypedDict, total=False):
    """The frames of one direction."""

    #: How many.
    frames: int
    bytes: int
    first: t.List[PageFrame]


class OtherOrigin(t.TypedDict, total=False):
    """What a refused handshake came to with another Origin."""

    #: None: none was sent.
    origin: t.Optional[str]
    #: As of a handshake.
    outcome: str
    status: t.Optional[int]


class AskedAgain(HandshakeSeen, total=False):
    """A refused handshake, asked again without a browser."""

    #: As it may be shown.
    url: str
    #: With an Origin that the service is said to take, and with none.
    other_origin: OtherOrigin
    no_origin: OtherOrigin


class Place(_From, total=False):
    """The target that made a WebSocket."""

    #: Its URL.
    from_url: str


class PageSocket(Place, total=False):
    """A WebSocket that the page, a frame or a worker of it made; times are milliseconds after the visit began."""

    url: str
    #: Where in the page's code: ``app.js:12``.
    initiator: str
    at_ms: float
    #: Whether the browser began the connection: a policy may forbid it before.
    created: bool
    #: Whether the script in the page saw it made.
    witnessed: bool
    #: What the constructor threw.
    thrown: t.Optional[str]
    #: Name and value of the headers of the handshake, and of its answer.
    request: t.List[t.List[str]]
    response: t.List[t.List[str]]
    asked_ms: float
    answered_ms: float
    failed_ms: float
    closed_ms: float
    #: Of the answer that accepts it: 101, over HTTP/2 200.
    status: t.Optional[int]
    reason_phrase: t.Optional[str]
    #: What Chromium says of one that was refused or ended.
    error: t.Optional[str]
    #: Of the event ``close``.
    code: t.Optional[int]
    reason: str
    clean: bool
    sent: PageFrames
    received: PageFrames
    #: The same handshake without a browser, where it was refused.
    raw: AskedAgain


class WatchedSocket(PageSocket, total=False):
    """A WebSocket while the page is watched."""

    #: Pairs the two halves of it, and is no evidence.
    session_id: str


class ConsoleEntry(_From, total=False):
    """An error or a warning in the console; an uncaught exception is one."""

    #: ``console``, ``exception``, ``network``, ``security`` and so on.
    source: str
    #: ``error`` or ``warning``.
    level: str
    #: One line.
    text: str
    url: str
    #: From 0.
    line: t.Optional[int]
    #: Milliseconds after the visit began.
    at_ms: float


class FailedRequest(t.TypedDict, total=False):
    """What the page asked for and did not get, or a frame or worker whose process crashed."""

    url: str
    #: ``Script``, ``Image``, ``Other`` and so on; of a frame or worker that of its target.
    kind: str
    #: Of the answer; None: there was none.
    status: t.Optional[int]
    error: t.Optional[str]
    #: It was there, and its process ended by itself.
    crashed: bool


class Issue(t.TypedDict, total=False):
    """Mixed content, or a violation of the page's Content Security Policy."""

    #: ``mixed`` or ``csp``.
    kind: str
    url: t.Optional[str]
    #: Of mixed content: whether it was blocked, in Chromium's words.
    blocked: t.Optional[str]
    #: Of a policy: its directive, and whether it only reports.
    directive: t.Optional[str]
    report_only: bool
    #: The type of what was asked for, or of the violation.
    what: t.Optional[str]


class PageTarget(t.TypedDict, total=False):
    """A page, a frame of another site or a worker that was watched."""

    #: ``page``, ``iframe``, ``worker`` and so on.
    kind: str
    url: str


class Seen(t.TypedDict, total=False):
    """What a visit showed."""

    page: Page
    #: The first of them, in the order in which they were made.
    sockets: t.List[PageSocket]
    #: How many were made in all.
    sockets_total: int
    console: t.List[ConsoleEntry]
    failed: t.List[FailedRequest]
    issues: t.List[Issue]
    targets: t.List[PageTarget]


class Browser(Common, Seen, total=False):
    """The evidence of the browser."""

    #: Its name and version.
    browser: t.Optional[str]
    #: Milliseconds until it answered.
    start_ms: float
    #: Seconds for which the page was watched once it was loaded.
    stay_s: float
    #: JPEG in base64, where it is asked for. It is not redacted.
    screenshot: t.Optional[str]
