# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The value of a JavaScript expression that builds a URL, as far as that is known without running it.

Bundlers leave ``"ws://"+location.host+"/ws"``, template literals, ternaries over ``location.protocol``, and names for what was
written once. All of that is folded here; whatever else occurs becomes UNKNOWN. Nothing is ever guessed: a name is
followed only to an assignment in the same scope.
"""

from __future__ import annotations

import re
import typing as t

#: What stands in a folded text for what only the browser knows: parts of ``location``, a scheme that follows the
#: page's, anything else. Control characters, which no literal keeps.
HOST, HOSTNAME, PORT, ORIGIN, PROTOCOL, SECURE, UNKNOWN = "\x01", "\x02", "\x03", "\x04", "\x05", "\x06", "\x07"
_MARKS = re.compile("[\x00-\x1f\x7f]")

#: Characters of one literal, levels of names and brackets, alternatives of one expression.
_LITERAL, _DEPTH, _MOST = 2048, 6, 6
#: Bytes in front of a use in which the assignment of a name is looked for.
_BACK = 20000
#: Terms of one expression, and names followed in one script: what names of names come to grows without bound.
_TERMS, _NAMES = 400, 600

_SPACE = re.compile(rb"(?:\s+|/\*[^*]{0,400}\*/)*")
_DOUBLE = re.compile(rb'"((?:[^"\\\n]|\\.){0,%d})"' % _LITERAL, re.S)
_SINGLE = re.compile(rb"'((?:[^'\\\n]|\\.){0,%d})'" % _LITERAL, re.S)
#: A literal within code that is a string itself, as development builds have it.
_QUOTED = re.compile(rb"\\([\"'])([^\"'\\\n]{0,%d})\\\1" % _LITERAL)
_PIECE = re.compile(rb"(?:[^`\\$]|\\.|\$(?!\{)){0,%d}" % _LITERAL, re.S)
_NUMBER = re.compile(rb"\d{1,20}(?:\.\d{0,20})?(?:e\d{1,3})?")
_NAME = re.compile(rb"[A-Za-z_$][\w$]{0,80}(?:\s{0,40}(?:\?\.|\.)\s{0,40}[A-Za-z_$#][\w$]{0,80}){0,12}")
_METHOD = re.compile(rb"\s{0,40}(?:\?\.|\.)\s{0,40}([A-Za-z_$][\w$]{0,80})")
_OBJECT = re.compile(rb"\(?\{[^{}]{0,2000}\}\)?")
_COMPARISON = re.compile(rb"[=!]==?|[<>]=?(?![<>])|\binstanceof\b|\bin\b")
_BRACKETS = re.compile(rb"[()\[\]{}]|\"(?:[^\"\\\n]|\\.){0,400}\"|'(?:[^'\\\n]|\\.){0,400}'|`[^`]{0,400}`", re.S)
#: An assignment after these happens on a condition.
_CONDITION = re.compile(rb"(?:[?:)]|&&|\|\||\?\?|\belse)\s{0,40}$")
_DECLARES = re.compile(rb"\b(?:var|let|const)\s{1,9}$")
#: What is false, as text.
_EMPTY = ("", "undefined", "null")
_PAGE = (
    (("location.host",), HOST),
    (("location.hostname", "document.domain"), HOSTNAME),
    (("location.port",), PORT),
    (("location.origin",), ORIGIN),
    (("location.protocol",), PROTOCOL),
    (("location.href", "document.baseURI", "document.URL"), ORIGIN + UNKNOWN),
)


class Choice(t.NamedTuple):
    """One value that an expression may have, and whether that depends on a condition."""

    text: str
    conditional: bool = False


_NOTHING = [Choice(UNKNOWN)]


class Expression:
    """Folds expressions of one script.

    :param data: the script.
    :ivar literals: where the string literals begin that values were made of.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._terms = 0
        self._names = _NAMES
        self.literals: t.Set[int] = set()

    def at(self, position: int) -> tuple[list[Choice], int]:
        """The values of the expression that begins here, and where it ends."""
        self._terms = _TERMS
        choices, end = self._choice(position, 0)
        return _merged(choices), end

    def _choice(self, position: int, depth: int) -> tuple[list[Choice], int]:
        """``a``, ``a + b``, ``a ? b : c``, ``a || b``."""
        left, position = self._sum(position, depth)
        for _operator in range(8):
            position = self._skip(position)
            rest = self._data[position : position + 2]
            compared = _COMPARISON.match(self._data, position)
            if rest in (b"||", b"??"):
                right, position = self._sum(position + 2, depth)
                left = right if _is_empty(left) else _either(left, right)
            elif rest == b"&&":
                left, position = self._sum(position + 2, depth)
                left = [Choice(choice.text, True) for choice in left]
            elif rest[:1] == b"?" and depth < _DEPTH:
                first, position = self._choice(position + 1, depth + 1)
                position = self._skip(position)
                if self._data[position : position + 1] != b":":
                    return _NOTHING, position
                second, position = self._choice(position + 1, depth + 1)
                return _either(first, second), position
            elif compared and rest != b"=>":
                _other, position = self._sum(compared.end(), depth)
                left = _NOTHING
            else:
                break
        return left, position

    def _sum(self, position: int, depth: int) -> tuple[list[Choice], int]:
        """Terms joined by ``+``."""
        left, position = self._term(position, depth)
        for _plus in range(40):
            position = self._skip(position)
            if self._data[position : position + 1] != b"+" or self._data[position + 1 : position + 2] in (b"+", b"="):
                break
            right, position = self._term(position + 1, depth)
            left = _joined(left, right)
        return left, position

    def _term(self, position: int, depth: int) -> tuple[list[Choice], int]:
        position = self._skip(position)
        self._terms -= 1
        if depth > _DEPTH or self._terms < 0:
            return _NOTHING, position
        choices, position = self._primary(position, depth)
        return self._suffixes(choices, position, depth)

    def _primary(self, position: int, depth: int) -> tuple[list[Choice], int]:
        data = self._data
        first = data[position : position + 1]
        quoted = {b'"': _DOUBLE, b"'": _SINGLE}.get(first)
        match = quoted.match(data, position) if quoted else None
        if match:
            self.literals.add(position)
            return [Choice(_plain(match.group(1)))], match.end()
        if first == b"\\":
            match = _QUOTED.match(data, position)
            if match:
                self.literals.add(position + 1)
                return [Choice(_plain(match.group(2)))], match.end()
        if first == b"`":
            return self._template(position, depth)
        if first in (b"{", b"("):
            found = self._member(position)
            if found is not None:
                return found
            return self._bracketed(position, depth) if first == b"(" else (_NOTHING, self._past(position))
        if first in (b"!", b"-", b"~"):
            _value, position = self._term(position + 1, depth + 1)
            return _NOTHING, position
        match = _NUMBER.match(data, position)
        if match:
            return [Choice(_plain(match.group()))], match.end()
        match = _NAME.match(data, position)
        return self._named(match, depth) if match else (_NOTHING, position)

    def _template(self, position: int, depth: int) -> tuple[list[Choice], int]:
        """A template literal."""
        self.literals.add(position)
        choices = [Choice("")]
        position += 1
        for _piece in range(40):
            match = _PIECE.match(self._data, position)
            if match is None:  # never: the empty text is a piece as well
                break
            choices = _joined(choices, [Choice(_plain(match.group()))])
            position = match.end()
            if self._data[position : position + 2] != b"${":
                break
            value, end = self._choice(position + 2, depth + 1)
            end = self._skip(end)
            if self._data[end : end + 1] != b"}":
                # Something that is not understood: the text after it is not, either.
                return _joined(choices, _NOTHING), end
            choices, position = _joined(choices, value), end + 1
        closed = self._data[position : position + 1] == b"`"
        return choices, position + 1 if closed else position

    def _bracketed(self, position: int, depth: int) -> tuple[list[Choice], int]:
        """``(a, b)``: the last counts."""
        choices, end = self._choice(position + 1, depth + 1)
        for _comma in range(4):
            end = self._skip(end)
            if self._data[end : end + 1] != b",":
                break
            choices, end = self._choice(end + 1, depth + 1)
        if self._data[end : end + 1] == b")":
            return choices, end + 1
        return _NOTHING, self._past(position)

    def _member(self, position: int) -> tuple[list[Choice], int] | None:
        """``{}.VITE_WS_HOST``, ``({}).VITE_WS_HOST``: what a build leaves of a variable that was not set."""
        match = _OBJECT.match(self._data, position)
        member = _METHOD.match(self._data, match.end()) if match else None
        if match is None or member is None:
            return None
        name = re.escape(member.group(1))
        known = re.search(rb"[{,\s\"']" + name + rb"[\"']?\s{0,9}:", match.group())
        return (_NOTHING if known else [Choice("undefined")]), member.end()

    def _named(self, match: re.Match[bytes], depth: int) -> tuple[list[Choice], int]:
        words = match.group().replace(b"?", b"")
        name = re.sub(rb"\s", b"", words).decode("ascii", "replace")
        end = match.end()
        if name in ("void", "typeof", "await"):
            _value, end = self._term(end, depth + 1)
            return ([Choice("undefined")] if name == "void" else _NOTHING), end
        if name in ("undefined", "null", "NaN"):
            return [Choice(name)], end
        called = self._data[self._skip(end) : self._skip(end) + 1] == b"("
        if called and "." in name:
            # The last part is a method of the others: it is looked at with the suffixes.
            dot = match.group().rfind(b".")
            end = match.start() + dot - (1 if match.group()[dot - 1 : dot] == b"?" else 0)
            name = name.rpartition(".")[0]
        elif called:
            return _NOTHING, end
        for ends, mark in _PAGE:
            if name.endswith(ends):
                return [Choice(mark)], end
        if name == "location" or name.endswith(".location"):
            return [Choice(ORIGIN + UNKNOWN)], end
        return self._assigned(name.encode("ascii", "replace"), match.start(), depth), end

    def _suffixes(self, choices: list[Choice], position: int, depth: int) -> tuple[list[Choice], int]:
        """Methods, calls and indices behind a term."""
        for _suffix in range(12):
            method = _METHOD.match(self._data, position)
            here = self._skip(method.end() if method else position)
            opening = self._data[here : here + 1]
            if opening == b"(" and method and method.group(1) == b"concat":
                choices, position = self._concatenated(choices, here, depth)
            elif opening == b"(" and method and method.group(1) in (b"replace", b"toString", b"trim", b"replaceAll"):
                choices, position = self._replaced(choices, method.group(1), here), self._past(here)
            elif opening == b"(" or (opening == b"[" and not method):
                choices, position = _NOTHING, self._past(here)
            elif method:
                choices, position = _NOTHING, method.end()
            else:
                break
        return choices, position

    def _concatenated(self, choices: list[Choice], position: int, depth: int) -> tuple[list[Choice], int]:
        end = position + 1
        for _argument in range(20):
            value, end = self._choice(end, depth + 1)
            choices = _joined(choices, value)
            end = self._skip(end)
            if self._data[end : end + 1] != b",":
                break
            end += 1
        return choices, self._past(position)

    def _replaced(self, choices: list[Choice], method: bytes, position: int) -> list[Choice]:
        """``location.origin.replace(/^http/, "ws")`` and the like: the scheme follows the page's."""
        if not method.startswith(b"replace"):
            return choices
        arguments = self._data[position : position + 60]
        if b"http" not in arguments or b"ws" not in arguments:
            return _NOTHING
        return [
            Choice(
                choice.text.replace(ORIGIN, SECURE + "://" + HOST).replace(PROTOCOL, SECURE + ":"), choice.conditional
            )
            for choice in choices
        ]

    def _assigned(self, name: bytes, use: int, depth: int) -> list[Choice]:
        """What was last assigned to a name in the scope of its use."""
        own = name.startswith(b"this.")
        if depth >= _DEPTH or (b"." in name and not own):
            return _NOTHING
        if self._names <= 0:
            return _NOTHING
        self._names -= 1
        pattern = re.compile(rb"(?<![\w$.])" + re.escape(name) + rb"\s{0,9}=(?![=>])")
        start = max(0, use - _BACK)
        found = list(pattern.finditer(self._data, start, use))
        if own:
            # Another method's: it counts only if it is the only one.
            found += list(pattern.finditer(self._data, use, use + _BACK))
            if len(found) != 1:
                return _NOTHING
        if not found:
            return _NOTHING
        last = found[-1]
        choices, end = self._choice(last.end(), depth + 1)
        if not own and not _same_scope(self._data[end:use], name):
            return _NOTHING
        if any(choice.text in _EMPTY for choice in choices) and (
            len(found) > 1 or pattern.search(self._data, use, use + _BACK)
        ):
            # Declared first, set later.
            return _NOTHING
        conditional = bool(_CONDITION.search(self._data[max(0, last.start() - 60) : last.start()]))
        conditional = conditional or (len(name) > 2 and not own and self._is_set_later(pattern, use))
        return [Choice(choice.text, choice.conditional or conditional) for choice in choices]

    def _is_set_later(self, pattern: re.Pattern[bytes], use: int) -> bool:
        """Whether a name is assigned to behind its use, and not declared anew: minified names mean something else everywhere."""
        later = pattern.search(self._data, use, use + _BACK)
        return later is not None and not _DECLARES.search(self._data[max(0, later.start() - 10) : later.start()])

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self._data, position, position + 2000)
        return match.end() if match else position

    def _past(self, position: int) -> int:
        """Behind the bracket that closes the one here; a little further on if none does."""
        # What never closes would be looked through once for each bracket.
        self._terms -= 20
        level = 0
        for match in _BRACKETS.finditer(self._data, position, position + 500):
            if match.group() in (b"(", b"[", b"{"):
                level += 1
            elif match.group() in (b")", b"]", b"}"):
                level -= 1
                if level <= 0:
                    return match.end()
        return position + 1


