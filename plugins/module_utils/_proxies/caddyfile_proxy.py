# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""``reverse_proxy`` of a Caddyfile, and the directives that are made of it, as JSON.

https://caddyserver.com/docs/caddyfile/directives/reverse_proxy, …/forward_auth and …/php_fastcgi.
"""

from __future__ import annotations

import re
import typing as t
import urllib.parse

from .._run.digits import number
from .caddyfile_blocks import Line
from .caddyfile_matchers import canonical, status_matcher
from .caddyfile_tokens import CaddyTooMuch, Token, wrong

if t.TYPE_CHECKING:  # pragma: no cover
    from .caddy_types import (
        HandledResponse,
        HeaderReplacement,
        HttpRoute,
        Matcher,
        Responder,
        ResponseMatcher,
        ReverseProxy,
        Rewrite,
        Transport,
        Upstream,
    )

#: Back ends of one directive.
_MAX_UPSTREAMS = 1000
#: Ports by which a scheme is known.
_PORTS = {"http": "80", "h2c": "80", "https": "443"}
_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})\Z")
_UNIX = ("unix", "unixgram", "unixpacket", "unix+h2c")
#: Options of the transport whose value is a time.
_TIMES = ("read_timeout", "write_timeout", "dial_timeout")
#: What else reverse_proxy may have: nothing of it decides where a handshake goes.
_PASSED_OVER = re.compile(
    r"(?:lb|health|fail|max_fails|unhealthy|flush|buffer|request_buffers|response_buffers|stream|trusted_proxies"
    r"|verbose_logs|header_down|replace_status|copy_response)\w*\Z"
)
_NEEDS_VALUE = ("lb_policy", "lb_try_duration", "lb_try_interval", "health_uri", "health_port", "flush_interval")

Inner = t.Callable[[t.List[Line]], t.List["HttpRoute"]]


class Proxy:
    """One ``reverse_proxy``.

    :param inner: makes routes of the directives in a ``handle_response``.
    :param ranges: whether this Caddy knows ranges of ports (2.7 and newer).
    """

    def __init__(self, inner: Inner, ranges: bool = True) -> None:
        self._inner = inner
        self._ranges = ranges
        self._scheme = ""
        self._upstreams: list[Upstream] = []
        self._transport: Transport | None = None
        self._responses: dict[str, ResponseMatcher] = {}
        self.made: ReverseProxy = {"handler": "reverse_proxy"}

    def read(self, line: Line) -> ReverseProxy:
        """The handler of a directive.

        :raises CaddySyntaxError: it is wrong.
        """
        self.upstreams(line.args)
        for option in line.block or ():
            if option.text.startswith("@"):
                self._responses[option.text] = status_matcher(option)
        for option in line.block or ():
            self.option(option)
        return self.finish()

    def option(self, option: Line) -> None:
        """Take one line of the block."""
        name, words = option.text, option.words
        if name == "to":
            if not words:
                raise option.miscounted()
            self.upstreams(option.args)
        elif name == "transport":
            self._take_transport(option)
        elif name == "header_up":
            self._header(option)
        elif name in ("method", "rewrite"):
            if len(words) != 1:
                raise option.miscounted()
            self.made.setdefault("rewrite", {})["uri" if name == "rewrite" else "method"] = words[0]
        elif name == "dynamic":
            self.made["dynamic_upstreams"] = {"source": words[0] if words else ""}
        elif name == "handle_response":
            self._handle_response(option)
        elif name in _NEEDS_VALUE and not words:
            raise option.miscounted()
        elif not _PASSED_OVER.match(name) and not name.startswith("@"):
            raise wrong(option.name, "unrecognized subdirective %s" % name)

    def finish(self) -> ReverseProxy:
        """The handler."""
        if self._upstreams:
            self.made["upstreams"] = self._upstreams
        transport = self._transport
        if self._scheme in ("https", "h2c") and transport is None:
            transport = {"protocol": "http"}
        if transport is not None and transport.get("protocol") == "http":
            if self._scheme == "https":
                transport.setdefault("tls", {})
            elif self._scheme == "h2c":
                transport["versions"] = ["h2c", "2"]
        if transport is not None and transport != {"protocol": "http"}:
            self.made["transport"] = transport
        return self.made

    # -- back ends -------------------------------------------------------------------------------------------------

    def upstreams(self, tokens: t.Iterable[Token]) -> None:
        """Take addresses of back ends."""
        for token in tokens:
            network, host, port, scheme = self._address(token)
            if self._upstreams and scheme != self._scheme and "" not in (scheme, self._scheme):
                reason = "for now, all proxy upstreams must use the same scheme (transport protocol); expecting '%s://' but got '%s://'"
                raise wrong(token, reason % (self._scheme, scheme))
            self._scheme = scheme or self._scheme
            self._upstreams += [{"dial": _joined(network, host, one)} for one in self._ports(port)]
            if len(self._upstreams) > _MAX_UPSTREAMS:
                raise CaddyTooMuch("a reverse_proxy has more than %d back ends" % _MAX_UPSTREAMS)

    def _address(self, token: Token) -> tuple[str, str, str, str]:
        """Network, host, port and scheme of a back end."""
        text = token.text
        if "://" in text:
            return self._of_url(token)
        network, slash, rest = text.partition("/")
        if not slash:
            network, rest = "", text
        if network in _UNIX:
            return "unix" if network == "unix+h2c" else network, rest, "", "h2c" if network == "unix+h2c" else ""
        host, port = split_host_port(rest)
        if not port and "{" not in host:
            port = "80"
        return network, host, port, ""

    @staticmethod
    def _of_url(token: Token) -> tuple[str, str, str, str]:
        if "{" in token.text:
            reason = (
                "due to parsing difficulties, placeholders are not allowed when an upstream address contains a scheme"
            )
            raise wrong(token, reason)
        scheme, _sign, rest = token.text.partition("://")
        if re.search(r"[/?#]", rest):
            raise wrong(token, "for now, URLs for proxy upstreams only support scheme, host, and port components")
        scheme = scheme.lower()
        host, port = split_host_port(rest.rpartition("@")[2])
        other = "443" if scheme in ("http", "h2c") else "80" if scheme == "https" else ""
        if port and port == other:
            words = "HTTPS" if port == "443" else "HTTP"
            reason = "upstream address has conflicting scheme (%s://) and port (:%s, the %s port)"
            raise wrong(token, reason % (scheme, port, words))
        return "", urllib.parse.unquote(host), port or _PORTS.get(scheme, ""), scheme

    def _ports(self, port: str) -> t.Iterable[str]:
        found = _RANGE.match(port) if self._ranges else None
        first, last = (number(found.group(1)), number(found.group(2))) if found is not None else (None, None)
        if first is None or last is None:
            return [port]
        if not 0 <= last - first < _MAX_UPSTREAMS:
            raise CaddyTooMuch("the range of ports %s is not read" % port)
        return [str(one) for one in range(first, last + 1)]

    # -- options ---------------------------------------------------------------------------------------------------

    def _take_transport(self, option: Line) -> None:
        if len(option.args) < 1:
            raise option.miscounted()
        made: dict[str, object] = {"protocol": option.words[0]}
        for one in option.block or ():
            if one.text in _TIMES:
                if not one.args:
                    raise one.miscounted()
                made[one.text] = one.words[0]
            elif one.text.startswith("tls"):
                made.setdefault("tls", {})
            else:
                made[one.text] = one.words
        # Other options have names of their own: it matters that they are there.
        self._transport = t.cast("Transport", made)

    def _header(self, option: Line) -> None:
        """``header_up``: what the request's headers become."""
        if not 1 <= len(option.args) <= 3:
            raise option.miscounted()
        field, values = option.words[0], option.words[1:]
        request = self.made.setdefault("headers", {}).setdefault("request", {})
        name = field.lstrip("+-?>") if field[:1] in ("+", "-", "?", ">") else field
        name = name[:-1] if name.endswith(":") else name
        if field.startswith("-"):
            request.setdefault("delete", []).append(name)
        elif field.startswith("+"):
            request.setdefault("add", {}).setdefault(canonical(name), []).append(values[0] if values else "")
        elif len(values) == 2:
            row: HeaderReplacement = {"replace": values[1], "search_regexp": values[0]}
            request.setdefault("replace", {}).setdefault(canonical(name), []).append(row)
        else:
            request.setdefault("set", {})[canonical(name)] = [values[0] if values else ""]

    def _handle_response(self, option: Line) -> None:
        made: HandledResponse = {}
        if option.args and option.words[0].startswith("@"):
            if option.words[0] not in self._responses:
                raise wrong(option.last, "no named response matcher defined with name '%s'" % option.words[0][1:])
            made["match"] = self._responses[option.words[0]]
        made["routes"] = self._inner(option.block or [])
        self.made.setdefault("handle_response", []).append(made)


