# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Blocks of a Caddyfile, with what it imports, as Caddy's own parser makes them.

https://caddyserver.com/docs/caddyfile/concepts and https://caddyserver.com/docs/caddyfile/directives/import.
"""

from __future__ import annotations

import glob
import posixpath
import re
import typing as t

from .._run.digits import number
from .._run.evidence import os_reason
from .caddy_config import CaddySyntaxError
from .caddyfile_tokens import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_TOKENS,
    CaddyTooMuch,
    Environment,
    Token,
    begins_line,
    tokens_of,
    wrong,
)

_MAX_FILES = 1000
#: Imports in imports.
_MAX_CHAIN = 100
_ARGUMENT = re.compile(r"\{args(?:\.([0-9]+)|\[([0-9]+)\])\}")
_ARGUMENTS = re.compile(r"\{args\[([0-9]*):([0-9]*)\]\}\Z")
_BLOCK = re.compile(r"\{block(?:s\.([^{}]+))?\}\Z")
_SNIPPET = re.compile(r"(&?)\((.*)\)\Z", re.DOTALL)


class Files(t.NamedTuple):
    """How files are looked at; paths are absolute."""

    #: The text of a file; raises OSError.
    read: t.Callable[[str], str]
    #: Paths that a pattern of the shell matches.
    listing: t.Callable[[str], t.List[str]]
    #: Whether a path is a directory.
    is_directory: t.Callable[[str], bool]


class Line:
    """A directive, option or matcher with its arguments.

    :ivar block: what its braces hold; None: it has none.
    :ivar end: the last word, or the closing brace.
    """

    def __init__(self, name: Token) -> None:
        self.name = name
        self.args: list[Token] = []
        self.block: list[Line] | None = None
        self.end = name

    @property
    def text(self) -> str:
        """Its name."""
        return self.name.text

    @property
    def words(self) -> list[str]:
        """Its arguments."""
        return [token.text for token in self.args]

    @property
    def last(self) -> Token:
        """The last word of its first line."""
        return self.args[-1] if self.args else self.name

    def miscounted(self) -> CaddySyntaxError:
        """What Caddy says where arguments are missing, or too many."""
        return wrong(self.last, "Wrong argument count or unexpected line ending after '%s'" % self.last.text)


class Block(t.NamedTuple):
    """A site with its addresses, or the global options (none), or a route with a name."""

    keys: t.List[Token]
    lines: t.List[Line]
    is_route: bool = False


def blocks_of(
    path: str, files: Files, environment: Environment, heredocs: bool = True
) -> tuple[list[Block], list[str]]:
    """The blocks of a Caddyfile, in their order, and the files that were read.

    :raises CaddySyntaxError: Caddy would not take it; the message is Caddy's.
    :raises CaddyTooMuch: it is beyond the limits of this reader.
    :raises OSError: the file cannot be read.
    """
    parser = _Parser(files, environment, heredocs)
    return parser.all(path), list(parser.read)


def lines_of(tokens: t.Iterable[Token]) -> list[Line]:
    """Words as lines with their blocks."""
    levels: list[list[Line]] = [[]]
    owners: list[Line] = []
    line: Line | None = None
    before: Token | None = None
    for token in tokens:
        fresh = begins_line(before, token)
        if token.text == "{" and line is not None and not fresh:
            line.block = []
            levels.append(line.block)
            owners.append(line)
            line = None
            if len(levels) > MAX_DEPTH:
                raise CaddyTooMuch("blocks are nested deeper than %d" % MAX_DEPTH)
        elif token.text == "}" and owners:
            levels.pop()
            owners.pop().end = token
            line = None
        elif line is None or fresh:
            line = Line(token)
            levels[-1].append(line)
        else:
            line.args.append(token)
            line.end = token
        before = token
    return levels[0]


class _Parser:
    """Takes words one by one; an import puts others in its place."""

    def __init__(self, files: Files, environment: Environment, heredocs: bool) -> None:
        self._files = files
        self._environment = environment
        self._heredocs = heredocs
        self._snippets: dict[str, list[Token]] = {}
        #: Words to come, the next one last.
        self._rest: list[Token] = []
        self._before: Token | None = None
        self._now: Token | None = None
        self._characters = self._taken = 0
        self.read: dict[str, list[Token]] = {}

    def all(self, path: str) -> list[Block]:
        tokens = self._tokens(path, path)
        if not tokens:
            raise CaddySyntaxError("EOF")
        self._push(tokens)
        found = []
        while self._next():
            block = self._block()
            if block is not None:
                found.append(block)
        return found

    # -- words -----------------------------------------------------------------------------------------------------

    def _tokens(self, path: str, name: str) -> list[Token]:
        """The words of a file; it is read once."""
        if path not in self.read:
            if len(self.read) >= _MAX_FILES:
                raise CaddyTooMuch("the configuration has more than %d files" % _MAX_FILES)
            text = self._environment.fill(self._files.read(path))
            self._characters += len(text)
            if self._characters > MAX_CHARACTERS:
                raise CaddyTooMuch("the configuration has more than %d characters" % MAX_CHARACTERS)
            self.read[path] = tokens_of(text, name, self._heredocs)
        return self.read[path]

    def _push(self, tokens: t.Sequence[Token]) -> None:
        self._taken += len(tokens) + 1
        if self._taken > MAX_TOKENS:
            raise CaddyTooMuch("imports make the configuration longer than %d words" % MAX_TOKENS)
        self._rest.extend(reversed(tokens))

    def _next(self) -> bool:
        if not self._rest:
            return False
        self._before, self._now = self._now, self._rest.pop()
        return True

    def _here(self) -> Token:
        """The word that was taken last."""
        return self._now or Token("", "", 0)

    def _fresh(self) -> bool:
        return begins_line(self._before, self._here())

    def _next_is_fresh(self) -> bool:
        return not self._rest or begins_line(self._here(), self._rest[-1])

    # -- blocks ----------------------------------------------------------------------------------------------------

    def _block(self) -> Block | None:
        """The block that begins with the word taken; None: it was a snippet, or there was none."""
        keys, more = self._keys()
        found = _SNIPPET.match(keys[0].text) if len(keys) == 1 else None
        if not more:
            return Block(keys, []) if keys else None
        if found is not None and not found.group(1):
            self._snippet(found.group(2))
            return None
        braces = self._here().text == "{"
        lines = self._directives(braces)
        if braces and self._here().text != "}":
            token = self._here()
            raise CaddySyntaxError(
                "%s:%d - Syntax error: Unexpected token '%s', expecting '}'" % (token.file, token.line, token.text)
            )
        return Block(keys, lines, found is not None) if keys or lines else None

    def _keys(self) -> tuple[list[Token], bool]:
        """Addresses before a block; and whether anything follows."""
        keys: list[Token] = []
        another = False
        while True:
            token = self._here()
            if token.text == "import" and self._fresh():
                self._import()
                if not self._next():
                    return keys, False
                continue
            if token.text == "{":
                if another:
                    raise wrong(token, "Expected another address but had '{' - check for extra comma")
                return keys, True
            if token.text.endswith("{"):
                reason = (
                    "Site addresses cannot end with a curly brace: '%s' - put a space between the token and the brace"
                )
                raise wrong(token, reason % token.text)
            another = token.text.endswith(",")
            if token.text:
                keys.append(token._replace(text=token.text[:-1] if another else token.text))
            if not self._next():
                if another:
                    raise wrong(token, "Unexpected EOF")
                return keys, False
            if not another and self._fresh():
                return keys, True

    def _snippet(self, name: str) -> None:
        """Keep the words of a snippet."""
        if name in self._snippets:
            raise wrong(self._here(), "redeclaration of previously declared snippet %s" % name)
        if self._here().text != "{":
            raise wrong(self._here(), "Unexpected token '%s', expecting '{'" % self._here().text)
        self._snippets[name] = self._until_closed()

    def _until_closed(self) -> list[Token]:
        """The words up to the brace that closes the one taken."""
        depth = 1
        found: list[Token] = []
        while self._next():
            text = self._here().text
            depth += (text == "{") - (text == "}")
            if not depth:
                return found
            found.append(self._here())
        raise wrong(self._here(), "Unexpected EOF")

    def _directives(self, braces: bool) -> list[Line]:
        """The directives of a block, or of a file with one site and without braces."""
        found: list[Line] = []
        if not braces and self._now is not None:
            self._rest.append(self._now)
            self._now = self._before
        while self._next():
            text = self._here().text
            if text == "}":
                break
            if text == "import":
                self._import()
            else:
                found += lines_of(self._directive())
        return found

    def _directive(self) -> list[Token]:
        """The words of one directive with its block."""
        tokens, depth = [self._here()], 0
        while self._rest:
            if not depth and self._next_is_fresh() and self._rest[-1].text != "{":
                return tokens
            self._next()
            token = self._here()
            if token.text == "{":
                depth += 1
                if not self._next_is_fresh():
                    raise wrong(token, "Unexpected next token after '{' on same line")
            elif token.text == "}":
                if not depth:
                    raise wrong(token, "Unexpected '}' because no matching opening brace")
                depth -= 1
            elif token.text == "import" and self._fresh():
                self._import()
                continue
            tokens.append(token)
        if depth:
            raise wrong(self._here(), "Unexpected EOF")
        return tokens

    # -- imports ---------------------------------------------------------------------------------------------------

    def _import(self) -> None:
        """Put what an import names in its place."""
        origin, before = self._here(), self._before
        args: list[Token] = []
        while self._rest and not self._next_is_fresh() and self._rest[-1].text != "{":
            self._next()
            args.append(self._here())
        block: list[Token] = []
        if args and self._rest and not self._next_is_fresh():
            self._next()
            block = self._until_closed()
        self._now = before
        if not args:
            raise wrong(origin, "Wrong argument count or unexpected line ending after 'import'")
        if not args[0].text:
            raise wrong(args[0], "Import requires a non-empty filepath")
        where = args[-1]
        if args[0].text in self._snippets:
            source = self._snippets[args[0].text]
            nodes = {"%s:%s" % (source[0].file, args[0].text): source} if source else {}
        else:
            nodes = {path: self._imported(path, where) for path in self._matching(args[0])}
        replaced = _Arguments([token.text for token in args[1:]], block)
        for node, source in reversed(list(nodes.items())):
            self._push(replaced.into(source, _chained(where, node)))

    def _imported(self, path: str, where: Token) -> list[Token]:
        if self._files.is_directory(path):
            raise wrong(where, "Could not import %s: is a directory" % path)
        try:
            return self._tokens(path, path)
        except OSError as error:
            raise OSError(error.errno, os_reason(error), path) from None

    def _matching(self, token: Token) -> list[str]:
        """Files that an import's argument names."""
        pattern = posixpath.normpath(posixpath.join(posixpath.dirname(token.file), token.text))
        if pattern.count("*") > 1 or pattern.count("?") > 1 or ("[" in pattern and "]" in pattern):
            raise wrong(token, "Glob pattern may only contain one wildcard (*), but has others: %s" % pattern)
        is_glob = any(sign in pattern for sign in "*?[]")
        found = self._files.listing(pattern if is_glob else glob.escape(pattern))
        if not found and not is_glob:
            raise wrong(token, "File to import not found: %s" % token.text)
        # Go's patterns match names with a leading dot, too.
        folder, name = posixpath.split(pattern)
        if name[:1] in ("*", "?"):
            hidden = "." + name[1:] if name[0] == "?" else "." + name
            found = sorted({*found, *self._files.listing(posixpath.join(folder, hidden))})
        return found


