# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A client of one service at one place: what it asks, and how. What is varied makes another client of it."""

from __future__ import annotations

import ssl
import typing as t

from .._run.context import Context
from .._run.deadline import Deadline, DeadlineExceeded
from .engine_io_polling import Unredacted, is_engine_io, poll, polling_path, websocket_path
from .handshake import Handshake, Request, name_of, open_websocket
from .plain_http import Fetched, fetch, get
from .recording_socket import Endpoint

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.service import Service, WebsocketOptions
    from .._evidence.websocket import HandshakeSeen, HttpAnswer, Large, Plain, Polling, SmallSegments

#: Bytes of header that make a request larger than any packet of an Ethernet; servers accept several times as many.
LARGE = 1600
#: Bytes of a segment that every path carries: 576 of a packet (RFC 791), less its headers.
SMALL = 536
#: Seconds that such a request may take: its first packet is sent again three times meanwhile.
_LARGE_PATIENCE = 3.0
#: Seconds that an ordinary GET may take.
_PLAIN_PATIENCE = 5.0


class Client(t.NamedTuple):
    """How a service is asked at one endpoint. See ``client_of``, which fills in what follows from its options."""

    service: Service
    context: Context
    endpoint: Endpoint
    #: As it is asked for, query included; empty: it is not known, and ``/`` is asked.
    path: str = ""
    #: Whether the endpoint speaks TLS itself.
    tls: bool = False
    #: Sub-protocols that are offered where neither the service's options nor its dialect names any.
    offered: t.Tuple[str, ...] = ()
    #: The Host to send; empty: that of the public URL, or the one that clients dial.
    host: str = ""
    #: Whether to say that a proxy ended TLS.
    forwarded: bool = False
    #: Seconds that connection and handshake may take together.
    patience: float = 10.0

    def having(self, **changes: t.Any) -> Client:
        """The same client but for these fields."""
        return self._replace(**changes)

    @property
    def options(self) -> WebsocketOptions:
        """The service's ``websocket`` options."""
        return self.service.get("websocket") or {}

    @property
    def public_url(self) -> str:
        """The service's public URL, or nothing."""
        return self.service.get("public_url") or ""

    @property
    def subprotocols(self) -> t.Tuple[str, ...]:
        """What is offered: what the inventory says, else what the dialect needs, else what a search found out."""
        configured = self.options.get("subprotocols")
        if configured:
            return tuple(configured)
        dialect = self.context.dialects.get(self.options.get("dialect") or "")
        return tuple(dialect.SUBPROTOCOLS) if dialect is not None else self.offered

    def target(self, path: str) -> str:
        """A path as clients of the service's dialect ask for it: users know Socket.IO's as ``/socket.io/``."""
        named = self.options.get("dialect") or ""
        complete = getattr(self.context.dialects.get(named), "target", None)
        if complete is not None:
            return str(complete(path))
        return websocket_path(path) if is_engine_io(path, named) else path

    @property
    def dialled_host(self) -> str:
        """The Host of clients that dial the endpoint, as far as is known: a page's own name, with the service's port."""
        if self.endpoint.unix:
            return "localhost"
        scheme, _mark, rest = (self.options.get("origin") or "").partition("://")
        name = name_with_brackets(authority(rest)) if scheme in ("http", "https") else ""
        if not name:
            return str(self.endpoint)
        return name if self.endpoint.port == (443 if self.tls else 80) else "%s:%d" % (name, self.endpoint.port)

    @property
    def origins_host(self) -> str:
        """The Host of clients that dial the server of their page; empty: no page is configured."""
        scheme, _mark, rest = (self.options.get("origin") or "").partition("://")
        return authority(rest) if scheme in ("http", "https") else ""

    def request(self, **changes: t.Any) -> Request:
        """The handshake a browser on the service's page would send, with changes."""
        origin = self.options.get("origin")
        host = self.host or authority(self.public_url) or self.dialled_host
        if not origin:
            secure = self.tls or self.public_url.startswith("wss:")
            origin = ("https://" if secure else "http://") + host
        fields: t.Dict[str, t.Any] = {  # of Request, or what replaces them
            "path": self.path or "/",
            "host": host,
            "origin": origin,
            "subprotocols": self.subprotocols,
            "headers": tuple((self.options.get("headers") or {}).items()),
            "tls": self.tls,
        }
        fields.update(changes)
        if self.forwarded:
            fields["headers"] = (*fields["headers"], ("X-Forwarded-Proto", "https"))
        fields["headers"] = tuple((str(name), str(value)) for name, value in fields["headers"])
        return Request(**fields)

    def handshake(
        self, patience: float | None = None, detail: bool = True, head: bytes = b"", **changes: t.Any
    ) -> Handshake:
        """One handshake; see ``handshake.open_websocket``. What changes the request is named as in ``Request``."""
        request = self.request(**changes)
        return open_websocket(
            self.endpoint,
            request._replace(path=self.target(request.path)),
            self.context.deadline,
            self.context.library,
            self.context.redactor,
            patience=patience or self.patience,
            tls_context=self._tls_context(),
            detail=detail,
            head=head,
        )

    def handshake_seen(self, **arguments: t.Any) -> HandshakeSeen:
        """What one handshake showed; the connection is dropped.

        :param arguments: as of ``handshake``.
        :raises DeadlineExceeded: no time was left to begin it.
        """
        # The request differs from the main one by what was asked for; an accepted answer has nothing to add.
        result = self.handshake(detail=False, **arguments)
        if result.seen["outcome"] == "no-time":
            raise DeadlineExceeded(result.seen["error"])
        result.close()
        return result.seen

    def large_handshake(self) -> Large:
        """The main handshake with a request that fills more than one packet: do large packets arrive?

        :returns: ``bytes`` of padding, ``outcome`` and ``ms``; after a time-out also ``again``, the outcome of the
            handshake as it was: a server that has stopped answering altogether says nothing about packets.
        :raises DeadlineExceeded: no time was left to begin.
        """
        headers = (*(self.options.get("headers") or {}).items(), ("X-Padding", "x" * LARGE))
        started = self.context.deadline.elapsed()
        patience = min(_LARGE_PATIENCE, self.patience)
        seen = self.handshake_seen(headers=headers, patience=patience)
        record: Large = {"bytes": LARGE, "outcome": seen["outcome"], "status": seen["status"]}
        record["ms"] = self._ms_since(started)
        if seen["outcome"] == "timeout":
            record["again"] = self.handshake_seen(patience=patience)["outcome"]
        return record

    def small_segments(self) -> SmallSegments:
        """A large handshake of which each packet is small, and, if it is accepted, the same once more in packets of the usual size:
        what works in small ones alone is lost by its size, and not by the moment.

        :raises DeadlineExceeded: no time was left to begin it.
        """
        it = self.endpoint
        headers = (*(self.options.get("headers") or {}).items(), ("X-Padding", "x" * LARGE))
        patience = min(_LARGE_PATIENCE, self.patience)
        small = self.having(endpoint=Endpoint(it.address, it.port, segment=SMALL))
        record: SmallSegments = {"outcome": small.handshake_seen(headers=headers, patience=patience)["outcome"]}
        if record["outcome"] == "open":
            record["usual"] = self.handshake_seen(headers=headers, patience=patience)["outcome"]
        return record

    def plain(self, **changes: t.Any) -> Plain:
        """The answer to an ordinary GET, and the milliseconds it took.

        :raises DeadlineExceeded: no time was left to begin it.
        """
        started = self.context.deadline.elapsed()
        request = self.request(**changes)
        if is_engine_io(request.path, self.options.get("dialect") or ""):
            # Without its version an Engine.IO server complains of an old client.
            request = request._replace(path=polling_path(self.target(request.path)))
        seen = get(
            self.endpoint,
            request,
            self.context.deadline.within(min(_PLAIN_PATIENCE, self.patience)),
            self.context.redactor,
            tls_context=self._tls_context(),
        )
        if seen["outcome"] == "no-time":
            raise DeadlineExceeded(seen["error"])
        return {**seen, "ms": self._ms_since(started)}

    def speaks_engine_io(self) -> bool:
        """Whether the service is one of Socket.IO."""
        return is_engine_io(self.path, self.options.get("dialect") or "")

    def polling(self) -> Polling:
        """The same server by Engine.IO's other transport; see ``engine_io_polling.poll``.

        :raises DeadlineExceeded: no time was left to begin it.
        """
        record = poll(self.get_bare, polling_path(self.target(self.path)))
        if record["outcome"] == "no-time":
            raise DeadlineExceeded("no time left to poll")
        record["body"] = self.context.redactor.text(record["body"], 200)
        record["refusal"] = self.context.redactor.text(record["refusal"], 200)
        return record

    def get_bare(self, path: str, patience: float, post: str | None = None) -> Plain:
        """A GET (or POST) whose answer is looked at here and does not travel as it is."""
        step = self.context.deadline.within(min(patience, self.patience))
        request = self.request(path=path)
        return get(self.endpoint, request, step, Unredacted(), tls_context=self._tls_context(), post=post)

    def fetch(self, path: str, step: Deadline, most: int) -> Fetched | None:
        """A page or script of the service as a whole; see ``plain_http.fetch``."""
        return fetch(self.endpoint, self.request(path=path), step, most, self._tls_context())

    def _tls_context(self) -> ssl.SSLContext | None:
        return unverified_tls() if self.tls else None

    def _ms_since(self, started: float) -> float:
        return round((self.context.deadline.elapsed() - started) * 1000.0, 1)


