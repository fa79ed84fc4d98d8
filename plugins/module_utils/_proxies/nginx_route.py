# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What an nginx configuration makes of one URL: server, location, upstream, and the settings that hold there."""

from __future__ import annotations

import re
import typing as t

from .._protocol.web_url import DEFAULT_PORTS, WebUrl
from .engine import HERE, Backend, address, leads_among, nothing
from .nginx_flow import Answer, Flow
from .nginx_grammar import Directive, Tree
from .nginx_match import BadUri, Listen, ServerChoice, Servers, listens_of, names_of, normalised, pattern_of
from .nginx_refused import http2_alone, refusals
from .nginx_settings import Fixer, Levels, headers_set, lost_headers, settings_of
from .nginx_values import Variables, as_bytes, escaped, maps_of, set_names

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Ignored, Leading, Location, Route, Server, Upstream, UpstreamAddress

#: Characters that nginx escapes in a path that it changed (NGX_ESCAPE_URI); the others since 1.21.1.
_ESCAPED = " #%?"
_ESCAPED_NEWER = '"<>\\^`{|}'
_PASS = re.compile(
    r"(https?)://(unix:[^:]*|\[[^\]]*\]|[^/?:\[]*)(?::([0-9]{1,5})(?=[/?]|$)|:(?=/|$))?(.*)\Z",
    re.IGNORECASE | re.DOTALL,
)


class Config(t.NamedTuple):
    """What of a tree is asked for again and again."""

    http: t.Optional[Directive]
    items: t.List[Directive]
    blocks: t.List[Directive]
    servers: Servers
    maps: t.Dict[str, Directive]
    set_names: t.Set[str]
    upstreams: t.Dict[str, Directive]
    streams: t.List[Directive]


def config_of(tree: Tree) -> Config:
    """The parts of ``http``; a tree without that block is taken for what stands in one (conf.d/*.conf alone)."""
    http = next((item for item in tree if item.name == "http" and item.block is not None), None)
    items = (http.block or []) if http is not None else tree
    servers = [item for item in items if item.name == "server" and item.block is not None]
    upstreams = {item.args[0].lower(): item for item in items if item.name == "upstream" and item.args}
    streams = [
        server
        for item in tree
        if item.name == "stream"
        for server in item.block or []
        if server.name == "server" and server.block is not None
    ]
    return Config(http, items, servers, Servers(servers), maps_of(items), set_names(items), upstreams, streams)


def route(tree: Tree, url: WebUrl, version: tuple[int, ...], local_port: int | None) -> Route:
    """The effective configuration for a URL.

    :param version: of the running binary; ``()`` if it is not known.
    :param local_port: that nginx takes the connection on, where something in front changes the port (containers,
        load balancers); None: the URL's.
    :returns: ``server``, ``location``, ``handler``, ``status``, ``redirect``, ``upstream``, ``upstream_path``,
        ``settings``, ``set_headers_at``, ``lost_headers``, ``fix``, ``undecided``. ``handler`` is one of
        ``proxy_pass``, ``return``, ``redirect``, ``static``, ``spa`` (falls back to a page), ``other`` (FastCGI,
        uwsgi, gRPC …), ``undecided``, ``none`` (no server listens there). A header's value is ``""`` if it is not
        sent; what depends on unknown variables is as written, and named in ``undecided``. A ``fix`` either adds
        lines (``file``, ``after_line``, ``add``) or replaces text (``file``, ``line``, ``search``, ``replace``).
    """
    config = config_of(tree)
    found = _route(config, url, version, local_port)
    found["ignored"] = _ignored(config, url, version, local_port)
    return found


