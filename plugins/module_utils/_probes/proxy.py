# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The reverse proxies of this host: what their configuration makes of the service's URL, and a handshake through them."""

from __future__ import annotations

import os
import typing as t

from .._protocol.client import Client, authority, client_of, endpoints_of
from .._protocol.handshake import name_of
from .._protocol.path_search import other_paths
from .._protocol.recording_socket import Endpoint
from .._protocol.talk import held_handshake
from .._protocol.web_url import WebUrl, web_url
from .._proxies.own_lines import Asked
from .._proxies.running import RunningProxy, running_proxies
from .._proxies.serving import scheme_of, serving
from .._run.concurrently import concurrently
from .._run.context import Context
from .._run.deadline import DeadlineExceeded
from .._run.evidence import add_gap, new_evidence
from .._system.local_address import is_address, is_local, resolving

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import BackEnd, Proxy, Route, UpstreamAddress
    from .._evidence.service import Service

#: Seconds that a handshake through the proxy waits for the path which the host's own search finds.
_PATH_WAIT = 3.0
#: Seconds that a name may take to be resolved.
_RESOLVE = 1.0
#: Seconds that a back end on another host may take to answer, and how many of them are asked.
_BEHIND, _MOST_BEHIND = 3.0, 3
#: Proxies behind each other that are followed at most.
_MOST_HOPS = 3
#: Other paths that a back end is asked for where it refuses.
_MOST_PATHS = 6


def probe(service: Service, context: Context) -> Proxy:
    """Find the proxies, compute what they do with the service's URL, and go through the one that serves it.

    :param service: one entry of websocket_health_services.
    :returns: ``strangers`` (``kind``, ``pid``, ``user``, ``ports``: processes by the name of a proxy that are neither
        root's nor the service's user's: nothing of theirs is read); ``proxies``, each with version, configuration,
        workers, known lines of its error log, ``routes`` (what it does with the URL) and ``leads``
        (whether anything forwards to the service; None: it could not be read);
        ``role`` (``port``: the service's port is the proxy's own; ``elsewhere``: the service is on another host and
        this one's proxy forwards to it; None: the service is here); ``url`` and ``url_from`` (``public_url``,
        ``configuration``, ``port`` or None); ``endpoint``, ``through``, ``through_no_origin`` and ``hold`` (handshakes
        by way of the proxy); ``polling``, Engine.IO's other transport by the same way; ``behind`` (handshakes with back
        ends on other hosts, past the proxy).
    """
    evidence = new_evidence(
        "proxy", proxies=[], strangers=[], role=None, url=None, url_from=None, endpoint=None, behind=[]
    )
    options = service.get("proxy") or {}
    if options.get("kind") == "none":
        context.tell(service, "through", "")
        return evidence
    proxies, strangers = running_proxies(service, context)
    evidence["proxies"] = [proxy.seen for proxy in proxies]
    evidence["strangers"] = [
        {"kind": row.name, "pid": row.pid, "user": row.user, "ports": row.ports} for row in strangers
    ]
    for proxy in proxies:
        proxy.look_for(service)
    for _hop in range(_MOST_HOPS):
        for proxy in proxies:
            proxy.look_for_next(proxies)
    _note_hidden(context, evidence)
    own = next((proxy for proxy in proxies if proxy.owns(service.get("port"))), None)
    if own or any(proxy.seen["leads_elsewhere"] for proxy in proxies):
        evidence["role"] = "port" if own else "elsewhere"
    url = _url(service, own, proxies, context, evidence)
    if url is not None:
        evidence["url"] = url.shown()
        _ask_closed_port(service, context, evidence, url)
    # What listens on another port is not what clients of the URL meet.
    if url is not None and (evidence.get("at_url") or {}).get("outcome") != "connect-refused":
        _ask(service, context, evidence, url, own, proxies)
    context.tell(service, "through", str((evidence.get("through") or {}).get("outcome") or ""))
    asked = _handshake_asked(evidence, url, context)
    chain = _chain(proxies, evidence, url)
    for proxy in proxies:
        number = chain.index(proxy) if proxy in chain else None
        # What the next proxy is asked has the Host and the client that the one before gives it.
        mine = asked._replace(authority="", path="") if asked is not None and number else asked
        proxy.read_errors(mine if number is not None else None)
    return evidence


