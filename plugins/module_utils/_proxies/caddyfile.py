# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A Caddyfile read as data: the JSON that ``caddy adapt`` would print, as far as it decides where a handshake goes.

The rules are those of Caddy's adapter (https://caddyserver.com/docs/caddyfile/concepts, …/options). Nothing is
executed, and only the files are looked at that an import names.
"""

from __future__ import annotations

import re
import typing as t

from .._run.digits import number
from .caddy_config import CaddySyntaxError
from .caddyfile_blocks import Block, Files, Line, blocks_of
from .caddyfile_directives import Adapter, joined, subroute
from .caddyfile_proxy import split_host_port
from .caddyfile_tokens import CaddyTooMuch, Environment, wrong

if t.TYPE_CHECKING:  # pragma: no cover
    from .caddy_types import AutomaticHttps, Http, HttpRoute, HttpServer, Matcher, Whole

_MAX_LISTENERS = 5000
#: Ports that an option may change.
_PORTS: tuple[t.Literal["http_port", "https_port"], ...] = ("http_port", "https_port")
#: What words of auto_https mean for a server.
_AUTO_HTTPS: dict[str, t.Literal["disable", "disable_redirects", "disable_certificates"]] = {
    "off": "disable",
    "disable_redirects": "disable_redirects",
    "disable_certs": "disable_certificates",
}
#: Placeholders that a Caddyfile has short names for (https://caddyserver.com/docs/caddyfile/concepts#placeholders).
_SHORT = {
    "dir": "request.uri.path.dir",
    "file": "request.uri.path.file",
    "path": "request.uri.path",
    "uri": "request.uri",
    "query": "request.uri.query",
    "?query": "request.uri.prefixed_query",
    "%uri": "request.uri_escaped",
    "%path": "request.uri.path_escaped",
    "%query": "request.uri.query_escaped",
    "remote": "request.remote",
    **{name: "request." + name for name in ("host", "hostport", "method", "port", "scheme", "uuid")},
    **{"orig_" + name: "request.orig_" + name for name in ("method", "uri")},
    "remote_host": "request.remote.host",
    "remote_port": "request.remote.port",
    "client_ip": "vars.client_ip",
    **{"tls_" + name: "request.tls." + name for name in ("cipher", "version")},
    "upstream_hostport": "reverse_proxy.upstream.hostport",
}
_PREFIXES = {
    "header": "request.header",
    "cookie": "request.cookie",
    "labels": "request.host.labels",
    "path": "request.uri.path",
    "file": "request.uri.path.file",
    "query": "request.uri.query",
    "re": "regexp",
    "vars": "vars",
    "rp": "reverse_proxy",
    "resp": "intercept",
    "err": "error",
    "file_match": "matchers.file",
}
_PLACEHOLDER = re.compile(r"\{([%?]?[a-z_]+)(?:\.([\w.\-]*))?\}")
#: What tls sets that does not change the connections of a server.
_TLS_WITHOUT_POLICY = re.compile(
    r"(?:ca|ca_root|dns|dns_\w+|resolvers|on_demand|eab|issuer|load|propagation\w*|key_type|get_certificate|reuse_private_keys|renewal\w*|force_automate)\Z"
)


class Address(t.NamedTuple):
    """A site's address, in parts."""

    text: str
    scheme: str
    host: str
    port: str
    path: str


class Site(t.NamedTuple):
    """A site as it is at some of its addresses."""

    number: int
    addresses: t.Tuple[Address, ...]


class Reading(t.NamedTuple):
    """What was read.

    :ivar raw: the JSON.
    :ivar files: those that were read.
    :ivar unknown: directives that only a plugin can know.
    :ivar variables: names of variables that the files use.
    """

    raw: Whole
    files: t.List[str]
    unknown: t.Set[str]
    variables: t.Set[str]


