# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the WebSocket probe says, and the controller adds. Only types: nothing imports them on a host, and they are not
sent there."""

from __future__ import annotations

import typing as t

from .common import Common, Pair
from .port import Port
from .ruling import Ruling
from .tls import Session


class Connecting(t.TypedDict, total=False):
    """The result of a connection, with TLS if that was requested."""

    #: The result: ``open`` (accepted), ``http`` (another answer), ``timeout``, ``eof``, ``reset``,
    #: ``connect-refused`` or another word for what was received.
    outcome: str
    #: Milliseconds until there was a connection, or none.
    connect_ms: float
    #: The name of the system's error. Only where there was no connection.
    errno: t.Optional[str]
    #: The error in words. Only where something went wrong.
    error: t.Optional[str]
    #: OpenSSL's complaint about the certificate. Only where TLS failed.
    verify_code: t.Optional[int]


class Said(t.TypedDict, total=False):
    """What an HTTP answer said."""

    #: The HTTP status of the answer. None: no HTTP answer came.
    status: t.Optional[int]
    #: The start of the body, redacted.
    body: str


class HttpAnswer(Connecting, total=False):
    """What a request over HTTP/1.1 showed."""

    #: The HTTP status of the answer. None: no HTTP answer came.
    status: t.Optional[int]
    #: The start of the body, redacted. Only where it was not accepted.
    body: str
    #: Where it was sent: ``127.0.0.1:8080``, or a unix socket's path; from the controller ``192.0.2.12 port 8080``.
    address: str
    #: The path that was requested.
    path: str
    #: The reason phrase of the answer.
    reason: str
    #: The version of HTTP of the answer.
    http_version: str
    #: Name and value of each header of the answer, redacted.
    headers: t.List[Pair]
    #: The start of an answer that is not HTTP, unprintable bytes as escapes. Only where it is none.
    bytes: str


class HandshakeSeen(HttpAnswer, total=False):
    """What one handshake showed.

    Its ``outcome`` is one of those in _protocol/handshake.py.
    """

    #: The Origin that was sent. None: none was.
    origin: t.Optional[str]
    #: Name and value of each header as it was sent, redacted; the request line has an empty name.
    request: t.List[Pair]
    #: For a 101 its Sec-WebSocket-Accept: ``valid``, ``wrong`` or ``missing``.
    accept: str
    #: The headers for which every browser refuses a 101, each with what is wrong. Only of a 101.
    broken: t.List[str]
    #: The sub-protocol that the server selected. None: none.
    subprotocol: t.Optional[str]
    #: The extensions that the server selected. None: none.
    extensions: t.Optional[str]
    #: Milliseconds from the request to the first byte of the answer.
    first_byte_ms: float
    #: Milliseconds from the request to the last byte of the answer.
    total_ms: float
    #: How long the probe waited for an answer, in milliseconds. Only where none came.
    waited_ms: float
    #: How many bytes were received. Only where the answer is not complete HTTP.
    received: int
    #: The library's error message. Only where it had one.
    problem: str
    #: What the URL's name is an alias of. Added by the controller at the public URL.
    canonical: str
    #: The names of cookies that are set. Added by the controller at the public URL.
    cookies: t.List[str]


class Attempts(t.TypedDict, total=False):
    """Variations of the main handshake, each None if it did not finish."""

    #: Without an Origin.
    no_origin: t.Optional[HandshakeSeen]
    #: At the IPv4 loopback.
    ipv4: t.Optional[HandshakeSeen]
    #: At the IPv6 loopback.
    ipv6: t.Optional[HandshakeSeen]
    #: With the Origin of a page that the port itself serves. Only where the handshake was refused.
    own_origin: t.Optional[HandshakeSeen]
    #: Once more, after an ordinary GET went through. Only where the handshake was not answered.
    after_get: t.Optional[HandshakeSeen]


#: How the path is known: ``public_url``, ``page``, ``proxy``, ``log`` or ``discovered`` (a common one).
_From = t.TypedDict("_From", {"from": str}, total=False)


#: What it was in the main handshake.
_FromTo = t.TypedDict("_FromTo", {"from": str}, total=False)


class Experiment(_FromTo, total=False):
    """A handshake in which one thing differs from the main one. ``from`` is what it was there."""

    #: What differs: ``origin``, ``host``, ``origin and host``, ``path``, ``query``, ``subprotocol``, ``header <name>``,
    #: ``X-Forwarded-Proto``, ``transport``, ``PROXY line`` or ``upgrade`` (an ordinary GET in its place).
    name: str
    #: What it was instead.
    to: str
    #: The outcome of the handshake.
    outcome: str
    #: The HTTP status of the answer. None: no HTTP answer came.
    status: t.Optional[int]
    #: Whether it was accepted, where the main one was not; of ``upgrade``, whether the GET was answered.
    flipped: bool


class Alternative(_From, total=False):
    """A handshake on another path, after a refusal."""

    #: The path.
    path: str
    #: The outcome of the handshake.
    outcome: str
    #: The HTTP status of the answer. None: no HTTP answer came.
    status: t.Optional[int]
    #: Where the path was found: a file and line, a log, a page.
    where: str


class Plain(HttpAnswer, total=False):
    """The answer to an ordinary GET."""

    #: Milliseconds that it took in total.
    ms: float


class PlainAgain(t.TypedDict, total=False):
    """The answer to an ordinary GET after the probe's connection had ended."""

    #: The HTTP status of the answer. None: no HTTP answer came.
    status: t.Optional[int]
    #: Milliseconds that it took in total.
    ms: float


