# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Reads one text (a file, a journal) within its window and collects what it says."""

from __future__ import annotations

import re
import typing as t

from .._run.deadline import Deadline
from . import known_lines
from .blocks import Block, Reader
from .carriers import plain_text
from .findings import Findings, Place
from .needles import MAX_PLACES, needles
from .signatures import signatures_in

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.log import KnownLine

#: So many bytes from the end are read closely; what a larger budget adds is searched for traces and
#: the commonest faults only (needles.DEEP).
DETAIL = 8 * 1024 * 1024
#: So many bytes after the start of the window are read closely, wherever the end is: start-up lines.
HEAD = 1024 * 1024
#: Connections and messages are counted in so many bytes from the end.
EVENTS = 2 * 1024 * 1024
#: A line is examined this far on either side of what was found in it.
_LINE = 32 * 1024
#: … and the expressions see so many characters of it.
_TEXT = 1000
#: After so many places in one log only a sample of each further block is looked at.
_PLENTY = 20000
#: What stack frames look like, also inside docker's JSON.
_FRAME_SIGNS = (
    b" at ",
    b"tat ",
    b'File "',
    b'File \\"',
    b":in ",
    b"goroutine ",
    b"#0 ",
    b".ex",
    b"Traceback",
    b"    (",
)


class Patterns(t.NamedTuple):
    """The service's own regular expressions for one log."""

    ready: re.Pattern[str] | None
    websocket: re.Pattern[str] | None


class Range(t.NamedTuple):
    """A stretch of a text and how closely it is read."""

    low: int
    high: int
    closely: bool


