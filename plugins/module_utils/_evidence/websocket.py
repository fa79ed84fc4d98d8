# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the WebSocket probe says, and the controller adds. Types alone: nothing imports this folder when it runs, and it does
not travel."""

from __future__ import annotations

import typing as t

from .common import Common
from .port import Port
from .ruling import Ruling
from .tls import Session


class Connecting(t.TypedDict, total=False):
    """What a connection came to, in TLS where that was asked for."""

    #: Of the connection or of what was asked on it; see who fills it.
    outcome: str
    connect_ms: float
    #: The name of the error, and its words.
    errno: t.Optional[str]
    error: t.Optional[str]
    #: OpenSSL's complaint about the certificate.
    verify_code: t.Optional[int]


class Said(t.TypedDict, total=False):
    """What an HTTP answer said."""

    #: None: no HTTP answer came.
    status: t.Optional[int]
    #: The start of the body, redacted.
    body: str


class HttpAnswer(Connecting, total=False):
    """What a request over HTTP/1.1 showed."""

    #: As in Said.
    status: t.Optional[int]
    body: str
    #: ``127.0.0.1:8080``, or a unix socket's path; from the controller ``192.0.2.12 port 8080``.
    address: str
    path: str
    reason: str
    http_version: str
    #: Pairs of name and value, redacted.
    headers: t.List[t.List[str]]
    #: The start of an answer that is no HTTP, unprintable bytes as escapes.
    bytes: str


class HandshakeSeen(HttpAnswer, total=False):
    """What one handshake showed; its ``outcome`` is one of those in _protocol/handshake.py."""

    #: None: none was sent.
    origin: t.Optional[str]
    #: Pairs of name and value as they were sent, redacted; the request line has an empty name.
    request: t.List[t.List[str]]
    #: Of a 101: ``valid``, ``wrong`` or ``missing``.
    accept: str
    #: As the server selected them.
    subprotocol: t.Optional[str]
    extensions: t.Optional[str]
    #: From the request to the first byte of the answer, and to the last.
    first_byte_ms: float
    total_ms: float
    #: How long was waited for an answer that did not come.
    waited_ms: float
    #: Bytes of an answer that is no whole HTTP.
    received: int
    #: What the library complained about.
    problem: str
    #: Added by the controller at the public URL: what its name is an alias of, and the names of cookies that are set.
    canonical: str
    cookies: t.List[str]


class Attempts(t.TypedDict, total=False):
    """Variations of the main handshake; None: it did not finish."""

    no_origin: t.Optional[HandshakeSeen]
    ipv4: t.Optional[HandshakeSeen]
    ipv6: t.Optional[HandshakeSeen]
    #: With the Origin of a page that the port itself serves.
    own_origin: t.Optional[HandshakeSeen]
    #: Once more, after an ordinary GET went through.
    after_get: t.Optional[HandshakeSeen]


#: How a path is known: ``public_url``, ``page``, ``proxy``, ``log`` or ``discovered`` (a common one).
_From = t.TypedDict("_From", {"from": str}, total=False)


class Alternative(_From, total=False):
    """A handshake on another path, after a refusal."""

    path: str
    outcome: str
    status: t.Optional[int]
    #: Where the path stands: a file and line, a log, a page.
    where: str


class Plain(HttpAnswer, total=False):
    """The answer to an ordinary GET."""

    #: Milliseconds that it took as a whole.
    ms: float


class PlainAgain(t.TypedDict, total=False):
    """The answer to an ordinary GET after the probe's connection had ended."""

    status: t.Optional[int]
    ms: float


class Polling(Said, total=False):
    """What Engine.IO's polling showed; ``outcome``, ``status`` and ``body`` are of the first answer."""

    outcome: str
    #: Whether the first answer began a session.
    sid: bool
    #: Sessions that were begun, and those unknown at their second request.
    sessions: int
    unknown: int
    #: The body that said so.
    refusal: str


class Repeat(t.TypedDict, total=False):
    """Handshakes in a row."""

    tried: int
    #: How often each status came, or an outcome without one.
    outcomes: t.Dict[str, int]
    #: To the first byte of each answer, ascending.
    ms: t.List[float]


class End(t.TypedDict, total=False):
    """How the peer ended a connection."""

    #: ``close`` (a close frame), ``eof``, ``reset`` or ``garbage``.
    how: str
    #: Of the close frame; None: there was none.
    code: t.Optional[int]
    reason: str


class Exchange(t.TypedDict, total=False):
    """An exchange of messages in a dialect."""

    completed: bool
    #: What was sent, what was to come, and what came. Of the operator's own messages the size.
    sent: str
    wanted: str
    proof: str
    #: The words by which the server refuses.
    refusal: str
    #: What the server speaks in place of the dialect.
    peer: str
    ended: t.Optional[End]


class Hold(t.TypedDict, total=False):
    """A connection that was kept idle."""

    #: Seconds that were asked for, and those for which it was idle.
    wanted_s: float
    held_s: t.Optional[float]
    ended: t.Optional[End]
    #: Whether a ping was sent afterwards, and when its pong came; None: it did not.
    pinged: bool
    pong_ms: t.Optional[float]
    #: Added by the controller after a silent end: the outcome of another handshake.
    again: str
    #: By way of a proxy: whether the handshake was accepted; else nothing was held.
    opened: bool