def _same_scope(between: bytes, name: bytes) -> bool:
    """Whether a name still means the same: its block was not left, and no function has a parameter of that name."""
    level = 0
    for brace in re.finditer(rb"[{}]", between):
        level += 1 if brace.group() == b"{" else -1
        if level < 0:
            return False
    word = rb"(?<![\w$.])" + re.escape(name) + rb"(?![\w$])"
    parameter = rb"\([^()]{0,300}?" + word + rb"[^()]{0,300}\)\s{0,9}(?:=>|\{)|" + word + rb"\s{0,9}=>"
    return not re.search(parameter, between)


def _plain(raw: bytes) -> str:
    """The text of a literal, its escapes undone as far as URLs need it."""
    text = raw.decode("utf-8", "replace").replace("\\/", "/").replace("\\u002F", "/").replace("\\x2F", "/")
    return _MARKS.sub("", text)


def _joined(left: list[Choice], right: list[Choice]) -> list[Choice]:
    both = [Choice(a.text + b.text, a.conditional or b.conditional) for a in left for b in right]
    return both[:_MOST]


def _either(left: list[Choice], right: list[Choice]) -> list[Choice]:
    texts = {choice.text for choice in left + right}
    scheme = _followed(texts)
    if scheme is not None:
        return [Choice(scheme)]
    return [Choice(choice.text, True) for choice in left + right][:_MOST]


def _followed(texts: t.Set[str]) -> str | None:
    """The text with a scheme that follows the page's, if the texts are ``ws…`` and ``wss…`` of the same."""
    if len(texts) != 2:
        return None
    shorter, longer = sorted(texts, key=len)
    if re.match(r"(?:ws|http)(?=:|$)", shorter) and longer == re.sub("^(ws|http)", r"\1s", shorter):
        return SECURE + shorter[2 if shorter.startswith("ws") else 4 :]
    return None


def _merged(choices: list[Choice]) -> list[Choice]:
    """The same with pairs of ws and wss as one."""
    by_text = {choice.text: choice for choice in choices}
    for text in list(by_text):
        pair = _followed({text, re.sub("^(ws|http)(?=:)", r"\1s", text)})
        longer = re.sub("^(ws|http)(?=:)", r"\1s", text)
        if pair is not None and longer in by_text:
            del by_text[text], by_text[longer]
            by_text[pair] = Choice(pair, bool(by_text))
    return list(by_text.values())


def _is_empty(choices: list[Choice]) -> bool:
    """Whether a value is false whatever happens: what a build left of a variable that was not set."""
    return all(choice.text in _EMPTY for choice in choices)
