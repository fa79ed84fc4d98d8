# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""mod_rewrite's rules of a server, applied to a WebSocket's handshake.

Facts: https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html
"""

from __future__ import annotations

import re
import typing as t

from .._protocol.web_url import WebUrl
from .._run.digits import number
from .apache_config import Config, Directive
from .engine import Truth, all_of, any_of, compiled, request_header

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Missed

_FLAGS = re.compile(r"\A\[(.*)\]\Z")
_REFERENCE = re.compile(r"([$%])([0-9])|%\{([^}]+)\}|\$\{[^}]*\}|\\(.)", re.DOTALL)
_KNOWN_FLAGS = {
    *("p", "proxy", "l", "last", "end", "r", "redirect", "f", "forbidden", "g", "gone", "nc", "nocase", "qsa"),
    *("qsappend", "qsd", "qsdiscard", "pt", "passthrough", "s", "skip", "c", "chain", "ne", "noescape", "e", "env"),
    *("b", "t", "type", "co", "cookie", "ns", "nosubreq", "dpi", "discardpath", "bnp", "qsl", "h", "handler"),
}
_STATUS = {"permanent": 301, "temp": 302, "seeother": 303}
#: Firefox sends this where others send "Upgrade".
FIREFOX = "keep-alive, Upgrade"


class Outcome(t.NamedTuple):
    """What the rules made of the request.

    ``kind``: ``pass`` (nothing, or another URL of this server), ``proxy``, ``redirect``, ``status``, ``file``
    (a path that only files are served for), ``undecided``.
    """

    kind: str
    target: str = ""
    status: t.Optional[int] = None
    rule: t.Optional[Directive] = None


class Rules:
    """The rules of one server.

    :param tls: whether Apache ends TLS.
    :ivar notes: sentences about what is not known.
    :ivar missed: rules that would pass a WebSocket on, and the condition that does not hold.
    """

    def __init__(self, config: Config, host: Directive | None, url: WebUrl, port: int, tls: bool) -> None:
        server = host if host is not None else config.root
        self._rules = _rules_of(server)
        inherit = [item for item in server.find("rewriteoptions") if "inherit" in " ".join(item.args).lower()]
        if host is not None and inherit:
            before = any("before" in " ".join(item.args).lower() for item in inherit)
            outer = _rules_of(config.root)
            self._rules = outer + self._rules if before else self._rules + outer
        self._url, self._port, self._tls = url, port, tls
        path, _mark, query = url.path.partition("?")
        self._path, self._query = path, query
        self.connection = request_header("connection", url) or ""
        self.notes: t.List[str] = []
        self.missed: t.List[Missed] = []

    def run(self) -> Outcome:
        """Apply them in their order."""
        skip = 0
        chained = True
        for rule, conditions in self._rules:
            flags = flags_of(rule)
            if skip or not chained:
                skip = max(0, skip - 1)
                chained = chained or not _has(flags, "c", "chain")
                continue
            if set(flags) - _KNOWN_FLAGS:
                self.notes.append("It is not known what RewriteRule at %s does." % rule.where)
                continue
            truth, groups = self._applies(rule, conditions, flags)
            if truth is None:
                self.notes.append("It is not known whether RewriteRule at %s applies." % rule.where)
                if rule.args[1] != "-" or set(flags) & {"f", "g", "r", "forbidden", "gone", "redirect"}:
                    return Outcome("undecided")
            elif not truth:
                chained = not _has(flags, "c", "chain")
                continue
            else:
                outcome = self._apply(rule, flags, groups)
                if outcome is not None:
                    return outcome
                if _has(flags, "s", "skip"):
                    skip = number(_value(flags, "s", "skip")) or 0
        return self._end()

    def _end(self) -> Outcome:
        before = self._url.path.partition("?")[0]
        return Outcome("file", self._path) if self._path != before else Outcome("pass", before)

    def _applies(
        self, rule: Directive, conditions: list[Directive], flags: dict[str, str]
    ) -> tuple[Truth, tuple[list[str], list[str]]]:
        """Whether pattern and conditions hold, with what they captured."""
        text = rule.args[0]
        negated = text.startswith("!")
        pattern = compiled(text[1:] if negated else text, _has(flags, "nc", "nocase"))
        if pattern is None:
            return None, ([], [])
        found = pattern.search(self._path)
        if (found is not None) == negated:
            return False, ([], [])
        first = _groups(found)
        truth, last, missed = self._conditions(conditions, first)
        if truth is False and missed is not None and _leads_on(rule, flags):
            self.missed.append(
                {
                    "rule": {"file": rule.file, "line": rule.line, "text": rule.text[:200]},
                    "condition": {"file": missed.file, "line": missed.line, "text": missed.text[:200]},
                }
            )
        return truth, (first, last)

    def _conditions(self, conditions: list[Directive], first: list[str]) -> tuple[Truth, list[str], Directive | None]:
        """All of them, neighbours with [OR] as one; the captures of the last, and the one on a header that fails."""
        last: list[str] = []
        result: Truth = True
        missed: Directive | None = None
        group: Truth = False
        for item in conditions:
            flags = flags_of(item)
            truth, groups = self._condition(item, flags, first, last)
            last = groups or last
            group = any_of((group, truth))
            if _has(flags, "or", "ornext"):
                continue
            if group is False:
                about_upgrade = re.search(r"%\{HTTP:(?:Upgrade|Connection)\}", item.text, re.IGNORECASE)
                return False, last, item if about_upgrade else missed
            result = all_of((result, group))
            group = False
        return result, last, None

    def _condition(
        self, item: Directive, flags: dict[str, str], first: list[str], last: list[str]
    ) -> tuple[Truth, list[str]]:
        """One RewriteCond."""
        if len(item.args) < 2:
            return None, []
        subject = self._expand(item.args[0], first, last)
        text = item.args[1]
        negated = text.startswith("!")
        text = text[1:] if negated else text
        ignore_case = _has(flags, "nc", "nocase")
        truth: Truth = None
        groups: list[str] = []
        if subject is None or item.args[0].lower() == "expr" or re.match(r"-[a-zA-Z]{1,2}\Z", text):
            return None, []
        if text.startswith("="):
            want = text[1:].strip('"')
            truth = subject.lower() == want.lower() if ignore_case else subject == want
        elif not text.startswith(("<", ">")):
            pattern = compiled(text, ignore_case)
            found = pattern.search(subject) if pattern is not None else None
            truth = None if pattern is None else found is not None
            groups = _groups(found) if not negated else []
        return (not truth if negated and truth is not None else truth), groups

    def _expand(self, text: str, first: list[str], last: list[str]) -> str | None:
        """A text with its references; None: one of them is not known."""
        unknown = False

        def replace(found: t.Match[str]) -> str:
            nonlocal unknown
            sign, digit, name, escaped = found.groups()
            if escaped is not None:
                return str(escaped)
            if sign is not None:
                groups = first if sign == "$" else last
                return groups[int(digit)] if int(digit) < len(groups) else ""
            value = self._variable(name) if name else None
            unknown = unknown or value is None
            return value or ""

        result = _REFERENCE.sub(replace, text)
        return None if unknown else result

    def _variable(self, name: str) -> str | None:
        """A server variable that the URL decides."""
        kind, _colon, header = name.partition(":")
        if kind.upper() == "HTTP":
            return self.connection if header.lower() == "connection" else request_header(header, self._url)
        return {
            "HTTP_HOST": self._url.authority,
            "HTTP_CONNECTION": self.connection,
            "HTTP_UPGRADE": "websocket",
            "REQUEST_URI": self._url.path.partition("?")[0] if self._path == self._url.path else self._path,
            "QUERY_STRING": self._query,
            "HTTPS": "on" if self._tls else "off",
            "REQUEST_SCHEME": "https" if self._tls else "http",
            "SERVER_PORT": str(self._port),
            "REQUEST_METHOD": "GET",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_NAME": self._url.host,
            "THE_REQUEST": "GET %s HTTP/1.1" % self._url.path,
        }.get(name.upper())

    def _apply(self, rule: Directive, flags: dict[str, str], groups: tuple[list[str], list[str]]) -> Outcome | None:
        """What a rule that applies does; None: the next rules are looked at."""
        if _has(flags, "f", "forbidden"):
            return Outcome("status", status=403, rule=rule)
        if _has(flags, "g", "gone"):
            return Outcome("status", status=410, rule=rule)
        status = self._status(flags)
        if rule.args[1] == "-":
            if status is not None and not 300 <= status < 400:
                return Outcome("status", status=status, rule=rule)
            return Outcome("pass", self._path) if _has(flags, "l", "last", "end") else None
        text = self._expand(rule.args[1], *groups)
        if text is None:
            self.notes.append("The target of RewriteRule at %s is not known." % rule.where)
            return Outcome("undecided", rule=rule)
        path, mark, query = text.partition("?")
        if not mark and not _has(flags, "qsd", "qsdiscard"):
            query = self._query
        elif _has(flags, "qsa", "qsappend") and self._query:
            query = "%s&%s" % (query, self._query) if query else self._query
        target = path + ("?" + query if query else "")
        if _has(flags, "p", "proxy"):
            return Outcome("proxy", target, rule=rule)
        if status is not None or re.match(r"(?:https?|wss?)://", path):
            target = (
                target
                if "://" in path
                else "%s://%s%s" % ("https" if self._tls else "http", self._url.authority, target)
            )
            return Outcome("redirect", target, status or 302, rule)
        self._path, self._query = path, query
        if _has(flags, "pt", "passthrough"):
            return Outcome("pass", path, rule=rule)
        return self._end() if _has(flags, "l", "last", "end") else None

    def _status(self, flags: dict[str, str]) -> int | None:
        if not _has(flags, "r", "redirect"):
            return None
        text = (_value(flags, "r", "redirect") or "302").lower()
        return _STATUS.get(text) or number(text) or 302

    @property
    def query(self) -> str:
        """The query after the rules."""
        return self._query


def _rules_of(server: Directive) -> list[tuple[Directive, list[Directive]]]:
    """Rules with their conditions, where the engine is on."""
    engine = [item.args[0].lower() for item in server.find("rewriteengine") if item.args]
    if engine[-1:] != ["on"]:
        return []
    found: list[tuple[Directive, list[Directive]]] = []
    conditions: list[Directive] = []
    for item in server.find("rewritecond", "rewriterule"):
        if item.name == "rewritecond":
            conditions.append(item)
        else:
            if len(item.args) > 1:
                found.append((item, conditions))
            conditions = []
    return found


def flags_of(item: Directive) -> dict[str, str]:
    """Flags of a rule or condition by their lower-case names."""
    found = _FLAGS.match(item.args[2]) if len(item.args) > 2 else None
    pairs = [flag.strip().partition("=") for flag in found.group(1).split(",")] if found is not None else []
    return {name.lower(): value for name, _equals, value in pairs if name}


def _has(flags: dict[str, str], *names: str) -> bool:
    return any(name in flags for name in names)


def _value(flags: dict[str, str], *names: str) -> str:
    return next((flags[name] for name in names if name in flags), "")


def _groups(found: t.Match[str] | None) -> list[str]:
    return [found.group(0), *[text or "" for text in found.groups()]] if found is not None else []


def _leads_on(rule: Directive, flags: dict[str, str]) -> bool:
    """Whether a rule is meant to pass WebSockets on."""
    return _has(flags, "p", "proxy") or rule.args[1].lower().startswith(("ws://", "wss://"))
