# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Lines, variables, macros and versions as httpd reads them (server/util.c, modules/core/mod_macro.c, mod_version.c)."""

from __future__ import annotations

import itertools
import re
import typing as t

from .apache_config import word_at, words_of
from .engine import compiled

#: What C's isspace takes for blank; str.strip would take more.
BLANK = " \t\n\v\f\r"
#: Longer names of macros' uses are cut: each one holds the names of those that it stands in.
_MOST_NAME = 1000
_MOST_PARAMETERS = 100
#: Characters of a macro's line, before and after its parameters are replaced (MAX_STRING_LEN).
_MOST_LINE = 8192
#: Characters of one line's variables: a value may hold itself twice.
_MOST_REPLACED = 4 << 20
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NUMBERS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,9}){0,2}\Z")
_COMPARISONS = ("=", "==", "<", "<=", ">", ">=", "~")


class Source:
    """Lines of one file, of a macro's use, or of -C.

    :param name: of the file, as messages name it.
    :param lines: with their line feeds.
    :param macro: the name of the macro that is used.
    :ivar line: the number of the line that was read last; of continued ones, of their last.
    """

    def __init__(self, name: str, lines: t.Iterable[str], macro: str = "") -> None:
        self.name = name
        self.macro = macro
        self.line = 0
        self._lines = iter(lines)

    def next_line(self) -> str | None:
        """The next line without blanks around it, continuations joined; None: there is none (ap_cfg_getline).

        :raises ValueError: from the lines.
        """
        parts: list[str] = []
        for raw in self._lines:
            self.line += 1
            text, binary, _rest = raw.partition("\0")
            ended = text[:-1] if text.endswith("\n") else text
            ended = ended[:-1] if ended.endswith("\r") else ended
            if binary or not raw.endswith("\n") or not ended.endswith("\\"):
                parts.append(text)
                break
            parts.append(ended[:-1])
        return "".join(parts).strip(BLANK) if parts else None


class ApacheTooMuch(ValueError):
    """More than is read here; httpd may well load it."""


def resolve(text: str, defined: t.Mapping[str, str], environment: t.Mapping[str, str]) -> str:
    """``${NAME}`` replaced, once (ap_resolve_env).

    :param defined: values of Define, by names in lower case.
    :param environment: of the master, asked for what is not defined.
    :raises ApacheTooMuch: that makes too long a line.
    """
    if "${" not in text:
        return text
    length = 0

    def value(found: t.Match[str]) -> str:
        nonlocal length
        name = found.group(1)
        replaced = defined.get(name.lower(), environment.get(name, found.group(0)))
        length += len(replaced)
        if length > _MOST_REPLACED:
            raise ApacheTooMuch("a line's variables have more than %d characters: it is not read" % _MOST_REPLACED)
        return replaced

    # Behind the last bracket nothing ends: to look for it at each beginning would take its time.
    end = text.rfind("}") + 1
    return _VARIABLE.sub(value, text[:end]) + text[end:]