class Close(t.TypedDict, total=False):
    """The closing handshake that the probe began."""

    #: ``answered``, ``eof``, ``reset``, ``garbage`` or ``timeout``.
    how: str
    code: t.Optional[int]
    reason: str
    ms: float


class TraceRow(t.TypedDict, total=False):
    """One frame."""

    #: Since the probe began.
    ms: float
    #: ``>`` to the server, ``<`` from it.
    direction: str
    #: ``text``, ``binary``, ``close``, ``ping``, ``pong``, ``continuation`` or a number.
    opcode: str
    bytes: int
    #: The start of the payload, redacted.
    sample: str


class Talk(t.TypedDict, total=False):
    """What followed on an accepted handshake."""

    #: None: it was not recognised.
    dialect: t.Optional[str]
    #: How it was recognised.
    dialect_from: str
    subprotocol: t.Optional[str]
    #: What the server said unasked.
    greeting: t.Optional[str]
    exchange: t.Optional[Exchange]
    #: None: no pong came.
    ping_ms: t.Optional[float]
    hold: Hold
    #: How the server ended it before it was asked to.
    ended: t.Optional[End]
    #: Why the probe did not wait to the end.
    cut_short: str
    #: Whether an ordinary GET was not answered as long as the connection was open.
    get_unanswered: bool
    #: The first bytes after the 101; in hexadecimal, where they are not text.
    stream_start: str
    #: None: it was not tried.
    close: t.Optional[Close]
    trace: t.List[TraceRow]


class Lookup(t.TypedDict, total=False):
    """What a resolver said of the name in the public URL."""

    name: str
    #: How many it knows; the controller says that of none.
    addresses: int
    #: ``EAI_NONAME`` …; empty: none.
    error: str


class Clock(t.TypedDict, total=False):
    """The clocks of the host and of the controller when the host had answered, in seconds since the epoch."""

    #: None: the host did not say.
    host: t.Optional[float]
    controller: float


class Unasked(t.TypedDict, total=False):
    """What the server did within a second of the controller's handshake, without being asked."""

    ended: t.Optional[End]
    ms: float


class Large(t.TypedDict, total=False):
    """The handshake with a request that fills more than one packet."""

    #: Of padding.
    bytes: int
    outcome: str
    status: t.Optional[int]
    ms: float
    #: After a time-out: the outcome of the handshake as it was.
    again: str


class Controller(HandshakeSeen, total=False):
    """The handshake from the controller; where it did not get so far, its connection to the port."""

    #: Why it is not known, or was not to be tried.
    unknown: str
    skip: str
    #: After a time-out: the outcome of a second handshake.
    again: str
    unasked: Unasked
    hold: Hold
    large: Large
    #: Of the evidence of the port: ``proxies``.
    port_evidence: Port
    #: Of a connection that failed; see Reached in port.py.
    numeric: str
    ms: float
    own_rules: t.Optional[Ruling]


class Http2(Connecting, total=False):
    """What a server says to WebSockets over HTTP/2; its ``outcome`` is one of those in _controller/http2_connect.py."""

    #: Whether it offers them; None: it did not come to that.
    advertised: t.Optional[bool]
    #: Of the answer, and of HTTP/2's error.
    status: t.Optional[int]
    code: t.Optional[int]
    ms: float


class Public(HandshakeSeen, total=False):
    """The handshake from the controller at the public URL."""

    #: As it may be shown.
    url: str
    #: Why nobody could look.
    unknown: str
    #: What the controller's resolver said where it knows no address, and the host's then.
    lookup: Lookup
    host_lookup: t.Optional[Lookup]
    hold: Hold
    http2: Http2
    #: The TLS session, until it is handed over to the evidence of TLS.
    session: Session


class Websocket(Common, total=False):
    """The evidence of the WebSocket."""

    #: ``host``
    vantage: str
    #: The websocket-client that did the handshakes.
    library: str
    path: str
    #: ``configured``; ``public_url``; ``page``, ``proxy``, ``log``: what named it; ``discovered``: a common path that opens;
    #: ``default``: it is not known, and a common path was asked.
    path_from: str
    #: Where the path stands: a file and line, a log, a page.
    path_where: str
    #: Whether the port speaks TLS itself.
    tls: bool
    #: Sub-protocols without which the server refuses.
    offered: t.List[str]
    #: Whether the server accepts what says that a proxy ended TLS, and nothing else.
    forwarded_proto: bool
    #: The handshake that a browser would do.
    main: HandshakeSeen
    #: That on the path that was asked first, where another was found.
    first_refusal: HandshakeSeen
    alternatives: t.List[Alternative]
    attempts: Attempts
    #: None, here and below: it did not finish.
    plain: t.Optional[Plain]
    #: Where an ordinary GET was not answered as long as the conversation was open.
    plain_again: PlainAgain
    repeat: t.Optional[Repeat]
    polling: t.Optional[Polling]
    conversation: t.Optional[Talk]
    #: What the host's resolver says; None: there is no name, or no answer in time.
    public_name: t.Optional[Lookup]
    #: Added by the controller, as what follows.
    clock: Clock
    controller: Controller
    public: Public
