# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Words of a Caddyfile, as Caddy's own lexer takes them (https://caddyserver.com/docs/caddyfile/concepts#structure).

Variables of the environment are put in before that; their values are kept, so that no message repeats one.
"""

from __future__ import annotations

import re
import typing as t

from .caddy_config import CaddySyntaxError

#: Characters of all files together, and of what variables put in.
MAX_CHARACTERS = 4 << 20
#: Words of all files, each time that they are imported.
MAX_TOKENS = 200000
#: Blocks in blocks: walks over them are recursive.
MAX_DEPTH = 40

_SPACE = re.compile(r"[^\S\n]+|#[^\n]*")
_CONTINUED = re.compile(r"\\\r?\n")
_QUOTED = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)("|\\?\Z)', re.DOTALL)
_WORD = re.compile(r"(?:[^\s\\]|\\[^\s])+")
_HEREDOC = re.compile(r"<<([^\r\n ]*)\r?\n")
_MARKER = re.compile(r"[A-Za-z0-9_-]+\Z")


class CaddyTooMuch(ValueError):
    """A configuration is beyond the limits of this reader."""


class Token(t.NamedTuple):
    """One word.

    :ivar file: where it stands, and the ``line``.
    :ivar breaks: lines that it goes on for.
    :ivar chain: imports by which it came to where it is read: files, and ``file:snippet``.
    """

    text: str
    file: str
    line: int
    breaks: int = 0
    chain: t.Tuple[str, ...] = ()


def begins_line(before: Token | None, now: Token) -> bool:
    """Whether a word begins a line, after another one."""
    if before is None or before.file != now.file or before.chain != now.chain:
        return True
    return before.line + before.breaks < now.line


def wrong(token: Token, message: str) -> CaddySyntaxError:
    """What Caddy says of a word."""
    return CaddySyntaxError("%s:%d - Error during parsing: %s" % (token.file, token.line, message))


class Environment:
    """The variables of the running process.

    :param values: by name.
    :ivar used: names that stand in the files.
    """

    def __init__(self, values: t.Mapping[str, str]) -> None:
        self._values = values
        self.used: t.Set[str] = set()

    def fill(self, text: str) -> str:
        """A text with ``{$NAME}`` and ``{$NAME:default}`` replaced.

        :raises CaddyTooMuch: it gets too long.
        """
        pieces: list[str] = []
        at, length = 0, len(text)
        while True:
            begin = text.find("{$", at)
            end = text.find("}", begin + 2) if begin >= 0 else -1
            if end < 0:
                break
            name, _colon, default = text[begin + 2 : end].partition(":")
            pieces.append(text[at:begin])
            if end > begin + 2:
                self.used.add(name)
                pieces.append(self._values.get(name, default))
                length += len(pieces[-1])
            else:
                pieces.append("{$}")
            at = end + 1
            if length > MAX_CHARACTERS:
                raise CaddyTooMuch("the variables make the configuration longer than %d characters" % MAX_CHARACTERS)
        return "".join(pieces) + text[at:]

    def without_values(self, text: str) -> str:
        """A message without the values of variables: they may be secrets."""
        for name in sorted(self.used, key=lambda name: -len(self._values.get(name, ""))):
            value = self._values.get(name, "")
            for part in [value, *value.split()]:
                if len(part) > 2:
                    text = text.replace(part, "{$%s}" % name)
        return text


def tokens_of(text: str, file: str, heredocs: bool = True) -> list[Token]:
    """The words of a file.

    :param heredocs: whether this Caddy knows them (2.7 and newer).
    :raises CaddySyntaxError: a heredoc is wrong.
    :raises CaddyTooMuch: there are too many.
    """
    lexer = _Lexer(text[1:] if text.startswith("\ufeff") else text, file, heredocs)
    while lexer.step():
        if len(lexer.tokens) > MAX_TOKENS:
            raise CaddyTooMuch("the configuration has more than %d words" % MAX_TOKENS)
    return lexer.tokens


class _Lexer:
    """One pass over a text."""

    def __init__(self, text: str, file: str, heredocs: bool) -> None:
        self._text = text
        self._file = file
        self._heredocs = heredocs
        self._at = 0
        self._line = 1
        self._skipped = 0
        self.tokens: list[Token] = []

    def step(self) -> bool:
        """Take what comes next; False: nothing does."""
        text, at = self._text, self._at
        if at >= len(text):
            return False
        space = _SPACE.match(text, at)
        if space is not None:
            self._at = space.end()
        elif text[at] == "\n":
            self._at += 1
            self._newline()
        elif text[at] == "\\":
            self._backslash()
        elif text[at] == '"':
            self._quoted()
        elif text[at] == "`":
            end = text.find("`", at + 1)
            end = len(text) if end < 0 else end
            self._add(text[at + 1 : end], end + 1)
        elif not (self._heredocs and text.startswith("<<", at) and self._heredoc()):
            self._word()
        return True

    def _newline(self) -> None:
        self._line += 1 + self._skipped
        self._skipped = 0

    def _add(self, word: str, end: int) -> None:
        breaks = word.count("\n")
        self.tokens.append(Token(word, self._file, self._line, breaks))
        self._line += breaks
        if breaks:
            self._line += self._skipped
            self._skipped = 0
        self._at = end

    def _backslash(self) -> None:
        """One at the end of a line continues it; one before a space is nothing."""
        continued = _CONTINUED.match(self._text, self._at)
        if continued is not None:
            self._at = continued.end()
            self._skipped += 1
        elif _WORD.match(self._text, self._at) is not None:
            self._word()
        else:
            self._at += 1

    def _quoted(self) -> None:
        found = _QUOTED.match(self._text, self._at)
        # It always matches: what is not closed goes on to the end.
        word, end = (found.group(1), found.end()) if found is not None else ("", self._at + 1)
        self._add(word.replace('\\"', '"'), end)

    def _word(self) -> None:
        found = _WORD.match(self._text, self._at)
        if found is not None:
            word = found.group()
            self._add(word[1:] if self._heredocs and word.startswith("\\<<") else word, found.end())

    def _heredoc(self) -> bool:
        """``<<NAME``, lines, ``NAME``; False: it is an ordinary word."""
        found = _HEREDOC.match(self._text, self._at)
        if found is None:
            return False
        marker = found.group(1)
        if _MARKER.match(marker) is None:
            reason = "heredoc marker on line #%d must contain only alpha-numeric characters, dashes and underscores; got '%s'"
            raise CaddySyntaxError(reason % (self._line, marker))
        end = self._text.find(marker, found.end())
        if end < 0:
            reason = "incomplete heredoc <<%s on line #%d, expected ending marker %s"
            raise CaddySyntaxError(reason % (marker, self._line, marker))
        *lines, padding = self._text[found.end() : end].split("\n")
        for number, line in enumerate(lines, self._line + 1):
            if line not in ("", "\r") and not line.startswith(padding):
                reason = "mismatched leading whitespace in heredoc <<%s on line #%d [%s], expected whitespace [%s] to match the closing marker"
                raise CaddySyntaxError(reason % (marker, number, line, padding))
        word = "\n".join(line[len(padding) :].replace("\r", "") for line in lines)
        self.tokens.append(Token(word, self._file, self._line, len(lines) + 1))
        self._line += len(lines) + 1 + self._skipped
        self._skipped = 0
        self._at = end + len(marker)
        return True