def client_of(service: Service, context: Context, endpoint: Endpoint) -> Client:
    """A client that asks for what the service's options say, and waits as long as the deadline suggests."""
    path = (service.get("websocket") or {}).get("path") or ""
    return Client(service, context, endpoint, path, patience=min(10.0, max(0.5, context.deadline.seconds * 0.5)))


def likeliest_endpoint(service: Service) -> Endpoint:
    """Where most services listen: on their socket, or on loopback."""
    socket = service.get("socket")
    return Endpoint(socket, unix=True) if socket else Endpoint("127.0.0.1", service.get("port") or 0)


def endpoints_of(service: Service, listeners: t.Iterable[t.Any]) -> list[Endpoint]:
    """Where to connect on this host, the likeliest first.

    A wildcard listener is asked on loopback; one that is bound to an address is asked there. With no
    listener at all, both loopbacks are: the refusal is evidence too.
    """
    likeliest = likeliest_endpoint(service)
    if likeliest.unix:
        return [likeliest]
    port = likeliest.port
    endpoints: list[Endpoint] = []
    for listener in listeners:
        if listener.netns != "host":
            continue
        if listener.address == "0.0.0.0":
            addresses = ["127.0.0.1"]
        elif listener.address == "::":
            addresses = ["::1"] if listener.v6only else ["127.0.0.1", "::1"]
        else:
            addresses = [listener.address]
        endpoints += [Endpoint(address, port) for address in addresses]
    endpoints.sort(key=lambda endpoint: (endpoint.address != "127.0.0.1", ":" in endpoint.address))
    return list(dict.fromkeys(endpoints)) or [Endpoint("127.0.0.1", port), Endpoint("::1", port)]


