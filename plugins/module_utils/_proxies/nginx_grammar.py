# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The nginx configuration as a tree of directives: from ``nginx -T`` or from files, includes expanded in place.

The rules are those of nginx's own reader (``ngx_conf_read_token`` in src/core/ngx_conf_file.c), which the manual
only sketches (https://nginx.org/en/docs/beginners_guide.html#conf_structure).
"""

from __future__ import annotations

import posixpath
import re
import typing as t

#: Deeper than any configuration that people write; keeps walks over the tree within Python's stack.
_MAX_BLOCKS = 100
_MAX_INCLUDES = 50
#: Files that include each other twice at every step grow without end; nginx would run out of memory too.
_MAX_DIRECTIVES = 2000000

_HEADER = re.compile(r"^# configuration file (/[^\n]*):$", re.MULTILINE)
#: What may ask for a file; read without the grammar, because a dump is cut into files before it is parsed. One in a
#: comment counts too: to miss a file would be worse than to believe a header.
_INCLUDE = re.compile(r"""\binclude[ \t\r\n]+(?:"([^"\n]*)"|'([^'\n]*)'|([^\s;{}"'#]+))[ \t\r\n]*;""")

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
#: A directive of plain words, which nearly all are; whatever is quoted or escaped goes word by word.
_PLAIN = re.compile(
    r"""([^\s;{}"'\\#$][^\s;{\\]*)((?:[ \t\r\n]+[^\s;{}"'\\#][^\s;{\\]*)*)[ \t\r\n]*([;{])""",
)
_WORD = re.compile(
    r'''"([^"\\]*(?:\\.[^"\\]*)*)"'''
    r"""|'([^'\\]*(?:\\.[^'\\]*)*)'"""
    r"""|((?:[^ \t\r\n;{}"'#\\$]|\\.|\$\{*)(?:[^ \t\r\n;{\\$]+|\\.|\$\{*)*)""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"""\\(["'\\trn])""")
_ESCAPED = {"t": "\t", "r": "\r", "n": "\n"}
#: What counts in a Lua body: braces outside comments, strings and long brackets (lua-nginx-module's lexer).
_LUA = re.compile(
    r"""--\[(=*)\[.*?\]\1\]|--[^\n]*|\[(=*)\[.*?\]\2\]|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'|[{}]""",
    re.DOTALL,
)


class NginxSyntaxError(ValueError):
    """A configuration that nginx would refuse to read; ``file``, ``line`` and ``reason`` say where and why."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__("%s:%d: %s" % (file, line, reason))
        self.file = file
        self.line = line
        self.reason = reason


class Directive(t.NamedTuple):
    """One directive; ``block`` holds what stands between its braces, None if it ends with a semicolon.

    The body of a ``*_by_lua_block`` is code, not directives: its block is empty.
    An ``include`` that stays in the tree names a file that could not be read.
    """

    name: str
    #: Without quotes, escapes resolved.
    args: t.List[str]
    file: str
    line: int
    block: t.Optional[t.List["Directive"]]
    #: As written, from the name to the semicolon or the opening brace.
    text: str = ""

    @property
    def where(self) -> str:
        """``file:line``, as people write it."""
        return "%s:%d" % (self.file, self.line)


Tree = t.List[Directive]


def parse_dump(text: str) -> Tree:
    """The tree of what ``nginx -T`` prints.

    :param text: sections ``# configuration file /path:``; lines before the first one (what nginx says of the test)
        are skipped.
    :raises NginxSyntaxError: it holds no section, or nginx would not load it.
    """
    sections = split_dump(text)
    if not sections:
        raise NginxSyntaxError("nginx -T", 1, "no section '# configuration file ...:'")
    by_path = {posixpath.normpath(path): body for path, body in sections}

    def read(path: str) -> str:
        body = by_path.get(posixpath.normpath(path))
        if body is None:
            raise OSError("not in the dump")
        return body

    def glob(pattern: str) -> list[str]:
        wanted = glob_pattern(posixpath.normpath(pattern))
        return sorted(path for path in by_path if wanted.match(path))

    return parse_files(sections[0][0], read, glob)


def parse_files(path: str, read: t.Callable[[str], str], glob: t.Callable[[str], list[str]]) -> Tree:
    """The tree of a configuration on disk.

    :param path: the main file; relative includes start at its directory (``ngx_conf_full_name``).
    :param read: path to text; raises OSError where it cannot.
    :param glob: pattern to the paths it matches, in any order.
    :raises NginxSyntaxError: nginx would not load the configuration.
    :raises OSError: from ``read``, for the main file only: an included one that cannot be read leaves its
        ``include`` in the tree.
    """
    return _Loader(posixpath.dirname(path), read, glob).load(path)


def split_dump(text: str) -> list[tuple[str, str]]:
    """``nginx -T`` cut into (path, body).

    A line that looks like a header but stands in a file (someone pasted a dump) is recognised by this: nginx
    prints a file only once, and only if an include before it asks for it.
    """
    headers = list(_HEADER.finditer(text))
    if not headers:
        return []
    base = posixpath.dirname(headers[0].group(1))
    trusted = [headers[0]]
    seen = {headers[0].group(1)}
    wanted = _Wanted(base)
    read_to = headers[0].end()
    for header in headers[1:]:
        wanted.add(text[read_to : header.start()])
        read_to = header.end()
        if header.group(1) not in seen and header.group(1) in wanted:
            seen.add(header.group(1))
            trusted.append(header)
    ends = [header.start() for header in trusted[1:]] + [len(text)]
    return [(header.group(1), text[header.end() + 1 : end]) for header, end in zip(trusted, ends)]


class _Wanted:
    """Paths that the includes seen so far ask for."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._paths: set[str] = set()
        self._patterns: dict[str, t.Pattern[str]] = {}

    def add(self, text: str) -> None:
        for found in _INCLUDE.finditer(text):
            path = posixpath.normpath(posixpath.join(self._base, found.group(found.lastindex or 0)))
            if is_pattern(path):
                self._patterns.setdefault(path, glob_pattern(path))
            else:
                self._paths.add(path)

    def __contains__(self, path: str) -> bool:
        path = posixpath.normpath(path)
        return path in self._paths or any(pattern.match(path) for pattern in self._patterns.values())


def is_pattern(path: str) -> bool:
    """Whether nginx hands it to glob(3) (``ngx_conf_include``)."""
    return any(char in path for char in "*?[")


def glob_pattern(pattern: str) -> t.Pattern[str]:
    """glob(3) as a regular expression for whole paths: ``*`` and ``?`` match neither ``/`` nor a leading dot."""
    parts = []
    for name in pattern.split("/"):
        part = "".join(_glob_piece(piece) for piece in re.findall(r"\[!?\]?[^\]/]*\]|.", name, re.DOTALL))
        parts.append("(?!\\.)" + part if name[:1] in ("*", "?", "[") else part)
    try:
        return re.compile("/".join(parts) + r"\Z", re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern) + r"\Z")


def _glob_piece(piece: str) -> str:
    if piece == "*":
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if len(piece) > 2 and piece[0] == "[":
        inner = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^")
        return "[^/%s]" % inner[1:] if inner[0] == "!" else "[%s]" % inner
    return re.escape(piece)


class _Loader:
    """Files of one configuration, each parsed once however often it is included."""

    def __init__(self, base: str, read: t.Callable[[str], str], glob: t.Callable[[str], list[str]]) -> None:
        self._base = base
        self._read = read
        self._glob = glob
        self._trees: dict[str, Tree] = {}
        self._open: list[str] = []
        self._count = 0

    def load(self, path: str) -> Tree:
        """The tree of the main file."""
        return self._parse(path, self._read(path))

    def include(self, directive: Directive) -> Tree:
        """What stands in for an ``include``: the files it names, in order, or itself if none can be read."""
        path = posixpath.join(self._base, directive.args[0])
        if not is_pattern(path):
            return self._file(path, directive)
        tree: Tree = []
        for name in sorted(self._glob(path)):
            tree.extend(self._file(name, directive))
        return tree

    def _file(self, path: str, directive: Directive) -> Tree:
        if path in self._open or len(self._open) > _MAX_INCLUDES:
            raise NginxSyntaxError(directive.file, directive.line, "includes form a loop: %s" % path)
        if path not in self._trees:
            try:
                text = self._read(path)
            except (OSError, UnicodeError):
                return [directive._replace(args=[path])]
            self._trees[path] = self._parse(path, text)
        self._count += len(self._trees[path])
        if self._count > _MAX_DIRECTIVES:
            raise NginxSyntaxError(directive.file, directive.line, "the includes make the configuration too large")
        return self._trees[path]

    def _parse(self, path: str, text: str) -> Tree:
        self._open.append(path)
        tree = _Parser(path, text, self.include).parse()
        self._open.pop()
        return tree


class _Parser:
    """One file."""

    def __init__(self, file: str, text: str, include: t.Callable[[Directive], Tree]) -> None:
        self._file = file
        self._text = text
        self._include = include
        self._line = 1
        self._counted = 0

    def parse(self) -> Tree:
        """The directives of the file."""
        text = self._text
        end = len(text)
        blank, plain = _BLANK.match, _PLAIN.match
        tree: Tree = []
        outer: list[Tree] = []
        at = 0
        while True:
            skipped = blank(text, at)
            at = skipped.end() if skipped else at
            if at >= end:
                break
            if text[at] == "}":
                if not outer:
                    raise self._error(at, 'unexpected "}"')
                tree = outer.pop()
                at += 1
                continue
            begin = at
            found = plain(text, at)
            # "${" is a variable, not the start of a block.
            if found and not (found.group(3) == "{" and text[found.end() - 2] == "$"):
                words = [found.group(1), *found.group(2).split()]
                at = found.end()
            else:
                words, at = self._words(at)
            at, tree = self._add(words, begin, at, tree, outer)
        if outer:
            raise self._error(at, 'unexpected end of file, expecting "}"')
        return tree

    def _add(self, words: list[str], begin: int, at: int, tree: Tree, outer: list[Tree]) -> tuple[int, Tree]:
        """Put a directive into the tree; the position after it, and the list that the next one goes into."""
        line = self._line_at(begin)
        opens = self._text[at - 1] == "{"
        block: Tree | None = [] if opens else None
        directive = Directive(words[0], words[1:], self._file, line, block, self._text[begin:at])
        if block is not None:
            tree.append(directive)
            if directive.name.endswith("_by_lua_block"):
                return self._after_lua(at), tree
            outer.append(tree)
            if len(outer) > _MAX_BLOCKS:
                raise self._error(at, "blocks are nested too deep")
            return at, block
        if directive.name == "include" and len(directive.args) == 1:
            tree.extend(self._include(directive))
        else:
            tree.append(directive)
        return at, tree

    def _words(self, at: int) -> tuple[list[str], int]:
        """The words of a directive, and the position after its semicolon or opening brace."""
        text = self._text
        words: list[str] = []
        while True:
            skipped = _BLANK.match(text, at)
            at = skipped.end() if skipped else at
            char = text[at : at + 1]
            if char in (";", "{") and words:
                return words, at + 1
            found = _WORD.match(text, at)
            if found is None:
                reason = 'unexpected "%s"' % char if char and char not in "\"'\\" else "unexpected end of file"
                raise self._error(at, reason + ("" if char in (";", "{", "}") and char else ', expecting ";" or "}"'))
            word = found.group(found.lastindex or 0)
            words.append(_ESCAPE.sub(_unescape, word) if "\\" in word else word)
            at = found.end()
            after = text[at : at + 1]
            if found.lastindex != 3 and after and after not in " \t\r\n;{)":
                raise self._error(at, 'unexpected "%s"' % after)

    def _after_lua(self, at: int) -> int:
        """The position after the brace that closes a Lua body."""
        depth = 1
        for found in _LUA.finditer(self._text, at):
            token = found.group()
            depth += (token == "{") - (token == "}")
            if depth == 0:
                return found.end()
        raise self._error(at, "unexpected end of file, expecting the end of a Lua block")

    def _line_at(self, at: int) -> int:
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line

    def _error(self, at: int, reason: str) -> NginxSyntaxError:
        return NginxSyntaxError(self._file, 1 + self._text.count("\n", 0, at), reason)


def _unescape(found: t.Match[str]) -> str:
    return _ESCAPED.get(found.group(1), found.group(1))