class Macro:
    """A ``<Macro>``: its parameters and lines.

    :raises ValueError: its head is wrong; the message is httpd's.
    """

    def __init__(self, head: str, source: Source) -> None:
        inside, closed, _rest = head.rpartition(">")
        if not closed:
            raise ValueError("<Macro> directive missing closing '>'")
        name, at = word_at(inside, 0)
        if not name:
            raise ValueError("<Macro macro definition: %s" % ("name not found" if inside else "empty name"))
        self.name = name.lower()
        self._location = '(defined on line %d of "%s")' % (source.line, source.name)
        self._lines: list[str] = []
        # Flags, which only silence warnings, come first.
        self.parameters = list(itertools.dropwhile(lambda word: word.startswith("/"), words_of(inside[at:])))
        self._check_parameters()
        ordered = sorted(self.parameters, key=len, reverse=True)
        self._pattern = re.compile("|".join(re.escape(word) for word in ordered)) if ordered else None

    @property
    def words(self) -> str:
        """The macro as messages name it."""
        return "macro '%s' %s" % (self.name, self._location)

    def _check_parameters(self) -> None:
        for number, word in enumerate(self.parameters, 1):
            if not word:
                raise ValueError("%s: empty argument #%d name" % (self.words, number))
            if self.parameters.index(word) < number - 1:
                first = self.parameters.index(word) + 1
                raise ValueError(
                    "argument name conflict in %s: argument '%s': #%d and #%d, change argument names!"
                    % (self.words, word, first, number)
                )
            if number > _MOST_PARAMETERS:
                raise ValueError("%s: more than %d arguments are not read" % (self.words, _MOST_PARAMETERS))

    def read(self, next_line: t.Callable[[], t.Optional[str]]) -> None:
        """Take the lines up to its end.

        :raises ValueError: there is none.
        """
        nesting = 1
        while True:
            line = next_line()
            if line is None:
                raise ValueError("%s contents error: expected token not found: </Macro>" % self.words)
            if line.startswith("#"):
                continue
            if len(line) >= _MOST_LINE:
                raise ValueError("%s contents error: a line is too long" % self.words)
            first = word_at(line, 0)[0].lower()
            nesting += (first == "<macro") - (first == "</macro>")
            if not nesting:
                return
            self._lines.append(line)

    def use(self, values: t.Sequence[str], source: Source) -> Source:
        """The lines with values for the parameters; they raise ValueError where one becomes too long.

        :raises ValueError: there are too many values, or too few.
        """
        if len(values) != len(self.parameters):
            raise ValueError(
                "%s used with %d arguments instead of %d" % (self.words, len(values), len(self.parameters))
            )
        by_name = {name: _quoted(value) if name[0] == "@" else value for name, value in zip(self.parameters, values)}
        name = '%s used on line %d of "%s"' % (self.words, source.line, source.name)
        name = name[:_MOST_NAME]
        return Source(name, self._filled(by_name, name), self.name)

    def _filled(self, by_name: dict[str, str], name: str) -> t.Iterator[str]:
        for number, line in enumerate(self._lines, 1):
            if self._pattern is not None:
                found = self._pattern.findall(line)
                if len(line) + sum(len(by_name[word]) - len(word) for word in found) >= _MOST_LINE:
                    reason = "%s error while substituting: while processing line %d of %s" % (name, number, self.words)
                    raise ValueError(reason + " cannot substitute, buffer size too small")
                line = self._pattern.sub(lambda match: by_name[match.group(0)], line)
            yield line + "\n"


def _quoted(value: str) -> str:
    return '"%s"' % re.sub(r'(["\\])', r"\\\1", value)


def version_fits(args: str, version: tuple[int, ...]) -> bool:
    """Whether ``<IfVersion>`` holds.

    :param args: what follows the name, with the closing bracket.
    :raises ValueError: it cannot be read; the message is httpd's.
    """
    inside, closed, _rest = args.rpartition(">")
    if not closed:
        raise ValueError("<IfVersion> directive missing closing '>'")
    words = words_of(inside)
    operator, wanted = (words[0], words[1]) if len(words) == 2 else ("=", words[0] if len(words) == 1 else "")
    reverse = operator.startswith("!")
    operator = (operator[1:] if reverse else operator) or "="
    if operator not in _COMPARISONS:
        raise ValueError("unrecognized operator '%s'" % words[0])
    return _compare(operator, wanted, version) != reverse


def _compare(operator: str, wanted: str, version: tuple[int, ...]) -> bool:
    if operator == "~" or (operator in ("=", "==") and wanted.startswith("/")):
        if operator != "~" and not (wanted.endswith("/") and len(wanted) > 1):
            raise ValueError("Missing delimiting / of regular expression.")
        pattern = compiled(wanted if operator == "~" else wanted[1:-1])
        return pattern is not None and pattern.search(".".join(str(number) for number in version)) is not None
    if not _NUMBERS.match(wanted):
        raise ValueError(
            "Version appears to be invalid. It must have the format major[.minor[.patch]] "
            "where major, minor and patch are numbers."
        )
    numbers = [int(number or "0") for number in wanted.split(".")]
    asked = tuple((numbers + [0, 0])[:3])
    have = tuple((list(version) + [0, 0, 0])[:3])
    return {
        "=": have == asked,
        "==": have == asked,
        "<": have < asked,
        "<=": have <= asked,
        ">": have > asked,
        ">=": have >= asked,
    }[operator]