def _chain(proxies: list[RunningProxy], evidence: Proxy, url: WebUrl | None) -> list[RunningProxy]:
    """The proxy that was asked and those behind it, as far as their configuration leads; what each makes of the URL."""
    by_pid = {proxy.seen["pid"]: proxy for proxy in proxies}
    proxy = by_pid.get(evidence.get("asked") or 0)
    chain: list[RunningProxy] = []
    while proxy is not None and proxy not in chain:
        chain.append(proxy)
        route = (proxy.seen["routes"] or [None])[0] or {}
        after = _next_of(route, proxies)
        if after is None or after in chain or url is None:
            break
        port = next(port for port in _ports_of(route) if port in after.ports)
        proxy.seen["next"] = {"pid": after.seen["pid"], "port": port}
        proxy = after
        scheme = "wss" if (route.get("upstream") or {}).get("scheme") in ("https", "wss") else "ws"
        sent = ((route.get("settings") or {}).get("host") or {}).get("value")
        host = str(sent).partition(":")[0] if sent and "$" not in str(sent) else url.host
        inner = WebUrl(scheme, host or url.host, port, route.get("upstream_path") or url.path)
        proxy.seen["routes"] = [proxy.route(inner, port)]
    return chain


def _next_of(route: Route, proxies: list[RunningProxy]) -> RunningProxy | None:
    """The proxy of this host that listens where a route leads to."""
    ports = set(_ports_of(route))
    return next((proxy for proxy in proxies if ports & set(proxy.ports)), None)


def _ports_of(route: Route) -> list[int]:
    """The ports of this host that a route leads to, and on which something listens."""
    addresses = (route.get("upstream") or {}).get("addresses") or []
    return [row["port"] for row in addresses if row.get("listeners") and row["port"]]


def _ask_closed_port(service: Service, context: Context, evidence: Proxy, url: WebUrl) -> None:
    """Connect to the public URL's port where that is another one than the service's, on this host, and nobody listens on it."""
    if not service.get("public_url") or url.port == service.get("port"):
        return
    if context.system.at(url.port):
        return
    found = [{"address": url.host}] if is_address(url.host) else resolving(url.host)(_RESOLVE) or []
    here = [str(row["address"]) for row in found if is_local(str(row["address"]))]
    # The host's own name for itself may be another's for the rest of the world.
    known = is_address(url.host) or url.host == "localhost" or not any(row.startswith("127.") for row in here)
    if not here or len(here) < len(found) or not known or context.library is None:
        return
    client = client_of(service, context, Endpoint(here[0], url.port)).having(path=url.path, tls=url.secure)
    try:
        # Where packets are redirected, something answers though nobody listens.
        evidence["at_url"] = client.handshake_seen(patience=_BEHIND)
    except DeadlineExceeded as error:
        add_gap(evidence, "at_url", str(error), "raise the deadline")


def _handshake_asked(evidence: Proxy, url: WebUrl | None, context: Context) -> Asked | None:
    """What the handshake through the proxy looks like in its log; None: none was sent."""
    if url is None or "clock" not in evidence:
        return None
    path = str((evidence.get("through") or {}).get("path") or url.path).partition("?")[0]
    address = str(evidence.get("endpoint") or "").rpartition(":")[0].strip("[]")
    clients = frozenset((address, "127.0.0.1", "::1", "::ffff:127.0.0.1", "unix:"))
    return Asked(evidence["clock"], context.now(), clients, path, url.authority)


def _ask(
    service: Service,
    context: Context,
    evidence: Proxy,
    url: WebUrl,
    own: RunningProxy | None,
    proxies: list[RunningProxy],
) -> None:
    """What the configuration makes of the URL, and what the proxy that takes it answers."""
    asked = serving(url, own, proxies, service)
    if asked is None:
        return
    proxy, port, scheme = asked
    local = url._replace(scheme=scheme)
    route = proxy.route(local, port)
    proxy.seen["routes"] = [route]
    proxy.read_access(route or {}, url.path, context.now())
    evidence["asked"] = proxy.seen["pid"]
    evidence["role"] = _role(service, evidence, route, context)
    tasks = _behind_tasks(service, context, evidence, url, route or {})
    listen = str(((route or {}).get("server") or {}).get("listen"))
    if any(word in listen for word in ("proxy_protocol", "accept-proxy", "proxyprotocol")):
        reason = "the proxy expects the PROXY protocol here, which a load balancer in front of it sends and this probe does not"
        add_gap(evidence, "through", reason, "see websocket.handshake from vantage public")
    elif context.library is None:
        add_gap(evidence, "library", context.library_note, "install websocket-client where Ansible runs")
    else:
        evidence["clock"] = round(context.now(), 2)
        tasks.update(_through_tasks(service, context, evidence, url, local, port, route or {}))
    for name, outcome in concurrently(tasks, context.deadline).items():
        if name.startswith("behind"):
            evidence["behind"] += [outcome.value] if outcome.value else []
        else:
            evidence.update(t.cast("Proxy", {name: outcome.value}))
        if outcome.kind:
            add_gap(evidence, name, outcome.message, "raise the deadline")
    if (evidence.get("through") or {}).get("outcome") in ("http", "eof", "reset", "timeout"):
        _replay(service, context, evidence, url, route or {})


