# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Directives of a Caddyfile as routes (https://caddyserver.com/docs/caddyfile/directives).

Caddy sorts directives, groups those that exclude each other and joins neighbours with the same matcher: so does this.
What a directive does that only a plugin knows is not known: it becomes a handler of its own name.
"""

from __future__ import annotations

import functools
import re
import typing as t

from .._run.digits import number
from .caddy_config import CaddySyntaxError
from .caddyfile_blocks import Line
from .caddyfile_matchers import Matchers
from .caddyfile_proxy import Proxy, forward_auth, php_fastcgi
from .caddyfile_tokens import CaddyTooMuch, wrong

if t.TYPE_CHECKING:  # pragma: no cover
    from .caddy_types import FileMatcher, Handler, HttpRoute, Matcher, Replacement, Responder, ReverseProxy, Rewrite

#: The order in which Caddy applies directives (https://caddyserver.com/docs/caddyfile/directives#directive-order).
ORDER = (
    *("tracing", "map", "vars", "fs", "root", "log_append", "skip_log", "log_skip", "log_name"),
    *("header", "copy_response_headers", "request_body", "redir", "method", "rewrite", "uri", "try_files"),
    *("basicauth", "basic_auth", "forward_auth", "request_header", "encode", "push", "intercept", "templates"),
    *("invoke", "handle", "handle_path", "route", "abort", "error", "copy_response", "respond", "metrics"),
    *("reverse_proxy", "php_fastcgi", "file_server", "acme_server"),
)
#: Directives whose handlers pass a request on, by the handler.
_PASSING = {
    "tracing": "tracing",
    "map": "map",
    "vars": "vars",
    "fs": "vars",
    "log_append": "log_append",
    **dict.fromkeys(("skip_log", "log_skip", "log_name"), "vars"),
    **dict.fromkeys(("header", "request_header"), "headers"),
    **dict.fromkeys(("basicauth", "basic_auth"), "authentication"),
    **{name: name for name in ("request_body", "encode", "push", "intercept", "templates", "metrics", "acme_server")},
    "copy_response_headers": "copy_response_headers",
    "copy_response": "copy_response",
}
#: Directives of a site that make no route.
_SILENT = ("bind", "tls", "log", "handle_errors")
#: Go sorts so many at once by insertion.
_INSERTION = 20
_MAX_ROUTES = 20000
_STATUS = re.compile(r"[1-9][0-9]{2}\Z")


class _InDirective(CaddySyntaxError):
    """What is wrong with a directive, which the message names."""


class Found(t.NamedTuple):
    """What a directive makes: its name in the order, and routes that stay together; ``whole`` is one route."""

    name: str
    routes: t.List[HttpRoute]
    whole: bool = True


class Adapter:
    """Makes routes.

    :param version: of the Caddy that runs; ``()``: not known, the newest is meant.
    :ivar order: of the directives.
    :ivar unknown: directives that only a plugin can know.
    """

    def __init__(self, version: t.Tuple[int, ...] = ()) -> None:
        self.version = version
        self.order = list(ORDER)
        self.unknown: t.Set[str] = set()
        self._groups = self._made = 0

    def since(self, *version: int) -> bool:
        """Whether this Caddy is of a version, or newer."""
        return not self.version or self.version >= version

    # -- routes ----------------------------------------------------------------------------------------------------

    def routes(
        self, lines: t.Iterable[Line], outer: Matchers | None = None, is_sorted: bool = False
    ) -> list[HttpRoute]:
        """The routes of a block's directives.

        :param is_sorted: they stay in the order in which they are written (``route``).
        :raises CaddySyntaxError: Caddy would not take it.
        """
        matchers = Matchers(outer)
        found = [one for line in matchers.define(lines) for one in self._directive(line, matchers)]
        if not is_sorted:
            found = self._in_order(found)
        if not is_sorted or self.since(2, 6, 3):
            self._group(found)
        routes = [route for one in found for route in one.routes]
        self._made += len(routes)
        if self._made > _MAX_ROUTES:
            raise CaddyTooMuch("the configuration has more than %d routes" % _MAX_ROUTES)
        return joined(routes) if not is_sorted or self.since(2, 6, 3) else routes

    def _directive(self, line: Line, matchers: Matchers) -> list[Found]:
        try:
            return self._of(line, matchers)
        except CaddySyntaxError as error:
            raise _InDirective("parsing caddyfile tokens for '%s': %s" % (line.text, error)) from None

    def _of(self, line: Line, matchers: Matchers) -> list[Found]:
        name = line.text
        if name in _SILENT:
            return []
        if name in _ROUTED:
            return _ROUTED[name](self, line, matchers)
        match = self._matcher(line, matchers)
        sets = [match] if match is not None else []
        handler: Handler
        if name in _HANDLERS:
            handler = _HANDLERS[name](self, line, matchers)
        elif name in _PASSING:
            handler = {"handler": _PASSING[name]}
        else:
            self.unknown.add(name)
            handler = {"handler": name}
        return [Found(name, [route_of(sets, handler)])]

    @staticmethod
    def _matcher(line: Line, matchers: Matchers) -> Matcher | None:
        if line.text == "root" and len(line.args) == 1:
            return None
        return matchers.take(line)

    def _in_order(self, found: list[Found]) -> list[Found]:
        places = {name: place for place, name in enumerate(self.order)}

        def before(first: Found, second: Found) -> bool:
            if first.name != second.name:
                return places.get(first.name, -1) < places.get(second.name, -1)
            return first.whole and second.whole and self._more_specific(first, second)

        blocks = [found[at : at + _INSERTION] for at in range(0, len(found), _INSERTION)]
        for block in blocks:
            for at in range(1, len(block)):
                while at and before(block[at], block[at - 1]):
                    block[at], block[at - 1] = block[at - 1], block[at]
                    at -= 1
        rows = [one for block in blocks for one in block]
        if len(blocks) == 1:
            return rows

        def compared(one: Found, other: Found) -> int:
            return before(other, one) - before(one, other)

        return sorted(rows, key=functools.cmp_to_key(compared))

    def _more_specific(self, one: Found, other: Found) -> bool:
        """Whether a route comes before another one of the same directive."""
        mine, others = one.routes[0].get("match") or [], other.routes[0].get("match") or []
        path, another = _only_path(mine), _only_path(others)
        if one.name == "vars":
            return len(path) < len(another) if path and another else not mine and bool(others)
        if not path or not another:
            return bool(mine) and not others
        if self.since(2, 7) and _without_star(path) == _without_star(another):
            return len(path) < len(another)
        return len(path) > len(another)

    def _group(self, found: list[Found]) -> None:
        """Of these directives only the first that matches counts."""
        for name in ("handle", "rewrite", "root"):
            rows = [one for one in found if one.name == name]
            if len(rows) > 1 or name == "rewrite":
                group = self.group()
                for one in rows:
                    for route in one.routes:
                        route["group"] = group

    def group(self) -> str:
        """The name of a new group."""
        self._groups += 1
        return "group%d" % (self._groups - 1)

    # -- directives that make routes of their own ------------------------------------------------------------------

    def _handle_path(self, line: Line, matchers: Matchers) -> list[Found]:
        if len(line.args) != 1:
            raise line.miscounted()
        path = line.words[0]
        if not path.startswith("/"):
            raise wrong(line.last, "path matcher must begin with '/', got %s" % path)
        prefix = path[:-2] if path.endswith("/*") else path[:-1] if path.endswith("*") else path
        strip: Rewrite = {"handler": "rewrite", "strip_path_prefix": prefix}
        inner = self._nested(line, matchers)
        return [Found("handle", [route_of([{"path": [path]}], subroute([route_of([], strip), *inner]))])]

    def _try_files(self, line: Line, _matchers: Matchers) -> list[Found]:
        if not line.args:
            raise line.miscounted()
        policy = {one.text: one.words[0] for one in line.block or () if one.text == "policy" and one.args}
        more: FileMatcher = {"try_policy": policy["policy"]} if policy else {}
        runs: list[tuple[list[str], str]] = []
        for name in line.words:
            path, mark, query = name.partition("?")
            if mark:
                runs.append(([path], mark + query))
            elif runs and not runs[-1][1]:
                runs[-1][0].append(name)
            else:
                runs.append(([name], ""))
        found = []
        group: HttpRoute = {"group": self.group()} if len(runs) > 1 else {}
        for names, query in runs:
            rewrite: Rewrite = {"handler": "rewrite", "uri": "{http.matchers.file.relative}" + query}
            route: HttpRoute = {**route_of([{"file": {"try_files": names, **more}}], rewrite), **group}
            found.append(Found("try_files", [route]))
        return found

    def _php_fastcgi(self, line: Line, matchers: Matchers) -> list[Found]:
        match = matchers.take(line)
        routes = php_fastcgi(line, self._proxy(matchers), self.since(2, 8))
        if match is not None:
            return [Found("php_fastcgi", [route_of([match], subroute(routes))])]
        return [Found("php_fastcgi", routes, whole=False)]

    def _redir(self, line: Line, matchers: Matchers) -> list[Found]:
        match = matchers.take(line)
        if not 1 <= len(line.args) <= 2:
            raise line.miscounted()
        code = line.words[1] if len(line.args) > 1 else "temporary"
        handler: Responder = {"handler": "static_response", "headers": {"Location": [line.words[0]]}}
        if code == "html":
            handler = {"handler": "static_response", "status_code": 200}
        else:
            code = {"permanent": "301", "temporary": "302"}.get(code, code)
            status = number(code)
            if status is None and "{" not in code:
                raise wrong(line.last, "Not a supported redir code type or not valid integer: '%s'" % code)
            if status is not None and not 300 <= status <= 399 and status != 401:
                raise wrong(line.last, "Redir code not in the 3xx range or 401: '%s'" % code)
            handler["status_code"] = code if status is None else status
        return [Found("redir", [route_of([match] if match is not None else [], handler)])]

    # -- directives that make a handler ----------------------------------------------------------------------------

    def _nested(self, line: Line, matchers: Matchers, is_sorted: bool = False) -> list[HttpRoute]:
        """The routes of a directive's block."""
        try:
            return self.routes(line.block or (), matchers, is_sorted)
        except _InDirective as error:
            raise wrong(line.end, str(error)) from None

    def _handle(self, line: Line, matchers: Matchers) -> Handler:
        if line.args:
            raise line.miscounted()
        return subroute(self._nested(line, matchers))

    def _route(self, line: Line, matchers: Matchers) -> Handler:
        if line.args:
            raise line.miscounted()
        return subroute(self._nested(line, matchers, is_sorted=True))

    def _invoke(self, line: Line, _matchers: Matchers) -> Handler:
        if len(line.args) != 1:
            raise line.miscounted()
        return {"handler": "invoke", "name": line.words[0]}

    def _root(self, line: Line, _matchers: Matchers) -> Handler:
        if len(line.args) != 1:
            raise line.miscounted()
        return {"handler": "vars", "root": line.words[0]}

    def _rewrite(self, line: Line, _matchers: Matchers) -> Rewrite:
        if len(line.args) != 1:
            raise line.miscounted()
        if line.text == "rewrite":
            return {"handler": "rewrite", "uri": line.words[0]}
        return {"handler": "rewrite", "method": line.words[0]}

    def _uri(self, line: Line, _matchers: Matchers) -> Rewrite:
        how, words = (line.words[0], line.words[1:]) if line.args else ("", [])
        made: Rewrite = {"handler": "rewrite"}
        if how == "strip_prefix" and len(words) == 1:
            made["strip_path_prefix"] = words[0] if words[0].startswith("/") else "/" + words[0]
        elif how == "strip_suffix" and len(words) == 1:
            made["strip_path_suffix"] = words[0]
        elif how == "replace" and 2 <= len(words) <= 3:
            part: Replacement = {"find": words[0], "replace": words[1]}
            limit = number(words[2]) if len(words) == 3 else None
            if limit:
                part["limit"] = limit
            made["uri_substring"] = [part]
        elif how == "path_regexp" and len(words) == 2:
            made["path_regexp"] = [{"find": words[0], "replace": words[1]}]
        elif how == "query":
            made["query"] = {"arguments": words}
        elif how in ("strip_prefix", "strip_suffix", "replace", "path_regexp") or not words:
            raise line.miscounted()
        else:
            raise wrong(line.args[0], "unrecognized URI manipulation '%s'" % how)
        return made

    def _respond(self, line: Line, _matchers: Matchers) -> Responder:
        body, status = self._body_and_status(line, "body")
        made: Responder = {"handler": "static_response"}
        if body:
            made["body"] = body
        if status is not None:
            made["status_code"] = status
        if any(one.text == "close" for one in line.block or ()):
            made["close"] = True
        return made

    def _error(self, line: Line, _matchers: Matchers) -> Responder:
        message, status = self._body_and_status(line, "message")
        made: Responder = {"handler": "error", "status_code": 500 if status is None else status}
        if message:
            made["error"] = message
        return made

    def _body_and_status(self, line: Line, name: str) -> tuple[str, int | str | None]:
        words = line.words
        if len(words) > 2 or not (words or (name == "body" and line.block and self.since(2, 7))):
            raise line.miscounted()
        status: str | None = words[1] if len(words) == 2 else None
        body = words[0] if words else ""
        if len(words) == 1 and _STATUS.match(body):
            body, status = "", body
        for one in line.block or ():
            if one.text == name and body:
                raise wrong(one.name, "%s already specified" % name)
            body = one.words[0] if one.text == name and one.args else body
        known = number(status) if status is not None else None
        return body, status if known is None else known

    def _abort(self, line: Line, _matchers: Matchers) -> Responder:
        if line.args:
            raise line.miscounted()
        return {"handler": "static_response", "abort": True}

    def _file_server(self, line: Line, _matchers: Matchers) -> Handler:
        made: Handler = {"handler": "file_server"}
        if any(one.text == "pass_thru" for one in line.block or ()):
            made["pass_thru"] = True
        return made

    def _proxy(self, matchers: Matchers) -> Proxy:
        return Proxy(lambda lines: self.routes(lines, matchers), self.since(2, 7))

    def _reverse_proxy(self, line: Line, matchers: Matchers) -> ReverseProxy:
        return self._proxy(matchers).read(line)

    def _forward_auth(self, line: Line, matchers: Matchers) -> ReverseProxy:
        return forward_auth(line, self._proxy(matchers))


