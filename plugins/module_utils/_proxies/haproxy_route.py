# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a configuration of HAProxy makes of one URL: frontend, rules, backend, servers, time-outs."""

from __future__ import annotations

import re
import typing as t

from .._protocol.web_url import WebUrl
from .._run.digits import number
from .engine import HEADER_KEYS, HERE, Backend, compiled, leads_among, nothing, refusal, setting
from .haproxy_acl import Request, condition
from .haproxy_config import Bind, Config, Line, Section, Server, binds, servers

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Leading, Route, SettingName, Upstream

#: Settings that only HAProxy has.
KEYS = (
    *("timeout_tunnel_s", "timeout_client_s", "timeout_server_s", "timeout_queue_s"),
    *("maxconn", "server_maxconn", "httpchk"),
)
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*(?::[0-9]+)?\Z", re.IGNORECASE)


def route(config: Config, url: WebUrl, local_port: int | None, refuses: bool = True) -> Route:
    """What happens to a handshake; the result is that of nginx_route.route.

    ``location`` is the backend: ``modifier`` ``backend`` or ``listen``, ``pattern`` its name. ``settings`` has the
    keys of KEYS too; ``read_timeout_s`` is the idle limit that holds: ``timeout tunnel``, else the smaller one of
    ``timeout client`` and ``timeout server``.

    :param refuses: False: where it would lead to if it refused nothing.
    """
    port = local_port or url.port
    result = nothing(list(config.notes), **dict.fromkeys(KEYS, ""))
    taken = [
        (section, bind) for section in config.entries() for bind in binds(section) if bind.first <= port <= bind.last
    ]
    if not taken:
        return result
    front, bind = next((pair for pair in taken if pair[1].host in ("", "*", "0.0.0.0", "::")), taken[0])
    if len({section.where for section, _bind in taken}) > 1:
        result["undecided"].append(
            "Several sections bind port %d on different addresses; %s was used." % (port, front.where)
        )
    result["server"] = {
        "file": front.file,
        "line": front.line,
        "names": [front.name],
        "listen": bind.line.words[1],
        "by": "port",
        "default": False,
    }
    return _Walk(config, front, bind, url, port, result, refuses).run()


class _Answered(Exception):
    """HAProxy answers itself."""