def read_caddyfile(path: str, files: Files, variables: t.Mapping[str, str], version: t.Tuple[int, ...] = ()) -> Reading:
    """The configuration as a Caddy of a version would read it now.

    :param variables: the environment of the running process.
    :param version: ``()``: not known, the newest is meant.
    :raises CaddySyntaxError: Caddy would not take it; the message is Caddy's, with file and line, without values of
        variables.
    :raises CaddyTooMuch: it is beyond the limits of this reader.
    :raises OSError: a file is there, but cannot be read, or the main file is not there.
    """
    environment = Environment(variables)
    adapter = Adapter(version)
    try:
        blocks, read = blocks_of(path, files, environment, adapter.since(2, 7))
        raw = _Sites(blocks, adapter).raw()
    except CaddySyntaxError as error:
        raise CaddySyntaxError(environment.without_values(str(error))) from None
    return Reading(raw, read, adapter.unknown, environment.used)


class _Sites:
    """The blocks of one configuration on their way to servers."""

    def __init__(self, blocks: list[Block], adapter: Adapter) -> None:
        self._adapter = adapter
        self._options: dict[str, Line] = {}
        self._servers: list[Line] = []
        self._raw: Whole = {}
        self._ports = {"http_port": 80, "https_port": 443}
        if blocks and not blocks[0].keys:
            self._global(blocks[0].lines)
            blocks = blocks[1:]
        if any(not block.keys for block in blocks):
            raise CaddySyntaxError(
                "server block without any key is global configuration, and if used, it must be first"
            )
        self._blocks = [block for block in blocks if not block.is_route]
        self._named = [block for block in blocks if block.is_route]

    def raw(self) -> Whole:
        """The whole configuration."""
        http: Http = {}
        for name in _PORTS:
            if name in self._options:
                http[name] = self._ports[name]
        keys = [[_address(key.text, number) for key in block.keys] for number, block in enumerate(self._blocks)]
        for block in [*self._blocks, *self._named]:
            _lengthen(block.lines)
        routes = [self._adapter.routes(block.lines) for block in self._blocks]
        named = {block.keys[0].text[2:-1]: _as_route(self._adapter.routes(block.lines)) for block in self._named}
        servers: dict[str, HttpServer] = {}
        for listens, sites in self._pairs(keys):
            server = self._server(listens, sites, routes)
            if named:
                server["named_routes"] = named
            servers[self._name(listens, len(servers))] = server
        if servers:
            http["servers"] = servers
        if not http:
            return self._raw
        return {**self._raw, "apps": {"http": http}}

    # -- global options --------------------------------------------------------------------------------------------

    def _global(self, lines: list[Line]) -> None:
        for line in lines:
            name = line.text
            self._options[name] = line
            if name in self._ports:
                self._ports[name] = self._port(line)
            elif name == "servers":
                self._servers.append(line)
            elif name == "order":
                self._order(line)
            elif name == "admin" and line.words[:1] == ["off"]:
                self._raw["admin"] = {"disabled": True}
            elif name == "admin" and line.args:
                self._raw["admin"] = {"listen": line.words[0]}

    @staticmethod
    def _port(line: Line) -> int:
        if len(line.args) != 1:
            raise CaddySyntaxError("parsing caddyfile tokens for '%s': %s" % (line.text, line.miscounted()))
        port = number(line.words[0])
        if port is None:
            reason = wrong(line.last, "converting port '%s' to integer value: invalid syntax" % line.words[0])
            raise CaddySyntaxError("parsing caddyfile tokens for '%s': %s" % (line.text, reason))
        return port

    def _order(self, line: Line) -> None:
        """``order NAME first|last|before NAME|after NAME``."""
        order, words = self._adapter.order, line.words
        name, where = (words[0], words[1]) if len(words) > 1 else ("", "before")
        if len(words) != (3 if where in ("before", "after") else 2):
            raise CaddySyntaxError("parsing caddyfile tokens for 'order': %s" % line.miscounted())
        others = [one for one in order if one != name]
        if where == "first":
            others.insert(0, name)
        elif where == "last":
            others.append(name)
        elif where in ("before", "after") and words[2] in others:
            others.insert(others.index(words[2]) + (where == "after"), name)
        elif where in ("before", "after"):
            reason = wrong(line.last, "directive '%s' not found" % words[2])
            raise CaddySyntaxError("parsing caddyfile tokens for 'order': %s" % reason)
        else:
            raise CaddySyntaxError(
                "parsing caddyfile tokens for 'order': %s" % wrong(line.last, "unknown positional '%s'" % where)
            )
        self._adapter.order = others

    def _auto_https(self) -> list[str]:
        return self._options["auto_https"].words if "auto_https" in self._options else []

    # -- addresses -------------------------------------------------------------------------------------------------

    def _pairs(self, keys: list[list[Address]]) -> list[tuple[list[str], list[Site]]]:
        """Listeners with the sites that they serve; those that serve the same ones are a server."""
        served: dict[str, list[Site]] = {}
        for number_, addresses in enumerate(keys):
            own: dict[str, list[Address]] = {}
            for at, address in enumerate(addresses):
                for listener in self._listeners(number_, at, address):
                    own.setdefault(listener, []).append(address)
                if len(own) + len(served) > _MAX_LISTENERS:
                    raise CaddyTooMuch("the configuration listens in more than %d places" % _MAX_LISTENERS)
            for listener, mine in own.items():
                served.setdefault(listener, []).append(Site(number_, tuple(mine)))
        pairs: dict[tuple[Site, ...], list[str]] = {}
        for listener in sorted(served):
            pairs.setdefault(tuple(served[listener]), []).append(listener)
        for sites in pairs:
            _no_two(sites)
        return [(listens, list(sites)) for sites, listens in pairs.items()]

    def _listeners(self, number_: int, at: int, address: Address) -> list[str]:
        """Where a site listens for one of its addresses."""
        http, https = str(self._ports["http_port"]), str(self._ports["https_port"])
        port = address.port or (http if address.scheme == "http" else https)
        problem = ""
        if address.scheme in ("ws", "wss") and self._adapter.since(2, 7):
            safe = {"ws": "http", "wss": "https"}[address.scheme]
            problem = "the scheme %s:// is only supported in browsers; use %s:// instead" % (address.scheme, safe)
        elif address.scheme not in ("", "http", "https") and self._adapter.since(2, 7):
            problem = "unsupported URL scheme %s://" % address.scheme
        elif (address.scheme, port) in (("http", https), ("https", http)):
            problem = "[%s] scheme and port violate convention" % address.text
        if problem:
            words = "server block %d, key %d (%s): determining listener address: %s"
            raise CaddySyntaxError(words % (number_, at, address.text, problem))
        lines = [line for line in self._blocks[number_].lines if line.text == "bind"]
        bound = [word for line in lines for word in line.words]
        if not bound and "default_bind" in self._options:
            bound = self._options["default_bind"].words
        return list(dict.fromkeys(_listener(word, port) for word in bound or [""]))

    # -- servers ---------------------------------------------------------------------------------------------------

    def _name(self, listens: list[str], number_: int) -> str:
        """``srv0``, or what the option ``servers`` says."""
        for line in sorted(self._servers, key=lambda line: -len(line.words[0] if line.args else "")):
            if not line.args or line.words[0] in listens:
                names = [one.words[0] for one in line.block or () if one.text == "name" and one.args]
                return names[0] if names else "srv%d" % number_
        return "srv%d" % number_

    def _server(self, listens: list[str], sites: list[Site], routes: list[list[HttpRoute]]) -> HttpServer:
        server: HttpServer = {"listen": listens}
        rows: list[HttpRoute] = []
        for site in sorted(sites, key=_precedence):
            rows += _site_routes(_matchers(site.addresses), routes[site.number], len(sites) == 1)
        if rows:
            server["routes"] = joined(rows)
        automatic = self._automatic(listens, sites)
        if automatic:
            server["automatic_https"] = automatic
        own = any(_sets_policy(line) for site in sites for line in self._tls(site))
        if own or self._needs_policy(sites, automatic):
            server["tls_connection_policies"] = [{}]
        self._one_scheme(listens, [one for site in sorted(sites, key=_precedence) for one in site.addresses], own)
        return server

    def _tls(self, site: Site) -> list[Line]:
        return [line for line in self._blocks[site.number].lines if line.text == "tls"]

    def _one_scheme(self, listens: list[str], addresses: list[Address], policies: bool) -> None:
        """Refuse a server that is to serve both HTTP and HTTPS."""
        http, https = str(self._ports["http_port"]), str(self._ports["https_port"])
        before = ""
        for one in addresses:
            if one.scheme == "http" or one.port == http:
                now = "HTTP"
            elif one.scheme == "https" or one.port == https or policies:
                now = "HTTPS"
            else:
                now = before if one.host else "HTTP"
            where = "server listening on [%s] is " % " ".join(listens)
            if before and now != before:
                words = "configured for %s and cannot natively multiplex HTTP and HTTPS: %s" % (before, one.text)
                hint = (
                    " (try specifying https:// in the address)" if not one.scheme + one.host and now == "HTTP" else ""
                )
                raise CaddySyntaxError(where + words + hint)
            if now == "HTTP" and policies:
                raise CaddySyntaxError(where + "HTTP, but attempts to configure TLS connection policies")
            before = now

    def _automatic(self, listens: list[str], sites: list[Site]) -> AutomaticHttps:
        found: AutomaticHttps = {}
        for word in self._auto_https():
            if word in _AUTO_HTTPS:
                found[_AUTO_HTTPS[word]] = True
        plain = ":%d" % self._ports["http_port"]
        if any(not listen.endswith(plain) for listen in listens):
            hosts = [one.host for site in sites for one in site.addresses if one.scheme == "http" and one.host]
            if hosts:
                found["skip"] = list(dict.fromkeys(hosts))
        return found

    def _needs_policy(self, sites: list[Site], settings: AutomaticHttps) -> bool:
        """Whether a server is for TLS that would not be by automatic HTTPS alone."""
        http, https = str(self._ports["http_port"]), str(self._ports["https_port"])
        qualifies, automatic = False, not settings.get("disable")
        for site in sites:
            _certifiable(site.addresses)
            tls = bool(self._tls(site))
            for address in site.addresses:
                may = bool(address.host)
                if self._adapter.since(2, 7, 5):
                    may = tls or (may and bool(settings) and address.host not in settings.get("skip", ()))
                if address.scheme == "https" or (address.scheme != "http" and address.port != http and may):
                    qualifies = True
                automatic = automatic and (address.port == https or (address.port != http and bool(address.host)))
        return qualifies and (not automatic or "default_sni" in self._options)