def _chained(token: Token, node: str) -> tuple[str, ...]:
    """The imports of a file or snippet that a word names."""
    chain = token.chain or (token.file,)
    if node in chain:
        raise CaddySyntaxError("a cycle of imports exists between %s and %s" % (chain[-1], node))
    if len(chain) > _MAX_CHAIN:
        raise CaddyTooMuch("imports are nested deeper than %d" % _MAX_CHAIN)
    return (*chain, node)


class _Arguments:
    """What an import hands over: ``{args[0]}``, ``{args[1:]}``, ``{args.0}``, ``{block}`` and ``{blocks.name}``."""

    def __init__(self, args: list[str], block: list[Token]) -> None:
        self._args = args
        self._block = block

    def into(self, tokens: t.Iterable[Token], chain: tuple[str, ...]) -> list[Token]:
        """Words with the arguments in their places."""
        found: list[Token] = []
        size = 0
        for token in tokens:
            several = _ARGUMENTS.match(token.text)
            block = _BLOCK.match(token.text) if self._block else None
            if several is not None:
                first, last = number(several.group(1)), number(several.group(2))
                found += [token._replace(text=text, chain=chain) for text in self._args[first or 0 : last]]
            elif block is not None:
                found += self._inner(block.group(1))
            else:
                text = _ARGUMENT.sub(self._one, token.text) if "{args" in token.text else token.text
                size += len(text) - len(token.text)
                found.append(token._replace(text=text, chain=chain))
            if len(found) > MAX_TOKENS or size > MAX_CHARACTERS:
                raise CaddyTooMuch("imports make the configuration longer than %d words" % MAX_TOKENS)
        return found

    def _one(self, found: t.Match[str]) -> str:
        at = number(found.group(1) or found.group(2))
        return self._args[at] if at is not None and at < len(self._args) else found.group()

    def _inner(self, name: str | None) -> list[Token]:
        """The import's block, or what one of its directives has."""
        if name is None:
            return self._block
        found: list[Token] = []
        depth, taken = 0, False
        before: Token | None = None
        for token in self._block:
            opens, closes = token.text == "{", token.text == "}"
            if not depth and begins_line(before, token) and not closes:
                taken = token.text == name
            elif taken and not (closes and depth == 1) and not (opens and not depth):
                found.append(token)
            depth += opens - closes
            before = token
        return found
