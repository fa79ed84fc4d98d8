# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""All results and evidence of one service, with the questions that rules ask."""

from __future__ import annotations

import fnmatch
import typing as t

from .._evidence.log import error_of_handshake, without_footprints
from .._evidence.proxy import about_url, backends_seen, effective_route, is_recent, own_errors
from .._evidence.refusal import flip_of
from .._evidence.websocket import how_it_ended, path_is_guess, turned_away
from .._evidence.what_works import is_dialled_directly, opens_here
from .._model import ERROR, FAIL, WARN, CheckResult

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.browser import Browser
    from ...module_utils._evidence.environment import Environment
    from ...module_utils._evidence.firewall import Firewall
    from ...module_utils._evidence.frontend import FrontEnd
    from ...module_utils._evidence.log import Log, Signature, StackTrace
    from ...module_utils._evidence.port import ListenerRow, Port, Reached
    from ...module_utils._evidence.process import Process, ProcessRow
    from ...module_utils._evidence.proxy import BackEnd, ErrorLine, OwnErrorLine, Proxy
    from ...module_utils._evidence.service import Service
    from ...module_utils._evidence.subjects import Subjects
    from ...module_utils._evidence.tls import Tls
    from ...module_utils._evidence.websocket import (
        End,
        Exchange,
        Experiment,
        HandshakeSeen,
        Plain,
        Public,
        Talk,
        Websocket,
    )