class Polling(Said, total=False):
    """What Engine.IO's polling showed. ``outcome``, ``status`` and ``body`` are of the first answer."""

    #: The result of the first request.
    outcome: str
    #: Whether the first answer created a session.
    sid: bool
    #: How many sessions were created.
    sessions: int
    #: How many of them were unknown on their second request.
    unknown: int
    #: The body that said so.
    refusal: str


class Repeat(t.TypedDict, total=False):
    """Handshakes in a row."""

    #: How many.
    tried: int
    #: How often each HTTP status occurred, or an outcome without one.
    outcomes: t.Dict[str, int]
    #: Milliseconds to the first byte of each answer, ascending.
    ms: t.List[float]


class End(t.TypedDict, total=False):
    """How the peer ended a connection."""

    #: ``close`` (a close frame), ``eof``, ``reset`` or ``garbage``.
    how: str
    #: The code of the close frame. None: there was none.
    code: t.Optional[int]
    #: The reason in the close frame.
    reason: str


class Exchange(t.TypedDict, total=False):
    """An exchange of messages in a dialect."""

    #: Whether what was expected came.
    completed: bool
    #: What was sent; for the operator's own messages, their size.
    sent: str
    #: What was expected.
    wanted: str
    #: What came; for the operator's own messages, their size.
    proof: str
    #: The words with which the server refuses. Only where it does.
    refusal: str
    #: What the server speaks instead of the dialect. Only where that was recognised.
    peer: str
    #: How the server ended it. Only where it did.
    ended: t.Optional[End]


class Hold(t.TypedDict, total=False):
    """A connection that was kept idle."""

    #: Seconds that were requested.
    wanted_s: float
    #: Seconds for which it was idle.
    held_s: t.Optional[float]
    #: How the peer ended it in the meantime. None: it did not.
    ended: t.Optional[End]
    #: Whether a ping was sent afterwards.
    pinged: bool
    #: When its pong came, in milliseconds. None: none came.
    pong_ms: t.Optional[float]
    #: The outcome of another handshake after a silent end. Added by the controller.
    again: str
    #: Whether the handshake was accepted; if not, nothing was held. Only where it goes through a proxy.
    opened: bool


class Close(t.TypedDict, total=False):
    """The closing handshake that the probe started."""

    #: ``answered``, ``eof``, ``reset``, ``garbage`` or ``timeout``.
    how: str
    #: The code in the answer. None: there was none.
    code: t.Optional[int]
    #: The reason in the answer.
    reason: str
    #: Milliseconds until the answer.
    ms: float


class TraceRow(t.TypedDict, total=False):
    """One frame."""

    #: Milliseconds since the probe began.
    ms: float
    #: ``>`` to the server, ``<`` from it.
    direction: str
    #: Its type: ``text``, ``binary``, ``close``, ``ping``, ``pong``, ``continuation`` or a number.
    opcode: str
    #: The size of its payload.
    bytes: int
    #: The start of its payload, redacted.
    sample: str


