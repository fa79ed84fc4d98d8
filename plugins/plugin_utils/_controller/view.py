# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the controller sees of a host from outside, asked while the host looks at itself."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import pkgutil
import socket
import threading
import time
import typing as t

from ...module_utils import _dialects
from ...module_utils._probes.browser import not_looked_at, why_not_asked
from ...module_utils._protocol.client import Client, client_of
from ...module_utils._protocol.conversation import Conversation, Ended
from ...module_utils._protocol.recording_socket import Endpoint, connect
from ...module_utils._protocol.talk import GREETING, end_of
from ...module_utils._run.context import Context
from ...module_utils._run.deadline import Deadline, DeadlineExceeded
from ...module_utils._run.payload import Dialects, load_library
from ...module_utils._run.redact import Redactor
from ...module_utils._run.run_probes import asked_on_controller
from ...module_utils._run.service_secrets import redactor_of
from .._evidence.websocket import path_is_guess
from .browser import ask_browser
from .dialled_paths import named_by_browser, named_by_scripts
from .join_evidence import SeenFromController
from .own_firewall import own_rules
from .public_url import ask_public, held_idle, too_late
from .route import Route
from .served_frontend import ask_page, page_too_late

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.browser import Browser
    from ...module_utils._evidence.frontend import FrontEndSeen
    from ...module_utils._evidence.port import Reached
    from ...module_utils._evidence.service import NamedPath, Service
    from ...module_utils._evidence.subjects import Subjects
    from ...module_utils._evidence.websocket import Controller, HandshakeSeen, Public, Websocket

#: Loaded before Ansible forks a worker for every host: each of them would do it again.
_LIBRARY = load_library()
Redactor().text("")
DIALECTS = Dialects(module.name for module in pkgutil.iter_modules(_dialects.__path__))
#: Seconds a connection from outside may take: a dropped SYN is retried after 1 and 3 s.
_PATIENCE = 5.0
#: Seconds past the deadline that threads get to wind up.
_MARGIN = 0.25
#: Seconds below which a handshake is not begun: it would look like a server that does not answer.
_LEAST = 0.5
#: Subjects that judge what a connection to the port, or the public URL, showed from here.
_ASK_PORT, _ASK_PUBLIC = {"port", "websocket", "firewall"}, {"websocket", "tls"}


