# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""JavaScript as tokens: enough to read an object literal and a call's arguments, and no more.

A value that is not a literal is not guessed: the caller gets None.
"""

from __future__ import annotations

import re
import typing as t

from .._run.deadline import Deadline

#: Tokens of one file at most.
_MOST = 2000000
#: Tokens between two looks at the clock.
_BLOCK = 50000
_TOKEN = re.compile(
    r"""(?P<space>[\s\ufeff]+|//[^\n]*|/\*[\s\S]*?(?:\*/|\Z))
    |(?P<string>"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*')
    |(?P<name>[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*)
    |(?P<number>\.?\d[\w.]*)
    |(?P<punct>=>|\.\.\.|\?\.(?!\d)|[^\s])""",
    re.VERBOSE,
)
_REGEX = re.compile(r"/(?![*/])[^/\\\[\n]*(?:(?:\\.|\[[^\]\\\n]*(?:\\.[^\]\\\n]*)*\])[^/\\\[\n]*)*/[a-z]*")
#: After these words and signs a slash begins a regular expression, and is no division.
_BEFORE_REGEX = frozenset("(,=:[!&|?{};+-*%<>~^") | {
    "=>",
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "delete",
    "void",
    "throw",
}
#: Words whose condition in brackets a regular expression may follow.
_CONDITIONS = frozenset(("if", "while", "for", "with"))
_OPEN, _CLOSE = {"(": ")", "[": "]", "{": "}"}, frozenset(")]}")


class Token(t.NamedTuple):
    """A token: ``kind`` is string, template, name, number, regex or punct; ``at`` its place in the text."""

    kind: str
    text: str
    at: int


class Property(t.NamedTuple):
    """A property of an object literal: its tokens are ``tokens[begin:end]``; a spread has no name."""

    name: t.Optional[str]
    spread: bool
    begin: int
    end: int


class TooMuch(Exception):
    """A program is not taken apart to its end; the message says why."""


def tokens_of(text: str, deadline: Deadline | None = None) -> list[Token]:
    """The tokens of a program, without spaces and comments.

    :raises TooMuch: there are too many, or no time is left.
    """
    found: list[Token] = []
    at, last = 0, ""
    #: Whether each bracket that is open is that of a condition; whether the last sign is ``++`` or ``--``, or ends one.
    conditions: list[bool] = []
    ended = doubled = False
    while at < len(text):
        if len(found) >= _MOST:
            raise TooMuch("it has more than %d tokens" % _MOST)
        if deadline is not None and len(found) % _BLOCK == 0 and deadline.remaining() < 0.5:
            raise TooMuch("no time was left to read it")
        if text[at] == "`":
            end = _end_of_template(text, at)
            found.append(Token("template", text[at:end], at))
            at, last = end, "`"
            continue
        begins = not last or (last in _BEFORE_REGEX and not doubled) or (last == ")" and ended)
        match = _REGEX.match(text, at) if text[at] == "/" and begins else None
        if match is not None:
            found.append(Token("regex", match.group(), at))
            at, last = match.end(), "/"
            continue
        match = _TOKEN.match(text, at)
        if match is None:  # pragma: no cover - the last alternative takes whatever there is
            break
        if match.lastgroup != "space":
            sign = match.group()
            if sign == "(":
                conditions.append(last in _CONDITIONS)
            ended = sign == ")" and bool(conditions) and conditions.pop()
            # ``i++ / 2`` divides; of a sign that stands alone the doubling is over.
            doubled = sign in "+-" and sign == last and found[-1].at == at - 1 and not doubled
            last = sign
            found.append(Token(str(match.lastgroup), last, at))
        at = match.end()
    return found


def _end_of_template(text: str, at: int) -> int:
    """Where a template ends that begins here; templates in its expressions are part of it."""
    depth: list[str] = ["`"]
    at += 1
    while at < len(text) and depth:
        char = text[at]
        if char == "\\":
            at += 1
        elif depth[-1] == "`" and char == "`":
            depth.pop()
        elif depth[-1] == "`" and text.startswith("${", at):
            depth.append("{")
            at += 1
        elif depth[-1] == "{" and char in "{`":
            depth.append(char)
        elif depth[-1] == "{" and char == "}":
            depth.pop()
        at += 1
    return at


def closing(tokens: t.Sequence[Token], begin: int) -> int:
    """The place of the bracket that closes the one at ``begin``; the end of the tokens if none does."""
    depth = 0
    for place in range(begin, len(tokens)):
        token = tokens[place]
        if token.kind == "punct":
            if token.text in _OPEN:
                depth += 1
            elif token.text in _CLOSE:
                depth -= 1
                if depth == 0:
                    return place
    return len(tokens)


def opening(tokens: t.Sequence[Token], place: int) -> int:
    """The place of the bracket around a place, or of the one that it closes; -1: none is."""
    depth = 0
    for at in range(place - 1, -1, -1):
        token = tokens[at]
        if token.kind == "punct":
            if token.text in _CLOSE:
                depth += 1
            elif token.text in _OPEN:
                if depth == 0:
                    return at
                depth -= 1
    return -1


def split(tokens: t.Sequence[Token], begin: int) -> list[t.Tuple[int, int]]:
    """The parts between the commas of the bracket at ``begin``, as (first, behind the last)."""
    end = closing(tokens, begin)
    parts: list[t.Tuple[int, int]] = []
    start = place = begin + 1
    while place < end:
        text = tokens[place].text if tokens[place].kind == "punct" else ""
        if text in _OPEN:
            place = closing(tokens, place)
        elif text == ",":
            parts.append((start, place))
            start = place + 1
        place += 1
    if start < end:
        parts.append((start, end))
    return parts


def properties(tokens: t.Sequence[Token], begin: int) -> list[Property]:
    """The properties of the object literal that begins with the brace at ``begin``, in their order."""
    found = []
    for first, end in split(tokens, begin):
        head = tokens[first]
        if head.text == "...":
            found.append(Property(None, True, first + 1, end))
            continue
        while head.kind == "name" and head.text in ("async", "get", "set") and _is_name(tokens, first + 1, end):
            first += 1
            head = tokens[first]
        if not _is_name(tokens, first, end):
            found.append(Property(None, False, first, end))
            continue
        name = string_of(head) if head.kind == "string" else head.text
        colon = first + 1 < end and tokens[first + 1].text == ":"
        # A method's value begins with its parameters; a shorthand's is its own name.
        begin_value = first + 2 if colon else first + 1 if first + 1 < end else first
        found.append(Property(name, False, begin_value, end))
    return found


def _is_name(tokens: t.Sequence[Token], at: int, end: int) -> bool:
    return at < end and tokens[at].kind in ("name", "string", "number")


def string_of(token: Token) -> str | None:
    """The text of a string, or of a template without expressions; None: it is neither."""
    if token.kind == "string" or (token.kind == "template" and "${" not in token.text):
        return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.S)
    return None


def boolean(tokens: t.Sequence[Token], begin: int, end: int) -> bool | None:
    """The value of ``true``, ``false``, ``!0`` or ``!1``; None: it is another expression."""
    words = [token.text for token in tokens[begin:end]]
    return {"true": True, "false": False, "! 0": True, "! 1": False}.get(" ".join(words))


def constant(tokens: t.Sequence[Token], name: str) -> t.Tuple[int, int] | None:
    """The only value that a name is given by ``const`` in the program, as (first, behind the last); None: not known."""
    found: list[t.Tuple[int, int]] = []
    for place, token in enumerate(tokens[:-3]):
        if token.text == "const" and tokens[place + 1].text == name and tokens[place + 2].text == "=":
            found.append((place + 3, _end_of_value(tokens, place + 3)))
    return found[0] if len(found) == 1 else None


#: Words that begin a statement: a value before them has ended without a semicolon.
_STATEMENTS = frozenset(("const", "let", "var", "function", "class", "export", "import", "if"))


def _end_of_value(tokens: t.Sequence[Token], begin: int) -> int:
    place = begin
    while place < len(tokens):
        text = tokens[place].text if tokens[place].kind == "punct" else ""
        if text in (";", ",") or text in _CLOSE or (place > begin and tokens[place].text in _STATEMENTS):
            return place
        place = closing(tokens, place) + 1 if text in _OPEN else place + 1
    return place


def line_of(text: str, at: int) -> int:
    """The line of a place, from 1."""
    return text.count("\n", 0, at) + 1
