# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The last lines that a program wrote before a place in its log, whatever its language."""

from __future__ import annotations

import typing as t

from .._run.lazy_pattern import LazyPattern
from .blocks import Text
from .carriers import plain_text

#: Bytes that are searched, lines that are kept, and characters of each.
_BYTES, _LINES, _CHARACTERS = 16 * 1024, 8, 300
#: Frames of a stack trace, marks below a line of source, empty lines, and what runtimes write after their error.
_FRAME = LazyPattern(
    r"\s*$|\s+(?:at |File \"|from \S+:\d|\.\.\. \d+ more|[\^~]+\s*$)|[\^~]+\s*$|Node\.js v\d|goroutine \d+ \[|\t/\S+:\d|[\w./]+\(.*\)\s*$"
    r"|[{}\[\]();,]+\s*$|\s+[\w']+: .*,?$|Require stack:$|- /|Traceback \(most recent|npm (?:ERR!|error)\s*$|exit status \d+$|note: run with `RUST_BACKTRACE"
)
#: What a supervisor writes about the program. The program's own words say more.
_SUPERVISOR = LazyPattern(
    r"\S+\.service: (?!Failed at step|Failed to)|(?:Started|Stopped|Starting|Stopping) \S|Start request repeated"
    r"|Failed to start|(?:Segmentation fault|Killed|Aborted)\s*$"
)
#: What a line has that says what is wrong, or what is asked for.
_TELLING = LazyPattern(
    r"(?i)error|exception|fail|can(?:'|no)t|could not|unable|not (?:found|set|allowed|defined|exist|supported|permitted)"
    r"|no such|denied|refused|panic|fatal|invalid|missing|requires?\b|must\b|usage:|unknown|unexpected|abort|uncaught"
)
#: How runtimes begin the line that names an error.
_NAMED = LazyPattern(
    r"(?:\S+ ){0,4}?(?:[Uu]ncaught )?(?:[\w.]*(?:Error|Exception)\b|panic:|fatal error:|thread '.*' panicked)"
)
#: What a program writes that was told to end.
_ORDERLY = LazyPattern(
    r"(?i)shutting down|shut ?down|sigterm|sigint|signal 15|stopping|stopped|graceful|terminated|exiting on|bye\b"
)
#: So near to the end is what the program ended with.
_NEAR = 3


class LastWords(t.NamedTuple):
    """The last lines, and the one of them that tells most."""

    lines: t.List[str]
    telling: str
    #: Whether that line speaks of an error, stands at the very end, and no orderly end follows it.
    tells: bool


def last_words(text: Text, end: int) -> LastWords | None:
    """The last lines of a text before ``end``, without frames of stack traces; None: there are none.

    The telling line is the last that speaks of an error among the very last ones, or else the last one.
    """
    begin = max(0, end - _BYTES)
    raw = text.read(begin, end - begin).split(b"\n")
    whole = [plain_text(line) for line in (raw[1:] if begin else raw)]
    said = [line for line in whole if not _FRAME.match(line)]
    lines = [line for line in said if not _SUPERVISOR.match(line)] or said
    # Python shows the line of source below the frame: it is code, and says nothing.
    kept = [line[:_CHARACTERS] for line in lines][-_LINES:]
    if not kept:
        return None
    unindented = [line for line in kept if not line[:1].isspace()]
    ends = (unindented or kept)[-_NEAR:]
    telling = [line for line in unindented if _NAMED.match(line)] or [line for line in ends if _TELLING.search(line)]
    orderly = any(_ORDERLY.search(line) and not _TELLING.search(line) for line in ends)
    return LastWords(kept, (telling or ends)[-1], bool(telling) and not orderly)