class ControllerView:
    """Connects to the ports of a host's services in threads of its own.

    :param route: where to dial, or why not.
    :param services: entries of websocket_health_services.
    :param subjects: those of the run: nothing is tested for others.
    :param seconds: the deadline.
    """

    def __init__(self, route: Route, services: list[Service], subjects: t.Iterable[str], seconds: float) -> None:
        self.route = route
        self.services = services
        self.subjects = set(subjects)
        self.deadline = Deadline(seconds)
        self._ports: dict[int, Reached] = {}
        self._handshakes: dict[int, Controller] = {}
        self._listening: set[int] = set()
        self._asked: dict[int, threading.Event] = {}
        #: Set once the page of a service was fetched; a service without one has none.
        self._fetched: dict[int, threading.Event] = {}
        self._threads: list[threading.Thread] = []
        self._public: dict[int, Public] = {}
        self._pages: dict[int, FrontEndSeen] = {}
        self._visits: dict[int, Browser] = {}

    def start(self) -> None:
        """Begin to connect; returns at once."""
        for number, service in enumerate(self.services):
            self._asked[number] = threading.Event()
            if "frontend" in self.subjects and (service.get("frontend") or {}).get("url"):
                self._fetched[number] = threading.Event()
            has_page = (service.get("frontend") or {}).get("url")
            own = asked_on_controller(self.subjects, service)
            views = (
                (self._look, self.subjects & _ASK_PORT and service.get("port") and self.route.address),
                (self._look_at_public, self.subjects & _ASK_PUBLIC and service.get("public_url")),
                (self._look_at_scripts, "frontend" in self.subjects and has_page),
                (self._look_at_page, "browser" in own and not why_not_asked(service)),
            )
            for look, is_wanted in views:
                if is_wanted:
                    self._begin(look, number, service)

    def _begin(self, look: t.Callable[..., None], *arguments: t.Any) -> None:
        """Look in a thread of its own; one that breaks costs what it would have seen, and prints nothing."""

        def run() -> None:
            with contextlib.suppress(Exception):
                look(*arguments)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)

    def finish(self, evidence: list[Subjects]) -> list[SeenFromController]:
        """Wait for the connections, and do the handshakes that only the host's own evidence makes possible.

        :param evidence: what the host sent of each service, in order; it is left as it is.
        :returns: what was seen of each from here.
        """
        # One margin for all of them: a margin each would add up.
        end = Deadline(self.deadline.remaining() + _MARGIN)
        for thread in self._threads:
            thread.join(end.remaining())
        return [
            self._seen_of(number, service, host)
            for number, (service, host) in enumerate(zip(self.services, evidence, strict=True))
        ]

    def _seen_of(self, number: int, service: Service, host: Subjects) -> SeenFromController:
        """What was seen of one service."""
        seen: SeenFromController = {"reached": self._seen(number, service)}
        if "websocket" in host:
            seen["handshake"] = self._answer(number, service, seen["reached"], host["websocket"])
        if service.get("public_url"):
            public: Public = {**(self._public.get(number) or too_late(service))}
            session = public.pop("session", None)
            seen["public"] = public
            if session:
                seen["session"] = session
        if "frontend" in host and (service.get("frontend") or {}).get("url"):
            seen["page"] = self._pages.get(number) or page_too_late(service)
        if "browser" in asked_on_controller(self.subjects, service):
            seen["visit"] = self._visits.get(number) or not_looked_at(service, self.deadline)
        return seen

    def _look_at_public(self, number: int, service: Service) -> None:
        """Ask the public URL, or take what another worker of this run was answered."""
        self._public[number] = ask_public(service, make_context(service, self.deadline))

    def _look_at_page(self, number: int, service: Service) -> None:
        """Open the service's page in a browser, or take what another worker of this run saw of it."""
        self._visits[number] = ask_browser(service, make_context(service, self.deadline))

    def _look_at_scripts(self, number: int, service: Service) -> None:
        """Fetch the front end's page, or take what another worker of this run found there."""
        self._pages[number] = ask_page(service, redactor_of(service), self.deadline)
        self._fetched[number].set()

    def _look(self, number: int, service: Service) -> None:
        """Connect to a service's port, and do the handshake at once where its path is configured."""
        seen = self._connect(service.get("port") or 0)
        self._ports[number] = seen
        has_path = bool((service.get("websocket") or {}).get("path"))
        if "websocket" in self.subjects and seen.get("outcome") == "connected" and has_path:
            self._handshake_and_listen(number, service, seen)
        self._asked[number].set()

    def _handshake_and_listen(self, number: int, service: Service, seen: Reached) -> None:
        """The handshake, and then what the server says or does unasked within a second.

        It goes on while SSH and Python start on the host: the host need not spend that second again.
        """
        client = self._client(service, seen, {})
        if client is None:
            return
        opened = client.handshake()
        self._handshakes[number] = answer = self._described(opened.seen, client, seen)
        if not opened.open:
            if answer["outcome"] == "timeout":
                # Some servers answer upgrades only from the second request on.
                again = client.handshake(detail=False, patience=_PATIENCE)
                answer["again"] = again.seen["outcome"]
                again.close()
            return
        self._listening.add(number)
        self._asked[number].set()
        # finish waits for it as for this thread, which is still running.
        self._begin(self._add_large, answer, client)
        talk = Conversation(opened, self.deadline, client.context.redactor)
        started = self.deadline.elapsed()
        ended: Ended | None = None
        try:
            talk.receive(GREETING)
        except Ended as error:
            ended = error
        answer["unasked"] = {
            "ended": end_of(ended) if ended else None,
            "ms": round((self.deadline.elapsed() - started) * 1000.0, 1),
        }
        if talk.broken_frame:
            answer["unasked"]["broken_frame"] = talk.broken_frame
        if ended is None and client.options.get("hold"):
            hold = held_idle(client, talk)
            if hold is not None:
                answer["hold"] = hold
        opened.close()

    @staticmethod
    def _add_large(answer: Controller, client: Client) -> None:
        """A handshake with a request of more than one packet, beside the one that was accepted."""
        try:
            answer["large"] = client.large_handshake()
        except DeadlineExceeded:
            pass  # nothing was tested, and nothing is reported

    def listened_to(self, seconds: float) -> list[bool]:
        """For each service, whether the controller has an open connection that it listens on.

        :param seconds: how long to wait for the answers at most; what comes later counts as no.
        """
        end = time.monotonic() + seconds
        for number, service in enumerate(self.services):
            # Without a path nothing is tested before the host has found one.
            if "websocket" in self.subjects and self.route.address and (service.get("websocket") or {}).get("path"):
                self._asked[number].wait(max(0.0, end - time.monotonic()))
        return [number in self._listening for number in range(len(self.services))]

    def named_paths(self, seconds: float) -> list[list[NamedPath]]:
        """For each service whose path the inventory does not say, the paths that scripts of its page dial.

        :param seconds: how long to wait for the pages at most.
        """
        end = time.monotonic() + seconds
        found: list[list[NamedPath]] = []
        for number, service in enumerate(self.services):
            page = self._fetched.get(number)
            if page is None or (service.get("websocket") or {}).get("path"):
                found.append([])
                continue
            page.wait(max(0.0, end - time.monotonic()))
            found.append(named_by_scripts(self._pages.get(number) or {}, service))
        return found

    def _seen(self, number: int, service: Service) -> Reached:
        if not service.get("port"):
            return {"skip": "a unix socket can only be reached from its own host"}
        if not self.route.address:
            return {"skip": self.route.skip} if self.route.skip else {"unknown": self.route.unknown}
        return self._ports.get(number) or {"unknown": "the deadline came before an answer"}

    def _connect(self, port: int) -> Reached:
        seen: Reached = {"address": "%s port %d" % (self.route.address, port)}
        try:
            numeric = resolve(self.route.address)
        except OSError as error:
            seen["unknown"] = "the controller cannot resolve %s (%s)" % (self.route.address, error.strerror or error)
            return seen
        seen["numeric"] = numeric
        endpoint = Endpoint(numeric, port)
        started = self.deadline.elapsed()
        try:
            connect(endpoint, self.deadline, _PATIENCE).close()
            seen["outcome"] = "connected"
        except (TimeoutError, DeadlineExceeded):
            seen.update({"outcome": "connect-timeout", "errno": "ETIMEDOUT"})
        except OSError as error:
            refused = error.errno == errno.ECONNREFUSED
            seen.update(
                {
                    "outcome": "connect-refused" if refused else "connect-error",
                    "errno": errno.errorcode.get(error.errno or 0),
                    "error": error.strerror,
                }
            )
        seen["ms"] = round((self.deadline.elapsed() - started) * 1000.0, 1)
        if seen["outcome"] != "connected":
            # The errors of this machine's own rules are those of the host's.
            seen["own_rules"] = own_rules(numeric, port)
        return seen

    def _answer(self, number: int, service: Service, seen: Reached, found: Websocket) -> Controller:
        """The handshake from outside: the one done at once, or one on the path and in the TLS that the host found."""
        early = self._handshakes.get(number)
        if seen.get("outcome") != "connected":
            return t.cast("Controller", dict(seen, connect_ms=seen["ms"]) if "ms" in seen else dict(seen))
        known_better = found.get("tls") or found.get("offered") or found.get("host")
        if early is not None and (early.get("outcome") == "open" or not known_better):
            return early
        if self.deadline.remaining() < _LEAST:
            return {
                "address": seen["address"],
                "unknown": "no time was left for a handshake from outside (raise deadline)",
            }
        client = self._client(service, seen, found)
        if client is None:
            return {"unknown": _LIBRARY[1]}
        if path_is_guess(found):
            # What the host did not know, the page may have shown meanwhile.
            named = named_by_browser(self._visits.get(number) or {}, service)
            named += named_by_scripts(self._pages.get(number) or {}, service)
            client = client.having(path=named[0]["path"]) if named else client
        answer = self._described(client.handshake_seen(), client, seen)
        if answer.get("outcome") == "open":
            self._add_large(answer, client)
        return answer

    @staticmethod
    def _described(shown: HandshakeSeen, client: Client, seen: Reached) -> Controller:
        answer: Controller = client.context.redactor.tree(shown)
        answer["address"] = seen["address"]
        return answer

    def _client(self, service: Service, seen: Reached, found: Websocket) -> Client | None:
        """A client of a service from here; None without websocket-client."""
        context = make_context(service, self.deadline)
        if context.library is None:
            return None
        client = client_of(service, context, Endpoint(seen["numeric"], service.get("port") or 0))
        return client.having(
            path=found.get("path") or client.path,
            offered=tuple(found.get("offered") or ()),
            tls=bool(found.get("tls")),
            host=str(found.get("host") or ""),
            patience=min(_PATIENCE, max(0.5, self.deadline.remaining())),
        )


def make_context(service: Service, deadline: Deadline) -> Context:
    """What a client needs here; its library is None without websocket-client."""
    library, note = _LIBRARY
    return Context(
        deadline,
        t.cast(t.Any, None),
        t.cast(t.Any, None),
        lambda _name: None,
        redactor=redactor_of(service),
        library=library,
        library_note=note,
        dialects=DIALECTS,
    )


def resolve(name: str) -> str:
    """The first numeric address of a host name; numeric ones stay as they are.

    :raises OSError: it cannot be resolved.
    """
    try:
        # With its zone, if it has one: without it a link-local address is unreachable.
        return str(ipaddress.ip_address(name))
    except ValueError:
        return str(socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0][4][0])
