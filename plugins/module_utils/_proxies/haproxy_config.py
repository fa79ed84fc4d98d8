# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""HAProxy's configuration: lines, sections, what is inherited (https://docs.haproxy.org/2.6/configuration.html)."""

from __future__ import annotations

import re
import typing as t

from .engine import address, host_and_port

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import UpstreamAddress

#: Keywords that begin a section of their own (section 2 and cfgparse.c).
SECTIONS = (
    *("global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "mailers", "userlist", "cache"),
    *("program", "ring", "http-errors", "fcgi-app", "log-forward", "crt-store", "traces", "acme", "log-profile"),
)
_PROXIES = ("defaults", "frontend", "backend", "listen")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", " ": " ", "#": "#", "\\": "\\", '"': '"', "'": "'", "$": "$"}
_UNITS = {"us": 0.000001, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = re.compile(r"([0-9]{1,15})(us|ms|s|m|h|d)?\Z")


class HaproxySyntaxError(ValueError):
    """A line that is no configuration of HAProxy; begins with file and line."""


class Line(t.NamedTuple):
    """One line's words, and where they stand."""

    words: t.Tuple[str, ...]
    file: str
    line: int

    @property
    def where(self) -> str:
        """``file:line``."""
        return "%s:%d" % (self.file, self.line)


class Section:
    """A section with its lines.

    :ivar base: the ``defaults`` section that it inherits from.
    """

    def __init__(self, head: Line, base: Section | None) -> None:
        self.kind = head.words[0]
        self.name = head.words[1] if len(head.words) > 1 and head.words[1] != "from" else ""
        self.file, self.line = head.file, head.line
        self.base = base
        self.lines: t.List[Line] = []

    @property
    def where(self) -> str:
        """``file:line``."""
        return "%s:%d" % (self.file, self.line)

    def own(self, *begin: str) -> list[Line]:
        """Its own lines that begin with these words."""
        return [line for line in self.lines if line.words[: len(begin)] == begin]

    def last(self, *begin: str) -> Line | None:
        """The line that holds: its own last one, or that of its defaults; ``no option x`` ends an option."""
        for line in reversed(self.lines):
            if line.words[: len(begin)] == begin:
                return line
            if line.words[: len(begin) + 1] == ("no", *begin):
                return None
        return self.base.last(*begin) if self.base is not None else None

    def rules(self, name: str) -> list[Line]:
        """Rules of a kind in the order of their evaluation: those of named defaults first (since 2.6)."""
        return (self.base.rules(name) if self.base is not None else []) + self.own(name)

    def value(self, *begin: str) -> str | None:
        """The word after these."""
        line = self.last(*begin)
        return line.words[len(begin)] if line is not None and len(line.words) > len(begin) else None

    def seconds(self, name: str) -> tuple[float | None, Line | None]:
        """A ``timeout`` in seconds and its line."""
        line = self.last("timeout", name)
        if line is None or len(line.words) < 3:
            return None, None
        return seconds(line.words[2]), line

    @property
    def mode(self) -> str:
        """``tcp`` (the default) or ``http``."""
        return self.value("mode") or "tcp"


class Config:
    """All sections, and sentences about what was not read."""

    def __init__(self) -> None:
        self.sections: t.List[Section] = []
        self.notes: t.List[str] = []

    def __bool__(self) -> bool:
        return bool(self.sections)

    def entries(self) -> list[Section]:
        """Frontends and listens: what takes connections."""
        return [section for section in self.sections if section.kind in ("frontend", "listen")]

    def backend(self, name: str) -> Section | None:
        """The backend (or listen) of a name."""
        found = [section for section in self.sections if section.kind in ("backend", "listen")]
        return next((section for section in found if section.name == name), None)


class Bind(t.NamedTuple):
    """One address of a ``bind`` line."""

    host: str
    first: int
    last: int
    ssl: bool
    line: Line


def seconds(text: str) -> float | None:
    """A time in seconds; without a unit it is in milliseconds (section 2.5)."""
    found = _TIME.match(text)
    return round(int(found.group(1)) * _UNITS[found.group(2) or "ms"], 6) if found else None


def words_of(text: str, where: str) -> tuple[str, ...]:
    """A line's words: quotes, escapes, comments (section 2.2). Variables stay as they are written.

    :raises HaproxySyntaxError: a quote is not closed.
    """
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == "\\" and quote != "'" and at < len(text):
            word = (word or []) + [_ESCAPES.get(text[at], "\\" + text[at])]
            at += 1
        elif quote:
            if char == quote:
                quote = ""
            else:
                word = (word or []) + [char]
        elif char in "\"'":
            quote, word = char, word or []
        elif char == "#":
            break
        elif char.isspace():
            if word is not None:
                words.append("".join(word))
            word = None
        else:
            word = (word or []) + [char]
    if quote:
        raise HaproxySyntaxError("%s: a quote is not closed" % where)
    return tuple(words + ["".join(word)] if word is not None else words)


def parse(files: t.Sequence[t.Tuple[str, str]]) -> Config:
    """Configuration files (name, text) in the order of the command line.

    :raises HaproxySyntaxError: a line cannot be taken apart, or stands before the first section.
    """
    config = Config()
    unnamed: Section | None = None
    section: Section | None = None
    for line in _lines(files, config):
        if line.words[0] not in SECTIONS:
            if section is None:
                raise HaproxySyntaxError("%s: %s comes before any section" % (line.where, line.words[0][:40]))
            section.lines.append(line)
            continue
        base = None
        if line.words[0] in _PROXIES:
            base = _base(config, line) or (unnamed if line.words[0] != "defaults" else None)
        section = Section(line, base)
        config.sections.append(section)
        if section.kind == "defaults":
            unnamed = section
    return config


def _base(config: Config, line: Line) -> Section | None:
    """The defaults that a section names with ``from``."""
    if "from" not in line.words[1:-1]:
        return None
    name = line.words[line.words.index("from", 1) + 1]
    named = [section for section in config.sections if section.kind == "defaults" and section.name == name]
    if not named:
        config.notes.append("The defaults %s that %s inherits from were not found." % (name, line.where))
    return named[-1] if named else None


def _lines(files: t.Sequence[t.Tuple[str, str]], config: Config) -> t.Iterator[Line]:
    """Lines with words, without those that ``.if`` leaves out (section 2.4)."""
    for name, text in files:
        #: One entry for every open .if: whether its lines hold, and whether a branch held already.
        nested: list[list[bool]] = []
        for number, raw in enumerate(text.split("\n"), 1):
            words = words_of(raw.rstrip("\r"), "%s:%d" % (name, number))
            if not words:
                continue
            line = Line(words, name, number)
            if words[0].startswith("."):
                _conditional(line, nested, config)
            elif all(entry[0] for entry in nested):
                yield line


def _conditional(line: Line, nested: list[list[bool]], config: Config) -> None:
    word = line.words[0]
    if word == ".if":
        holds = _holds(line, config)
        nested.append([holds, holds])
    elif word in (".elif", ".else") and nested:
        holds = not nested[-1][1] and (word == ".else" or _holds(line, config))
        nested[-1] = [holds, nested[-1][1] or holds]
    elif word == ".endif" and nested:
        nested.pop()
    elif word in (".elif", ".else", ".endif"):
        raise HaproxySyntaxError("%s: %s without .if" % (line.where, word))


def _holds(line: Line, config: Config) -> bool:
    """A condition of ``.if``: constants only; what is not known is said, and left out."""
    condition = " ".join(line.words[1:])
    if condition in ("", "0", "false"):
        return False
    if condition not in ("1", "true"):
        config.notes.append(
            "The lines under %s at %s are ignored: the result of the condition is not known."
            % (line.words[0], line.where)
        )
        return False
    return True


def binds(section: Section) -> list[Bind]:
    """TCP addresses that a frontend or listen takes connections on."""
    found = []
    for line in section.own("bind"):
        if len(line.words) < 2:
            continue
        for text in line.words[1].split(","):
            text = re.sub(r"\A(?:ipv4|ipv6|tcp|tcp4|tcp6)@", "", text)
            if text.startswith(("/", "unix@", "abns@", "fd@", "quic")):
                continue
            host, _colon, ports = text.rpartition(":")
            span = re.match(r"([0-9]{1,5})(?:-([0-9]{1,5}))?\Z", ports)
            if span is not None:
                first = int(span.group(1))
                found.append(Bind(host.strip("[]"), first, int(span.group(2) or first), "ssl" in line.words[2:], line))
    return found


class Server(t.NamedTuple):
    """A ``server`` line."""

    address: UpstreamAddress
    ssl: bool
    line: Line
    #: Connections that it takes at a time; None: any number.
    maxconn: t.Optional[str] = None
    #: Whether HTTP/2 is spoken to it without asking (``proto h2``).
    http2: bool = False


def servers(section: Section, port: int) -> list[Server]:
    """The servers of a backend.

    :param port: of the connection; a server without one is asked on it.
    """
    default = section.last("default-server")
    common = default.words[1:] if default is not None else ()
    found = []
    for line in section.lines:
        if line.words[0] == "server" and len(line.words) > 2:
            text, options = line.words[2], line.words[3:]
        elif line.words[0] == "server-template" and len(line.words) > 3:
            text, options = line.words[3], line.words[4:]
        else:
            continue
        row = server_address(text, port)
        row["down"] = _flag("disabled", "enabled", options, common)
        row["backup"] = _flag("backup", "non-backup", options, common)
        limit = _value("maxconn", options) or _value("maxconn", common)
        proto = _value("proto", options) or _value("proto", common)
        found.append(Server(row, _flag("ssl", "no-ssl", options, common), line, limit, proto == "h2"))
    return found


def _flag(name: str, opposite: str, options: t.Sequence[str], common: t.Sequence[str]) -> bool:
    return name in options or (name in common and opposite not in options)


def _value(name: str, options: t.Sequence[str]) -> str | None:
    """The word after an option."""
    return next((value for option, value in zip(options, options[1:]) if option == name), None)


def server_address(text: str, port: int) -> UpstreamAddress:
    """An address as ``server`` takes it (section 5.2); the port may be relative to the connection's."""
    text = re.sub(r"\A(?:ipv4|ipv6|tcp|tcp4|tcp6)@", "", text)
    if text.startswith(("/", "unix@")):
        path = text[5:] if text.startswith("unix@") else text
        return address("unix:" + path, None, path)
    relative = re.match(r"(.*):([+-][0-9]{1,5})\Z", text)
    if relative is not None:
        return address(relative.group(1).strip("[]"), port + int(relative.group(2)))
    host, number = host_and_port(text)
    return address(host, number if ":" in text else port)