_ROUTED: dict[str, t.Callable[[Adapter, Line, Matchers], list[Found]]] = {
    "handle_path": Adapter._handle_path,
    "try_files": Adapter._try_files,
    "php_fastcgi": Adapter._php_fastcgi,
    "redir": Adapter._redir,
}
_HANDLERS: dict[str, t.Callable[[Adapter, Line, Matchers], Handler]] = {
    "handle": Adapter._handle,
    "route": Adapter._route,
    "invoke": Adapter._invoke,
    "root": Adapter._root,
    "rewrite": Adapter._rewrite,
    "method": Adapter._rewrite,
    "uri": Adapter._uri,
    "respond": Adapter._respond,
    "error": Adapter._error,
    "abort": Adapter._abort,
    "file_server": Adapter._file_server,
    "reverse_proxy": Adapter._reverse_proxy,
    "forward_auth": Adapter._forward_auth,
}


def route_of(sets: list[Matcher], handler: Handler) -> HttpRoute:
    """A route with one handler."""
    route: HttpRoute = {"handle": [handler]}
    return {"match": sets, **route} if sets else route


def subroute(routes: list[HttpRoute]) -> Handler:
    """The handler that tries routes."""
    return {"handler": "subroute", "routes": routes} if routes else {"handler": "subroute"}


def joined(routes: list[HttpRoute]) -> list[HttpRoute]:
    """Routes where neighbours for the same requests are one."""
    found: list[HttpRoute] = []
    for route in routes:
        if found and all(found[-1].get(key) == route.get(key) for key in ("match", "terminal", "group")):
            found[-1]["handle"] = [*found[-1].get("handle", ()), *route.get("handle", ())]
        else:
            found.append(route.copy())
    return found


def _only_path(sets: list[Matcher]) -> str:
    """The path of a route that has just one."""
    paths = (sets[0].get("path") or []) if len(sets) == 1 else []
    return paths[0] if len(paths) == 1 else ""


def _without_star(path: str) -> str:
    return path[:-1] if path.endswith("*") else path
