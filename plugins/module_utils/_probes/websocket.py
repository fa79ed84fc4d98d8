# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Asks a WebSocket server everything that a client can ask it: handshakes from several sides, frames, a close.

Every question is bounded; whatever comes back is recorded and left for the checks to judge.
"""

from __future__ import annotations

import ssl
import threading
import typing as t

from .._protocol.conversation import Conversation, Ended, Frame
from .._protocol.engine_io_polling import Unredacted, is_engine_io, poll, polling_path
from .._protocol.handshake import Handshake, Request, head_of, name_of, open_websocket
from .._protocol.plain_http import get
from .._protocol.recording_socket import Endpoint
from .._run.concurrently import Outcome, concurrently
from .._run.context import Context
from .._run.deadline import DeadlineExceeded
from .._run.evidence import add_gap, new_evidence

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import (
        Alternative,
        Attempts,
        Close,
        Exchange,
        HandshakeSeen,
        Hold,
        HttpAnswer,
        Large,
        Lookup,
        Plain,
        Polling,
        Repeat,
        Talk,
        Websocket,
    )

#: Where applications of one port commonly keep their WebSocket, besides the dialects' own paths.
COMMON_PATHS = ("/ws", "/ws/", "/websocket", "/socket", "/api/ws", "/stream")
#: A sub-protocol nobody speaks. A server that selects it selects whatever comes first and says nothing by it.
NOBODYS_SUBPROTOCOL = "wshealth.nobody"
#: Variations of the main handshake.
ATTEMPTS = ("no_origin", "ipv4", "ipv6", "own_origin", "after_get")
#: Statuses of a refusal that another Origin, Host or header may turn.
_REFUSALS = (400, 401, 403, 404)
#: Handshakes that are repeated to find two servers behind one port.
REPEATS = 10
#: Seconds that the resolver may take after everything else.
_RESOLVE = 0.5
#: Bytes of header that make a request larger than any packet of an Ethernet; servers accept several times as many.
LARGE = 1600
#: Seconds that such a request may take: its first packet is sent again three times meanwhile.
_LARGE_PATIENCE = 3.0
#: Seconds that have to be left for a ping after an idle time.
_TO_PING = 0.5
#: Seconds below which a close that is not answered says nothing about the peer.
_TO_CLOSE = 1.0
#: Seconds for which a conversation is kept open until an ordinary GET beside it is answered.
_MEANWHILE = 1.5
#: Seconds to wait for what a server says unasked (rule: read a second before judging a 101).
GREETING = 1.0


def probe(service: dict[str, t.Any], context: Context) -> Websocket:
    """Ask the service's port (or socket) on this host.

    :param service: one entry of websocket_health_services.
    :returns: evidence; see ``Questions.ask``. ``public_name`` is what the host's resolver says of the public URL's name.
    """
    evidence = t.cast("Websocket", new_evidence("websocket", vantage="host"))
    if context.library is None:
        add_gap(
            evidence,
            "library",
            context.library_note,
            "install websocket-client where Ansible runs; it is brought along from there",
        )
        return evidence
    if service.get("socket"):
        likeliest = Endpoint(service["socket"], unix=True)
    else:
        likeliest = Endpoint("127.0.0.1", service["port"])

    # Who listens where is looked up only if the likeliest place refuses: the handshake shall begin at once.
    def elsewhere() -> list[Endpoint]:
        return endpoints_of(service, context.found(service).on_port)

    look = _looking_up_public_name(service)
    try:
        Questions(service, context, [likeliest], elsewhere).ask(evidence)
    finally:
        context.tell(service, "dialect", (evidence.get("conversation") or {}).get("dialect") or "")
    evidence["public_name"] = look()
    return evidence


def _looking_up_public_name(service: dict[str, t.Any]) -> t.Callable[[], Lookup | None]:
    """Begin to look up the name in the public URL, while the handshakes take their time.

    :returns: asks for ``name``, number of ``addresses`` and ``error``; None: there is no name, or no answer so far.
    """
    url = service.get("public_url")
    if not url:
        return lambda: None
    # Most services have no public URL to look up.
    from .._system.local_address import is_address, looking_up

    host = name_of(authority(url))
    if not host or is_address(host):
        return lambda: None
    look = looking_up(host)

    def answer() -> Lookup | None:
        found = look(_RESOLVE)
        if found is None:
            return None
        return {"name": host, "addresses": len(found.addresses), "error": found.error}

    return answer


def endpoints_of(service: dict[str, t.Any], listeners: t.Iterable[t.Any]) -> list[Endpoint]:
    """Where to connect on this host, the likeliest first.

    A wildcard listener is asked on loopback; one that is bound to an address is asked there. With no
    listener at all, both loopbacks are: the refusal is evidence too.
    """
    if service.get("socket"):
        return [Endpoint(service["socket"], unix=True)]
    port = service["port"]
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


class Questions:
    """One service, asked at its endpoints.

    :param endpoints: where to connect, the likeliest first; at least one.
    :param elsewhere: where else the service may listen, asked for when none of them accepts a connection.
    """

    def __init__(
        self,
        service: dict[str, t.Any],
        context: Context,
        endpoints: list[Endpoint],
        elsewhere: t.Callable[[], list[Endpoint]] = list,
    ) -> None:
        self.service = service
        self._elsewhere = elsewhere
        self.options: dict[str, t.Any] = service.get("websocket") or {}
        self.public_url: str = service.get("public_url") or ""
        self.context = context
        self.endpoints = endpoints
        self.deadline = context.deadline
        self.patience = min(10.0, max(0.5, self.deadline.seconds * 0.5))
        self.tls = False
        # Where the controller listens on a connection of its own meanwhile, the host waits for a greeting only.
        self.greeting = 0.2 if service.get("listened_to") else GREETING
        self.path = self.options.get("path") or ""
        self._plain_answered = threading.Event()
        #: Whether the server refuses what does not say that a proxy ended TLS.
        self.forwarded = False
        #: Sub-protocols without which the server refuses, as the search for its path found out.
        self.offered: tuple[str, ...] = ()

    def request(self, **changes: t.Any) -> Request:
        """The handshake a browser on the service's page would send, with changes."""
        endpoint = self.endpoints[0]
        origin = self.options.get("origin")
        host = authority(self.public_url) or (authority(origin) if origin else "")
        if not host:
            host = "localhost" if endpoint.unix else str(endpoint)
        if not origin:
            secure = self.tls or self.public_url.startswith("wss:")
            origin = ("https://" if secure else "http://") + host
        fields: dict[str, t.Any] = {
            "path": self.path or "/",
            "host": host,
            "origin": origin,
            "subprotocols": self._subprotocols(),
            "headers": tuple((self.options.get("headers") or {}).items()),
            "tls": self.tls,
        }
        fields.update(changes)
        if self.forwarded:
            fields["headers"] = (*fields["headers"], ("X-Forwarded-Proto", "https"))
        fields["headers"] = tuple((str(name), str(value)) for name, value in fields["headers"])
        return Request(**fields)

    def handshake(
        self,
        endpoint: Endpoint | None = None,
        patience: float | None = None,
        detail: bool = True,
        head: bytes = b"",
        **changes: t.Any,
    ) -> Handshake:
        """One handshake; see ``handshake.open_websocket``."""
        return open_websocket(
            endpoint or self.endpoints[0],
            self.request(**changes),
            self.deadline,
            self.context.library,
            self.context.redactor,
            patience=patience or self.patience,
            tls_context=unverified_tls() if self.tls else None,
            detail=detail,
            head=head,
        )

    def handshake_seen(self, **arguments: t.Any) -> HandshakeSeen:
        """What one handshake showed; the connection is dropped.

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
            handshake as it was: a server that has stopped to answer at all tells nothing about packets.
        :raises DeadlineExceeded: no time was left to begin.
        """
        headers = (*(self.options.get("headers") or {}).items(), ("X-Padding", "x" * LARGE))
        started = self.deadline.elapsed()
        patience = min(_LARGE_PATIENCE, self.patience)
        seen = self.handshake_seen(headers=headers, patience=patience)
        record: Large = {"bytes": LARGE, "outcome": seen["outcome"], "status": seen["status"]}
        record["ms"] = round((self.deadline.elapsed() - started) * 1000.0, 1)
        if seen["outcome"] == "timeout":
            record["again"] = self.handshake_seen(patience=patience)["outcome"]
        return record

    def ask(self, evidence: Websocket) -> Websocket:
        """Fill the evidence.

        ``main`` is the handshake a browser would do, ``conversation`` what followed on it; ``attempts`` are
        variations of it (no Origin, each loopback), ``plain`` an ordinary GET, ``repeat`` the outcomes of
        ten handshakes in a row, ``alternatives`` other paths that were tried after a refusal, ``tls`` whether the
        port speaks TLS itself.
        """
        evidence["library"] = self.context.library_note
        if self.deadline.remaining() < min(0.5, 0.25 * self.deadline.seconds):
            # Begun now it would look like a server that does not answer.
            raise DeadlineExceeded("no time left for a handshake (deadline %.1f s)" % self.deadline.seconds)
        main = self._find_open_path(evidence)
        self.context.tell(self.service, "path", (self.path or "/") if main.open else "")
        if main.seen["outcome"] == "no-time":
            raise DeadlineExceeded(main.seen["error"])
        evidence["main"] = main.seen
        evidence["path"] = self.path or "/"
        evidence["tls"] = self.tls
        evidence["offered"] = list(self.offered)
        if main.seen["outcome"] == "timeout":
            # One long wait is enough to know; the variations need not repeat it.
            self.patience = min(self.patience, 2.0)
        tasks: dict[str, t.Callable[[], t.Any]] = {
            "no_origin": lambda: self.handshake_seen(origin=None),
            "plain": self._plain_meanwhile,
            "repeat": lambda: self._repeat(main),
        }
        for name, address in (("ipv4", "127.0.0.1"), ("ipv6", "::1")):
            self._add_family(tasks, name, address, main.seen)
        tasks.update(self._further(main.seen))
        if self.speaks_engine_io():
            tasks["polling"] = self.polling
        if main.open:
            tasks["conversation"] = lambda: self._converse(main)
        outcomes = concurrently(tasks, self.deadline)
        self._collect(evidence, outcomes)
        main.close()
        if (evidence.get("conversation") or {}).get("get_unanswered") and not self.deadline.expired():
            # Was it the open connection that it waited for, or is it always slow?
            again = self.plain()
            evidence["plain_again"] = {"status": again["status"], "ms": again["ms"]}
        return evidence

    def _add_family(
        self, tasks: dict[str, t.Callable[[], t.Any]], name: str, address: str, main: HandshakeSeen
    ) -> None:
        first = self.endpoints[0]
        if first.unix:
            return
        endpoint = Endpoint(address, first.port)
        # The main handshake was done at the first endpoint: no need to ask it the same again.
        tasks[name] = (lambda: main) if endpoint == first else (lambda: self.handshake_seen(endpoint=endpoint))

    def _further(self, main: HandshakeSeen) -> dict[str, t.Callable[[], t.Any]]:
        """Variations that tell causes of a refusal apart which look alike; see the rules' ``apart``.

        ``own_origin``: the Origin of a page that the port itself serves.
        ``after_get``: once more, after an ordinary GET went through.
        """
        if main["outcome"] == "timeout":
            return {"after_get": self._after_get}
        if main["outcome"] != "http" or main["status"] not in _REFUSALS:
            return {}
        own = str(self.endpoints[0]) if not self.endpoints[0].unix else "localhost"
        scheme = "https" if self.tls else "http"
        return {"own_origin": lambda: self.handshake_seen(host=own, origin="%s://%s" % (scheme, own))}

    def _after_get(self) -> HandshakeSeen:
        self._plain_answered.wait(min(self.patience, self.deadline.remaining()))
        return self.handshake_seen(patience=2.0)

    def speaks_engine_io(self) -> bool:
        """Whether the service is one of Socket.IO."""
        return is_engine_io(self.path, self.options.get("dialect") or "")

    def polling(self) -> Polling:
        """The same server by Engine.IO's other transport; see ``engine_io_polling.poll``."""
        record = poll(self._get_bare, polling_path(self.path))
        if record["outcome"] == "no-time":
            raise DeadlineExceeded("no time left to poll")
        for key in ("body", "refusal"):
            record[key] = self.context.redactor.text(record[key], 200)
        return record

    def _get_bare(self, path: str, patience: float, post: str | None = None) -> Plain:
        """A GET (or POST) whose answer is looked at here and does not travel as it is."""
        tls_context = unverified_tls() if self.tls else None
        step = self.deadline.within(min(patience, self.patience))
        return get(self.endpoints[0], self.request(path=path), step, Unredacted(), tls_context=tls_context, post=post)

    @staticmethod
    def _collect(evidence: Websocket, outcomes: dict[str, Outcome]) -> None:
        attempts: dict[str, t.Any] = {}
        evidence["attempts"] = t.cast("Attempts", attempts)
        others = t.cast("dict[str, t.Any]", evidence)
        for name, outcome in outcomes.items():
            value = outcome.value
            if outcome.kind:
                add_gap(evidence, name, outcome.message, "raise the deadline, or look at the server's own log")
                value = None
            if name in ATTEMPTS:
                attempts[name] = value
            else:
                others[name] = value

    # The first handshake, and where to do it.

    def _find_open_path(self, evidence: Websocket) -> Handshake:
        configured = self.path
        if not configured and "/" in self.public_url.split("://", 1)[-1]:
            self.path = "/" + self.public_url.split("://", 1)[-1].split("/", 1)[1]
        dialect = self._dialects().get(self.options.get("dialect") or "")
        if not self.path and dialect is not None and dialect.PATHS:
            self.path = dialect.PATHS[0]
        evidence["path_from"] = "configured" if configured else "default"
        if not self.path and self._polls():
            # Asked first: on a path that they do not have some servers of Socket.IO fail with a stack trace.
            self.path, evidence["path_from"] = polling_path("").replace("polling", "websocket"), "discovered"
        main = self._first_answer()
        if main.seen["outcome"] != "no-time":
            # What follows may take longer than there is time: this much is known.
            evidence.update({"main": main.seen, "path": self.path or "/", "tls": self.tls})
        self.context.tell(self.service, "spoken", spoken(main.seen, self.tls))
        main = self._as_behind_tls(main, evidence)
        if main.open or main.seen["outcome"].startswith("connect"):
            return main
        if main.seen["outcome"] == "timeout" and (configured or self.plain()["outcome"] != "http"):
            # Nobody answers here at all; with an HTTP server that does, only this path may be mute.
            return main
        if not configured or main.seen["outcome"] in ("http", "eof"):
            return self._try_alternatives(main, evidence, adopt=not configured)
        return main

    def _polls(self) -> bool:
        """Whether an Engine.IO server answers on its usual path."""
        if (self.options.get("dialect") or "auto") != "auto":
            return False
        quick = min(1.0, 0.1 * self.deadline.remaining())

        def ask(path: str, patience: float, post: str | None = None) -> Plain:
            return self._get_bare(path, min(patience, quick), post)

        return bool(poll(ask, polling_path(""), 1)["sid"])

    def _as_behind_tls(self, main: Handshake, evidence: Websocket) -> Handshake:
        """A server behind a proxy that ends TLS may compare the Origin with what the proxy says of the scheme.

        :returns: the handshake that says so, where it makes a refusal an acceptance; else the one that was given.
        """
        if main.seen["status"] not in _REFUSALS or self.tls or not self.public_url.startswith("wss:"):
            return main
        self.forwarded = True
        other = self.handshake()
        evidence["forwarded_proto"] = self.forwarded = other.open
        return other if other.open else main

    def _first_answer(self) -> Handshake:
        """The handshake at the first endpoint that accepts a connection, in TLS where the port speaks that."""
        main = self.handshake()
        if main.seen["outcome"].startswith("connect"):
            self.endpoints = list(dict.fromkeys(self.endpoints + self._elsewhere()))
        for endpoint in list(self.endpoints[1:]):
            if not main.seen["outcome"].startswith("connect"):
                break
            other = self.handshake(endpoint=endpoint)
            if not other.seen["outcome"].startswith(("connect", "no-time")):
                self.endpoints.remove(endpoint)
                self.endpoints.insert(0, endpoint)
                main = other
        if may_be_tls(main.seen):
            self.tls = True
            secure = self.handshake()
            if secure.seen["outcome"] not in ("tls-error", "no-time"):
                return secure
            self.tls = False
        return main

    def _try_alternatives(self, main: Handshake, evidence: Websocket, adopt: bool) -> Handshake:
        """After a refusal: is there a WebSocket on another path of this port?

        :param adopt: take the first that opens as the path; else it is only reported.
        """
        evidence["alternatives"] = []
        step = self.deadline.within(min(8.0, self.deadline.seconds * 0.4))
        for path in self.other_paths():
            if step.expired():
                break
            other = self._try_path(path, min(1.5, step.remaining()))
            if other.seen["outcome"] == "no-time":
                break
            tried: Alternative = {
                "path": other.seen["path"],
                "outcome": other.seen["outcome"],
                "status": other.seen["status"],
            }
            evidence["alternatives"].append(tried)
            if other.open and adopt:
                self.path = path
                self.offered = other.request.subprotocols
                evidence["path_from"] = "discovered"
                evidence["first_refusal"] = main.seen
                return other
            other.close()
            # A framework that fails on an unknown path writes a stack trace each time: two are enough.
            if other.open or [entry["status"] for entry in evidence["alternatives"]].count(500) >= 2:
                break
        return main

    def _try_path(self, path: str, patience: float) -> Handshake:
        """A handshake on another path; where it is refused as a bad request, once more with sub-protocols offered."""
        first = self.handshake(path=path, patience=patience)
        if first.seen["status"] not in (400, 501) or self._subprotocols():
            return first
        offered = self.handshake(path=path, patience=patience, subprotocols=self._known_subprotocols())
        selected = offered.seen.get("subprotocol")
        offered.close()
        if not offered.open or selected in (None, NOBODYS_SUBPROTOCOL):
            return first
        return self.handshake(path=path, patience=patience, subprotocols=(selected,))

    def other_paths(self) -> list[str]:
        """Paths on which WebSockets are commonly served, besides the one that is asked; the likeliest first."""
        paths = [path for dialect in self._dialects().values() for path in dialect.PATHS if "EIO=3" not in path]
        # The commonest first: the search stops at the first that opens.
        ordered = ["/", "/ws", "/socket.io/?EIO=4&transport=websocket"] + list(COMMON_PATHS) + paths
        tried = self.path or "/"
        return [path for path in dict.fromkeys(ordered) if path != tried]

    # Frames.

    def _converse(self, main: Handshake) -> Talk:
        talk = Conversation(main, self.deadline, self.context.redactor)
        record: Talk = {"dialect": None, "exchange": None, "ping_ms": None, "ended": None}
        try:
            talk, greeting, name, how = self._greeted(talk)
            record["greeting"] = self.context.redactor.text(greeting.text, 200) if greeting else None
            record.update({"dialect": name, "dialect_from": how})
            if name is not None:
                if greeting is not None:
                    talk.push_back(greeting)
                record["exchange"] = self._exchange_shown(talk, name)
            record["ping_ms"] = talk.ping(min(3.0, self.patience))
            if record["ping_ms"] is None and self.deadline.remaining() < 0.05:
                record["cut_short"] = "the deadline came before a pong"
            if self.options.get("hold"):
                record["hold"] = self.hold(talk)
        except Ended as ended:
            record["ended"] = {"how": ended.how, "code": ended.code, "reason": ended.reason}
        except DeadlineExceeded as error:
            record["cut_short"] = str(error)
        # A worker that serves one connection at a time answers nobody else before this one ends.
        patience = max(0.0, min(_MEANWHILE, self.deadline.remaining() - _TO_PING))
        record["get_unanswered"] = not self._plain_answered.wait(patience) and patience >= _MEANWHILE
        record["stream_start"] = self.context.redactor.text(_readable(talk.stream_start), 200)
        record["close"] = self._closed(talk, record) if talk.ended is None else None
        record["trace"] = talk.trace
        record["subprotocol"] = talk.subprotocol
        return record

    def _closed(self, talk: Conversation, record: Talk) -> Close | None:
        """The closing handshake; None, and why, where the peer is not given the time to answer."""
        given = min(3.0, self.patience)
        hurried = self.deadline.remaining() < min(given, _TO_CLOSE)
        close = talk.close(given)
        if hurried and close["how"] == "timeout":
            record.setdefault("cut_short", "the deadline came before the peer's close")
            return None
        return close

    def _greeted(self, talk: Conversation) -> tuple[Conversation, Frame | None, str | None, str]:
        """Wait for what the server says unasked, and find out what it speaks.

        :returns: the conversation to go on with, the greeting, the dialect or None, and how it was recognised.
        :raises Ended: the server ended it, and offering sub-protocols makes no difference.
        """
        refusal: Ended | None = None
        greeting: Frame | None = None
        try:
            greeting = talk.receive(min(self.greeting, self.deadline.remaining()))
        except Ended as ended:
            refusal = ended
        name, how = self._recognise(talk, greeting)
        searching = (self.options.get("dialect") or "auto") == "auto" and not self._subprotocols()
        if name is None and greeting is None and searching:
            # Silence, or a refusal of a client that offered nothing (4406, say): both may want a sub-protocol.
            talk, name, how = self._offer_everything(talk)
            if name is None and refusal is not None:
                talk, name, how = self._offer_each(talk)
        if name is None and refusal is not None:
            raise refusal
        return talk, greeting, name, how

    def _recognise(self, talk: Conversation, greeting: Frame | None) -> tuple[str | None, str]:
        dialects = self._dialects()
        configured = self.options.get("dialect") or "auto"
        if configured != "auto":
            return (configured, "configured") if configured in dialects else (None, "unknown dialect %s" % configured)
        if self.options.get("send"):
            return "echo", "configured"
        selected = self._dialect_of(talk.subprotocol) if talk.subprotocol else None
        if selected is not None:
            return selected, "subprotocol"
        if greeting is not None:
            for name, dialect in dialects.items():
                if dialect.recognises(greeting.text):
                    return name, "greeting"
        return None, "not recognised"

    def _offer_everything(self, talk: Conversation) -> tuple[Conversation, str | None, str]:
        """A silent server is offered every known sub-protocol; what it selects names its dialect.

        :returns: the conversation to go on with, the dialect or None, and how it was recognised.
        """
        offered = self.handshake(subprotocols=self._known_subprotocols())
        selected = offered.seen.get("subprotocol")
        if not offered.open or selected in (None, NOBODYS_SUBPROTOCOL):
            offered.close()
            return talk, None, "not recognised"
        if talk.ended is None:
            talk.close(1.0)
        second = Conversation(offered, self.deadline, self.context.redactor)
        return second, self._dialect_of(selected), "subprotocol %s, which the server selects when offered" % selected

    def _offer_each(self, talk: Conversation) -> tuple[Conversation, str | None, str]:
        """A server that selects blindly and then ends the connection is offered one sub-protocol after the other.

        :returns: as _offer_everything; the first with which the connection stays open.
        """
        for name, dialect in sorted(self._dialects().items()):
            if not dialect.SUBPROTOCOLS or self.deadline.expired():
                continue
            offered = self.handshake(subprotocols=dialect.SUBPROTOCOLS[:1], patience=2.0)
            if not offered.open:
                continue
            second = Conversation(offered, self.deadline, self.context.redactor)
            try:
                frame = second.receive(0.3)
            except Ended:
                offered.close()
                continue
            if frame is not None:
                second.push_back(frame)
            return second, name, "the connection stays open with subprotocol %s only" % dialect.SUBPROTOCOLS[0]
        return talk, None, "not recognised"

    def _known_subprotocols(self) -> tuple[str, ...]:
        # The first of each dialect: libwebsockets (Mosquitto) refuses a list of 128 characters.
        dialects = self._dialects()
        return tuple(
            [NOBODYS_SUBPROTOCOL] + [item for name in sorted(dialects) for item in dialects[name].SUBPROTOCOLS[:1]]
        )

    def _dialect_of(self, subprotocol: str | None) -> str | None:
        return next((name for name, dialect in self._dialects().items() if subprotocol in dialect.SUBPROTOCOLS), None)

    def held_handshake(self, **arguments: t.Any) -> Hold:
        """A handshake, and the connection held idle for the ``hold`` seconds of the service.

        :returns: as hold; nothing was held where the handshake fails (``opened`` is false).
        """
        opened = self.handshake(detail=False, **arguments)
        if not opened.open:
            opened.close()
            return {"opened": False, "wanted_s": float(self.options["hold"])}
        talk = Conversation(opened, self.deadline, self.context.redactor)
        record: Hold = {**self.hold(talk), "opened": True}
        if talk.ended is None:
            talk.close(min(1.0, self.patience))
        return record

    def exchange(self, talk: Conversation, name: str) -> Exchange:
        """Send what the dialect answers, and wait for the answer; see dialects/."""
        options = dict(self.options, patience=min(5.0, self.patience))
        try:
            result: Exchange = self._dialects()[name].converse(talk, options)
        except Ended as ended:
            result = {"completed": False, "sent": "", "wanted": "an answer", "proof": ""}
            result["ended"] = {"how": ended.how, "code": ended.code, "reason": ended.reason}
        return result

    def _exchange_shown(self, talk: Conversation, name: str) -> Exchange:
        """The same as it may travel: of what the operator has sent, and of what comes back for it, the size."""
        result = self.exchange(talk, name)
        own = bool(self.options.get("send") or self.options.get("expect")) and not self.context.redactor.reveal
        for key in ("sent", "wanted", "proof", "refusal"):
            text = str(result.get(key) or "")
            if own and (key in ("sent", "proof") or text == self.options.get("expect")):
                result[key] = _size_of(text) if text else ""
            elif text:
                result[key] = self.context.redactor.text(text, 200)
        return result

    def hold(self, talk: Conversation) -> Hold:
        """Keep the connection idle and see who ends it, and after how long (seconds); then whether it still carries.

        :returns: ``wanted_s``, ``held_s``, ``ended``; ``pinged`` if it was still open and time was left, with ``pong_ms``
            (None: nothing came back). A connection that something on the way has forgotten looks open to both ends.
        """
        started = self.deadline.elapsed()
        wanted = float(self.options["hold"])
        step = self.deadline.within(wanted)
        record: Hold = {"wanted_s": wanted, "ended": None, "held_s": None, "pinged": False, "pong_ms": None}
        try:
            while not step.expired():
                talk.receive(step.remaining())
            record["held_s"] = round(self.deadline.elapsed() - started, 2)
            if self.deadline.remaining() > _TO_PING:
                record["pinged"] = True
                record["pong_ms"] = talk.ping(min(3.0, self.patience))
        except Ended as ended:
            record["ended"] = {"how": ended.how, "code": ended.code, "reason": ended.reason}
        if record["held_s"] is None:
            record["held_s"] = round(self.deadline.elapsed() - started, 2)
        if record["pong_ms"] is None and self.deadline.expired():
            record["pinged"] = False
        return record

    # The smaller questions.

    def _plain_meanwhile(self) -> Plain:
        """The ordinary GET, for whose answer the others wait: the conversation stays open, the second try comes after it."""
        try:
            return self.plain()
        finally:
            self._plain_answered.set()

    def plain(self, **changes: t.Any) -> Plain:
        """The answer to an ordinary GET, and the milliseconds it took."""
        started = self.deadline.elapsed()
        seen = get(
            self.endpoints[0],
            self.request(**changes),
            self.deadline.within(min(5.0, self.patience)),
            self.context.redactor,
            tls_context=unverified_tls() if self.tls else None,
        )
        if seen["outcome"] == "no-time":
            raise DeadlineExceeded(seen["error"])
        return {**seen, "ms": round((self.deadline.elapsed() - started) * 1000.0, 1)}

    def _repeat(self, main: Handshake) -> Repeat:
        """The main handshake ten times more from fresh source ports; two time-outs end the series."""
        outcomes: dict[str, int] = {}
        times: list[float] = []
        head = head_of(main)
        if not head or main.seen["outcome"] in ("timeout", "too-much"):
            return {"tried": 0, "outcomes": outcomes, "ms": []}
        for number in range(REPEATS):
            if outcomes.get("timeout", 0) >= 2 or self.deadline.expired():
                break
            try:
                seen = self.handshake_seen(patience=min(2.0, self.patience), head=head)
            except DeadlineExceeded:
                break
            if self.deadline.expired():
                # It may have run out of time by the probe's fault: two outcomes would look like two servers.
                break
            good = seen["outcome"] == "http" or seen.get("accept") == "valid"
            label = str(seen["status"]) if good else seen["outcome"]
            outcomes[label] = outcomes.get(label, 0) + 1
            if seen.get("first_byte_ms") is not None:
                times.append(seen["first_byte_ms"])
            if label == "eof" and number >= 2:
                # Each costs up to a second (Engine.IO waits before it hangs up); three tell as much.
                break
        return {"tried": sum(outcomes.values()), "outcomes": outcomes, "ms": sorted(times)}

    def _subprotocols(self) -> tuple[str, ...]:
        configured = self.options.get("subprotocols")
        if configured:
            return tuple(configured)
        dialect = self._dialects().get(self.options.get("dialect") or "")
        return tuple(dialect.SUBPROTOCOLS) if dialect is not None else self.offered

    def _dialects(self) -> t.Mapping[str, t.Any]:
        return self.context.dialects