def authority(url: str) -> str:
    """``host[:port]`` of a URL."""
    return url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0].rsplit("@", 1)[-1]


def name_with_brackets(authority: str) -> str:
    """The name of ``host[:port]`` as it stands in a URL."""
    name = name_of(authority) if ":" in authority else authority
    return "[%s]" % name if ":" in name else name


def unverified_tls() -> ssl.SSLContext:
    """A client context that accepts any certificate: trust is a question of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def may_be_tls(seen: HttpAnswer) -> bool:
    """Whether a refusal looks like that of a TLS port to which plaintext was sent."""
    if seen["outcome"] in ("eof", "reset", "not-http"):
        return not seen.get("bytes", "").startswith("SSH-")
    return seen["status"] == 400 and "HTTPS" in seen.get("body", "")


def spoken(seen: HttpAnswer, tls: bool = False) -> str:
    """What a port speaks, by its answer to plaintext: ``tls``, ``plain``, ``closed``, ``maybe`` TLS, or ``unknown``.

    :param tls: whether a handshake in TLS succeeded.
    """
    if seen["outcome"].startswith("connect"):
        return "closed"
    if tls:
        return "tls"
    if may_be_tls(seen):
        return "maybe"
    return "plain" if seen["status"] is not None or seen["outcome"] == "not-http" else "unknown"
