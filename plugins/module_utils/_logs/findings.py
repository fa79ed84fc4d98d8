# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What was found in a service's logs: grouped, counted, and small however large the logs are."""

from __future__ import annotations

import typing as t

from . import known_lines

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.log import EventKind, KnownLine, Placed, Signature, StackTrace
    from .stack_traces import Trace

#: More different traces, signatures or known lines than these are counted as dropped.
MAX_TRACES = 12
MAX_SIGNATURES = 30
MAX_LINES = 8


#: What the things of a group have in common, as a row of the evidence.
_Row = t.TypeVar("_Row", bound="Placed")


class Place(t.NamedTuple):
    """Where something was seen."""

    source: str
    offset: int
    #: Seconds since the epoch, where the log says it.
    time: float | None


class Group(t.Generic[_Row]):
    """Equal things: how many, when first and last, and the latest of them as a sample."""

    def __init__(self, fields: _Row, sample: str, place: Place) -> None:
        self.fields = fields
        self.sample = sample
        self.place = place
        self.count = 0
        self.first: float | None = None
        self.last: float | None = None

    def add(self, sample: str, place: Place) -> None:
        """One more of them."""
        self.count += 1
        if place.time is not None:
            self.first = place.time if self.first is None else min(self.first, place.time)
            self.last = place.time if self.last is None else max(self.last, place.time)
        if place.source == self.place.source and place.offset > self.place.offset:
            self.sample, self.place = sample, place

    def moved(self, source: str, by: int) -> None:
        """The text of this source that was read begins so many bytes after that source's beginning."""
        if self.place.source == source:
            self.place = self.place._replace(offset=self.place.offset + by)


class Findings:
    """Collects what a scan sees."""

    def __init__(self) -> None:
        self.traces: dict[tuple[str, ...], Group[StackTrace]] = {}
        self.signatures: dict[tuple[t.Any, ...], Group[Signature]] = {}
        self.ready: dict[tuple[t.Any, ...], Group[KnownLine]] = {}
        self.websocket: dict[tuple[t.Any, ...], Group[KnownLine]] = {}
        #: kind → {literal: [count, last line, place]}
        self.events: dict[EventKind, dict[bytes, t.Any]] = {kind: {} for kind in known_lines.EVENTS}
        #: Traces and signatures of further kinds that found no room.
        self.dropped = 0
        #: Some block had more places than were looked at: counts are lower bounds.
        self.sampled = False

    def faults(self) -> set[tuple[t.Any, ...]]:
        """What tells its traces and signatures from others."""
        return {*self.traces, *self.signatures}

    def trace(self, trace: Trace, place: Place) -> None:
        """A stack trace was seen."""
        key = (trace.runtime, trace.type, trace.frame or trace.root[:80])
        if key not in self.traces:
            if len(self.traces) >= MAX_TRACES:
                self.dropped += 1
                return
            fields: StackTrace = {
                "runtime": trace.runtime,
                "kind": trace.kind,
                "type": trace.type,
                "root": trace.root,
                "frame": trace.frame,
            }
            self.traces[key] = Group(fields, trace.text, place)
        group = self.traces[key]
        # The worst of them counts: the same error logged and then fatal is fatal.
        from .stack_traces import FATAL, UNHANDLED

        if trace.kind == FATAL or (trace.kind == UNHANDLED and group.fields["kind"] != FATAL):
            group.fields["kind"] = trace.kind
        group.add(trace.text, place)

    def signature(self, key: str, captured: dict[str, str], line: str, place: Place) -> None:
        """A line with a known meaning was seen."""
        identity: tuple[t.Any, ...] = (key,) + tuple(sorted(captured.items()))
        if identity not in self.signatures and len(self.signatures) >= MAX_SIGNATURES:
            identity = (key,)
            if identity not in self.signatures and len(self.signatures) >= 2 * MAX_SIGNATURES:
                self.dropped += 1
                return
            captured = {}
        if identity not in self.signatures:
            self.signatures[identity] = Group({"key": key, "captured": captured}, line, place)
        self.signatures[identity].add(line, place)

    def line(self, kind: str, fields: KnownLine, text: str, place: Place) -> None:
        """A start-up (``ready``) or WebSocket-initialised (``websocket``) line was seen."""
        table = self.ready if kind == "ready" else self.websocket
        identity = (fields.get("server"), fields.get("port"), fields.get("address"), fields.get("pattern"))
        if identity not in table:
            if len(table) >= MAX_LINES:
                return
            table[identity] = Group(fields, text, place)
        table[identity].add(text, place)
