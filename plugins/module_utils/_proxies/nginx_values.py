# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Values in an nginx configuration: variables, maps, regular expressions, times, as far as a request decides them."""

from __future__ import annotations

import re
import typing as t

from .._run.digits import number
from .nginx_grammar import Directive

#: Braced names are closed by a brace; of ``$10`` nginx reads ``$1`` (ngx_http_script_compile).
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|([1-9])|([a-zA-Z_]\w*))", re.ASCII)
_TIME = re.compile(r"([0-9]{1,12})(ms|[smhdwMy]?)\s*")
_SECONDS = {"ms": 0.001, "": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2592000, "y": 31536000}
_POSIX = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "xdigit": "0-9a-fA-F",
    "word": r"\w",
}
#: Maps that name each other; nginx would recurse without end too.
_MAX_DEPTH = 10


def as_bytes(text: str) -> str:
    """A text as nginx sees it: one character for every byte (its regular expressions count bytes)."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    except UnicodeEncodeError:
        # Half a character, from JSON; nothing that nginx could be sent.
        return text.encode("utf-8", "replace").decode("latin-1")


def as_text(data: str) -> str:
    """The reverse of as_bytes."""
    return data.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def escaped(text: str, special: str) -> str:
    """A text with these characters, and those that are no printable ASCII, in percent-encoding."""
    return "".join(
        "%%%02X" % ord(char) if char in special or not " " <= char < "\x7f" else char for char in as_bytes(text)
    )


def compiled(pattern: str, ignore_case: bool) -> t.Pattern[str] | None:
    """A PCRE pattern for texts made by as_bytes; None where Python cannot say the same."""
    pattern = re.sub(r"\(\?<(?![=!])", "(?P<", as_bytes(pattern))
    pattern = re.sub(r"\[:(\w+):\]", lambda found: _POSIX.get(found.group(1), found.group()), pattern)
    pattern = pattern.replace(r"\z", r"\Z").replace(r"\h", r"[ \t]")
    if "[:" in pattern or r"\K" in pattern or r"\R" in pattern:
        return None
    try:
        return re.compile(pattern, re.ASCII | (re.IGNORECASE if ignore_case else 0))
    except (re.error, OverflowError, RecursionError):
        return None


def variables_in(text: str) -> list[str]:
    """Names of the variables in a value, in lower case as nginx keeps them."""
    return [(found.group(1) or found.group(2) or found.group(3)).lower() for found in _VARIABLE.finditer(text)]


def seconds(text: str) -> str | None:
    """``1h 30m``, ``500ms``, ``60`` as seconds (https://nginx.org/en/docs/syntax.html); None if it is no time."""
    parts = _TIME.findall(text)
    if not parts or _TIME.sub("", text).strip():
        return None
    total = sum(int(digits) * _SECONDS[unit] for digits, unit in parts)
    return "%g" % total if total < 1e6 else "%d" % total


def maps_of(http: t.Iterable[Directive]) -> dict[str, Directive]:
    """``map`` blocks by the variable they define, without ``$``; the last one of a name counts."""
    return {item.args[1].lstrip("$").lower(): item for item in http if item.name == "map" and len(item.args) == 2}


def set_names(tree: list[Directive]) -> set[str]:
    """Variables that a ``set`` anywhere defines: they are empty until it runs (ngx_http_rewrite_set)."""
    found: set[str] = set()
    pending = [tree]
    while pending:
        for item in pending.pop():
            if item.name == "set" and item.args:
                found.add(item.args[0].lstrip("$").lower())
            if item.block:
                pending.append(item.block)
    return found


class Variables:
    """What variables are for one request; None is the value of those that the configuration does not decide.

    :param known: values by name.
    :param maps: see maps_of.
    """

    def __init__(self, known: dict[str, str | None], maps: dict[str, Directive]) -> None:
        self.known = known
        self.maps = maps
        #: Of the regular expression that matched last: ``1`` to ``9``, and named ones.
        self.captures: dict[str, str] = {}
        self._depth = 0

    def copy(self, **known: str | None) -> Variables:
        """The same but for these values."""
        other = Variables({**self.known, **known}, self.maps)
        other.captures = dict(self.captures)
        return other

    def get(self, name: str) -> str | None:
        """The value of a variable, by its name without ``$``."""
        name = name.lower()
        if name in self.captures:
            return self.captures[name]
        if len(name) == 1 and number(name) is not None:
            return ""
        if name in self.known:
            return self.known[name]
        if name in self.maps and self._depth < _MAX_DEPTH:
            self._depth += 1
            value = self._mapped(self.maps[name])
            self._depth -= 1
            return value
        if name.startswith("arg_"):
            return self._argument(name[4:])
        return None

    def expand(self, text: str, escape: t.Callable[[str], str] | None = None) -> str | None:
        """A value with its variables filled in; None if one of them is not known.

        :param escape: what becomes of ``$1`` to ``$9``.
        """
        if "$" not in text:
            return text
        values = {name: self.get(name) for name in variables_in(text)}
        if None in values.values():
            return None

        def value(found: t.Match[str]) -> str:
            plain = values[(found.group(1) or found.group(2) or found.group(3)).lower()] or ""
            return escape(plain) if escape is not None and found.group(2) else plain

        return _VARIABLE.sub(value, text)

    def unknown_in(self, text: str) -> list[str]:
        """The variables of a value that are not known, as ``$name``."""
        return ["$" + name for name in variables_in(text) if self.get(name) is None]

    def matches(self, pattern: t.Pattern[str], text: str) -> bool:
        """Search, and keep the captures if it is found, as nginx does."""
        found = pattern.search(as_bytes(text))
        if found is None:
            return False
        kept = {name: value for name, value in self.captures.items() if number(name) is None}
        kept.update((name.lower(), as_text(value or "")) for name, value in found.groupdict().items())
        kept.update((str(n), as_text(value or "")) for n, value in enumerate(found.groups()[:9], 1))
        self.captures = kept
        return True

    def _argument(self, name: str) -> str | None:
        args = self.known.get("args")
        if args is None:
            return None
        for pair in args.split("&"):
            key, _equals, value = pair.partition("=")
            if key.lower() == name:
                return value
        return ""

    def _mapped(self, directive: Directive) -> str | None:
        """https://nginx.org/en/docs/http/ngx_http_map_module.html: text (case ignored), regex in order, default."""
        source = self.expand(directive.args[0])
        if source is None:
            return None
        default, regexes = "", []
        for entry in directive.block or []:
            key, value = entry.name, entry.args[0] if entry.args else None
            if value is None:
                continue
            if key == "default":
                default = value
            elif key.startswith("~"):
                regexes.append((key, value))
            elif key.lstrip("\\").lower() == source.lower():
                return self.expand(value)
        for key, value in regexes:
            pattern = compiled(key[2:] if key.startswith("~*") else key[1:], key.startswith("~*"))
            if pattern is None:
                return None
            inner = self.copy()
            inner._depth = self._depth
            if inner.matches(pattern, source):
                return inner.expand(value)
        return self.expand(default)