def _replay(service: Service, context: Context, evidence: Proxy, public: WebUrl, route: Route) -> None:
    """The request as the proxy writes it, sent to the server on this host that it forwards to."""
    upstream, path = route.get("upstream") or {}, context.told(service, "path", _PATH_WAIT)
    here = [entry for entry in upstream.get("addresses") or () if entry["listeners"] and not entry.get("unix")]
    if route.get("handler") != "proxy_pass" or not path or not here:
        return
    # Imported where a proxy makes something else of a handshake.
    from .._protocol.replay import replay

    address = str(here[0].get("address"))
    endpoint = Endpoint(address if is_address(address) else "127.0.0.1", int(here[0].get("port") or 80))
    client = client_of({**service, "public_url": public.text()}, context, endpoint)
    try:
        evidence["replay"] = replay(client.having(path=path, tls=upstream.get("scheme") in ("https", "wss")), route)
    except DeadlineExceeded:
        pass  # what was seen through the proxy is known


def _note_hidden(context: Context, evidence: Proxy) -> None:
    """Without root the owner of a listener cannot be seen: it may be a proxy."""
    if os.geteuid() == 0:
        return
    hidden = [row.port for row in context.system.listeners if not row.pids and row.port in (80, 443)]
    if hidden:
        reason = "the process that listens on port %s cannot be seen by user id %d: it may be a proxy" % (
            hidden[0],
            os.geteuid(),
        )
        add_gap(evidence, "owner", reason, "run with become: true (root)")


def _url(
    service: Service,
    own: RunningProxy | None,
    proxies: list[RunningProxy],
    context: Context,
    evidence: Proxy,
) -> WebUrl | None:
    """The URL that clients use: the inventory's, or the likeliest that a configuration forwards to the service."""
    public_url, port = service.get("public_url"), service.get("port") or 0
    if public_url:
        evidence["url_from"] = "public_url"
        url = web_url(public_url)
        if url.path == "/" and not (service.get("websocket") or {}).get("path"):
            # It is the site's address as often as the WebSocket's: what opens at the port itself tells.
            evidence["path_known"] = context.told(service, "path", _PATH_WAIT) == "/"
        return url
    leading = [entry for proxy in ([own] if own else proxies) for entry in proxy.seen["leading"]]
    if own is not None:
        leading = [entry for entry in leading if entry["port"] == port]
    if not leading and own is None:
        return None
    options = service.get("websocket") or {}
    path = options.get("path") or context.told(service, "path", _PATH_WAIT)
    evidence["path_known"] = bool(path)
    if not leading:
        evidence["url_from"] = "port"
        scheme = "wss" if context.told(service, "spoken", _PATH_WAIT) == "tls" else "ws"
        host = authority(options.get("origin") or "").split(":")[0]
        return WebUrl(scheme, host or "localhost", port, path or "/")
    evidence["url_from"] = "configuration"
    # Of several the one whose prefix begins the service's path says most.
    fitting = [entry for entry in leading if path and path.startswith(entry["path"])]
    chosen = max(fitting or leading, key=lambda entry: (len(entry["path"]), entry["scheme"] in ("wss", "https")))
    evidence["path_known"] = bool(path and fitting) or not chosen["path"].endswith("/")
    host = chosen["host"] or name_of(authority(options.get("origin") or "")) or "localhost"
    return WebUrl(scheme_of(chosen), host, chosen["port"], path if fitting else chosen["path"])


# Back ends on other hosts.


def _role(service: Service, evidence: Proxy, route: Route | None, context: Context) -> str | None:
    """``elsewhere`` if nothing listens on the service's port here, and the URL is forwarded only to other hosts."""
    role: str | None = evidence["role"]
    port = service.get("port")
    if role or not port or context.system.at(port):
        return role
    addresses = ((route or {}).get("upstream") or {}).get("addresses") or []
    remote = [entry for entry in addresses if entry["listeners"] is None and not entry.get("unix")]
    return "elsewhere" if remote and len(remote) == len(addresses) else None


def _behind_tasks(
    service: Service, context: Context, evidence: Proxy, public: WebUrl, route: Route
) -> dict[str, t.Callable[[], t.Any]]:
    """Handshakes with the back ends that no other probe asks: those on other hosts, or behind the service's own port."""
    upstream = route.get("upstream") or {}
    addresses = [
        entry
        for entry in upstream.get("addresses") or ()
        if not entry.get("down") and (evidence["role"] == "port" or entry["listeners"] is None)
    ]
    if route.get("handler") != "proxy_pass" or context.library is None:
        return {}
    return {
        "behind %d" % number: _BackEnd(service, context, public, route, entry).ask
        for number, entry in enumerate(addresses[:_MOST_BEHIND])
    }


