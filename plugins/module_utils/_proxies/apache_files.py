# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Apache's configuration read from its files as data: the tree that ``httpd -t -D DUMP_CONFIG`` would print.

The rules are those of httpd's own reader (ap_build_config in server/config.c, and the directives that are executed on
reading: server/core.c, mod_so, mod_version, mod_macro). Nothing is executed here: what only a module could know, such
as an unknown directive or a wrong argument, is not seen.
"""

from __future__ import annotations

import io
import posixpath
import re
import typing as t

from .apache_config import ApacheSyntaxError, Directive, word_at, words_of
from .apache_grammar import ApacheTooMuch, Macro, Source, resolve, version_fits
from .apache_includes import Files, Includes

#: httpd's own limit (AP_MAX_INCLUDE_DEPTH).
_MAX_INCLUDES = 128
#: Macros in macros.
_MAX_USES = 100
#: Sections in sections: walks over the tree are recursive.
_MAX_SECTIONS = 100
_MAX_FILES = 20000
_MAX_LINES = 500000
_MAX_CHARACTERS = 64 << 20
#: What IfVersion is asked of where the version is not known.
_LIKELY_VERSION = (2, 4, 62)
#: Modules whose source file is not named after them.
_SOURCES = {
    "core_module": "core.c",
    "http_module": "http_core.c",
    "ldap_module": "util_ldap.c",
    "mpm_event_module": "event.c",
    "mpm_prefork_module": "prefork.c",
    "mpm_worker_module": "worker.c",
}
#: Directives that are executed on reading, and of which nothing follows for the tree.
_DROPPED = (
    "defaultruntimedir",
    "luaauthzprovider",
    "macroignorebadnesting",
    "macroignoreemptyargs",
    "remoteipinternalproxylist",
    "remoteiptrustedproxylist",
)
#: Sections whose lines are a program, by the module that runs it.
_PROGRAMS = {"lua_module": re.compile(r"<lua(?:hook\w+|quickhandler)\Z"), "perl_module": re.compile(r"<perl\Z")}
#: Sections that httpd has without any module.
_SECTIONS = (
    *("directory", "directorymatch", "else", "elseif", "files", "filesmatch", "if", "ifdefine", "ifdirective"),
    *("iffile", "ifmodule", "ifsection", "ifversion", "limit", "limitexcept", "location", "locationmatch"),
    "virtualhost",
)
#: What stands for a file's name where -C or -c is read.
_COMMANDS = "-c/-C directives"


class Start(t.NamedTuple):
    """What is given before the first line is read.

    :ivar config: the main file, relative to the server's root.
    :ivar root: ServerRoot as it is at first.
    :ivar defines: names of ``-D``.
    :ivar before: directives of ``-C``; ``after``: of ``-c``.
    :ivar environment: of the master.
    :ivar compiled: identifiers of modules that are part of the program.
    :ivar program: the program's path, whose content shows which directives these modules have.
    :ivar version: ``()``: not known.
    """

    config: str
    root: str
    defines: t.Sequence[str] = ()
    before: t.Sequence[str] = ()
    after: t.Sequence[str] = ()
    environment: t.Mapping[str, str] = {}
    compiled: t.Sequence[str] = ()
    program: str = ""
    version: t.Tuple[int, ...] = ()


class Reading(t.NamedTuple):
    """What was read.

    :ivar tree: a section without a name, whose content is that of the main server.
    :ivar modules: names without ``_module``.
    :ivar files: those that were read, in their order.
    :ivar loaded: files that LoadModule and LoadFile name.
    :ivar root: ServerRoot as it is in the end.
    """

    tree: Directive
    modules: t.List[str]
    files: t.List[str]
    loaded: t.List[str]
    root: str


def read_configuration(start: Start, files: Files) -> Reading:
    """The configuration as a master would read it now.

    :raises ApacheSyntaxError: httpd would not load it; the message is httpd's, with file and line.
    :raises ApacheTooMuch: it is beyond the limits of this reader.
    :raises OSError: a file is there, but cannot be read, or the main file is not there.
    """
    return _Reader(start, files).read()


class _Level(t.NamedTuple):
    """What is open: a file, a container that is evaluated on reading (by its name), or a section of the tree."""

    block: t.List[Directive]
    container: str = ""
    section: t.Optional[Directive] = None


class _File:
    """A file to be read; uses of macros go on top of it.

    :param depth: how many nested includes it is in.
    :param asked: what includes it; None: it is the main file.
    :param optional: it need not be there.
    """

    def __init__(self, path: str, depth: int = 0, asked: Source | None = None, optional: bool = False) -> None:
        self.path, self.depth, self.asked, self.optional = path, depth, asked, optional
        self.sources: list[Source] = []
        #: How much was open when it was begun; 0: it has not been.
        self.mark = 0

    @property
    def source(self) -> Source:
        """Where the line that is read stands."""
        return self.sources[-1]

    def next_line(self) -> str | None:
        """The next line of the innermost use of a macro, or of the file."""
        line = self.source.next_line()
        while line is None and len(self.sources) > 1:
            self.sources.pop()
            line = self.source.next_line()
        return line


class _Reader:
    """One reading."""

    def __init__(self, start: Start, files: Files) -> None:
        self._start = start
        self._files = files
        self._includes = Includes(files, start.root)
        self._version = start.version or _LIKELY_VERSION
        self._defined = set(start.defines)
        self._values: t.Dict[str, str] = {}
        self._macros: t.Dict[str, Macro] = {}
        #: Modules, each with the file that has it.
        self._modules: t.Dict[str, str] = dict.fromkeys(start.compiled, start.program)
        self._sources = {_source_of(name) for name in start.compiled}
        self._loaded: list[str] = []
        self._contents: t.Dict[str, str] = {}
        self._read: t.Dict[str, None] = {}
        self._tree = Directive("", "", 0, True)
        self._open = [_Level(self._tree.block)]
        #: Files to be read, the next one last.
        self._pending: list[_File] = []
        self._counted = {"files": 0, "lines": 0, "characters": 0}

    def read(self) -> Reading:
        """Read everything, in httpd's order."""
        self._commands(self._start.before)
        self._pending = [_File(path) for path in reversed(self._main())]
        self._drain()
        self._commands(self._start.after)
        names = [re.sub(r"_module\Z", "", name) for name in self._modules]
        return Reading(self._tree, names, list(self._read), self._loaded, self._includes.root)

    def _main(self) -> list[str]:
        try:
            return self._includes.matching(self._start.config, False)
        except ApacheTooMuch:
            raise
        except ValueError as error:
            raise ApacheSyntaxError(str(error)) from None

    def _commands(self, directives: t.Sequence[str]) -> None:
        """Read the directives of -C or -c."""
        if directives:
            file = _File(_COMMANDS)
            file.sources.append(Source(_COMMANDS, [line + "\n" for line in directives]))
            self._pending = [file]
            self._drain()

    # -- files and lines -------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        """Read what is pending; a line may add to it."""
        while self._pending:
            file = self._pending[-1]
            if not file.mark and not self._begin(file):
                self._pending.pop()
                continue
            line = self._next_line()
            if line is None:
                self._end(self._pending.pop())
                continue
            name, number = file.source.name, file.source.line
            try:
                self._take(line)
            except (ApacheSyntaxError, ApacheTooMuch):
                raise
            except ValueError as error:
                raise _error(name, number, str(error)) from None

    def _begin(self, file: _File) -> bool:
        """Open a file; False: it is not there, and need not be."""
        if not file.sources:
            self._count("files", 1, _MAX_FILES)
            try:
                text = self._files.read(file.path)
            except (FileNotFoundError, NotADirectoryError):
                if file.optional:
                    return False
                if file.asked is None:
                    raise
                reason = "Could not open configuration file %s: No such file or directory" % file.path
                raise _error(file.asked.name, file.asked.line, reason) from None
            self._read[file.path] = None
            file.sources.append(Source(file.path, io.StringIO(text, newline="\n")))
        self._open.append(_Level(self._open[-1].block))
        file.mark = len(self._open)
        return True

    def _next_line(self) -> str | None:
        """The next line of the file that is read."""
        file = self._pending[-1]
        try:
            line = file.next_line()
        except ValueError as error:
            # A macro's lines are filled where they are read; httpd does it where the macro is used.
            user = file.sources[-2]
            raise _error(user.name, user.line, str(error)) from None
        self._count("lines", 1, _MAX_LINES)
        self._count("characters", len(line or ""), _MAX_CHARACTERS)
        return line

    def _count(self, what: str, more: int, most: int) -> None:
        self._counted[what] += more
        if self._counted[what] > most:
            raise ApacheTooMuch("the configuration has more than %d %s: it is not read" % (most, what))

    def _end(self, file: _File) -> None:
        """Close what a file has opened: sections must be closed, but containers, with all in them, need not be."""
        levels = self._open[file.mark :]
        del self._open[file.mark - 1 :]
        left: list[Directive] = []
        for level in levels:
            if level.section is None:
                break
            left.append(level.section)
        if left:
            words = ["%s: <%s> was not closed." % (item.where, _written(item)) for item in reversed(left)]
            raise _error(left[0].file, left[0].line, " ".join(words))

    # -- directives ------------------------------------------------------------------------------------------------

    def _take(self, line: str) -> None:
        """Take one line (ap_build_config_sub).

        :raises ValueError: it is wrong; the message is httpd's.
        """
        if not line or line.startswith("#"):
            return
        container = self._open[-1].container
        if container and line.lower() == "</%s>" % container:
            self._open.pop()
            return
        name, args = self._parts(line)
        lowered = name.lower()
        handler = _ON_READING.get(lowered)
        if handler is not None:
            handler(self, args)
        elif lowered in _CONDITIONS:
            self._condition(name, args)
        elif any(pattern.match(lowered) for module, pattern in _PROGRAMS.items() if module in self._modules):
            self._skip_program(lowered)
        elif name.startswith("</"):
            self._close(name)
        elif name.startswith("<"):
            self._begin_section(name, args)
        elif name and lowered not in _DROPPED:
            self._add("%s %s" % (name, args), False)

    def _parts(self, line: str) -> tuple[str, str]:
        """The name, of a section without its closing bracket, and what follows it."""
        text = resolve(line, self._values, self._start.environment)
        if text is not line:
            self._count("characters", len(text), _MAX_CHARACTERS)
        name, at = word_at(text, 0)
        args = text[at:]
        if name[1:2] != "/" and name.endswith(">"):
            name = name[:-1]
            if name.startswith("<") and not args:
                args = ">"
        return name, args

    def _add(self, text: str, section: bool) -> Directive:
        source = self._pending[-1].source
        item = Directive(text.strip(), source.name, source.line, section)
        self._open[-1].block.append(item)
        return item

    def _begin_section(self, name: str, args: str) -> None:
        inside, closed, _rest = args.rpartition(">")
        if not closed:
            raise ValueError("%s> directive missing closing '>'" % name)
        if sum(level.section is not None for level in self._open) >= _MAX_SECTIONS:
            raise ApacheTooMuch("sections are nested deeper than %d: the configuration is not read" % _MAX_SECTIONS)
        item = self._add("%s %s" % (name[1:], inside), True)
        self._open.append(_Level(item.block, section=item))

    def _close(self, name: str) -> None:
        section = self._open[-1].section
        if section is None:
            raise ValueError("%s without matching <%s section" % (name, name[2:]))
        if not name.endswith(">"):
            raise ValueError("%s> directive missing closing '>'" % name)
        if name[2:-1].lower() != section.name:
            raise ValueError("Expected </%s> but saw %s" % (_written(section), name))
        self._open.pop()

    # -- containers that are evaluated on reading ------------------------------------------------------------------

    def _condition(self, name: str, args: str) -> None:
        """Take what is in a container if its condition holds, else skip it."""
        lowered = name.lower()
        if lowered == "<ifversion":
            holds = version_fits(args, self._version)
        else:
            inside, closed, _rest = args.rpartition(">")
            if not closed:
                raise ValueError("%s> directive missing closing '>'" % name)
            negated = inside.startswith("!")
            word = word_at(inside, int(negated))[0]
            if not word:
                raise ValueError("%s> directive requires additional arguments" % name)
            holds = _CONDITIONS[lowered](self, word) != negated
        if holds:
            self._open.append(_Level(self._open[-1].block, container=lowered[1:]))
        else:
            self._skip(name)

    def _skip(self, name: str) -> None:
        """Pass over a container and all in it (ap_soak_end_container)."""
        inner = [name]
        while inner:
            line = self._next_line()
            if line is None:
                raise ValueError("Expected </%s> before end of configuration" % inner[-1][1:])
            word, args = self._parts(line)
            if word.startswith("</"):
                if word[2:-1].lower() != inner[-1][1:].lower():
                    raise ValueError("Expected </%s> but saw %s>" % (inner[-1][1:], word[:-1]))
                inner.pop()
            elif word.startswith("<"):
                inner.append(word)

    def _skip_program(self, name: str) -> None:
        """Pass over lines that are a program."""
        line: t.Optional[str] = ""
        while line is not None and line.lower() != "</%s>" % name[1:]:
            line = self._next_line()
        if line is None:
            raise ValueError("Expected </%s> before end of configuration" % name[1:])

    def _is_loaded(self, word: str) -> bool:
        return word in self._modules or word in self._sources

    def _is_defined(self, word: str) -> bool:
        return word in self._defined

    def _is_file(self, word: str) -> bool:
        return self._files.exists(self._includes.absolute(word))

    def _is_directive(self, word: str) -> bool:
        """Whether a loaded module has a directive: its name stands in the module's file, be it as the end of another."""
        return self._is_named(self._modules.values(), "(?<!<)" + re.escape(word.lower()))

    def _is_section(self, word: str) -> bool:
        """The same of a section; the program's file also holds names of those that it looks for."""
        if word.lower() in _SECTIONS:
            return True
        others = [path for name, path in self._modules.items() if name not in self._start.compiled]
        return self._is_named(others, "<" + re.escape(word.lower()))

    def _is_named(self, paths: t.Iterable[str], pattern: str) -> bool:
        wanted = re.compile(pattern + "\0")
        return any(wanted.search(self._content(path)) for path in dict.fromkeys(paths) if path)

    def _content(self, path: str) -> str:
        """What a module's file holds, in lower case; nothing if it cannot be read."""
        if path not in self._contents:
            try:
                self._contents[path] = self._files.read(path).lower()
            except OSError:
                self._contents[path] = ""
        return self._contents[path]

    # -- directives that are executed on reading -------------------------------------------------------------------

    def _include(self, args: str, optional: bool = False) -> None:
        words = words_of(args)
        if len(words) != 1:
            raise ValueError("Include%s takes one argument" % ("Optional" if optional else ""))
        file = self._pending[-1]
        if file.depth >= _MAX_INCLUDES:
            reason = "Exceeded maximum include depth of %d, There appears to be a recursion." % _MAX_INCLUDES
            raise ValueError(reason)
        paths = self._includes.matching(words[0], optional)
        self._pending += [_File(path, file.depth + 1, file.source, optional) for path in reversed(paths)]

    def _include_optional(self, args: str) -> None:
        self._include(args, True)

    def _load(self, args: str) -> None:
        words = words_of(args)
        if len(words) != 2:
            raise ValueError("LoadModule takes two arguments")
        name, file = words
        if name in self._modules:
            return
        path = self._includes.absolute(file)
        if self._files.is_missing(path):
            missing = "cannot open shared object file: No such file or directory"
            raise ValueError("Cannot load %s into server: %s: %s" % (file, path, missing))
        self._modules[name] = path
        self._sources.add(_source_of(name))
        self._loaded.append(path)

    def _load_files(self, args: str) -> None:
        self._loaded += [self._includes.absolute(word) for word in words_of(args)]

    def _define(self, args: str) -> None:
        words = words_of(args)
        if not 1 <= len(words) <= 2:
            raise ValueError("Define takes 1-2 arguments")
        if ":" in words[0]:
            raise ValueError("Variable name must not contain ':'")
        self._defined.add(words[0])
        if len(words) == 2:
            self._values[words[0].lower()] = words[1]

    def _undefine(self, args: str) -> None:
        words = words_of(args)
        if len(words) != 1:
            raise ValueError("UnDefine takes one argument")
        if ":" in words[0]:
            raise ValueError("Variable name must not contain ':'")
        self._defined.discard(words[0])
        self._values.pop(words[0].lower(), None)

    def _server_root(self, args: str) -> None:
        words = words_of(args)
        if len(words) != 1:
            raise ValueError("ServerRoot takes one argument")
        path = posixpath.normpath(posixpath.join(self._includes.root, words[0]))
        if not self._files.is_directory(path):
            raise ValueError("ServerRoot must be a valid directory")
        self._includes.root = path

    def _macro(self, args: str) -> None:
        macro = Macro(args, self._pending[-1].source)
        macro.read(self._next_line)
        self._macros[macro.name] = macro

    def _use(self, args: str) -> None:
        file = self._pending[-1]
        macro, values = self._named_macro(args, "Use")
        if macro.name in [source.macro for source in file.sources]:
            raise ValueError("recursive use of macro '%s' is invalid" % macro.name)
        if len(file.sources) > _MAX_USES:
            raise ApacheTooMuch("macros are nested deeper than %d: the configuration is not read" % _MAX_USES)
        file.sources.append(macro.use(values, file.source))

    def _undefine_macro(self, args: str) -> None:
        del self._macros[self._named_macro(args, "UndefMacro")[0].name]

    def _named_macro(self, args: str, directive: str) -> tuple[Macro, list[str]]:
        """The macro that a directive names, and the values after its name."""
        if not self._macros:
            raise ValueError("no macro defined before %s" % directive)
        words = words_of(args)
        if not words or not words[0]:
            raise ValueError("no macro name specified with %s" % directive)
        name = words[0].lower()
        if name not in self._macros:
            words_about = "macro '%s' undefined" if directive == "Use" else "cannot remove undefined macro '%s'"
            raise ValueError(words_about % name)
        return self._macros[name], words[1:]


