# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Which part of a log belongs to the process that runs now."""

from __future__ import annotations

import re
import typing as t

from .._run.deadline import Deadline
from . import known_lines
from .blocks import Reader
from .carriers import plain_text
from .needles import needles
from .scan import Patterns

#: Timestamps of whole seconds, and a process's start that is known to a second.
_SLACK = 1.0
#: Without a process: so many seconds before the log's last line.
LAST_MINUTES = 900.0
#: What shows where a window begins: the last start-up line, in a log without timestamps.
READY_LINE = "ready line"
#: Lines shortly before the start-up line belong to the start, too (bytes).
_LEAD = 8 * 1024


class Window(t.NamedTuple):
    """The time that is of interest."""

    #: Seconds since the epoch; None: no process was found, the logs' ends count.
    start: float | None
    why: str


class Placed(t.NamedTuple):
    """A window's place in one text."""

    #: Where it begins, and from where on start-up lines count.
    start: int
    facts: int
    #: What marks it: timestamps | file time | ready line | whole.
    since: str
    #: Whether everything from ``start`` on was written since the process started.
    known: bool


def choose_window(started: float | None) -> Window:
    """The window of a service.

    :param started: when its current incarnation started (epoch), or None if there is none.
    """
    if started is None:
        return Window(None, "no process is running: the last %d minutes of each log" % (LAST_MINUTES / 60))
    return Window(started, "since the process started")


def place_in(reader: Reader, window: Window, patterns: Patterns, budget: int, deadline: Deadline) -> Placed:
    """Where a window begins in a text.

    :param budget: bytes from the end that may be read in search of a start-up line.
    """
    text = reader.text
    if window.start is None:
        if reader.stamped and reader.last is not None:
            start = reader.offset_at(reader.last.epoch - LAST_MINUTES)
            return Placed(start, start, "timestamps", False)
        return Placed(0, 0, "whole", False)
    if text.mtime < window.start - _SLACK:
        return Placed(text.size, text.size, "file time", True)
    if reader.stamped:
        start = reader.offset_at(window.start - _SLACK)
        return Placed(start, start, "timestamps", True)
    line = _last_ready(reader, patterns, budget, deadline)
    if line is None:
        return Placed(0, 0, "whole", False)
    return Placed(line, max(0, line - _LEAD), READY_LINE, False)


def _last_ready(reader: Reader, patterns: Patterns, budget: int, deadline: Deadline) -> int | None:
    """Where the last start-up line begins: in a log without timestamps it marks the last start."""
    size = reader.text.size
    for block in reader.blocks(max(0, size - budget), size):
        if deadline.remaining() < 1.0:
            return None
        data = block.data
        for place in reversed(needles("facts").places(data, block.begin)[0]):
            start = data.rfind(b"\n", max(0, place - 4096), place) + 1
            end = data.find(b"\n", place, place + 4096)
            text = plain_text(data[start : end if end >= 0 else place + 4096])
            if known_lines.ready_line(text) is not None:
                return block.offset + start
        if patterns.ready is not None:
            own = _last_match(data[block.begin :], patterns.ready)
            if own is not None:
                return block.offset + block.begin + own
    return None


def _last_match(data: bytes, pattern: re.Pattern[str]) -> int | None:
    end = len(data)
    for raw in reversed(data.split(b"\n")):
        start = end - len(raw)
        if pattern.search(plain_text(raw[:4096])):
            return start
        end = start - 1
    return None