def _size_of(text: str) -> str:
    """A message's kind and size."""
    return "a text of %d characters" % len(text)


def unverified_tls() -> ssl.SSLContext:
    """A client context that accepts any certificate: trust is a question of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def may_be_tls(seen: HttpAnswer) -> bool:
    """Whether a refusal looks like that of a TLS port spoken to in clear."""
    if seen["outcome"] in ("eof", "reset", "not-http"):
        return not seen.get("bytes", "").startswith("SSH-")
    return seen["status"] == 400 and "HTTPS" in seen.get("body", "")


def spoken(seen: HttpAnswer, tls: bool = False) -> str:
    """What a port speaks, by its answer in clear: ``tls``, ``plain``, ``closed``, ``maybe`` TLS, or ``unknown``.

    :param tls: whether a handshake in TLS succeeded.
    """
    if seen["outcome"].startswith("connect"):
        return "closed"
    if tls:
        return "tls"
    if may_be_tls(seen):
        return "maybe"
    return "plain" if seen["status"] is not None or seen["outcome"] == "not-http" else "unknown"


def _readable(data: bytes) -> str:
    if all(32 <= byte < 127 or byte in (9, 10, 13) for byte in data):
        return data.decode("ascii")
    # Enough to tell the head of a frame from another protocol; the payload is shown, redacted, by the trace.
    return " ".join("%02x" % byte for byte in data[:4]) + (" …" if len(data) > 4 else "")
