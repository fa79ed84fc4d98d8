# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Which ``server`` and which ``location`` of nginx takes a request.

Facts: https://nginx.org/en/docs/http/request_processing.html, .../http/server_names.html,
.../http/ngx_http_core_module.html#location, and src/http/ngx_http_core_module.c where they are silent.
"""

from __future__ import annotations

import re
import typing as t

from .nginx_grammar import Directive
from .nginx_values import Variables, as_bytes, as_text, compiled

#: Handlers that make nginx answer ``/x`` with a redirect to ``/x/`` (``auto_redirect`` in their sources).
_PASSES = ("proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass", "grpc_pass")
_WILDCARDS = ("0.0.0.0", "[::]")


class BadUri(ValueError):
    """A request target that nginx answers with 400."""


class Listen(t.NamedTuple):
    """One ``listen`` of a server; ``port`` is None for a unix socket."""

    server: Directive
    address: str
    first_port: t.Optional[int]
    last_port: t.Optional[int]
    ssl: bool
    default: bool
    text: str

    def on(self, port: int) -> bool:
        """Whether it takes connections to this TCP port."""
        return self.first_port is not None and self.last_port is not None and self.first_port <= port <= self.last_port


class ServerChoice(t.NamedTuple):
    """The server of a request; ``by`` is ``name``, ``wildcard``, ``regex`` or ``default``."""

    server: Directive
    listen: Listen
    by: str
    #: Whether it is the default server of its address and port.
    default: bool
    #: Whether connections to its address and port are TLS, which one ``ssl`` among all servers decides.
    ssl: bool
    captures: t.Dict[str, str]


class LocationMatch(t.NamedTuple):
    """The locations from the outermost to the one that takes the request; ``redirect`` is nginx's own 301."""

    chain: t.List[Directive]
    redirect: bool
    captures: t.Dict[str, str]
    #: Locations whose regular expression could not be tried.
    unclear: t.List[Directive]


def listens_of(server: Directive) -> list[Listen]:
    """The ``listen`` directives of a server; without one it is port 80."""
    found = [_listen(server, item) for item in server.block or [] if item.name == "listen" and item.args]
    return [listen for listen in found if listen is not None] or [
        Listen(server, "0.0.0.0", 80, 80, False, False, "80"),
    ]


def _listen(server: Directive, item: Directive) -> Listen | None:
    address, options = item.args[0], item.args[1:]
    default = "default_server" in options or "default" in options
    if address.startswith("unix:"):
        return Listen(server, address, None, None, "ssl" in options, default, " ".join(item.args))
    if "quic" in options:
        # HTTP/3 comes by UDP, a WebSocket does not.
        return Listen(server, "quic", None, None, True, default, " ".join(item.args))
    host, ports = "0.0.0.0", address
    if not re.match(r"[0-9]{1,5}(?:-[0-9]{1,5})?\Z", address):
        found = re.match(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}(?:-[0-9]{1,5})?))?\Z", address)
        if found is None:
            return None
        host, ports = found.group(1).lower(), found.group(2) or "80"
    host = {"*": "0.0.0.0", "": "0.0.0.0", "localhost": "127.0.0.1"}.get(host, host)
    first, _dash, last = ports.partition("-")
    return Listen(server, host, int(first), int(last or first), "ssl" in options, default, " ".join(item.args))


class Servers:
    """The servers of ``http``, by port and address.

    :param servers: the ``server`` blocks, in order.
    """

    def __init__(self, servers: list[Directive]) -> None:
        self._listens = [(server, listens_of(server)) for server in servers]
        self._ports: dict[int, dict[str, _Group]] = {}

    def choose(self, host: str, port: int) -> tuple[ServerChoice | None, list[str]]:
        """The server that takes a request, and sentences on what the configuration alone does not decide.

        :param host: of the Host header, without port.
        :param port: that the connection comes in on.
        """
        if port not in self._ports:
            self._ports[port] = self._on(port)
        groups = self._ports[port]
        if not groups:
            return None, []
        address = _address(groups, host.lower())
        choice = groups[address].choose(host)
        return choice, _elsewhere(groups, address, choice, host, port)

    def namesakes(self, choice: ServerChoice, host: str, port: int) -> list[Directive]:
        """Later servers of the same address and port that have the same name: nginx ignores it in them."""
        listens = self._ports[port][choice.listen.address].listens if port in self._ports else []
        wanted = host.lower().rstrip(".")
        named = [listen.server for listen in listens if wanted in [name.lower() for name in names_of(listen.server)]]
        return [server for server in named if server is not choice.server]

    def _on(self, port: int) -> dict[str, _Group]:
        found: dict[str, list[Listen]] = {}
        for server, listens in self._listens:
            for listen in listens:
                group = found.setdefault(listen.address, []) if listen.on(port) else None
                if group is not None and not (group and group[-1].server is server):
                    group.append(listen)
        return {address: _Group(listens) for address, listens in found.items()}


