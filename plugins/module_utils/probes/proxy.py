# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The reverse proxies of this host: what their configuration makes of the service's URL, and a handshake through them."""

from __future__ import annotations

import importlib
import os
import typing as t

from ..concurrently import concurrently
from ..context import Context
from ..evidence import Evidence, add_gap, new_evidence
from ..local_address import is_address, is_local, resolving
from ..recording_socket import Endpoint
from ..web_url import WebUrl, web_url
from .port import PROXIES
from .websocket import Questions, endpoints_of

#: The file under ``proxies/`` that reads a program's configuration.
ENGINES = {
    **dict.fromkeys(("nginx", "angie", "openresty"), "nginx"),
    **dict.fromkeys(("apache2", "httpd"), "apache"),
    "haproxy": "haproxy",
    "caddy": "caddy",
}
#: Names by which the inventory's ``proxy.kind`` calls programs.
KINDS = {"apache2": "apache", "httpd": "apache", "angie": "nginx", "openresty": "nginx"}
#: Seconds that a handshake through the proxy waits for the path which the host's own search finds.
_PATH_WAIT = 3.0
#: Seconds that a name may take to be resolved.
_RESOLVE = 1.0
#: URLs found in configurations that are looked at, at most.
_MOST_URLS = 40


def probe(service: dict[str, t.Any], context: Context) -> Evidence:
    """Find the proxies, compute what they do with the service's URL, and go through the one that serves it.

    :param service: one entry of websocket_health_services.
    :returns: ``proxies``, each with version, configuration, workers, known lines of its error log, ``routes`` (what
        it makes of the URL) and ``leads`` (whether anything leads to the service; None: it could not be read);
        ``url`` and ``url_from`` (``public_url``, ``configuration`` or None); ``endpoint``, ``through``,
        ``through_no_origin`` and ``hold`` (handshakes by way of the proxy).
    """
    evidence = new_evidence("proxy", proxies=[], url=None, url_from=None, endpoint=None)
    options = service.get("proxy") or {}
    if options.get("kind") == "none":
        return evidence
    proxies = [_Proxy(name, pid, context) for name, pid in _masters(context, options.get("kind") or "auto")]
    for proxy in proxies:
        proxy.read(options.get("config"))
    evidence["proxies"] = [proxy.seen for proxy in proxies]
    for proxy in proxies:
        proxy.seen["leading"] = proxy.leading_to(service)
        proxy.seen["leads"] = bool(proxy.seen["leading"]) if proxy.readable else None
    _note_hidden(context, evidence)
    url = _url(service, proxies, context, evidence)
    if url is not None:
        evidence["url"] = url.shown()
        _ask(service, context, evidence, url, proxies)
    for proxy in proxies:
        proxy.read_errors()
    return evidence


def _ask(service: dict[str, t.Any], context: Context, evidence: Evidence, url: WebUrl, proxies: list[_Proxy]) -> None:
    """What the configuration makes of the URL, and what the proxy that takes it answers."""
    asked = _serving(url, proxies, service)
    if asked is None:
        return
    proxy, port, scheme = asked
    local = url._replace(scheme=scheme)
    route = proxy.route(local, port)
    proxy.seen["routes"] = [route]
    evidence["asked"] = proxy.seen["pid"]
    listen = str(((route or {}).get("server") or {}).get("listen"))
    if any(word in listen for word in ("proxy_protocol", "accept-proxy", "proxyprotocol")):
        reason = "the proxy expects the PROXY protocol here, which a load balancer in front of it speaks and this probe does not"
        add_gap(evidence, "through", reason, "look at websocket.handshake from vantage public")
        return
    evidence["clock"] = round(context.now(), 2)
    _through(service, context, evidence, url, local, port)