def ranges(start: int, end: int, budget: int) -> list[Range]:
    """Which stretches of ``[start, end)`` are read, within a budget of bytes, in the order of reading.

    The beginning first (start-up lines; small), then from the end backwards.
    """
    head = min(HEAD, budget // 4, end - start)
    tail = max(start + head, end - (budget - head))
    detail = max(tail, end - DETAIL)
    stretches = [Range(start, start + head, True), Range(detail, end, True), Range(tail, detail, False)]
    return [stretch for stretch in stretches if stretch.high > stretch.low]


class Scan:
    """Scans one text.

    :param reader: the text and its clock.
    :param source: the name of the text in the evidence.
    :param patterns: the service's own expressions.
    :param findings: where findings go.
    :param deadline: asked before each block.
    """

    def __init__(self, reader: Reader, source: str, patterns: Patterns, findings: Findings, deadline: Deadline) -> None:
        self._reader = reader
        self._source = source
        self._patterns = patterns
        self._findings = findings
        self._deadline = deadline
        self._places = 0
        #: Bytes looked at, and whether the deadline came first.
        self.bytes = 0
        self.cut = False

    def run(self, stretches: t.Iterable[Range], facts: bool = True, events_from: int | None = None) -> None:
        """Scan the stretches.

        :param facts: also look for start-up and WebSocket lines: in the first stretch, and elsewhere until found.
        :param events_from: count events from this offset on; None: don't.
        """
        for number, stretch in enumerate(stretches):
            for block in self._reader.blocks(stretch.low, stretch.high):
                if self._deadline.remaining() < 0.5:
                    self.cut = True
                    return
                self.bytes += len(block.data) - block.begin
                self._faults(block, "faults" if stretch.closely else "deep")
                if facts and stretch.closely and (number == 0 or not self._told()):
                    self._facts(block)
                if events_from is not None and block.offset + len(block.data) > events_from:
                    self._events(block)

    def _told(self) -> bool:
        """Whether the start-up lines are there: what was configured, else any."""
        found = self._findings
        told = True
        for pattern, table in ((self._patterns.ready, found.ready), (self._patterns.websocket, found.websocket)):
            if pattern is not None:
                told = told and any(key[3] == pattern.pattern for key in table)
        return told and bool(found.ready)

    def facts_only(self, stretch: Range) -> None:
        """Look for start-up and WebSocket lines only."""
        for block in self._reader.blocks(stretch.low, stretch.high):
            self._facts(block)

    # ---- stack traces and signatures --------------------------------------------------------------------------------

    def _faults(self, block: Block, kind: str) -> None:
        places, more = needles(kind).places(block.data, block.begin)
        if more or (self._places > _PLENTY and len(places) > 50):
            self._findings.sampled = True
            places = places if self._places <= _PLENTY else places[:50]
        self._places += len(places)
        done = -1
        for place in places:
            if place >= done:
                if self._deadline.remaining() < 0.5:
                    self.cut = True
                    return
                done = self._fault(block, place)

    def _fault(self, block: Block, place: int) -> int:
        """Look at what was found at ``place``; returns the first byte that is not dealt with."""
        data = block.data
        start, end = _line_around(data, place)
        text = _text(data[start:end])
        # Known only to logs that have traces: a clean one need not load what reads them.
        from .stack_traces import touches

        if touches(text) and (_may_be_trace(text) or _has_frames(data, end)):
            after = self._trace(block, text, start, end)
            if after is not None:
                return after
        self._signatures(text, text, Place(self._source, block.offset + start, None), block, start)
        return end + 1

    def _trace(self, block: Block, text: str, start: int, end: int) -> int | None:
        data = block.data
        frame = text.lstrip().startswith("at ") or "[running]:" in text
        lines, starts = _lines_before(data, start, 60 if frame else 10)
        index = len(lines)
        lines.append(text)
        starts.append(start)
        trace = None
        from .ordinary_ends import is_ordinary
        from .stack_traces import MAX_LINES, trace_at

        for count in (12, 40, MAX_LINES):
            end = _lines_after(data, end, count, lines, starts)
            trace = trace_at(lines, index)
            if trace is None or trace.end < len(lines) or end >= len(data):
                break
        if trace is None:
            return None
        begins = starts[trace.first]
        place = Place(self._source, block.offset + begins, self._time(block, begins))
        if not is_ordinary(trace):
            self._findings.trace(trace, place)
        self._signatures(trace.text + "\n" + trace.root, trace.root, place, block, begins)
        return starts[trace.end] if trace.end < len(starts) else end

    def _signatures(self, text: str, line: str, place: Place, block: Block, start: int) -> None:
        for hit in signatures_in(text):
            if place.time is None:
                place = place._replace(time=self._time(block, start))
            self._findings.signature(hit.key, hit.captured, line, place)

    def _time(self, block: Block, start: int) -> float | None:
        """When the record that contains ``start`` was written: its own timestamp or that of the line before."""
        if not self._reader.stamped:
            return None
        data = block.data
        for _turn in range(40):
            end = data.find(b"\n", start, start + _LINE)
            moment = self._reader.time_of(data[start : end if end >= 0 else start + _LINE])
            if moment is not None or start <= 0:
                return moment
            start = data.rfind(b"\n", max(0, start - _LINE), start - 1) + 1
        return None

    # ---- start-up lines, WebSocket lines, events ------------------------------------------------------------------------

    def _facts(self, block: Block) -> None:
        data = block.data
        done = -1
        for place in needles("facts").places(data, block.begin, MAX_PLACES // 4)[0]:
            if place < done:
                continue
            start, end = _line_around(data, place)
            done = end + 1
            text = plain_text(data[start:end])[:1000]
            for kind, read in (("ready", known_lines.ready_line), ("websocket", known_lines.websocket_line)):
                known = read(text)
                if known is not None:
                    fields: KnownLine = {
                        "server": known.server,
                        "port": known.port,
                        "address": known.address,
                        "pattern": None,
                    }
                    self._findings.line(kind, fields, text, self._place(block, start))
        if self._patterns.ready is not None or self._patterns.websocket is not None:
            self._own_patterns(block)

    def _place(self, block: Block, start: int) -> Place:
        return Place(self._source, block.offset + start, self._time(block, start))

    def _own_patterns(self, block: Block) -> None:
        """The service's own expressions see every line, as text without carrier and colours."""
        start = block.begin
        for number, raw in enumerate(block.data[block.begin :].split(b"\n")):
            if number % 2000 == 0 and self._deadline.remaining() < 0.5:
                self.cut = True
                return
            text = plain_text(raw[:4096])
            for kind, pattern in (("ready", self._patterns.ready), ("websocket", self._patterns.websocket)):
                match = pattern.search(text) if pattern is not None else None
                if match is not None and pattern is not None:
                    port = known_lines.port_of(match)
                    fields: KnownLine = {"server": "", "port": port, "address": "", "pattern": pattern.pattern}
                    self._findings.line(kind, fields, text, self._place(block, start))
            start += len(raw) + 1

    def _events(self, block: Block) -> None:
        for kind, literals in known_lines.EVENTS.items():
            seen = self._findings.events[kind]
            for literal in literals:
                count = block.data.count(literal, block.begin)
                if not count:
                    continue
                if literal not in seen:
                    # Blocks come from the end: the first block that has it has the latest.
                    start, end = _line_around(block.data, block.data.rfind(literal))
                    seen[literal] = [0, plain_text(block.data[start:end])[:1000], self._place(block, start)]
                seen[literal][0] += count


def _may_be_trace(text: str) -> bool:
    """Whether a line can be a trace without frames on the lines after it."""
    return (
        text[:1] == "{"
        or "Traceback (most" in text
        or "[running]:" in text
        or text.lstrip().startswith("at ")
        or "PHP " in text
        or "FATAL ERROR" in text
        or "UnhandledPromiseRejection" in text
        or "\\n" in text
    )


def _has_frames(data: bytes, end: int) -> bool:
    """Whether what follows a line looks like stack frames; a quick no for the many lines that just say Error."""
    ahead = data[end : end + 1500]
    return any(sign in ahead for sign in _FRAME_SIGNS)


def _text(line: bytes) -> str:
    """A line as text, cut so that no expression takes long over it; a JSON record stays whole, to be parsed."""
    text = plain_text(line)
    return text if text[:1] == "{" else text[:_TEXT]


def _line_around(data: bytes, place: int) -> tuple[int, int]:
    start = data.rfind(b"\n", max(0, place - _LINE), place) + 1
    if start == 0 and place > _LINE:
        start = place - 256
    end = data.find(b"\n", place, place + _LINE)
    return start, end if end >= 0 else min(len(data), place + _LINE)


def _lines_before(data: bytes, start: int, count: int) -> tuple[list[str], list[int]]:
    lines: list[str] = []
    starts: list[int] = []
    position = start
    while position > 0 and len(lines) < count:
        previous = data.rfind(b"\n", max(0, position - 1 - _LINE), position - 1) + 1
        if previous == 0 and position > _LINE:
            break
        lines.append(_text(data[previous : position - 1]))
        starts.append(previous)
        position = previous
    return lines[::-1], starts[::-1]


def _lines_after(data: bytes, end: int, count: int, lines: list[str], starts: list[int]) -> int:
    """Append up to ``count`` lines that follow the one that ends at ``end``; returns where the last one ends."""
    for _turn in range(count):
        start = end + 1
        if start >= len(data):
            return len(data)
        end = data.find(b"\n", start, start + 1024 * 1024)
        end = len(data) if end < 0 else end
        lines.append(_text(data[start:end]))
        starts.append(start)
    return end
