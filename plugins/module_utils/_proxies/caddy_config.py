# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What Caddy's configuration (the JSON that ``caddy adapt`` prints) makes of one URL.

Facts: https://caddyserver.com/docs/json/apps/http/ and https://caddyserver.com/docs/caddyfile/matchers.
"""

from __future__ import annotations

import fnmatch
import itertools
import json
import re
import typing as t

from .._protocol.web_url import WebUrl
from .._run.digits import number
from .engine import (
    HEADER_KEYS,
    HERE,
    Backend,
    Truth,
    address,
    all_of,
    any_of,
    compiled,
    host_and_port,
    leads_among,
    nothing,
    refusal,
    request_header,
    setting,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Leading, Place, Route, Setting, SettingName, UpstreamAddress
    from .caddy_types import (
        Handler,
        Http,
        HttpRoute,
        HttpServer,
        Matcher,
        Regexp,
        Responder,
        ReverseProxy,
        Rewrite,
        Transport,
        Whole,
    )

_T = t.TypeVar("_T")
_PLACEHOLDER = re.compile(r"\{[\w.\-]+\}")
_MAX_DEPTH = 50
#: URLs of each of two configurations that are compared.
_MAX_COMPARED = 100
#: What of a matcher stands for the location, the most telling first.
_LOCATING: tuple[t.Literal["path", "path_regexp", "host"], ...] = ("path", "path_regexp", "host")
#: Handlers that pass a request on, and change nothing of its way.
_PASSING = (
    *("vars", "headers", "encode", "templates", "request_body", "map", "metrics", "push", "tracing", "log_append"),
    "intercept",
)
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class CaddySyntaxError(ValueError):
    """What should be Caddy's JSON is not."""


class Server:
    """One of ``apps.http.servers``.

    :ivar automatic: whether Caddy keeps certificates for its hosts and redirects from the HTTP port.
    """

    def __init__(self, name: str, raw: HttpServer, http: Http) -> None:
        self.name = name
        self.raw = raw
        self.http_port = _int(http.get("http_port"), 80)
        self.https_port = _int(http.get("https_port"), 443)
        self.listens = [_listen(text) for text in _list(raw.get("listen")) if isinstance(text, str)]
        automatic = _map(raw.get("automatic_https"))
        self.hosts = sorted(_hosts(_list(raw.get("routes"))))
        certificates = [host for host in self.hosts if host not in _list(automatic.get("skip"))]
        plain = all(first <= self.http_port <= last for _host, first, last in self.listens)
        self.automatic = bool(certificates) and not automatic.get("disable") and not plain
        self.tls = self.automatic or raw.get("tls_connection_policies") is not None
        self.redirects = self.automatic and not automatic.get("disable_redirects")

    def on(self, port: int) -> bool:
        """Whether it takes connections on a port."""
        return any(first <= port <= last for _host, first, last in self.listens)