class _Proxy:
    """A master process with the engine for its kind, if there is one."""

    def __init__(self, name: str, pid: int, context: Context) -> None:
        self.seen: dict[str, t.Any] = {"kind": KINDS.get(name, name), "pid": pid, "gaps": []}
        self.ports = sorted(
            {row.port for row in context.system.listeners if row.port and _master_of(row.pids, context) == pid}
        )
        self.context = context
        self.engine: t.Any = None
        if name in ENGINES:
            module = importlib.import_module("%s.proxies.%s" % (__name__.rsplit(".", 2)[0], ENGINES[name]))
            self.engine = module.ENGINE(pid, context)
            self.seen = self.engine.seen
        else:
            add_gap(
                self.seen,
                "config",
                "the configuration of %s is not read" % name,
                "what it does is judged by its answers; see proxy.handshake",
            )
        self.seen["ports"] = self.ports
        self.seen["routes"] = []

    @property
    def readable(self) -> bool:
        """Whether a configuration was read."""
        return self.engine is not None and bool(self.engine.tree)

    def read(self, config: str | None) -> None:
        if self.engine is not None:
            self.engine.read(config)

    def read_errors(self) -> None:
        if self.engine is not None:
            self.engine.read_errors()

    def leading_to(self, service: dict[str, t.Any]) -> list[dict[str, t.Any]]:
        if not self.readable:
            return []
        found: list[dict[str, t.Any]] = self.engine.leading_to(service.get("port") or 0, service.get("socket"))
        return found[:_MOST_URLS]

    def route(self, url: WebUrl, port: int) -> dict[str, t.Any] | None:
        if not self.readable:
            return None
        route: dict[str, t.Any] = self.engine.route(url, port)
        for address in (route.get("upstream") or {}).get("addresses") or ():
            address["listeners"] = _listeners_at(address, self.context)
        return route


def _listeners_at(address: dict[str, t.Any], context: Context) -> int | None:
    """How many sockets of this host listen where a proxy connects to; None: that is not on this host, or not known."""
    if address.get("unix"):
        return sum(row.address == address["unix"] for row in context.system.listeners)
    name = str(address.get("address"))
    # A name may be anybody's, except this one, which may be either family's.
    names = ("127.0.0.1", "::1") if name == "localhost" else (name,)
    if not is_address(name) and name != "localhost" or not all(is_local(own) for own in names if own != "::1"):
        return None
    wildcards = ("0.0.0.0", "::") if "127.0.0.1" in names or "." in name else ("::",)
    return sum(
        row.port == address.get("port") and row.address in (*names, *wildcards) for row in context.system.listeners
    )


def _note_hidden(context: Context, evidence: Evidence) -> None:
    """Without root the owner of a listener cannot be seen: it may be a proxy."""
    if os.geteuid() == 0:
        return
    hidden = [row.port for row in context.system.listeners if not row.pids and row.port in (80, 443)]
    if hidden:
        reason = "who listens on port %s cannot be seen by user id %d: it may be a proxy" % (hidden[0], os.geteuid())
        add_gap(evidence, "owner", reason, "run with become: true (root)")


def _masters(context: Context, kind: str) -> list[t.Tuple[str, int]]:
    """Name and pid of every proxy's master that listens on this host."""
    found: dict[int, str] = {}
    for listener in context.system.listeners:
        pid = _master_of(listener.pids, context)
        process = context.system.processes.get(pid)
        if process is not None and process.name in PROXIES and kind in ("auto", KINDS.get(process.name, process.name)):
            found[pid] = process.name
    return sorted(((name, pid) for pid, name in found.items()), key=lambda pair: pair[1])


def _master_of(pids: t.Sequence[int], context: Context) -> int:
    """The topmost process of the same name above the owners of a listener."""
    processes = context.system.processes
    process = processes.get(min(pids, default=-1))
    while process is not None:
        parent = processes.get(process.ppid)
        if parent is None or parent.name != process.name:
            return process.pid
        process = parent
    return -1