def _address(groups: dict[str, _Group], host: str) -> str:
    """The socket that takes the connection: the very address if the URL names one, else any address."""
    wanted = {"localhost": ["127.0.0.1", "[::1]"]}.get(host, [host])
    for address in (*wanted, *_WILDCARDS):
        if address in groups:
            return address
    return next(iter(groups))


def _elsewhere(groups: dict[str, _Group], address: str, choice: ServerChoice, host: str, port: int) -> list[str]:
    """Sentences on sockets of the same port whose server for this host is another one."""
    sentences = []
    for other in groups:
        server = groups[other].choose(host) if other != address else choice
        if server.server is not choice.server and (server.by != "default" or other in _WILDCARDS):
            sentences.append(
                "Connections to %s:%d are handled by the server at %s; this one is for %s."
                % (other, port, server.server.where, address)
            )
    return sentences[:3]


class _Group:
    """The servers that listen on one address and port."""

    def __init__(self, listens: list[Listen]) -> None:
        self.listens = listens
        self._default = next((listen for listen in listens if listen.default), listens[0])
        # "ssl on" of the default server did the same before 1.25.1.
        self._ssl = any(listen.ssl for listen in listens) or any(
            item.name == "ssl" and item.args == ["on"] for item in self._default.server.block or []
        )
        self._exact: dict[str, Listen] = {}
        self._wildcards: list[tuple[str, Listen]] = []
        self._regexes: list[tuple[str, Listen]] = []
        for listen in listens:
            for name in names_of(listen.server):
                if name.startswith("~"):
                    self._regexes.append((name[1:], listen))
                elif name.startswith(("*.", ".")) or name.endswith(".*"):
                    self._wildcards.append((name.lower(), listen))
                else:
                    # Of two servers with one name the first counts.
                    self._exact.setdefault(name.lower(), listen)

    def choose(self, host: str) -> ServerChoice:
        """The server for a host; the default one where no name fits."""
        host = host.lower() if host.startswith("[") else host.lower().rstrip(".")
        if host in self._exact:
            return self._choice(self._exact[host], "name", {})
        best, found = (0, 0), None
        for name, listen in self._wildcards:
            rank = _rank(name, host)
            if rank > best:
                best, found = rank, listen
        if found is not None:
            return self._choice(found, "name" if best[0] == 3 else "wildcard", {})
        for pattern, listen in self._regexes:
            captures = _captures(pattern, host)
            if captures is not None:
                return self._choice(listen, "regex", captures)
        return self._choice(self._default, "default", {})

    def _choice(self, listen: Listen, by: str, captures: dict[str, str]) -> ServerChoice:
        return ServerChoice(listen.server, listen, by, listen is self._default, self._ssl, captures)


def names_of(server: Directive) -> list[str]:
    """The arguments of ``server_name``."""
    return [name for item in server.block or [] if item.name == "server_name" for name in item.args]


def _rank(name: str, host: str) -> tuple[int, int]:
    """How well a name fits a host: 3 exact (of ``.x``), 2 ``*.x``, 1 ``x.*``, 0 not at all; then the longer one."""
    if name.startswith("."):
        return (3, 0) if host == name[1:] else (2, len(name)) if host.endswith(name) else (0, 0)
    if name.startswith("*.") and host.endswith(name[1:]) and len(host) > len(name) - 1:
        return 2, len(name) - 1
    if name.endswith(".*") and host.startswith(name[:-1]) and len(host) > len(name) - 1:
        return 1, len(name)
    return 0, 0


def _captures(pattern: str, host: str) -> dict[str, str] | None:
    regex = compiled(pattern, True)
    variables = Variables({}, {})
    return variables.captures if regex is not None and variables.matches(regex, host) else None