class _Walk:
    """The path of one handshake."""

    def __init__(
        self, config: Config, front: Section, bind: Bind, url: WebUrl, port: int, result: Route, refuses: bool
    ) -> None:
        self._config, self._refuses = config, refuses
        self._front = front
        self._request = Request(url, port, bind.ssl)
        self._path: str | None = url.path
        self._result = result
        self._settings = result["settings"]
        self._plain_settings(url)

    def _plain_settings(self, url: WebUrl) -> None:
        """An Upgrade is passed as it is, and so are all other headers (section 1.1: upgrades become tunnels)."""
        self._settings["http_version"] = setting("1.1")
        self._settings["upgrade"] = setting("websocket")
        self._settings["connection"] = setting("upgrade")
        self._settings["connection_plain"] = setting("")
        self._settings["host"] = setting(url.authority)
        self._settings["origin"] = setting("passed")

    def _note(self, text: str) -> None:
        if text not in self._result["undecided"]:
            self._result["undecided"].append(text)

    def run(self) -> Route:
        """The result."""
        try:
            self._rules(self._front)
            back = self._choose()
            if back is None:
                return self._result
            self._result["location"] = {
                "modifier": back.kind,
                "pattern": back.name,
                "file": back.file,
                "line": back.line,
            }
            if back is not self._front:
                self._rules(back)
            self._timeouts(back)
            self._lead(back)
        except _Answered:
            pass
        return self._result

    def _holds(self, line: Line, words: t.Sequence[str], section: Section) -> tuple[t.Sequence[str], bool]:
        """A rule's words, and whether it applies; where that is not known it is said, and taken for no."""
        plain, truth = condition(words, section, self._request)
        if truth is None:
            self._may_refuse(line, list(plain))
            self._note("It is not known whether %s at %s applies." % (" ".join(line.words[:2]), line.where))
        return plain, bool(truth)

    def _may_refuse(self, line: Line, words: list[str]) -> None:
        """Remember a rule that refuses if its condition holds; one that asks for credentials does where there are none."""
        usual = {"deny": 403, "tarpit": 500, "return": 200, "auth": 401}.get(words[0]) if words else None
        if usual is None:
            return
        told = number(_option(words, "deny_status") or _option(words, "status") or "")
        sure = words[0] == "auth" and "http_auth(" in " ".join(line.words)
        row = refusal(" ".join(line.words), line.file, line.line, usual if told is None else told, sure)
        self._result["refusals"] = [*self._result["refusals"], row]

    def _rules(self, section: Section) -> None:
        """http-request and redirect rules of a section (in TCP mode there are none)."""
        if section.mode != "http":
            for line in section.rules("tcp-request"):
                if "reject" in line.words[1:4]:
                    self._note("It is not known whether tcp-request at %s rejects the connection." % line.where)
            return
        uri = section.value("monitor-uri")
        if uri is not None and uri == self._request.url.path:
            self._answer("return", 200)
        for line in section.rules("http-request"):
            words, holds = self._holds(line, line.words[1:], section)
            if holds and words:
                if words[0] == "allow":
                    break
                self._apply(line, list(words))
        for line in section.rules("redirect"):
            words, holds = self._holds(line, line.words[1:], section)
            if holds:
                self._redirect(list(words))

    def _answer(self, handler: str, status: int, redirect: str | None = None) -> None:
        self._result.update({"handler": handler, "status": status, "redirect": redirect})
        raise _Answered

    def _apply(self, line: Line, words: list[str]) -> None:
        action = words[0]
        if action in ("deny", "tarpit", "return", "reject", "auth"):
            usual = {"deny": 403, "tarpit": 500, "return": 200, "reject": 0, "auth": 401}[action]
            status = _option(words, "deny_status") or _option(words, "status") or ""
            if action == "auth":
                self._result["refusals"] = [
                    *self._result["refusals"],
                    refusal(" ".join(line.words), line.file, line.line, usual, True),
                ]
                self._note("Whether http-request auth at %s admits the client depends on its credentials." % line.where)
                return
            told = number(status)
            if action != "return":
                if not self._refuses:
                    return
                row = refusal(" ".join(line.words), line.file, line.line, usual if told is None else told, True)
                self._result["refusals"] = [*self._result["refusals"], row]
            self._answer("return", usual if told is None else told)
        elif action == "redirect":
            self._redirect(words[1:])
        elif action in ("set-header", "add-header", "replace-header", "replace-value") and len(words) > 2:
            self._set_header(line, words[1].lower(), words[2] if action == "set-header" else None)
        elif action == "del-header" and len(words) > 1:
            self._set_header(line, words[1].lower(), "")
        elif action in (
            "set-path",
            "set-uri",
            "set-pathq",
            "replace-path",
            "replace-pathq",
            "replace-uri",
            "set-query",
        ):
            self._rewrite(line, words)
        elif action in ("use-service", "normalize-uri", "wait-for-body"):
            self._note("It is not known what http-request %s at %s does." % (action, line.where))

    def _set_header(self, line: Line, name: str, value: str | None) -> None:
        key = HEADER_KEYS.get(name)
        if key is None:
            return
        if value is not None and "%[" in value:
            same = {"host": ("%[req.hdr(host)]", "%[hdr(host)]"), "upgrade": ("%[req.hdr(upgrade)]", "%[hdr(upgrade)]")}
            if value.lower() in same.get(name, ()):
                return
            value = None
        if value is None:
            self._note("The value of %s set at %s is not known." % (name, line.where))
        self._settings[key] = setting(value, line.file, line.line)

    def _rewrite(self, line: Line, words: list[str]) -> None:
        """The path is changed; what needs samples or another dialect of regular expressions is not known."""
        path, mark, query = (self._path or "").partition("?")
        changed: str | None = None
        if words[0] in ("set-path", "set-pathq") and len(words) > 1:
            changed = _sampled(words[1], path, query)
            if changed is not None and words[0] == "set-path":
                changed += mark + query
        elif words[0] in ("replace-path", "replace-pathq") and len(words) > 2 and "%" not in words[2]:
            pattern = compiled(words[1])
            subject = path if words[0] == "replace-path" else path + mark + query
            found = pattern.search(subject) if pattern is not None else None
            if pattern is not None and found is None:
                return
            if found is not None:
                changed = re.sub(r"\\([0-9])", lambda one: _group(found, int(one.group(1))), words[2])
                changed += mark + query if words[0] == "replace-path" else ""
        if self._path is None or changed is None:
            self._note("The path after http-request %s at %s is not known." % (words[0], line.where))
        self._path = changed if self._path is not None else None
        if self._path is not None:
            self._request = self._request._replace(url=self._request.url._replace(path=self._path))

    def _redirect(self, words: list[str]) -> None:
        """``location``, ``prefix`` and ``scheme`` (section 4.2, redirect)."""
        code = _option(words, "code") or "302"
        url = self._request.url
        target = _option(words, "location")
        if _option(words, "scheme"):
            target = "%s://%s%s" % (
                _option(words, "scheme"),
                url.host if url.port in (80, 443) else url.authority,
                url.path,
            )
        elif _option(words, "prefix"):
            target = str(_option(words, "prefix")) + url.path
        self._answer("redirect", number(code) or 302, target)

    def _choose(self) -> Section | None:
        """The backend: the first use_backend that applies, else default_backend, else the listen's own servers."""
        doubtful: list[tuple[str, Line]] = []
        chosen: str | None = None
        for line in self._front.own("use_backend"):
            words, truth = condition(line.words[1:], self._front, self._request)
            if not words or truth is False:
                continue
            if truth is None:
                doubtful.append((words[0], line))
                continue
            chosen = words[0]
            break
        if chosen is None:
            chosen = self._front.value("default_backend")
        for name, line in doubtful:
            if name != chosen:
                self._note("It is not known whether use_backend %s at %s applies." % (name, line.where))
                self._result["handler"] = "undecided"
                return None
        return self._backend(chosen)

    def _backend(self, name: str | None) -> Section | None:
        if name is None:
            if self._front.kind == "listen":
                return self._front
            # "503 Service Unavailable": no backend is chosen, so no server is there.
            self._result.update({"handler": "return", "status": 503})
            return None
        found = self._config.backend(name)
        if found is None:
            text = "The backend %s is chosen at run time." if "%" in name else "The backend %s was not found."
            self._note(text % name)
            self._result["handler"] = "undecided"
        return found

    def _timeouts(self, back: Section) -> None:
        limits: dict[str, tuple[float | None, Line | None]] = {
            "tunnel": back.seconds("tunnel"),
            "client": self._front.seconds("client"),
            "server": back.seconds("server"),
        }
        for name, (value, line) in limits.items():
            if line is not None:
                key = t.cast("SettingName", "timeout_%s_s" % name)
                self._settings[key] = setting(_number(value), line.file, line.line)
        waits = [limits["tunnel"]] if limits["tunnel"][0] else [limits["client"], limits["server"]]
        known = [(value, line) for value, line in waits if value and line is not None]
        if known:
            value, line = min(known, key=lambda pair: pair[0])
            self._settings["read_timeout_s"] = setting(_number(value), line.file, line.line)
        if not limits["tunnel"][0]:
            self._result["fix"] = [{"file": back.file, "after_line": back.line, "add": ["timeout tunnel 1h"]}]
        wait, line = back.seconds("connect")
        if line is not None:
            self._settings["connect_timeout_s"] = setting(_number(wait), line.file, line.line)
        # Without one a request waits in the queue as long as for a connection (section 4.2, timeout queue).
        wait, line = back.seconds("queue") if back.last("timeout", "queue") is not None else (wait, line)
        if line is not None:
            self._settings["timeout_queue_s"] = setting(_number(wait), line.file, line.line)
        line = self._front.last("maxconn")
        if line is not None and len(line.words) > 1:
            self._settings["maxconn"] = setting(line.words[1], line.file, line.line)
        line = back.last("option", "httpchk")
        if line is not None:
            self._settings["httpchk"] = setting(" ".join(line.words[2:]) or "OPTIONS /", line.file, line.line)

    def _lead(self, back: Section) -> None:
        found = servers(back, self._request.port)
        if not found:
            if any(back.value(*words) is not None for words in (("dispatch",),)) or back.last("option", "transparent"):
                self._result["handler"] = "undecided"
                self._note("The servers of the backend %s are decided at run time." % back.name)
            else:
                self._result.update({"handler": "return", "status": 503})
            return
        if any("$" in str(server.address["address"]) for server in found):
            self._note("An address of the backend %s at %s depends on the environment." % (back.name, back.where))
        self._result["handler"] = "proxy_pass"
        self._result["upstream"] = _upstream(back, found)
        over_two = [server for server in found if server.http2]
        if over_two and len(over_two) == len(found):
            self._settings["http_version"] = setting("2", over_two[0].line.file, over_two[0].line.line)
        limited = [server for server in found if server.maxconn]
        if limited and len(limited) == len(found):
            line = limited[0].line
            self._settings["server_maxconn"] = setting(limited[0].maxconn, line.file, line.line)
        self._result["upstream_path"] = self._path
        first = found[0].line
        if any(word.startswith("send-proxy") for word in first.words):
            self._result["sends_proxy"] = {"file": first.file, "line": first.line, "text": " ".join(first.words)[:200]}


