# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The reverse proxies that run on this host: their masters, their ports, and what their configuration does."""

from __future__ import annotations

import functools
import importlib
import typing as t

from .._protocol.web_url import WebUrl
from .._run.concurrently import Outcome, concurrently
from .._run.context import Context
from .._run.evidence import add_gap, os_reason
from .._system.local_address import is_address, is_local
from .access_log import answers
from .engine import ANYWHERE, ELSEWHERE, HERE
from .masters import Master, master_of, masters
from .own_lines import Asked

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import ProxySeen, Route, UpstreamAddress
    from .._evidence.service import ProxyOptions, Service

#: The file beside this one that reads a program's configuration.
ENGINES = {
    **dict.fromkeys(("nginx", "angie", "openresty"), "nginx"),
    **dict.fromkeys(("apache2", "httpd"), "apache"),
    "haproxy": "haproxy",
    "caddy": "caddy",
}
#: Names by which the inventory's ``proxy.kind`` calls programs.
KINDS = {"apache2": "apache", "httpd": "apache", "angie": "nginx", "openresty": "nginx"}
#: URLs found in configurations that are looked at, at most.
_MOST_URLS = 40
#: Share of the time left that reading the configurations may take.
_READING = 0.6


def running_proxies(service: Service, context: Context) -> tuple[list[RunningProxy], list[Master]]:
    """The proxies whose master listens on this host, and those that are not believed: nothing of theirs is read.

    :param service: its option ``proxy`` says which ``kind`` is meant, which ``config`` is to be read instead of the one
        that the running process names, and whether a program may ``dump`` its own.
    """
    options = service.get("proxy") or {}
    kind = options.get("kind") or "auto"
    meant = [row for row in masters(service, context) if kind in ("auto", KINDS.get(row.name, row.name))]
    believed = {row.pid: row for row in meant if row.believed}
    step = context.deadline.within(_READING * context.deadline.remaining())
    # One that takes too long, or whose configuration was not foreseen, affects no other.
    tasks = {str(pid): functools.partial(_engine_of, row, options, context) for pid, row in believed.items()}
    outcomes = concurrently(tasks, step)
    found = [RunningProxy(row, outcomes[str(pid)], context) for pid, row in believed.items()]
    return found, [row for row in meant if not row.believed]