def normalised(path: str, merge_slashes: bool = True) -> str:
    """The path that locations are compared with: decoded, dot segments resolved (ngx_http_parse_complex_uri).

    :param path: of the request target, without the query.
    :raises BadUri: nginx answers 400.
    """
    segments: list[str] = []
    parts = _segments(as_bytes(path))
    for number, (segment, dots) in enumerate(parts):
        last = number == len(parts) - 1
        if dots and segment == "..":
            if not segments:
                raise BadUri(path)
            segments.pop()
        if dots and segment in (".", ".."):
            if last:
                segments.append("")
        elif segment or last or not merge_slashes:
            segments.append(segment)
    return as_text("/" + "/".join(segments))


def _segments(path: str) -> list[tuple[str, bool]]:
    """Segments, decoded, and whether they may be dots: an escaped ``%``, ``#`` or ``?`` is nothing but itself."""
    found: list[tuple[str, bool]] = []
    segment, dots, at = "", True, 1 if path.startswith("/") else 0
    while at < len(path):
        char = path[at]
        at += 1
        if char == "%":
            if not re.match(r"[0-9a-fA-F]{2}", path[at : at + 2]):
                raise BadUri(path)
            char = chr(int(path[at : at + 2], 16))
            at += 2
            if char == "\0":
                raise BadUri(path)
            dots = dots and char not in "%#?"
        if char == "/":
            found.append((segment, dots))
            segment, dots = "", True
        else:
            segment += char
    found.append((segment, dots))
    return found


class Pattern(t.NamedTuple):
    """What a location is for: its modifier (``""``, ``=``, ``^~``, ``~``, ``~*``, ``@``) and its path."""

    modifier: str
    path: str


def pattern_of(location: Directive) -> Pattern:
    """https://nginx.org/en/docs/http/ngx_http_core_module.html#location; the modifier may stick to the path."""
    if len(location.args) > 1:
        return Pattern(location.args[0], location.args[1])
    word = location.args[0] if location.args else ""
    for modifier in ("=", "^~", "~*", "~", "@"):
        if word.startswith(modifier):
            return Pattern(modifier, word[len(modifier) :])
    return Pattern("", word)


def locate(server: Directive, uri: str) -> LocationMatch:
    """The location for a normalised path (ngx_http_core_find_location)."""
    state = _Search(as_bytes(uri))
    redirect = state.find(server, []) == _REDIRECT
    return LocationMatch(state.chain, redirect, state.captures, state.unclear)


_EXACT, _REDIRECT, _PREFIX, _NONE = "exact", "redirect", "prefix", "none"


class _Search:
    """One search; ``chain`` is the best so far, as ``r->loc_conf`` is in nginx."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.chain: list[Directive] = []
        self.captures: dict[str, str] = {}
        self.unclear: list[Directive] = []

    def find(self, outer: Directive, before: list[Directive]) -> str:
        """Search a level and those within what it finds; what kind of match it was."""
        locations = [(pattern_of(item), item) for item in outer.block or [] if item.name == "location"]
        outcome, found = self._static(locations)
        no_regex = False
        if found is not None:
            self.chain = [*before, found]
        if outcome == _PREFIX and found is not None:
            no_regex = pattern_of(found).modifier == "^~"
            outcome = self.find(found, self.chain)
        if outcome in (_EXACT, _REDIRECT) or no_regex:
            return outcome
        for pattern, item in locations:
            if pattern.modifier in ("~", "~*") and self._matches(pattern, item):
                self.chain = [*before, item]
                self.find(item, self.chain)
                return _EXACT
        return outcome

    def _static(self, locations: list[tuple[Pattern, Directive]]) -> tuple[str, Directive | None]:
        best, longest, redirect = None, -1, None
        for pattern, item in locations:
            path = as_bytes(pattern.path)
            if pattern.modifier not in ("", "=", "^~"):
                continue
            if path == self.uri and pattern.modifier == "=":
                return _EXACT, item
            if pattern.modifier != "=" and len(path) > longest and self.uri.startswith(path):
                best, longest = item, len(path)
            if path == self.uri + "/" and _passes(item):
                redirect = item
        if longest == len(self.uri):
            return _PREFIX, best
        if redirect is not None:
            return _REDIRECT, redirect
        return (_PREFIX, best) if best is not None else (_NONE, None)

    def _matches(self, pattern: Pattern, item: Directive) -> bool:
        regex = compiled(pattern.path, pattern.modifier == "~*")
        if regex is None:
            self.unclear.append(item)
            return False
        variables = Variables({}, {})
        if not variables.matches(regex, as_text(self.uri)):
            return False
        self.captures = variables.captures
        return True


def _passes(location: Directive) -> bool:
    return any(item.name in _PASSES for item in location.block or [])