def _sets_policy(line: Line) -> bool:
    """Whether a tls directive says something of connections: a certificate of files, protocols, ciphers, clients."""
    if len(line.args) == 2:
        return True
    return any(not _TLS_WITHOUT_POLICY.match(option.text) for option in line.block or ())


def _as_route(routes: list[HttpRoute]) -> HttpRoute:
    return {"handle": [subroute(routes)]}


def _address(text: str, number_: int) -> Address:
    """A site's address taken apart.

    :raises CaddySyntaxError: it is none.
    """
    scheme, sign, rest = text[:4096].strip().partition("://")
    if not sign:
        scheme, rest = "", scheme
    place, slash, path = rest.partition("/")
    host, port = split_host_port(place)
    if port:
        known = number(port)
        words = "server block %d, key 0 (%s): determining listener address: parsing key: " % (number_, text)
        if known is None:
            raise CaddySyntaxError(
                words + "invalid port '%s': strconv.Atoi: parsing \"%s\": invalid syntax" % (port, port)
            )
        if known > 65535:
            raise CaddySyntaxError(words + "port %d is out of range" % known)
    return Address(text, scheme.lower(), _lowered(host), port, slash + path)


def _lowered(host: str) -> str:
    """A host in small letters, but for placeholders."""
    return re.sub(
        r"\{[^{}]*\}|[^{]+|\{", lambda found: found.group() if found.group()[0] == "{" else found.group().lower(), host
    )