def _ignored(config: Config, url: WebUrl, version: tuple[int, ...], local_port: int | None) -> list[Ignored]:
    """Servers that have the URL's name and port as well, and come after the one that takes it, with where they lead."""
    choice = config.servers.choose(url.host, local_port or url.port)[0]
    if choice is None or choice.by != "name":
        return []
    found: list[Ignored] = []
    for server in config.servers.namesakes(choice, url.host, local_port or url.port):
        seen = _route(config._replace(servers=Servers([server])), url, version, local_port)
        addresses = (seen["upstream"] or {}).get("addresses") or []
        found.append({"file": server.file, "line": server.line, "name": url.host, "addresses": addresses})
    return found[:3]


def _route(config: Config, url: WebUrl, version: tuple[int, ...], local_port: int | None) -> Route:
    port = local_port or url.port
    choice, notes = config.servers.choose(url.host, port)
    notes += _unread(config.items)
    if choice is None:
        return nothing(notes + _in_streams(config, port))
    result = nothing(notes)
    result["server"] = _server(choice)
    result["refusals"] = http2_alone(choice, version)
    refused = _refused(url, choice, local_port, notes)
    if refused is not None:
        return {**result, "handler": "return", "status": refused}
    path, mark, args = url.path.partition("#")[0].partition("?")
    path = path if path.startswith("/") else "/" + path
    merge = _first(choice.server.block, "merge_slashes") or _first(config.items, "merge_slashes") or "on"
    try:
        uri = normalised(path, merge != "off")
    except BadUri:
        return {**result, "handler": "return", "status": 400}
    target = path + mark + args
    flow = Flow(choice.server, _variables(config, url, choice, port, uri, args, target, version), config.items)
    answer = flow.run()
    return _report(result, config, flow, answer, target, version)


def _unread(block: list[Directive] | None) -> list[str]:
    missing = [item for item in block or [] if item.name == "include" and item.args]
    return ["The file %s, included at %s, could not be read." % (item.args[0], item.where) for item in missing[:5]]


def _in_streams(config: Config, port: int) -> list[str]:
    """Port taken by ``stream``: bytes are passed on whatever the URL (ngx_stream_proxy_module)."""
    taken = [server for server in config.streams if any(listen.on(port) for listen in listens_of(server))]
    return ["Port %d is forwarded by the stream server at %s." % (port, server.where) for server in taken[:1]]


def _server(choice: ServerChoice) -> Server:
    return {
        "file": choice.server.file,
        "line": choice.server.line,
        "names": names_of(choice.server),
        "listen": choice.listen.text,
        "by": choice.by,
        "default": choice.default,
    }


def _refused(url: WebUrl, choice: ServerChoice, local_port: int | None, notes: list[str]) -> int | None:
    """The status nginx answers with because TLS is spoken where it is not expected, or the reverse."""
    if choice.ssl and not url.secure and local_port is None:
        # "The plain HTTP request was sent to HTTPS port", 497 to error_page and 400 to the client.
        return 400
    if not choice.ssl and url.secure and local_port is None:
        notes.append(
            "The server at %s speaks no TLS on this port: something in front of it must." % choice.server.where
        )
    return None


def _first(block: list[Directive] | None, name: str) -> str | None:
    return next((item.args[0] for item in block or [] if item.name == name and item.args), None)


def _variables(
    config: Config,
    url: WebUrl,
    choice: ServerChoice,
    port: int,
    uri: str,
    args: str,
    target: str,
    version: tuple[int, ...],
) -> Variables:
    """https://nginx.org/en/docs/http/ngx_http_core_module.html#variables, as far as a URL decides them."""
    # Not url.authority: a host that leading_to has from a listen is in brackets already.
    http_host = url.host if url.port == DEFAULT_PORTS[url.scheme] else "%s:%d" % (url.host, url.port)
    known: dict[str, str | None] = {
        **dict.fromkeys(config.set_names, ""),
        "scheme": "https" if choice.ssl else "http",
        "https": "on" if choice.ssl else "",
        "host": url.host.lower().rstrip("."),
        "http_host": http_host,
        "http_upgrade": "websocket",
        "http_connection": "Upgrade",
        "http_origin": "%s://%s" % ("https" if url.secure else "http", http_host),
        "http_sec_websocket_version": "13",
        "server_port": str(port),
        "server_name": (names_of(choice.server) or [""])[0],
        "server_protocol": "HTTP/1.1",
        "request_method": "GET",
        "request_uri": target,
        "request": "GET %s HTTP/1.1" % target,
        "nginx_version": ".".join(str(number) for number in version) or None,
        **dict.fromkeys(("uri", "document_uri"), uri),
        **dict.fromkeys(("args", "query_string"), args),
        "is_args": "?" if args else "",
        **dict.fromkeys(("http2", "http3", "content_length", "content_type"), ""),
    }
    variables = Variables(known, config.maps)
    variables.captures.update(choice.captures)
    return variables