class Talk(t.TypedDict, total=False):
    """What followed an accepted handshake."""

    #: The dialect that was spoken. None: it was not recognised.
    dialect: t.Optional[str]
    #: How it was recognised.
    dialect_from: str
    #: The sub-protocol that the server selected. None: none.
    subprotocol: t.Optional[str]
    #: What the server sent first, on its own. None: nothing.
    greeting: t.Optional[str]
    #: An exchange of messages in that dialect. None: there was none.
    exchange: t.Optional[Exchange]
    #: Milliseconds until a ping was answered. None: no pong came.
    ping_ms: t.Optional[float]
    #: The connection, kept idle. Only where option ``websocket.hold`` is set.
    hold: Hold
    #: How the server ended it before the client closed. None: it did not.
    ended: t.Optional[End]
    #: Why the probe did not wait until the end. Only where it did not.
    cut_short: str
    #: Whether an ordinary GET was not answered as long as the connection was open.
    get_unanswered: bool
    #: The first bytes after the 101; in hexadecimal if they are not text.
    stream_start: str
    #: The first frame for which every browser ends the connection, and how it breaks RFC 6455. Only where one does.
    broken_frame: str
    #: The closing handshake that the probe started. None: it was not tried.
    close: t.Optional[Close]
    #: The first frames in both directions.
    trace: t.List[TraceRow]


class Lookup(t.TypedDict, total=False):
    """A resolver's answer for the name in the public URL."""

    #: The name.
    name: str
    #: How many addresses it knows; the controller does not report this.
    addresses: int
    #: The resolver's error, such as ``EAI_NONAME``; empty: none.
    error: str


class Clock(t.TypedDict, total=False):
    """The clocks of the host and of the controller when the host answered, in seconds since the epoch."""

    #: That of the host. None: the host did not say.
    host: t.Optional[float]
    #: That of the controller.
    controller: float


class Unasked(t.TypedDict, total=False):
    """What the server did within a second of the controller's handshake, without being asked."""

    #: How it ended the connection. None: it did not.
    ended: t.Optional[End]
    #: Milliseconds until then.
    ms: float
    #: The first frame for which every browser ends the connection, and how it breaks RFC 6455. Only where one does.
    broken_frame: str


class Large(t.TypedDict, total=False):
    """The handshake with a request that fills more than one packet."""

    #: The size of the padding.
    bytes: int
    #: The outcome of the handshake.
    outcome: str
    #: The HTTP status of the answer. None: no HTTP answer came.
    status: t.Optional[int]
    #: Milliseconds until the answer.
    ms: float
    #: The outcome of the unchanged handshake. Only where the large one got no answer in time.
    again: str


class Controller(HandshakeSeen, total=False):
    """The handshake from the controller. If it did not get that far, its connection to the port."""

    #: Why it is not known. Only where it could not be tried.
    unknown: str
    #: Why it need not be tried. Only where it was not.
    skip: str
    #: The outcome of a second handshake. Only where the first got no answer in time.
    again: str
    #: What the server did within a second, without being asked. Only where the path is configured.
    unasked: Unasked
    #: The connection, kept idle. Only where option ``websocket.hold`` is set.
    hold: Hold
    #: The handshake with a request that fills more than one packet. Only where the handshake was accepted.
    large: Large
    #: Only the proxies of the port's evidence.
    port_evidence: Port
    #: The address that the host's name resolved to. Only where there was no connection.
    numeric: str
    #: Milliseconds until the connection failed. Only where it did.
    ms: float
    #: What the controller's own firewall does with a connection. Only where there was none.
    own_rules: t.Optional[Ruling]


class Http2(Connecting, total=False):
    """What a server says to WebSockets over HTTP/2.

    Its ``outcome`` is one of those in _controller/http2_connect.py.
    """

    #: Whether it offers them. None: it did not get that far.
    advertised: t.Optional[bool]
    #: The HTTP status of the answer. None: no HTTP answer came.
    status: t.Optional[int]
    #: The code of HTTP/2's error. None: there was none.
    code: t.Optional[int]
    #: Milliseconds until the answer.
    ms: float


class SmallSegments(t.TypedDict, total=False):
    """A handshake with a large request in packets of 576 bytes at most."""

    #: Its outcome.
    outcome: str
    #: The outcome of the same in packets of the usual size, after that. Only where the small ones were accepted.
    usual: str


class PublicAddress(t.TypedDict, total=False):
    """One of several addresses of the public name, and how the controller's connection to it ended."""

    #: The address.
    address: str
    #: ``connected``, ``connect-timeout``, ``connect-refused``, ``connect-error``; ``no-route``: the controller has none
    #: for this kind of address; ``no-time``.
    outcome: str
    #: The symbol of the system's error. None: it was connected.
    errno: t.Optional[str]
    #: Milliseconds until then.
    ms: float