def _url(service: dict[str, t.Any], proxies: list[_Proxy], context: Context, evidence: Evidence) -> WebUrl | None:
    """The URL that clients use: the inventory's, or the likeliest that a configuration leads to the service."""
    if service.get("public_url"):
        evidence["url_from"] = "public_url"
        return web_url(service["public_url"])
    leading = [entry for proxy in proxies for entry in proxy.seen["leading"]]
    if not leading:
        return None
    evidence["url_from"] = "configuration"
    path = (service.get("websocket") or {}).get("path") or context.path_of(service, _PATH_WAIT)
    # Of several the one whose prefix begins the service's path says most.
    fitting = [entry for entry in leading if path and path.startswith(entry["path"])]
    chosen = max(fitting or leading, key=lambda entry: (len(entry["path"]), entry["scheme"] in ("wss", "https")))
    scheme = "wss" if chosen["scheme"] in ("wss", "https") else "ws"
    return WebUrl(scheme, chosen["host"] or "localhost", chosen["port"], path if fitting else chosen["path"])


def _serving(url: WebUrl, proxies: list[_Proxy], service: dict[str, t.Any]) -> t.Tuple[_Proxy, int, str] | None:
    """The proxy of this host to ask for a URL: (proxy, port, scheme it speaks there); None: no proxy takes it here."""
    # One that leads to the service comes first; one that is read and does not may be that of another site.
    likely = sorted(proxies, key=lambda proxy: (proxy.seen["leads"] is not True, proxy.seen["leads"] is False))
    for proxy in likely:
        if url.port in proxy.ports and not (proxy.seen["leads"] is False and _meant_elsewhere(url, service)):
            return proxy, url.port, url.scheme
    # TLS may end in front of this host: then a plain port of the proxy that leads to the service is asked.
    for proxy in likely:
        for entry in proxy.seen["leading"]:
            if entry["port"] in proxy.ports:
                return proxy, entry["port"], "wss" if entry["scheme"] in ("wss", "https") else "ws"
    return None


def _meant_elsewhere(url: WebUrl, service: dict[str, t.Any]) -> bool:
    """Whether clients meet something else than this host at the URL: a load balancer, say, that leads to the service."""
    if service.get("exposure") == "proxied":
        return False
    addresses = resolving(url.host)(_RESOLVE)
    return service.get("exposure") == "direct" or bool(addresses) and not any(row["local"] for row in addresses or ())


def _through(
    service: dict[str, t.Any], context: Context, evidence: Evidence, public: WebUrl, url: WebUrl, port: int
) -> None:
    """The handshake by way of the proxy: with the page's Origin, without one, and held where ``hold`` is set."""
    if context.library is None:
        add_gap(evidence, "library", context.library_note, "install websocket-client where Ansible runs")
        return
    listeners = [row for row in context.system.listeners if row.port == port]
    endpoint = endpoints_of({"port": port}, listeners)[0]
    evidence["endpoint"] = str(endpoint)
    questions = Questions(dict(service, public_url=public.text()), context, [Endpoint(endpoint.address, port)])
    questions.path = url.path
    questions.tls = url.scheme == "wss"
    headers = tuple(((service.get("websocket") or {}).get("headers") or {}).items())
    if public.secure and not questions.tls:
        # What ends TLS in front of this proxy says so.
        headers += (("X-Forwarded-Proto", "https"),)
    tasks: dict[str, t.Callable[[], t.Any]] = {
        "through": lambda: questions.handshake_seen(headers=headers),
        "through_no_origin": lambda: questions.handshake_seen(origin=None, headers=headers),
    }
    if (service.get("websocket") or {}).get("hold"):
        tasks["hold"] = lambda: questions.held_handshake(headers=headers)
    for name, outcome in concurrently(tasks, context.deadline).items():
        evidence[name] = outcome.value
        if outcome.kind:
            add_gap(evidence, name, outcome.message, "raise the deadline")