def _report(result: Route, config: Config, flow: Flow, answer: Answer, target: str, version: tuple[int, ...]) -> Route:
    location = flow.location
    for level in flow.levels():
        flow.undecided.extend(_unread(level.block))
    kinds = {"server": "server", "location": "location", "if": "location"}
    blocks = [(kinds[level.name], level.block or []) for level in reversed(flow.levels())]
    levels = Levels([("http", config.items), *blocks])
    upstream = _Upstream(config, flow, answer.directive) if answer.handler == "proxy_pass" else None
    if upstream is not None:
        flow.variables.known.update(upstream.variables())
    notes: list[str] = []
    settings = settings_of(levels, flow.variables, version, notes)
    kind, headers = headers_set(levels)
    result.update({"handler": answer.handler, "status": answer.status, "redirect": _printable(answer.redirect)})
    result.update({"location": _location(location), "settings": settings})
    result["lost_headers"] = [item.args[0] for item in lost_headers(levels)]
    if headers:
        result["set_headers_at"] = {"file": headers[0].file, "line": headers[0].line, "level": kind}
    result["refusals"] = result["refusals"] + refusals(levels, answer)
    if upstream is not None and answer.directive is not None:
        result["upstream"] = upstream.seen
        result["upstream_path"] = _printable(upstream.path(target, version))
        fixer = Fixer(config.http, config.items, levels, flow.variables, settings)
        result["fix"] = fixer.fix(answer.directive, location)
        flow.undecided.extend(notes)
    result["undecided"] = result["undecided"] + flow.undecided
    return result


def _printable(text: str | None) -> str | None:
    """Without the halves of characters that a percent-encoding may leave."""
    return None if text is None else as_bytes(text).encode("latin-1").decode("utf-8", "replace")


def _location(location: Directive | None) -> Location | None:
    if location is None:
        return None
    pattern = pattern_of(location)
    return {"modifier": pattern.modifier, "pattern": pattern.path, "file": location.file, "line": location.line}