def _listener(word: str, port: str) -> str:
    """What ``listen`` says for a word of ``bind``."""
    network, slash, host = word.partition("/")
    if not slash:
        network, host = "", word
    if network.startswith("unix"):
        return "%s/%s" % (network, host)
    host, _own = split_host_port(host) if host.startswith("[") or host.count(":") == 1 else (host, "")
    joined_ = ("[%s]:%s" if ":" in host else "%s:%s") % (host, port)
    return joined_ if network in ("", "tcp") else "%s/%s" % (network, joined_)


def _certifiable(addresses: t.Iterable[Address]) -> None:
    """Refuse hosts that no certificate can be for."""
    for address in addresses:
        if address.scheme != "http" and re.search(
            r"[()<>\s\[\]{}\"\\!@#$%^&|;'+=]", re.sub(r"\{[^{}]+\}", "", address.host)
        ):
            raise CaddySyntaxError("subject does not qualify for certificate: '%s'" % address.host)


def _no_two(sites: t.Iterable[Site]) -> None:
    """Refuse two sites for the same address."""
    seen: t.Set[str] = set()
    for site in sites:
        own = {address.text for address in site.addresses}
        twice = [address.text for address in site.addresses if address.text in seen]
        if twice:
            raise CaddySyntaxError("ambiguous site definition: %s" % twice[0])
        seen |= own


