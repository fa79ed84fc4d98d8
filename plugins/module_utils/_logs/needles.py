# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Finding places in a block of bytes that are worth a closer look, at the speed of a byte search.

A regular expression that begins with one fixed letter lets the interpreter skip to that letter quickly, and
tries all continuations at once; a plain ``find`` is quickest for one long literal. Anything more general
(an alternation with several first letters) is ten times slower. So needles are grouped by their first
letter where that is a capital, which is rare in running text, and searched one by one where it isn't.
"""

from __future__ import annotations

import itertools
import re
import typing as t

from . import known_lines, signatures

#: What is searched in gigabytes: whatever kind of stack trace, and the commonest faults.
DEEP = (
    b"Error",
    b"Exception",
    b"EADDRINUSE",
    b"EACCES",
    b"EMFILE",
    b"Traceback (most recent call last)",
)
#: What is searched besides in the megabytes that are read closely.
_TRACES = (
    b"    at ",
    b"\tat ",
    b"[running]:",
    b"** (",
    b"FATAL ERROR",
)

#: Places in one block are handled one by one up to this number; more of them are counted, not read.
MAX_PLACES = 2000


class Needles:
    """A set of literals to look for.

    :param literals: what to look for.
    """

    def __init__(self, literals: t.Iterable[bytes]) -> None:
        groups: dict[bytes, list[bytes]] = {}
        self._literals: list[bytes] = []
        self._patterns: list[re.Pattern[bytes]] = []
        wanted = set(literals)
        for literal in sorted(wanted):
            # What a shorter one finds as well need not be searched.
            if any(other != literal and other in literal for other in wanted):
                continue
            groups.setdefault(literal[:1], []).append(literal)
        for first, members in groups.items():
            # A long literal is found faster as a whole than by its first letter.
            short = [member for member in members if len(member) < 16]
            if first.isupper() and len(short) > 1:
                rest = b"|".join(re.escape(member[1:]) for member in short)
                self._patterns.append(re.compile(re.escape(first) + b"(?:" + rest + b")"))
                members = [member for member in members if len(member) >= 16]
            self._literals += members

    def places(self, data: bytes, begin: int = 0, limit: int = MAX_PLACES) -> tuple[list[int], bool]:
        """Where any of the literals begins, in order, and whether there were more than ``limit`` of one kind.

        :param begin: only from there on.
        """
        found: list[int] = []
        more = False
        for pattern in self._patterns:
            starts = [match.start() for match in itertools.islice(pattern.finditer(data, begin), limit)]
            more = more or len(starts) >= limit
            found += starts
        for literal in self._literals:
            position = data.find(literal, begin)
            count = 0
            while position >= 0:
                found.append(position)
                count += 1
                if count >= limit:
                    more = True
                    break
                position = data.find(literal, position + len(literal))
        found.sort()
        return found, more


_made: dict[str, Needles] = {}


def needles(kind: str) -> Needles:
    """The needles for ``deep`` (gigabytes), ``faults`` (closely) and ``facts`` (start-up and WebSocket lines)."""
    if kind not in _made:
        if kind == "deep":
            literals: t.Iterable[bytes] = DEEP
        elif kind == "faults":
            literals = DEEP + _TRACES + signatures.NEEDLES
        else:
            literals = known_lines.NEEDLES
        _made[kind] = Needles(literals)
    return _made[kind]