class Facts:
    """All results and evidence of one service, with the questions that rules ask."""

    def __init__(self, results: t.Sequence[CheckResult], evidence: Subjects, service: Service) -> None:
        self.results = list(results)
        self.evidence = evidence
        self.service = service

    # Results.

    def status(self, check_id: str, vantage: str = "host") -> str:
        """The status of a check, or an empty string when it has no result (filtered, say)."""
        found = [entry for entry in self.results if entry.id == check_id and entry.vantage in (vantage, "")]
        return found[0].status if found else ""

    def result(self, check_id: str, vantage: str = "host") -> CheckResult | None:
        """The result of a check."""
        return next((entry for entry in self.results if entry.id == check_id and entry.vantage == vantage), None)

    def failing(self, patterns: t.Iterable[str], statuses: tuple[str, ...] = (FAIL, WARN, ERROR)) -> list[str]:
        """Ids of the checks that match one of the globs and are wrong, in the order of the checklist."""
        wanted = tuple(patterns)
        ids = [
            entry.id
            for entry in self.results
            if entry.status in statuses and any(fnmatch.fnmatchcase(entry.id, pattern) for pattern in wanted)
        ]
        return list(dict.fromkeys(ids))

    # Evidence of the process.

    @property
    def process(self) -> Process:
        """What was seen of the service's processes."""
        return self.evidence.get("process") or {}

    @property
    def processes(self) -> list[ProcessRow]:
        """The service's processes."""
        return self.process.get("processes") or []

    @property
    def main_process(self) -> ProcessRow:
        """The main process, or an empty mapping."""
        return self.processes[0] if self.processes else {}

    # Evidence of the port.

    @property
    def port(self) -> Port:
        """What was seen of the port, from everywhere."""
        return self.evidence.get("port") or {}

    @property
    def listeners(self) -> list[ListenerRow]:
        """Listeners on the expected port."""
        return self.port.get("listeners") or []

    @property
    def queued(self) -> int:
        """Connections that wait to be accepted on the expected port."""
        return max((row.get("queued") or 0 for row in self.listeners), default=0)

    @property
    def owned(self) -> list[ListenerRow]:
        """The service's listeners on other ports."""
        return self.port.get("owned") or []

    @property
    def from_outside(self) -> Reached:
        """What the controller's connection to the port showed."""
        return self.port.get("controller") or {}

    # Evidence of the firewall.

    @property
    def firewall(self) -> Firewall:
        """What was seen of the host's own rules."""
        return self.evidence.get("firewall") or {}

    @property
    def url_is_assumed(self) -> bool:
        """Whether the proxy was asked for a URL of its own configuration: nobody says that clients use it for WebSockets."""
        return self.proxy.get("url_from") == "configuration"

    # Evidence of the WebSocket.

    @property
    def websocket(self) -> Websocket:
        """What was seen of the WebSocket, from everywhere."""
        return self.evidence.get("websocket") or {}

    @property
    def handshake(self) -> HandshakeSeen:
        """The main handshake with the server itself: on the host, or bypassing the proxy that the service's port belongs to.

        Nothing where its path is a guess that was refused, or where clients are accepted by another way: then its refusal tells
        nothing about what they meet.
        """
        main = self.websocket.get("main") or {}
        overruled = opens_here(self.evidence) and not is_dialled_directly(self.evidence, self.service)
        refused = main.get("outcome") == "http" and overruled
        if (refused or path_is_guess(self.websocket)) and not self.proxy.get("role"):
            return {}
        if self.proxy.get("role") == "port" and effective_route(self.proxy).get("handler"):
            # What the service's port itself answers is the proxy's answer.
            return self.behind
        return self.behind or self.websocket.get("main") or {}

    @property
    def served_path(self) -> str:
        """The path on which the server itself was asked."""
        return str((self.behind or self.websocket).get("path") or "")

    @property
    def own_tls(self) -> bool:
        """Whether the server itself speaks TLS."""
        return bool((self.behind or self.websocket).get("tls"))

    @property
    def conversation(self) -> Talk:
        """What followed the handshake."""
        return {} if turned_away(self.websocket) else self.websocket.get("conversation") or {}

    @property
    def ended(self) -> End:
        """How the server ended the conversation, or an empty mapping."""
        return how_it_ended(self.conversation)

    @property
    def exchange(self) -> Exchange:
        """What the dialect's exchange showed."""
        return self.conversation.get("exchange") or {}

    @property
    def plain(self) -> Plain:
        """The answer to an ordinary GET."""
        return self.websocket.get("plain") or {}

    def flip(self, *names: str) -> Experiment | None:
        """The change with which the server accepts the handshake that it refuses; see ``refusal.flip_of``."""
        return flip_of(self.websocket, *names) if self.handshake.get("outcome") != "open" else None

    def attempt(self, name: str) -> HandshakeSeen:
        """A variation of the handshake (``no_origin``, ``ipv4``, ``ipv6``)."""
        attempts = t.cast("dict[str, HandshakeSeen | None]", self.websocket.get("attempts") or {})
        return attempts.get(name) or {}

    @property
    def open_alternatives(self) -> list[str]:
        """Other paths on which the port answered 101."""
        tried = self.websocket.get("alternatives") or []
        return [str(entry["path"]) for entry in tried if entry.get("outcome") == "open" and entry.get("path")]

    # Evidence of TLS.

    @property
    def tls(self) -> Tls:
        """What was seen of TLS, from everywhere."""
        return self.evidence.get("tls") or {}

    # Evidence of the proxy.

    @property
    def proxy(self) -> Proxy:
        """What was seen of the reverse proxies on the host."""
        return self.evidence.get("proxy") or {}

    @property
    def through(self) -> HandshakeSeen:
        """The handshake on the host by way of the proxy."""
        return self.proxy.get("through") or {}

    @property
    def behind(self) -> BackEnd:
        """The handshake bypassing the proxy, if the server is not on this host's own port: an accepted one, if any is."""
        answers = backends_seen(self.proxy) if self.proxy.get("role") else []
        first = next(iter(answers), t.cast("BackEnd", {}))
        return next((entry for entry in answers if entry.get("outcome") == "open"), first)

    @property
    def public(self) -> Public:
        """The handshake from the controller at the public URL."""
        return self.websocket.get("public") or {}

    @property
    def browser(self) -> Browser:
        """What a browser saw of the service's page."""
        return self.evidence.get("browser") or {}

    # Evidence of the front end.

    @property
    def frontend(self) -> FrontEnd:
        """What the front end's files show, as they are deployed and as they are served."""
        return self.evidence.get("frontend") or {}

    @property
    def first_refusal(self) -> HandshakeSeen:
        """The first answer from the inside out that accepts no handshake: the server's, the proxy's, the public URL's."""
        answers: tuple[HandshakeSeen, ...] = (self.handshake, self.through, self.public)
        nothing: HandshakeSeen = {}
        return next((seen for seen in answers if seen.get("outcome") not in (None, "open")), nothing)

    @property
    def turned_bad_by_proxy(self) -> bool:
        """Whether the server itself accepts the handshake and the proxy in front of it makes something else of it.

        A proxy of a service on another host may answer itself: then there is no server to compare with.
        """
        if self.through.get("outcome") in (None, "open"):
            return False
        return self.handshake.get("outcome") == "open" or bool(self.proxy.get("role")) and self.proxy_answers

    @property
    def proxy_answers(self) -> bool:
        """Whether the proxy's own configuration writes the answer, and no back end is asked."""
        return effective_route(self.proxy).get("handler") in ("return", "redirect", "static", "spa", "none")

    def proxy_errors(self, *keys: str) -> list[ErrorLine]:
        """Known lines with one of these keys, about the URL, in the error log of the proxy that serves it."""
        proxies = [entry for entry in self.proxy.get("proxies") or () if entry.get("pid") == self.proxy.get("asked")]
        lines = [line for entry in proxies for line in entry.get("errors") or () if line.get("key") in keys]
        # Lines of the handshake that was just done: older ones may have had another cause.
        return [line for line in lines if about_url(line, self.proxy) and is_recent(line, self.proxy, 5.0)]

    @property
    def own_errors(self) -> list[OwnErrorLine]:
        """What the proxy's log says about the handshake through it, the worst first, where that was not accepted."""
        return own_errors(self.proxy)

    # Evidence of the log.

    @property
    def log(self) -> Log:
        """What was seen in the server's logs."""
        return self.evidence.get("log") or {}

    def signatures(self, *keys: str) -> list[Signature]:
        """The known lines with one of these keys: first those since the process's start, then those shortly before."""
        log = self.log
        entries = [*(log.get("signatures") or ()), *((log.get("earlier") or {}).get("signatures") or ())]
        return [entry for entry in entries if entry.get("key") in keys]

    def signature(self, *keys: str) -> Signature:
        """The first of them, or nothing."""
        return next(iter(self.signatures(*keys)), t.cast("Signature", {}))

    def fatal_trace(self) -> StackTrace:
        """The stack trace of this very failure, else the worst in the log, of this start or the one before; or nothing."""
        log = self.log
        provoked = error_of_handshake(log)
        if provoked:
            return provoked
        found = [*without_footprints(log), (log.get("earlier") or {}).get("trace")]
        traces = [entry for entry in found if entry]
        for kind in ("fatal", "unhandled"):
            for entry in traces:
                if entry.get("kind") == kind:
                    return entry
        return traces[0] if traces else {}

    def quote(self, entry: Signature | StackTrace) -> str:
        """A line of the log as a reason: ``log /var/log/x:12: …``; of a stack trace, what was raised."""
        said: dict[str, object] = dict(entry)
        lines = str(said.get("root") or said.get("sample") or "").strip().splitlines()
        place = str(said.get("source") or "")
        if said.get("line"):
            place += ":%s" % said["line"]
        return "log %s: %s" % (place, lines[0][:160] if lines else said.get("key") or said.get("type"))

    # Evidence of the environment.

    @property
    def environment(self) -> Environment:
        """What was seen of the main process's variables."""
        return self.evidence.get("environment") or {}

    def variable(self, name: str) -> str | None:
        """The value of an environment variable of the running process, where it was reported."""
        entry = (self.environment.get("variables") or {}).get(name) or {}
        return entry.get("value")