def _specificity(text: str) -> int:
    return len(re.sub(r"\{[^}]*\}", "", text)) - text.count("*")


def _precedence(site: Site) -> tuple[bool, int, int]:
    """What Caddy sorts sites by: the more exact come first, those for any host last."""
    host = max((_specificity(address.host) for address in site.addresses), default=0)
    path = max((address.path for address in site.addresses), key=_specificity, default="")
    wild = any("*" in address.host or not address.host for address in site.addresses)
    return wild, -host, -len(path)


def _matchers(addresses: t.Iterable[Address]) -> list[Matcher]:
    """Matchers for the hosts and paths of a site's addresses."""
    pairs: dict[str, dict[str, None]] = {}
    catch_all = False
    for address in addresses:
        hosts = pairs.setdefault(address.path, {})
        if not address.host and not catch_all:
            hosts.clear()
            catch_all = True
        if not catch_all:
            hosts[address.host] = None
    found: list[Matcher] = []
    for path, hosts in pairs.items():
        matcher: Matcher = {}
        if hosts:
            matcher["host"] = list(hosts)
        if path:
            matcher["path"] = [path]
        found.append(matcher)
    return [one for one in found if one]


def _site_routes(sets: list[Matcher], routes: list[HttpRoute], alone: bool) -> list[HttpRoute]:
    """A site's routes among those of its server."""
    if not sets and not routes:
        return []
    hosts = any("host" in one for route in routes for one in route.get("match") or ())
    if alone and not sets and not hosts:
        return routes
    route: HttpRoute = {"terminal": True}
    if sets:
        route["match"] = sets
    if routes:
        route["handle"] = [subroute(routes)]
    return [route]


def _lengthen(lines: t.Iterable[Line]) -> None:
    """Write the placeholders of a site with their long names."""
    for line in lines:
        for at, token in enumerate(line.args):
            if "{" in token.text:
                line.args[at] = token._replace(text=_PLACEHOLDER.sub(_long, token.text))
        _lengthen(line.block or ())


def _long(found: t.Match[str]) -> str:
    name, rest = found.groups()
    if rest is None:
        return "{http.%s}" % _SHORT[name] if name in _SHORT else found.group()
    return "{http.%s.%s}" % (_PREFIXES[name], rest) if name in _PREFIXES else found.group()