def split_host_port(text: str) -> tuple[str, str]:
    """``host:port``, ``[::1]:80`` or a host alone."""
    found = re.match(r"\[([^\[\]]*)\](?::(.*))?\Z", text, re.DOTALL)
    if found is not None:
        return found.group(1), found.group(2) or ""
    if text.count(":") == 1:
        host, _colon, port = text.partition(":")
        return host, port
    # A placeholder has colons of its own.
    found = re.match(r"(.*\}):([0-9]+)\Z", text, re.DOTALL)
    return (found.group(1), found.group(2)) if found is not None else (text, "")


def _joined(network: str, host: str, port: str) -> str:
    if network in _UNIX:
        return "%s/%s" % (network, host)
    if not port and not network:
        return host
    joined = ("[%s]:%s" if ":" in host and "{" not in host else "%s:%s") % (host, port)
    return "%s/%s" % (network, joined) if network else joined


def forward_auth(line: Line, proxy: Proxy) -> ReverseProxy:
    """The handler of a ``forward_auth``: a 2xx of the back end lets the request go on."""
    proxy.upstreams(line.args)
    uri = None
    for option in line.block or ():
        if option.text == "uri":
            uri = option.words[0] if option.args else uri
        elif option.text != "copy_headers":
            proxy.option(option)
    if uri is None:
        raise wrong(line.end, "the 'uri' subdirective is required")
    made = proxy.made
    made["rewrite"] = {"method": "GET", "uri": uri}
    wanted = made.setdefault("headers", {}).setdefault("request", {}).setdefault("set", {})
    for name, value in (("Method", "{http.request.method}"), ("Uri", "{http.request.uri}")):
        wanted.setdefault("X-Forwarded-" + name, [value])
    passed: HandledResponse = {"match": {"status_code": [2]}, "routes": [{"handle": [{"handler": "headers"}]}]}
    made.setdefault("handle_response", []).insert(0, passed)
    return proxy.finish()