class Public(HandshakeSeen, total=False):
    """The handshake from the controller at the public URL."""

    #: The URL, as it may be shown.
    url: str
    #: Why it is not known. Only where it could not be tried.
    unknown: str
    #: The controller's resolver's answer for the name. Only where it knows no address.
    lookup: Lookup
    #: The host's resolver's answer for the name then. None: it did not answer in time. Only where the controller's
    #: knows no address.
    host_lookup: t.Optional[Lookup]
    #: The connection, kept idle. Only where option ``websocket.hold`` is set.
    hold: Hold
    #: Every address of its name, as the controller could connect to it. Only where there are several.
    addresses: t.List[PublicAddress]
    #: The handshake with a request that fills more than one packet. Only where the handshake was accepted.
    large: Large
    #: Such a handshake in packets of 576 bytes. Only where one in packets of the usual size got no answer.
    small_segments: SmallSegments
    #: What the server says to WebSockets over HTTP/2. Only where TLS is spoken and the handshake was accepted.
    http2: Http2
    #: The TLS session, until it is moved to the evidence of TLS. It is not evidence.
    session: Session


class Websocket(Common, total=False):
    """The evidence of the WebSocket."""

    #: Where the probe ran: ``host``.
    vantage: str
    #: The websocket-client that did the handshakes. Only when websocket-client is installed on the controller.
    library: str
    #: The path that was tried. Only when a handshake was tried.
    path: str
    #: Where the path comes from: ``configured``; ``public_url``; ``page``, ``proxy``, ``log``: what named it;
    #: ``discovered``: a common path that opens; ``default``: it is not known, and a common path was tried. Only when a
    #: handshake was tried.
    path_from: str
    #: Where the path was found: a file and line, a log, a page. Only where another path was found.
    path_where: str
    #: Whether the port speaks TLS itself, so that TLS was used. Only when a handshake was tried.
    tls: bool
    #: Sub-protocols without which the server refuses. Only when a handshake was tried.
    offered: t.List[str]
    #: Whether the server accepts only requests whose headers say that a proxy terminated TLS. Only where the handshake
    #: without that was refused.
    forwarded_proto: bool
    #: The handshake that a browser would do. Only when a handshake was tried.
    main: HandshakeSeen
    #: The handshake that was refused first. Only where another path or Host was found.
    first_refusal: HandshakeSeen
    #: Where the Host of the handshakes comes from: ``public_url``; ``dialled``: the endpoint, by the name of
    #: ``websocket.origin`` where that is set; ``origin``: that of ``websocket.origin``, because the server refuses the
    #: one that is dialled; ``proxy``: one with which a proxy on the host forwards to the service, because the server
    #: refuses the other. Only when a handshake was tried.
    host_from: str
    #: The Host that was sent. Only where it is neither that of the public URL nor the one that is dialled.
    host: str
    #: What was varied after a refusal, one thing at a time. Only where the handshake was not accepted on a path that is
    #: known, or only with the Host of ``websocket.origin``.
    experiments: t.List[Experiment]
    #: Other paths that were tried, up to the first that opened. Only when the first path was refused.
    alternatives: t.List[Alternative]
    #: Variations of the main handshake, each None if it did not finish. Only when a handshake was tried.
    attempts: Attempts
    #: The answer to an ordinary GET on the same path. None: it did not finish. Only when a handshake
    #: was tried.
    plain: t.Optional[Plain]
    #: The answer to an ordinary GET after the probe's connection had ended. Only where none came as long as the
    #: connection was open.
    plain_again: PlainAgain
    #: Ten handshakes in a row. Only when a handshake was tried.
    repeat: t.Optional[Repeat]
    #: What Engine.IO's polling showed. Only where the service speaks Engine.IO.
    polling: t.Optional[Polling]
    #: What followed the accepted handshake. Only where it was accepted.
    conversation: t.Optional[Talk]
    #: The host's resolver's answer for the name in the public URL. None: there is no name, or no answer in time.
    #: Only when a handshake was tried.
    public_name: t.Optional[Lookup]
    #: The clocks of the host and of the controller when the host answered, in seconds since the epoch. Added by
    #: the controller.
    clock: Clock
    #: The handshake from the controller. Added by the controller.
    controller: Controller
    #: The handshake from the controller at the public URL. Added by the controller. Only when option ``public_url``
    #: is given.
    public: Public