class _BackEnd:
    """One back end of another host, asked past the proxy.

    :param public: the URL that clients use.
    :param route: what the proxy makes of it.
    :param entry: the back end's address.
    """

    def __init__(
        self,
        service: Service,
        context: Context,
        public: WebUrl,
        route: Route,
        entry: UpstreamAddress,
    ) -> None:
        self.service: Service = {**service, "public_url": public.text()}
        self.context = context
        self.public = public
        self.route = route
        self.name, self.port, self.unix = str(entry.get("address")), int(entry.get("port") or 80), entry.get("unix")
        self.words = "unix:%s" % self.unix if self.unix else "%s:%s" % (self.name, self.port)

    def ask(self) -> BackEnd:
        """The accepted handshake, if one is; else the first, which asks for what the proxy asks for."""
        found = [{"address": self.name}] if self.unix or is_address(self.name) else resolving(self.name)(_RESOLVE)
        if not found:
            why = "takes too long" if found is None else "finds no address"
            return {"address": self.words, "outcome": "unresolved", "error": "resolving %s %s" % (self.name, why)}
        endpoint = Endpoint(self.unix, unix=True) if self.unix else Endpoint(found[0]["address"], self.port)
        client = client_of(self.service, self.context, endpoint)
        end = self.context.deadline.within(2 * _BEHIND)
        first: BackEnd = {}
        for path, host, tls in self._variations(client):
            answer = client.having(tls=tls).handshake_seen(path=path, host=host, patience=_BEHIND)
            seen: BackEnd = {**answer, "address": self.words, "tls": tls}
            if endpoint.address != self.name and not self.unix:
                seen["resolved"] = endpoint.address
            first = first or seen
            if seen["outcome"] == "open":
                return seen
            if seen["outcome"].startswith("connect") or seen["outcome"] == "timeout" or end.expired():
                break
        return first

    def _variations(self, client: Client) -> t.Iterator[t.Tuple[str, str, bool]]:
        """Path, Host and TLS: as the proxy asks; then with the client's Host, without or with TLS, on other paths."""
        sent = str(((self.route.get("settings") or {}).get("host") or {}).get("value") or "") or self.public.authority
        tls = (self.route.get("upstream") or {}).get("scheme") in ("https", "wss")
        path = self.route.get("upstream_path") or self.public.path
        yield path, self.public.authority, tls
        if sent != self.public.authority:
            yield path, sent, tls
        yield path, self.public.authority, not tls
        own = (self.service.get("websocket") or {}).get("path")
        for other in [own, self.public.path] + other_paths(client)[:_MOST_PATHS]:
            if other and other != path:
                yield other, self.public.authority, tls


# By way of the proxy.


def _through_tasks(
    service: Service,
    context: Context,
    evidence: Proxy,
    public: WebUrl,
    url: WebUrl,
    port: int,
    route: Route,
) -> dict[str, t.Callable[[], t.Any]]:
    """The handshake by way of the proxy: with the page's Origin, without one, and held where ``hold`` is set.

    Where ordinary requests are said to be upgrades too, one of them is sent: a back end may serve nothing else.
    """
    endpoint = endpoints_of({"port": port}, context.system.at(port))[0]
    evidence["endpoint"] = str(endpoint)
    client = client_of({**service, "public_url": public.text()}, context, Endpoint(endpoint.address, port))
    # What the server itself insists on was found out at its own port.
    offered = context.told(service, "offered", _PATH_WAIT).split()
    client = client.having(path=url.path, tls=url.scheme == "wss", offered=tuple(offered))
    headers = tuple(((service.get("websocket") or {}).get("headers") or {}).items())
    if public.secure and not client.tls:
        # What ends TLS in front of this proxy says so.
        headers += (("X-Forwarded-Proto", "https"),)
    tasks: dict[str, t.Callable[[], t.Any]] = {
        "through": lambda: client.handshake_seen(headers=headers),
        "through_no_origin": lambda: client.handshake_seen(origin=None, headers=headers),
    }
    if ((route.get("settings") or {}).get("connection_plain") or {}).get("value") == "upgrade":
        tasks["plain"] = lambda: client.plain(path="/")
    own_port = service.get("port")
    if route.get("sends_proxy") and own_port:
        direct = client_of(service, context, Endpoint("127.0.0.1", own_port)).having(path=url.path)
        line = b"PROXY TCP4 127.0.0.1 127.0.0.1 40000 %d\r\n" % own_port
        tasks["with_proxy_line"] = lambda: direct.handshake_seen(head=line, patience=_BEHIND)
    if client.speaks_engine_io():
        tasks["polling"] = client.polling
    if (service.get("websocket") or {}).get("hold"):
        tasks["hold"] = lambda: held_handshake(client, headers=headers)
    return tasks