_ON_READING: t.Dict[str, t.Callable[[_Reader, str], None]] = {
    "include": _Reader._include,
    "includeoptional": _Reader._include_optional,
    "loadmodule": _Reader._load,
    "loadfile": _Reader._load_files,
    "define": _Reader._define,
    "undefine": _Reader._undefine,
    "serverroot": _Reader._server_root,
    "<macro": _Reader._macro,
    "use": _Reader._use,
    "undefmacro": _Reader._undefine_macro,
}
_CONDITIONS: t.Dict[str, t.Callable[[_Reader, str], bool]] = {
    "<ifmodule": _Reader._is_loaded,
    "<ifdefine": _Reader._is_defined,
    "<iffile": _Reader._is_file,
    "<ifdirective": _Reader._is_directive,
    "<ifsection": _Reader._is_section,
    # Its argument has a form of its own.
    "<ifversion": _Reader._is_defined,
}


def _source_of(module: str) -> str:
    """The name of a module's source file."""
    return _SOURCES.get(module, "mod_%s.c" % re.sub(r"_module\Z", "", module))


def _written(section: Directive) -> str:
    """A section's name as it is written."""
    return section.text.partition(" ")[0]


def _error(name: str, line: int, reason: str) -> ApacheSyntaxError:
    """httpd's words for an error, without the chain of includes."""
    if name == _COMMANDS:
        return ApacheSyntaxError("Syntax error in -C/-c directive: %s" % reason)
    return ApacheSyntaxError("Syntax error on line %d of %s: %s" % (line, name, reason))