class _Upstream:
    """Where a ``proxy_pass`` forwards to.

    ``seen`` has ``name`` (of the upstream block), ``scheme``, ``uri`` (its URI part) and ``addresses``.
    """

    def __init__(self, config: Config, flow: Flow, directive: Directive | None) -> None:
        self._flow = flow
        self._written = directive.args[0] if directive is not None else ""
        self._host_header: str | None = None
        self._port: str | None = None
        self.seen: Upstream = {"name": None, "scheme": "http", "uri": None, "addresses": []}
        value = flow.variables.expand(self._written)
        found = _PASS.match(value) if value is not None else None
        if self._written.lower().startswith("https:"):
            self.seen["scheme"] = "https"
        if found is None:
            where = directive.where if directive is not None else ""
            names = ", ".join(flow.variables.unknown_in(self._written)) or "what it names"
            flow.note("The target of proxy_pass at %s depends on %s." % (where, names))
            self._uri_of_unknown()
            return
        self._resolve(config, *found.groups())

    def _uri_of_unknown(self) -> None:
        """A literal URI part after a host that is not known."""
        found = re.match(r"https?://[^/?]*(/[^$]*)\Z", self._written)
        self.seen["uri"] = found.group(1) if found else None

    def _resolve(self, config: Config, scheme: str, host: str, port: str | None, uri: str) -> None:
        self.seen["scheme"] = scheme.lower()
        # Only where it has variables does nginx put the slash before a bare query (ngx_http_proxy_eval).
        slash = "/" if uri.startswith("?") and "$" in self._written else ""
        self.seen["uri"] = slash + uri or None
        usual = str(DEFAULT_PORTS[self.seen["scheme"]])
        self._port = port or usual
        self._host_header = host if self._port == usual else "%s:%s" % (host, port)
        if host.startswith("unix:"):
            self._host_header = "localhost"
        group = config.upstreams.get(host.lower())
        if group is None:
            self.seen["addresses"] = [_address(host if host.startswith("unix:") else "%s:%s" % (host, self._port))]
            return
        self.seen["name"] = group.args[0]
        servers = [item for item in group.block or [] if item.name == "server" and item.args]
        self.seen["addresses"] = [_address(item.args[0], item.args[1:]) for item in servers]

    def variables(self) -> dict[str, str | None]:
        """``$proxy_host`` and ``$proxy_port``."""
        return {"proxy_host": self._host_header, "proxy_port": self._port}

    def path(self, target: str, version: tuple[int, ...]) -> str | None:
        """The request target that the upstream sees (ngx_http_proxy_create_request).

        :param target: of the client's request.
        """
        flow, uri = self._flow, self.seen["uri"]
        if "$" in self._written and uri:
            return str(uri)
        if self._host_header is None and uri is None and "$" in self._written:
            # The unknown part may hold a path of its own.
            return target if re.match(r"https?://\$\{?\w+\}?(?::\d+)?\Z", self._written) and flow.unparsed else None
        if uri is None and flow.unparsed:
            return target
        location = flow.location
        keep = flow.valid_location and uri is not None and location is not None
        prefix = len(pattern_of(location).path) if keep and location is not None else 0
        rest = flow.uri[prefix:]
        if flow.internal or "%" in target.partition("?")[0]:
            rest = escaped(rest, _ESCAPED + (_ESCAPED_NEWER if version >= (1, 21, 1) or not version else ""))
        path = (uri or "" if flow.valid_location else "") + rest
        return path + ("?" + flow.args if flow.args else "")


def _address(text: str, options: t.Sequence[str] = ()) -> UpstreamAddress:
    """A ``server`` of an upstream (https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server)."""
    down, backup = "down" in options, "backup" in options
    if text.startswith("unix:"):
        return address(text, None, text[5:], down, backup)
    found = re.match(r"(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?\Z", text)
    if found is None:
        return address(text, None, None, down, backup)
    return address(found.group(1).strip("[]"), int(found.group(2) or 80), None, down, backup)


def leading_to(
    tree: Tree, port: int, socket: str | None = None, addresses: t.Iterable[str] = (), where: str = HERE
) -> list[Leading]:
    """URLs that this nginx forwards to a back end.

    :param port: TCP port of the back end.
    :param socket: its unix socket, if it has one.
    :param addresses: of this host, besides the loopback ones.
    :param where: the back end is; see engine.Backend.
    :returns: ``scheme`` (``ws`` or ``wss``), ``host``, ``port``, ``path``, and where server and location are
        written: ``server_file``, ``server_line``, ``location_file``, ``location_line``. Every URL was routed: none
        of them ends anywhere else.
    """
    return leads_among(_Target(config_of(tree), port, socket, addresses, where).candidates())