class RunningProxy:
    """A master process with the engine for its kind, if there is one, as one service sees it.

    :param read: what came of reading its configuration.
    :ivar seen: evidence; see _probes/proxy.py.
    :ivar ports: on which it listens.
    """

    def __init__(self, master: Master, read: Outcome, context: Context) -> None:
        self.context = context
        self.ports = master.ports
        self.engine: t.Any = read.value
        if self.engine is not None:
            self.seen: ProxySeen = t.cast("ProxySeen", dict(self.engine.seen, gaps=list(self.engine.seen["gaps"])))
        else:
            self.seen = {"kind": KINDS.get(master.name, master.name), "pid": master.pid, "gaps": []}
            reason = "the configuration of %s was not read%s" % (master.name, ": " * bool(read.kind) + read.message)
            add_gap(self.seen, "config", reason, "it is judged by its answers; see proxy.handshake")
        self.seen.update({"ports": self.ports, "routes": [], "leading": []})
        self.seen.update({"leads": None, "leads_elsewhere": False, "access": None})

    @property
    def readable(self) -> bool:
        """Whether a configuration was read."""
        return self.engine is not None and bool(self.engine.tree)

    def owns(self, port: int | None) -> bool:
        """Whether a port is this proxy's own, and no other's."""
        owners = {master_of(row.pids, self.context) for row in self.context.system.at(port or 0)}
        return bool(port) and owners == {self.seen["pid"]}

    def look_for(self, service: Service) -> None:
        """Find the URLs that are forwarded to a service; if its port is the proxy's own, those forwarded to any back end.

        ``leads`` is None if the configuration was not read; ``leads_elsewhere`` says that nothing listens on the
        service's port here, and that the proxy forwards to the same port of another host.
        """
        if not self.readable:
            return
        port, socket = service.get("port") or 0, service.get("socket")
        own = self.owns(port)
        found = self.engine.leading_to(port, socket, ANYWHERE if own else HERE)
        absent = bool(port) and not self.context.system.at(port)
        elsewhere = self.engine.leading_to(port, None, ELSEWHERE) if absent and not found else []
        # A service is not in front of itself.
        self.seen["leading"] = (found or elsewhere)[:_MOST_URLS]
        self.seen["leads"] = bool(found or elsewhere) and not own
        self.seen["leads_elsewhere"] = bool(elsewhere)

    def look_for_next(self, proxies: t.Sequence[RunningProxy]) -> None:
        """Where it does not lead to the service itself: whether it leads to a proxy of this host that does."""
        if not self.readable or self.seen["leads"]:
            return
        for proxy in proxies:
            for port in sorted({entry["port"] for entry in proxy.seen["leading"]} & set(proxy.ports)):
                found = self.engine.leading_to(port, None, HERE) if proxy is not self and proxy.seen["leads"] else []
                if found:
                    self.seen.update({"leading": found[:_MOST_URLS], "leads": True})
                    self.seen["next"] = {"pid": proxy.seen["pid"], "port": port}
                    return

    def route(self, url: WebUrl, port: int) -> Route | None:
        """What the configuration does with a URL, and how many listen on this host where it forwards to."""
        if not self.readable:
            return None
        route: Route = self.engine.route(url, port)
        for address in (route.get("upstream") or {}).get("addresses") or ():
            address["listeners"] = _listeners_at(address, self.context)
            owner = _owner_at(address, self.context) if address["listeners"] else None
            if owner is not None:
                address["owner"] = owner
        return route

    def read_access(self, route: Route, target: str, before: float) -> None:
        """Read what clients of the path were answered, before this probe asked."""
        path = self.engine.access_log(route) if self.readable and route else None
        try:
            self.seen["access"] = (
                answers(path, target, before, self.engine.root(), self.engine.log_readers) if path else None
            )
        except OSError as error:
            reason = "%s: %s" % (path, os_reason(error))
            add_gap(self.seen, "access_log", reason, "run with become: true, or as a member of the log file's group")

    def read_errors(self, asked: Asked | None = None) -> None:
        """Read the error log as it is now.

        :param asked: the handshake that this proxy was sent; its lines are kept as they are.
        """
        if self.engine is not None:
            self.engine.read_errors()
            self.seen["errors"] = self.engine.seen["errors"]
            if asked is not None:
                self.seen["own_errors"] = self.engine.own_errors(asked)
            for entry in self.engine.seen["gaps"]:
                add_gap(self.seen, **entry)


def _engine_of(master: Master, options: ProxyOptions, context: Context) -> t.Any:
    """The engine of a proxy, its configuration read; None: there is none for its kind."""
    if master.name not in ENGINES:
        return None
    config, dump = options.get("config"), bool(options.get("dump"))
    # Reading a configuration costs more than all that is asked of it: services share it.
    return context.once((master.pid, config, dump), lambda: _engine(master, config, dump, context))


def _engine(master: Master, config: str | None, dump: bool, context: Context) -> t.Any:
    module = importlib.import_module("%s.%s" % (__name__.rsplit(".", 1)[0], ENGINES[master.name]))
    engine = module.ENGINE(master.pid, context, dump)
    engine.read(config)
    return engine


def _owner_at(address: UpstreamAddress, context: Context) -> str | None:
    """The program that listens on a port of this host, with its process ID."""
    port = address.get("port")
    pid = next((min(row.pids) for row in context.system.at(port or 0) if row.pids), None)
    process = context.system.processes.get(pid) if pid is not None else None
    return "%s (pid %d)" % (process.name, process.pid) if process is not None else None


def _listeners_at(address: UpstreamAddress, context: Context) -> int | None:
    """How many sockets of this host listen where a proxy connects to; None: that is not on this host, or not known."""
    if address.get("unix"):
        return len(context.system.at(str(address["unix"])))
    name = str(address.get("address"))
    # A name may stand for any address, except this one, which is of either family.
    names = ("127.0.0.1", "::1") if name == "localhost" else (name,)
    if not is_address(names[0]) or not is_local(names[0]):
        return None
    # "::" takes IPv4 as well, unless it is bound to IPv6 alone.
    wildcards = ("::",) if names == (name,) and ":" in name else ("0.0.0.0", "::")
    return sum(row.address in names + wildcards for row in context.system.at(address.get("port") or 0))