#: Options of php_fastcgi that are the transport's.
_FASTCGI = ("split", "env", "resolve_root_symlink", "capture_stderr", *_TIMES)


def php_fastcgi(line: Line, proxy: Proxy, newer: bool) -> list[HttpRoute]:
    """The routes of a ``php_fastcgi``.

    :param newer: whether this Caddy keeps the query in the redirect to a folder, and makes none where the index is not
        looked for (2.8 and newer).
    """
    proxy.upstreams(line.args)
    split, index = [".php"], "index.php"
    tries: list[str] | None = None
    transport = Line(line.name._replace(text="transport"))
    transport.args = [line.name._replace(text="fastcgi")]
    transport.block = []
    for option in line.block or ():
        if option.text == "split":
            split = option.words
        elif option.text == "index" and option.args:
            index = option.words[0]
        elif option.text == "try_files":
            tries = option.words
        elif option.text in _FASTCGI or option.text == "root":
            transport.block.append(option)
        else:
            proxy.option(option)
    proxy.option(transport)
    handler = proxy.finish()
    handler["transport"] = {**handler["transport"], "split_path": split}
    routes: list[HttpRoute] = []
    if index != "off":
        routes = _index_routes(index, tries, split, newer)
    return [*routes, {"match": [{"path": ["*" + ext for ext in split]}], "handle": [handler]}]


def _index_routes(index: str, tries: list[str] | None, split: list[str], newer: bool) -> list[HttpRoute]:
    path = "{http.request.uri.path}"
    location = "{http.request.orig_uri.path}/" + ("{http.request.orig_uri.prefixed_query}" if newer else "")
    redirect: Responder = {"handler": "static_response", "status_code": 308, "headers": {"Location": [location]}}
    folder: Matcher = {"file": {"try_files": ["%s/%s" % (path, index)]}, "not": [{"path": ["*/"]}]}
    tries = [path, "%s/%s" % (path, index), index] if tries is None else tries
    looked_for = not newer or any(name.endswith("/" + index) for name in tries)
    found: list[HttpRoute] = [{"match": [folder], "handle": [redirect]}] if looked_for else []
    rewrite: Rewrite = {"handler": "rewrite", "uri": "{http.matchers.file.relative}"}
    return [*found, {"match": [{"file": {"try_files": tries, "split_path": split}}], "handle": [rewrite]}]