def _upstream(back: Section, found: list[Server]) -> Upstream:
    return {
        "name": back.name or None,
        "scheme": "https" if found[0].ssl else "http",
        "uri": None,
        "addresses": [server.address for server in found],
    }


def _sampled(text: str, path: str, query: str) -> str | None:
    """A log-format string with the samples of the path filled in (section 7.3.6); None: it needs others."""
    for name, value in (("path", path), ("query", query), ("pathq", path + ("?" + query if query else ""))):
        text = text.replace("%%[%s]" % name, value)
    return None if "%" in text else text


def _group(found: t.Match[str], number: int) -> str:
    return (found.group(number) or "") if number <= (found.re.groups or 0) else ""


def _number(value: float | None) -> int | float | None:
    return int(value) if value is not None and value == int(value) else value


def _option(words: t.Sequence[str], name: str) -> str | None:
    return words[words.index(name) + 1] if name in words[:-1] else None


def leading_to(config: Config, port: int, socket: str | None, own: t.Iterable[str], where: str = HERE) -> list[Leading]:
    """URLs that it forwards to a back end; entries are those of nginx_route.leading_to."""
    backend = Backend(port, socket, own, where)
    return leads_among(backend.lead(route(config, url, url.port, refuses=False), url) for url in _urls(config))


def _urls(config: Config) -> t.Iterator[WebUrl]:
    """URLs to try: what each frontend's conditions name, on each of its ports."""
    for front in config.entries():
        lines = [line for section in config.sections for line in section.lines if section in (front, front.base)]
        for bind in binds(front):
            for host in _hosts(lines):
                for path in _paths(lines):
                    yield WebUrl("wss" if bind.ssl else "ws", host, bind.first, path)


def _hosts(lines: list[Line]) -> list[str]:
    """Hosts that conditions name; without any ``localhost``."""
    rows = [line.words for line in lines if any("host" in word or "sni" in word for word in line.words)]
    names = [
        word.rpartition(":")[0] or word for words in rows for word in words[2:] if _NAME.match(word) and "." in word
    ]
    return [*list(dict.fromkeys(names))[:20], "localhost"]


def _paths(lines: list[Line]) -> list[str]:
    """Paths that conditions name, and ``/``."""
    rows = [line.words for line in lines if any(word.startswith(("path", "url")) for word in line.words)]
    paths = [word for words in rows for word in words if re.match(r"/[^\s\\^$*+?()\[\]{}|]*\Z", word)]
    return ["/", *list(dict.fromkeys(path for path in paths if path != "/"))[:20]]