class _Target(Backend):
    """The back end that leading_to looks for."""

    def __init__(self, config: Config, port: int, socket: str | None, addresses: t.Iterable[str], where: str) -> None:
        super().__init__(port, socket, addresses, where)
        self._config = config
        self._groups = {
            name
            for name, group in config.upstreams.items()
            if any(
                item.name == "server" and item.args and self.is_at(_address(item.args[0])) for item in group.block or []
            )
        }

    def is_at(self, row: UpstreamAddress) -> bool:
        """Whether an upstream's address is this one; for nginx none is without a host."""
        return row["address"] not in ("", "*") and super().is_at(row)

    def _may_be(self, text: str) -> bool:
        """Whether a ``proxy_pass`` forwards here, or may once its variables are known."""
        if "$" in text:
            return True
        found = _PASS.match(text)
        if found is None:
            return False
        host, port = found.group(2), found.group(3)
        if host.lower() in self._groups:
            return True
        usual = DEFAULT_PORTS[found.group(1).lower()]
        return self.is_at(_address(host if host.startswith("unix:") else "%s:%s" % (host, port or usual)))

    def candidates(self) -> t.Iterator[Leading | None]:
        """An entry for every URL to try that is forwarded here: the paths of each server, on each of its ports."""
        for server in self._config.blocks:
            paths = list(dict.fromkeys(self._paths(server)))
            for listen in listens_of(server) if paths else ():
                for path in paths if listen.first_port is not None else ():
                    yield self._candidate(server, listen, path)

    def _paths(self, server: Directive) -> list[str]:
        """Paths of the locations whose proxy_pass may forward here; for a named one those that jump to it."""
        found: list[str] = []
        named: set[str] = set()
        for location in _locations(server):
            if not any(self._may_be(item.args[0]) for item in _proxy_passes(location)):
                continue
            pattern = pattern_of(location)
            if pattern.modifier == "@":
                named.add("@" + pattern.path)
            else:
                found.append(_path_of(pattern.modifier, pattern.path))
        for location in _locations(server) if named else ():
            jumps = [item for item in location.block or [] if item.name in ("try_files", "error_page") and item.args]
            pattern = pattern_of(location)
            if pattern.modifier != "@" and any(item.args[-1] in named for item in jumps):
                found.append(_path_of(pattern.modifier, pattern.path))
        server_jumps = [item for item in server.block or [] if item.name in ("try_files", "error_page") and item.args]
        if any(item.args[-1] in named for item in server_jumps):
            found.append("/")
        return found

    def _candidate(self, server: Directive, listen: Listen, path: str) -> Leading | None:
        """The URL, if this server really forwards it to the back end."""
        port = listen.first_port or 80
        names = [name for name in names_of(server) if re.match(r"[a-z0-9][a-z0-9.-]*\Z", name, re.IGNORECASE)]
        specific = listen.address if listen.address not in ("0.0.0.0", "[::]") else "localhost"
        tls = listen.ssl or _first(server.block, "ssl") == "on"
        url = WebUrl("wss" if tls else "ws", names[0] if names else specific, port, path)
        seen = _route(self._config, url, (), port)
        taken = seen["server"]
        if not taken or (taken["file"], taken["line"]) != (server.file, server.line) or seen["location"] is None:
            return None
        return self.lead(seen, url)


def _locations(block: Directive) -> t.Iterator[Directive]:
    """All locations of a server, nested ones too."""
    for item in block.block or []:
        if item.name == "location" and item.args:
            yield item
            yield from _locations(item)


def _proxy_passes(location: Directive) -> t.Iterator[Directive]:
    """The ``proxy_pass`` of a location, and those in its ``if`` blocks."""
    for item in location.block or []:
        if item.name == "proxy_pass" and item.args:
            yield item
        elif item.name == "if":
            yield from _proxy_passes(item)


def _path_of(modifier: str, pattern: str) -> str:
    """A path that the location is for; of a regular expression the literal start."""
    if modifier not in ("~", "~*"):
        return pattern if pattern.startswith("/") else "/" + pattern
    found = re.match(r"\^((?:[\w/.-]|\\[./-])*)([*?{]?)", pattern)
    literal = found.group(1).replace("\\", "") if found else ""
    return (literal[:-1] if found and found.group(2) else literal) or "/"
