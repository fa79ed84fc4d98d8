# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Request matchers of a Caddyfile as JSON (https://caddyserver.com/docs/caddyfile/matchers)."""

from __future__ import annotations

import re
import typing as t

from .caddy_config import CaddySyntaxError
from .caddyfile_blocks import Line
from .caddyfile_tokens import Token, wrong

if t.TYPE_CHECKING:  # pragma: no cover
    from .caddy_types import FileMatcher, Matcher, ResponseMatcher

_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


def canonical(name: str) -> str:
    """A header's name as Go writes it (https://pkg.go.dev/net/http#CanonicalHeaderKey)."""
    if not _FIELD.match(name):
        return name
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


class Matchers:
    """Named matchers of a site or block.

    :param outer: those of the block around it.
    """

    def __init__(self, outer: Matchers | None = None) -> None:
        self._sets: dict[str, Matcher] = dict(outer._sets) if outer is not None else {}

    def define(self, lines: t.Iterable[Line]) -> list[Line]:
        """Take the definitions; returns the other lines.

        :raises CaddySyntaxError: one is wrong.
        """
        others = []
        for line in lines:
            if not line.text.startswith("@"):
                others.append(line)
                continue
            if line.text in self._sets:
                raise CaddySyntaxError("matcher is defined more than once: %s" % line.text)
            self._sets[line.text] = matcher_set(_defined(line))
        return others

    def take(self, line: Line) -> Matcher | None:
        """Take the matcher off a directive's arguments; None: it is for all requests.

        :raises CaddySyntaxError: a matcher of that name is not defined.
        """
        text = line.args[0].text if line.args else ""
        if text == "*":
            del line.args[0]
            return None
        if text.startswith("/"):
            del line.args[0]
            return {"path": [text]}
        if not text.startswith("@"):
            return None
        if text not in self._sets:
            raise CaddySyntaxError("unrecognized matcher name: %s" % text)
        del line.args[0]
        return self._sets[text]


def _defined(line: Line) -> list[Line]:
    """The matchers of a definition."""
    return [_inner(line)] if line.args else list(line.block or ())


def _inner(line: Line) -> Line:
    """The matcher that stands behind a name, in the same line."""
    first = line.args[0]
    # A word with spaces was quoted: it is an expression.
    if len(line.args) == 1 and (" " in first.text or "(" in first.text):
        inner = Line(first._replace(text="expression"))
        inner.args = [first]
        return inner
    inner = Line(first)
    inner.args, inner.block, inner.end = line.args[1:], line.block, line.end
    return inner


def matcher_set(lines: t.Iterable[Line]) -> Matcher:
    """Matchers that must all hold.

    :raises CaddySyntaxError: one is wrong.
    """
    found: dict[str, object] = {}
    for line in lines:
        found[line.text] = _MATCHERS.get(line.text, _other)(line, found.get(line.text))
    # Each has made what its name stands for; those of plugins have names of their own.
    return t.cast("Matcher", found)


def _list(line: Line, known: t.Any) -> t.Any:
    if not line.args:
        raise line.miscounted()
    return [*(known or ()), *line.words]


def _regexp(line: Line, _known: t.Any) -> t.Any:
    if not 1 <= len(line.args) <= 2:
        raise line.miscounted()
    named = {"name": line.words[0]} if len(line.args) == 2 and line.words[0] else {}
    return {**named, "pattern": line.words[-1]}


def _header(line: Line, known: t.Any) -> t.Any:
    found = dict(known or {})
    if not line.args:
        raise wrong(line.name, "malformed header matcher: expected field")
    field, values = line.words[0], line.words[1:]
    if field.startswith("!"):
        if values:
            raise wrong(line.last, "malformed header matcher: null matching headers cannot have a field value")
        found[field[1:]] = None
    elif not values:
        raise wrong(line.last, "malformed header matcher: expected both field and value")
    else:
        name = canonical(field)
        found[name] = [*(found.get(name) or ()), values[0]]
    return found


def _header_regexp(line: Line, known: t.Any) -> t.Any:
    if not 2 <= len(line.args) <= 3:
        raise line.miscounted()
    *name, field, pattern = line.words
    return {**(known or {}), field: {**({"name": name[0]} if name else {}), "pattern": pattern}}


def _query(line: Line, known: t.Any) -> t.Any:
    found = dict(known or {})
    for token in line.args:
        name, equals, value = token.text.partition("=")
        if name and not equals:
            raise wrong(token, "malformed query matcher token: %s; must be in param=val format" % token.text)
        if name:
            found[name] = [*found.get(name, ()), value]
    return found


def _protocol(line: Line, _known: t.Any) -> t.Any:
    if len(line.args) != 1:
        raise wrong(line.last, "expected exactly one protocol")
    return line.words[0]


def _not(line: Line, known: t.Any) -> t.Any:
    return [*(known or ()), matcher_set(_defined(line))]


def _file(line: Line, _known: t.Any) -> t.Any:
    found: FileMatcher = {}
    names = line.words
    for option in line.block or ():
        if option.text == "try_files":
            names = names + option.words
        elif option.text == "root" and option.args:
            found["root"] = option.words[0]
        elif option.text == "try_policy" and option.args:
            found["try_policy"] = option.words[0]
        elif option.text == "split_path":
            found["split_path"] = option.words
    if names:
        found["try_files"] = names
    return found


def _vars(line: Line, known: t.Any) -> t.Any:
    if not line.args:
        raise line.miscounted()
    return {**(known or {}), line.words[0]: line.words[1:]}


def _expression(line: Line, _known: t.Any) -> t.Any:
    return " ".join(line.words)


def _other(line: Line, _known: t.Any) -> t.Any:
    """One that is not judged: it is enough that it is there."""
    return {"arguments": line.words}


_MATCHERS: dict[str, t.Callable[[Line, t.Any], t.Any]] = {
    **dict.fromkeys(("path", "host", "method"), _list),
    "path_regexp": _regexp,
    "header": _header,
    "header_regexp": _header_regexp,
    "query": _query,
    "protocol": _protocol,
    "not": _not,
    "file": _file,
    "vars": _vars,
    "expression": _expression,
}


def status_matcher(line: Line) -> ResponseMatcher:
    """A matcher of responses (https://caddyserver.com/docs/caddyfile/response-matchers): only its status codes."""
    lines = _defined(line)
    return status_codes([token for one in lines if one.text == "status" for token in one.args])


def status_codes(tokens: t.Iterable[Token]) -> ResponseMatcher:
    """``2xx`` and ``404`` as numbers."""
    codes = [token.text[:1] if token.text.endswith("xx") else token.text for token in tokens]
    found = [int(code) for code in codes if re.match(r"[1-5](?:[0-9]{2})?\Z", code)]
    return {"status_code": found} if found else {}