def parsed(text: str, name: str) -> Whole:
    """Caddy's JSON.

    :param name: what is said to be none.
    :raises CaddySyntaxError: it is none.
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CaddySyntaxError("%s: no JSON: %s" % (name, str(error)[:100])) from error
    if not isinstance(raw, dict):
        raise CaddySyntaxError("%s: no JSON object" % name)
    return t.cast("Whole", raw)


class Config:
    """A configuration.

    :param raw: see parsed.
    :param sources: texts of the files it was made from, by path: lines are looked up there.
    """

    def __init__(self, raw: Whole, sources: t.Mapping[str, str] | None = None) -> None:
        http = _map(_map(raw.get("apps")).get("http"))
        self.servers = [
            Server(str(name), server, http)
            for name, server in sorted(_map(http.get("servers")).items())
            if isinstance(server, dict)
        ]
        self._lines = {
            name: [line.partition(" #")[0] for line in text.split("\n")] for name, text in (sources or {}).items()
        }
        self._places: dict[str, list[tuple[str, int]]] = {}

    def place(self, *texts: str) -> Place:
        """``file`` and ``line`` of the only line of the sources that names one of these."""
        for text in filter(None, texts):
            if text not in self._places:
                self._places[text] = self._named(text)
            if len(self._places[text]) == 1:
                file, line = self._places[text][0]
                return {"file": file, "line": line}
        return {"file": None, "line": None}

    def _named(self, text: str) -> list[tuple[str, int]]:
        """Lines that name something; two at most."""
        token = re.compile(r"(?:\A|[\s,/])%s(?=[\s,{]|\Z)" % re.escape(text))
        lines = ((name, at, line) for name, lines in self._lines.items() for at, line in enumerate(lines, 1))
        found = ((name, at) for name, at, line in lines if text in line and token.search(line))
        return list(itertools.islice(found, 2))


def _map(value: _T | None) -> _T:
    """What is to be an object; an empty one where it is none."""
    return t.cast("_T", value if isinstance(value, dict) else {})


def _list(value: list[_T] | None) -> list[_T]:
    """What is to be a list; an empty one where it is none."""
    return value if isinstance(value, list) else []


def _int(value: t.Any, usual: int) -> int:
    return value if isinstance(value, int) and value else usual


def _listen(text: str) -> tuple[str, int, int]:
    """``tcp/host:8000-8010`` (https://caddyserver.com/docs/conventions#network-addresses)."""
    network, slash, rest = text.rpartition("/")
    found = re.match(
        r"(.*):([0-9]{1,5})(?:-([0-9]{1,5}))?\Z", rest if slash and not network.startswith("unix") else text
    )
    if found is None or network.startswith(("unix", "udp", "fd")):
        return text, 0, -1
    first = int(found.group(2))
    return found.group(1).strip("[]"), first, int(found.group(3) or first)


def _hosts(routes: list[HttpRoute]) -> set[str]:
    """Hosts that top routes match: those that Caddy keeps certificates for."""
    found: set[str] = set()
    for route_ in routes:
        for matcher in _list(_map(route_).get("match")):
            found.update(host for host in _list(_map(matcher).get("host")) if isinstance(host, str) and "{" not in host)
    return found


def route(config: Config, url: WebUrl, local_port: int | None) -> Route:
    """What happens to a handshake; the result is that of nginx_route.route.

    ``location`` is the innermost matcher on the path, or on the host; the line is known where the source names it
    just once.
    """
    port = local_port or url.port
    result = nothing([])
    server = next((server for server in config.servers if server.on(port)), None)
    answer = _Walk(config, server, url, port, result).run() if server is not None else False
    if not answer:
        redirect = _https_redirect(config, url, port)
        if redirect is not None:
            result.update({"handler": "redirect", "status": 308, "redirect": redirect})
        elif server is not None and result["handler"] == "none":
            # No route: an empty 200 (https://caddyserver.com/docs/json/apps/http/servers/routes/).
            result.update({"handler": "return", "status": 200, "location": None})
    return result


def _https_redirect(config: Config, url: WebUrl, port: int) -> str | None:
    """The redirect of automatic HTTPS (https://caddyserver.com/docs/automatic-https)."""
    for server in config.servers:
        if server.redirects and port == server.http_port and any(_host_fits(url.host, host) for host in server.hosts):
            secure = next((first for _host, first, _last in server.listens), server.https_port)
            return "https://%s%s%s" % (url.host, "" if secure == 443 else ":%d" % secure, url.path)
    return None


def _host_fits(host: str, pattern: str) -> bool:
    """A host and a pattern in which ``*`` is one label."""
    labels, wanted = host.lower().split("."), pattern.lower().split(".")
    return len(labels) == len(wanted) and all(want in ("*", label) for label, want in zip(labels, wanted))


class _Walk:
    """The path of one handshake through a server's routes."""

    def __init__(self, config: Config, server: Server | None, url: WebUrl, port: int, result: Route) -> None:
        self._config = config
        self._server = server
        self._url = url
        self._path: str | None = url.path
        self._result = result
        self._fallback = False
        self._groups: t.Set[t.Tuple[int, str]] = set()
        self._scheme = "https" if server is not None and server.tls else "http"
        self._port = port

    def run(self) -> bool:
        """Whether something answers; the result is filled in."""
        server = self._server
        if server is None:
            return False
        names = server.hosts[:10]
        listen = ", ".join(str(text) for text in _list(server.raw.get("listen"))[:3])
        place = self._config.place(*[host for host in names if _host_fits(self._url.host, host)], ":%d" % self._port)
        self._result["server"] = {**place, "names": names, "listen": listen, "by": "port", "default": False}
        return self._routes(_list(server.raw.get("routes")), 0)

    def _note(self, text: str) -> None:
        if text not in self._result["undecided"]:
            self._result["undecided"].append(text)

    def _routes(self, routes: list[HttpRoute], depth: int) -> bool:
        if depth > _MAX_DEPTH:
            return self._undecided("Routes are nested too deep.")
        for entry in routes:
            entry = _map(entry)
            group = (id(routes), str(entry.get("group") or ""))
            if group[1] and group in self._groups:
                continue
            sets = [_map(one) for one in _list(entry.get("match"))]
            truth = self._any(sets)
            handlers = [_map(one) for one in _list(entry.get("handle"))]
            if truth is None and self._is_fallback(sets):
                self._fallback = True
            elif truth is None and self._answers(handlers, depth):
                return self._undecided("It is not known whether a route's matcher (%s) matches." % _words(sets))
            elif truth is None:
                self._note("It is not known whether a route's matcher (%s) matches." % _words(sets))
                continue
            elif not truth:
                continue
            if group[1]:
                self._groups.add(group)
            self._locate(sets)
            if any(self._handle(handler, depth) for handler in handlers):
                return True
            if entry.get("terminal"):
                return False
        return False

    def _undecided(self, text: str) -> bool:
        self._note(text)
        self._result["handler"] = "undecided"
        return True

    def _answers(self, handlers: list[Handler], depth: int) -> bool:
        """Whether handlers answer, rather than change the request or the answer of others."""
        for handler in handlers if depth < _MAX_DEPTH else ():
            inner = [_map(one) for one in _list(handler.get("routes"))]
            if any(self._answers([_map(one) for one in _list(entry.get("handle"))], depth + 1) for entry in inner):
                return True
            if handler.get("handler") in (
                "reverse_proxy",
                "static_response",
                "file_server",
                "error",
                "rewrite",
                "invoke",
            ):
                return True
        return False

    def _is_fallback(self, sets: list[Matcher]) -> bool:
        """``try_files … /index.html``: what is no file becomes a page."""
        files = [_list(_map(one.get("file")).get("try_files")) for one in sets if set(one) == {"file"}]
        return len(files) == len(sets) == 1 and bool(files[0]) and not _PLACEHOLDER.search(str(files[0][-1]))

    def _locate(self, sets: list[Matcher]) -> None:
        for name in _LOCATING:
            for matcher in sets:
                known = self._result["location"]
                if matcher.get(name) and not (name == "host" and known):
                    pattern = _pattern(matcher, name)
                    place = self._config.place(pattern, pattern[:-1])
                    self._result["location"] = {"modifier": name, "pattern": pattern, **place}
                    return

    def _any(self, sets: list[Matcher]) -> Truth:
        if not sets:
            return True
        return any_of([self._all(one) for one in sets])

    def _all(self, matcher: Matcher) -> Truth:
        return all_of([self._matches(name, value) for name, value in matcher.items()])

    def _matches(self, name: str, value: t.Any) -> Truth:
        """One matcher (https://caddyserver.com/docs/json/apps/http/servers/routes/match/)."""
        if name == "host":
            hosts = [str(host) for host in _list(value)]
            if any(_host_fits(self._url.host, host) for host in hosts):
                return True
            return None if any("{" in host for host in hosts) else False
        if name in ("path", "path_regexp") and self._path is not None:
            path = self._path.partition("?")[0]
            if name == "path":
                return any(_path_fits(path, str(pattern)) for pattern in _list(value))
            expression: Regexp = _map(value)
            pattern = compiled(str(expression.get("pattern")))
            return None if pattern is None else bool(pattern.search(path))
        if name == "method":
            return "GET" in _list(value)
        if name == "protocol":
            return {"http": self._scheme == "http", "https": self._scheme == "https", "grpc": False}.get(str(value))
        if name == "header":
            return self._headers(_map(value))
        if name == "not":
            inner = self._any([_map(one) for one in _list(value)])
            return None if inner is None else not inner
        return None

    def _headers(self, wanted: dict[str, list[str] | None]) -> Truth:
        terms: list[Truth] = []
        for name, values in wanted.items():
            seen = request_header(str(name), self._url)
            if seen is None:
                terms.append(None)
            elif values is None:
                terms.append(seen == "")
            elif not values:
                terms.append(seen != "")
            else:
                terms.append(any(_header_fits(seen, str(value)) for value in _list(values)))
        return all_of(terms)

    def _handle(self, handler: Handler, depth: int) -> bool:
        """Whether this handler answers."""
        name = handler.get("handler")
        if name == "subroute":
            return self._routes(_list(handler.get("routes")), depth + 1)
        if name == "rewrite":
            self._rewrite(t.cast("Rewrite", handler))
        elif name == "reverse_proxy":
            return self._proxy(t.cast("ReverseProxy", handler))
        elif name in ("static_response", "error"):
            self._static(t.cast("Responder", handler))
            return True
        elif name == "file_server":
            if handler.get("pass_thru"):
                self._note("It is not known whether a file exists for this path.")
                return False
            self._result["handler"] = "spa" if self._fallback else "static"
            return True
        elif name == "invoke" and self._server is not None:
            named = _map(_map(self._server.raw.get("named_routes")).get(str(handler.get("name"))))
            return self._routes([named], depth + 1)
        elif name == "authentication":
            self._note("Whether the client passes authentication depends on its credentials.")
            place = self._config.place("basic_auth", "basicauth")
            row = refusal("basic_auth", place.get("file") or "", place.get("line") or 0, 401, True)
            self._result["refusals"] = [row]
        elif name not in _PASSING:
            self._note("It is not known what the handler %s does." % name)
        return False

    def _static(self, handler: Responder) -> None:
        headers = {str(name).lower(): value for name, value in _map(handler.get("headers")).items()}
        code = handler.get("status_code") or (500 if handler.get("handler") == "error" else 200)
        status = number(str(code)) if not handler.get("abort") else None
        target = next(iter(_list(headers.get("location"))), None)
        self._result.update({"handler": "return", "status": status})
        if target is not None and status is not None and 300 <= status < 400:
            self._result.update({"handler": "redirect", "redirect": self._expand(str(target)) or str(target)})

    def _expand(self, text: str) -> str | None:
        """A text with the placeholders that the URL decides; None: others are in it."""
        path, _mark, query = (self._path or "").partition("?")
        known = {
            "http.request.host": self._url.host,
            "http.request.hostport": self._url.authority,
            "http.request.scheme": self._scheme,
            "http.request.port": str(self._port),
        }
        if self._path is not None:
            known.update(
                {"http.request.uri": self._path, "http.request.uri.path": path, "http.request.uri.query": query}
            )
        for name in known:
            text = text.replace("{%s}" % name, known[name])
        return None if _PLACEHOLDER.search(text) else text

    def _rewrite(self, handler: Rewrite) -> None:
        """https://caddyserver.com/docs/json/apps/http/servers/routes/handle/rewrite/"""
        if self._path is None:
            return
        path, mark, query = self._path.partition("?")
        prefix, suffix = str(handler.get("strip_path_prefix") or ""), str(handler.get("strip_path_suffix") or "")
        if prefix:
            prefix = prefix if prefix.startswith("/") else "/" + prefix
            path = path[len(prefix) :] if path.lower().startswith(prefix.lower()) else path
            path = path if path.startswith("/") else "/" + path
        if suffix and path.endswith(suffix):
            path = path[: -len(suffix)]
        self._path = path + mark + query
        if handler.get("uri"):
            expanded = self._expand(str(handler["uri"]))
            if expanded is not None and "?" not in expanded:
                expanded += mark + query
            self._path = expanded.rstrip("?") if expanded is not None else None
        if handler.get("uri_substring") or handler.get("path_regexp"):
            self._path = None
        if self._path is None:
            self._note("The path after a rewrite is not known.")

    def _asks_permission(self, handler: ReverseProxy) -> bool:
        """Whether a back end is asked about a request that goes on where it answers 2xx (``forward_auth``)."""
        for one in [_map(one) for one in _list(handler.get("handle_response"))]:
            inner = [_map(each) for entry in _list(one.get("routes")) for each in _list(_map(entry).get("handle"))]
            if 2 in _list(_map(one.get("match")).get("status_code")) and not self._answers(inner, 0):
                return True
        return False

    def _proxy(self, handler: ReverseProxy) -> bool:
        if self._asks_permission(handler):
            self._note("Whether the client passes authentication depends on its credentials.")
            return False
        transport = _map(handler.get("transport"))
        if transport.get("protocol") not in (None, "http"):
            self._result["handler"] = "other"
            return True
        rows = [self._dial(str(_map(one).get("dial") or "")) for one in _list(handler.get("upstreams"))]
        if handler.get("dynamic_upstreams") or not rows:
            return self._undecided("The back ends are resolved at run time.")
        scheme = "https" if transport.get("tls") is not None else "http"
        self._result["handler"] = "proxy_pass"
        self._result["upstream"] = {"name": None, "scheme": scheme, "uri": None, "addresses": rows}
        if handler.get("rewrite"):
            self._rewrite(_map(handler["rewrite"]))
        self._result["upstream_path"] = self._path
        if self._result["location"] is None:
            first = _list(handler.get("upstreams"))[0]
            place = self._config.place(str(_map(first).get("dial")))
            self._result["location"] = {"modifier": "route", "pattern": "*", **place} if place["line"] else None
        self._settings(handler, transport, rows)
        return True

    def _dial(self, text: str) -> UpstreamAddress:
        expanded = self._expand(text)
        if expanded is None:
            self._note("The back end %s is chosen at run time." % text[:100])
        if text.startswith("unix/"):
            path = text[5:].partition("|")[0]
            return address("unix:" + path, None, path)
        host, port = host_and_port(re.sub(r"\Atcp[46]?/", "", expanded or text))
        return address(host, port)

    def _settings(self, handler: ReverseProxy, transport: Transport, rows: list[UpstreamAddress]) -> None:
        """Caddy passes on an Upgrade without configuration (https://caddyserver.com/docs/caddyfile/directives/reverse_proxy)."""
        settings = self._result["settings"]
        plain: dict[SettingName, str] = {
            "http_version": "1.1",
            "upgrade": "websocket",
            "connection": "Upgrade",
            "connection_plain": "",
            "host": self._url.authority,
            "origin": "passed",
            "x_forwarded_proto": self._scheme,
        }
        settings.update({key: setting(value) for key, value in plain.items()})
        times: dict[SettingName, t.Literal["read_timeout", "write_timeout"]]
        times = {"read_timeout_s": "read_timeout", "send_timeout_s": "write_timeout"}
        for key, option in times.items():
            if transport.get(option):
                settings[key] = setting(duration(transport[option]))
        settings["connect_timeout_s"] = setting(duration(transport.get("dial_timeout")) or 3)
        request = _map(_map(handler.get("headers")).get("request"))
        for name, values in _map(request.get("set")).items():
            if str(name).lower() in HEADER_KEYS:
                settings[HEADER_KEYS[str(name).lower()]] = self._set(str(name), str((_list(values) or [""])[0]), rows)
        for name in _list(request.get("delete")):
            if str(name).lower() in HEADER_KEYS:
                settings[HEADER_KEYS[str(name).lower()]] = {**setting(""), "default": False}

    def _set(self, name: str, value: str, rows: list[UpstreamAddress]) -> Setting:
        first = rows[0]
        value = value.replace(
            "{http.reverse_proxy.upstream.hostport}", "%s:%s" % (first["address"], first["port"])
        ).replace("{http.reverse_proxy.upstream.host}", str(first["address"]))
        expanded = self._expand(value)
        if expanded is None:
            self._note("The value of the header %s is not known." % name)
        return {**setting(expanded), "default": False}


def _pattern(matcher: Matcher, name: t.Literal["path", "path_regexp", "host"]) -> str:
    """What it matches, of several the first."""
    if name == "path_regexp":
        return str(_map(matcher.get(name)).get("pattern"))
    return str((_list(matcher.get(name)) or [""])[0])


def _words(sets: list[Matcher]) -> str:
    return ", ".join(sorted({str(name) for one in sets for name in one})) or "none"


def _path_fits(path: str, pattern: str) -> bool:
    """The ``path`` matcher: case-insensitive; ``*`` at either end, or a shell pattern."""
    path, pattern = path.lower(), pattern.lower()
    inner = pattern.strip("*")
    if "*" not in inner and "?" not in inner and "[" not in inner and "\\" not in inner:
        front, back = pattern.startswith("*"), pattern.endswith("*")
        if front and back:
            return inner in path
        if back:
            return path.startswith(inner)
        if front:
            return path.endswith(inner)
        return path == pattern
    # In path.Match of Go "*" stands for anything but a slash.
    return path.count("/") == pattern.count("/") and all(
        fnmatch.fnmatchcase(part, want) for part, want in zip(path.split("/"), pattern.split("/"))
    )


def _header_fits(seen: str, value: str) -> bool:
    front, back = value.startswith("*"), value.endswith("*")
    inner = value.strip("*")
    if front and back:
        return inner in seen
    return seen.endswith(inner) if front else seen.startswith(inner) if back else seen == value


def duration(value: t.Any) -> int | float | None:
    """A duration of Go (``1m30s``, or nanoseconds) in seconds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        result = value / 1e9
    else:
        parts = re.findall(r"([0-9.]+)(ns|us|µs|ms|s|m|h|d)", str(value or ""))
        if not parts or any(number.count(".") > 1 or number == "." for number, _unit in parts):
            return None
        result = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return int(result) if result == int(result) else round(result, 6)


def leading_to(config: Config, port: int, socket: str | None, own: t.Iterable[str], where: str = HERE) -> list[Leading]:
    """URLs that it forwards to a back end; entries are those of nginx_route.leading_to."""
    backend = Backend(port, socket, own, where)
    return leads_among(backend.lead(route(config, url, url.port), url) for url in _urls(config))


def _urls(config: Config) -> t.Iterator[WebUrl]:
    """URLs to try: the hosts and paths that matchers name, at each TCP address."""
    for server in config.servers:
        paths = _paths(server.raw.get("routes"), 0)
        hosts = [host.replace("*", "any") for host in server.hosts] + ["localhost"]
        for _host, first, last in server.listens:
            for host, path in [(host, path) for host in hosts for path in paths if last >= first]:
                yield WebUrl("wss" if server.tls else "ws", host, first, path)


def _paths(routes: list[HttpRoute] | None, depth: int) -> list[str]:
    """Paths that matchers of the routes name, and ``/``."""
    found = ["/"]
    for entry in _list(routes) if depth < _MAX_DEPTH else ():
        for matcher in _list(_map(entry).get("match")):
            patterns = [str(one) for one in _list(_map(matcher).get("path"))]
            found += [one.rstrip("*") for one in patterns if "*" not in one[:-1] and one.startswith("/")]
        for handler in _list(_map(entry).get("handle")):
            found += _paths(_map(handler).get("routes"), depth + 1)
    return list(dict.fromkeys(found))[:40]


def same_ways(one: Config, other: Config) -> bool:
    """Whether two configurations do the same with the URLs that either of them names, and listen in the same places."""
    listens = [[server.listens for server in config.servers] for config in (one, other)]
    urls = [url for config in (one, other) for url in itertools.islice(_urls(config), _MAX_COMPARED)]
    return listens[0] == listens[1] and all(_way(one, url) == _way(other, url) for url in urls)


def _way(config: Config, url: WebUrl) -> tuple[object, ...]:
    """What becomes of a URL, without the places where that is written."""
    seen = route(config, url, None)
    settings = {name: row["value"] for name, row in seen["settings"].items()}
    return seen["handler"], seen["status"], seen["redirect"], seen["upstream"], seen["upstream_path"], settings
