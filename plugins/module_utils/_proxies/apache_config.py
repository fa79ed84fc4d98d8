# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Apache's configuration as an ordered tree with file and line, and who answers in it.

The tree is what apache_files reads, or what ``httpd -t -D DUMP_CONFIG`` prints: includes, IfModule, IfDefine, macros and
variables are resolved in it; Listen and vhosts stand as they are written
(https://httpd.apache.org/docs/2.4/mod/mod_info.html#startup).
"""

from __future__ import annotations

import re
import typing as t

from .._run.digits import number
from .engine import compiled, wildcard

_FILE = re.compile(r"# In file: (.+)\Z")
_LINE = re.compile(r"( *)#\s+([0-9]+):\Z")
_OPEN = re.compile(r"<([A-Za-z]\w*)\s*(.*)>[^>]*\Z", re.DOTALL)
_CLOSE = re.compile(r"</([A-Za-z]\w*)>\Z")
_BLANKS = re.compile(r"[ \t\n\v\f\r]*")
_WORDS = re.compile(r"[^ \t\n\v\f\r]+")
_PLAIN = re.compile(r"[^ \t\n\v\f\r]*")
_MODULE = re.compile(r"^ (\w+)_module \((?:static|shared)\)$", re.M)
_PATHS = ("location", "locationmatch")


class ApacheSyntaxError(ValueError):
    """A configuration that httpd would not load, or a dump whose sections do not fit; names file and line."""


class Directive:
    """A directive, or a section with its content.

    :ivar name: as it is compared: lower case.
    :ivar text: as it is written.
    """

    def __init__(self, text: str, file: str, line: int, section: bool = False) -> None:
        head, _space, rest = text.partition(" ")
        self.name = head.lower()
        self.args = words_of(rest)
        self.text = text
        self.file, self.line = file, line
        self.section = section
        self.block: t.List[Directive] = []

    @property
    def where(self) -> str:
        """``file:line``."""
        return "%s:%d" % (self.file, self.line)

    def find(self, *names: str) -> list[Directive]:
        """Its directives with one of these names, in their order."""
        return [item for item in self.block if item.name in names]

    def option(self, name: str) -> str | None:
        """The value of an argument ``name=value``."""
        found = [arg.partition("=")[2] for arg in self.args if arg.lower().startswith(name + "=")]
        return found[-1] if found else None


def word_at(text: str, at: int) -> tuple[str, int]:
    """The word that begins at a place, and where the next one begins (ap_getword_conf).

    Quotes of both kinds hold blanks; a backslash keeps a backslash, and in quotes their own kind.
    """
    start = _blank(text, at)
    quote = text[start : start + 1]
    if quote not in ('"', "'"):
        found = _PLAIN.match(text, start)
        end = found.end() if found is not None else start
        return text[start:end].replace("\\\\", "\\"), _blank(text, end)
    end = start + 1
    while end < len(text) and text[end] != quote:
        end += 2 if text[end] == "\\" and text[end + 1 : end + 2] in ("\\", quote) else 1
    word = re.sub(r"\\([\\%s])" % quote, r"\1", text[start + 1 : end])
    return word, _blank(text, end + 1)


def _blank(text: str, at: int) -> int:
    """Where something else than blanks begins."""
    found = _BLANKS.match(text, at)
    return found.end() if found is not None else len(text)


def words_of(text: str) -> list[str]:
    """Arguments, as word_at reads them."""
    if '"' not in text and "'" not in text and "\\" not in text:
        return _WORDS.findall(text)
    words: list[str] = []
    at = _blank(text, 0)
    while at < len(text):
        word, at = word_at(text, at)
        words.append(word)
    return words


def parse_dump(text: str) -> Directive:
    """The tree: a section without a name, whose content is that of the main server.

    :raises ApacheSyntaxError: a section ends that was not begun, or does not end.
    """
    root = Directive("", "", 0, True)
    open_: list[Directive] = [root]
    file, number, fresh = "", 0, False
    for raw in text.split("\n"):
        found = _FILE.match(raw)
        line = _LINE.match(raw)
        content = raw.strip()
        if found is not None:
            file = found.group(1)
        elif line is not None:
            _end_empty(open_, len(line.group(1)) // 2 + 1)
            number, fresh = int(line.group(2)), True
        elif _CLOSE.match(content):
            _end_empty(open_, (len(raw) - len(raw.lstrip(" "))) // 2 + 2)
            name = _CLOSE.match(content)
            if len(open_) < 2 or name is None or open_[-1].name != name.group(1).lower():
                raise ApacheSyntaxError("%s:%d: %s ends nothing" % (file, number, content[:60]))
            open_.pop()
        elif content and fresh:
            # Every directive stands after its line's number: what does not is another dump's.
            fresh = False
            section = _OPEN.match(content)
            words = "%s %s" % section.groups() if section is not None else content
            item = Directive(words.strip(), file, number, section is not None)
            open_[-1].block.append(item)
            if section is not None:
                open_.append(item)
    _end_empty(open_, 1)
    return root


def _end_empty(open_: list[Directive], depth: int) -> None:
    """End sections without content, which httpd does not close: what follows is not indented below them."""
    while len(open_) > depth:
        if open_[-1].block:
            raise ApacheSyntaxError("%s: <%s> is not closed" % (open_[-1].where, open_[-1].name))
        open_.pop()


class Config:
    """What of a tree is asked for again and again.

    :param modules: names without ``_module``, as ``-D DUMP_MODULES`` prints them.
    :param version: of the binary; ``()``: not known.
    """

    def __init__(self, root: Directive, modules: t.Iterable[str], version: tuple[int, ...]) -> None:
        self.root = root
        self.modules = frozenset(modules)
        self.version = version
        self.hosts = root.find("virtualhost")
        self.listens = [listen for item in root.find("listen") for listen in [_port(item)] if listen is not None]

    def __bool__(self) -> bool:
        return bool(self.root.block)

    def levels(self, host: Directive | None) -> list[Directive]:
        """The server that answers, then the main one, which it inherits from."""
        return [self.root] if host is None else [host, self.root]

    def balancer(self, url: str, host: Directive | None) -> Directive | None:
        """The ``<Proxy balancer://name>`` of a URL."""
        name = url.split("/")[2].lower() if url.count("/") > 1 else ""
        for level in self.levels(host):
            for item in level.find("proxy"):
                words = item.args[0].split("/") if item.args else []
                if len(words) > 2 and words[0].lower() == "balancer:" and words[2].lower() == name:
                    return item
        return None


def modules_of(text: str) -> list[str]:
    """Names of the modules in the output of ``-D DUMP_MODULES``."""
    return _MODULE.findall(text)


def _port(item: Directive) -> tuple[int, bool] | None:
    """The port of a ``Listen``, and whether https is said there."""
    text = item.args[0] if item.args else ""
    port = number(text.rpartition(":")[2])
    return (port, "https" in item.args[1:]) if port is not None and port < 65536 else None


def names_of(host: Directive) -> list[str]:
    """ServerName and ServerAlias of a virtual host."""
    names = [item.args[0] for item in host.find("servername")[-1:] if item.args]
    names = [re.sub(r"\A\w+://|:[0-9]*\Z", "", name) for name in names]
    return names + [name for item in host.find("serveralias") for name in item.args]


def address_at(host: Directive, port: int) -> str | None:
    """The address of a virtual host for a port; None: it has none."""
    for text in host.args:
        address, _colon, number = text.rpartition(":") if ":" in text.rpartition("]")[2] else (text, "", "*")
        if number in ("*", str(port)):
            return address
    return None


class Choice(t.NamedTuple):
    """The server that answers."""

    host: t.Optional[Directive]
    listen: str
    by: str
    default: bool


def choose(config: Config, name: str, port: int) -> tuple[Choice | None, list[str]]:
    """The virtual host for a name and a port, and what is not sure about that.

    https://httpd.apache.org/docs/2.4/vhosts/details.html: addresses before ``*``; among those of an address the
    first that has the name, else the first at all. The main server answers where no virtual host has the port.
    """
    fitting: list[tuple[Directive, str]] = []
    for host in config.hosts:
        address = address_at(host, port)
        if address is not None:
            fitting.append((host, address))
    if not fitting:
        if config.listens and port not in [listen[0] for listen in config.listens]:
            return None, []
        return Choice(None, "*:%d" % port, "main server", True), []
    notes = []
    if len({address.replace("_default_", "*") for _host, address in fitting}) > 1:
        notes.append(
            "Virtual hosts on several addresses have port %d: which of them answers depends on the address." % port
        )
    for host, address in fitting:
        by = next((one for one in names_of(host) if wildcard(one).match(name)), None)
        if by is not None:
            return Choice(host, "%s:%d" % (address, port), "name", host is fitting[0][0]), notes
    return Choice(fitting[0][0], "%s:%d" % (fitting[0][1], port), "default", True), notes


def is_tls(config: Config, choice: Choice) -> bool:
    """Whether the server speaks TLS."""
    for level in config.levels(choice.host):
        for item in level.find("sslengine")[-1:]:
            return [arg.lower() for arg in item.args[:1]] != ["off"]
    port = choice.listen.rpartition(":")[2]
    return any(str(number) == port and https for number, https in config.listens)


def sections(config: Config, host: Directive | None, path: str) -> list[Directive]:
    """The Location sections that hold for a path, in the order they are merged: the last one wins."""
    return [item for level in reversed(config.levels(host)) for item in level.find(*_PATHS) if section_fits(item, path)]


def section_fits(item: Directive, path: str) -> bool:
    """Whether a Location section holds for a path (https://httpd.apache.org/docs/2.4/mod/core.html#location)."""
    args = item.args
    if not args:
        return False
    if item.name == "locationmatch" or (args[0] == "~" and len(args) > 1):
        pattern = compiled(args[-1])
        return pattern is not None and pattern.search(path) is not None
    prefix = args[0]
    if "*" in prefix or "?" in prefix:
        return wildcard(prefix).match(path) is not None
    return path_fits(prefix, path)


def path_fits(prefix: str, path: str) -> bool:
    """Whether a path lies under a prefix: at a slash, or whole (mod_proxy: alias_match; core: Location)."""
    if not path.startswith(prefix):
        return False
    rest = path[len(prefix) :]
    return prefix.endswith("/") or not rest or rest.startswith("/")


def value_of(config: Config, host: Directive | None, name: str, inner: t.Sequence[Directive] = ()) -> Directive | None:
    """The directive that holds: of the innermost section, the virtual host, or the main server."""
    for level in [*reversed(list(inner)), *config.levels(host)]:
        found = [item for item in level.find(name) if item.args]
        if found:
            return found[-1]
    return None
