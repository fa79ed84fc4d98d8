# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Checklist items 3 and 7: what a service's logs say since its process started."""

from __future__ import annotations

import copy
import json
import os
import time
import typing as t

from .._logs.blocks import Reader
from .._logs.carriers import carrier_of
from .._logs.findings import Findings, Group
from .._logs.last_words import LastWords as Words
from .._logs.last_words import last_words
from .._logs.opening import CannotOpen, open_source
from .._logs.own_events import one_connection, own_events, size_of
from .._logs.scan import EVENTS, HEAD, Patterns, Range, Scan, ranges
from .._logs.sources import Source, find_sources
from .._logs.window import READY_LINE, Window, choose_window, place_in
from .._run.context import Context
from .._run.evidence import add_gap, new_evidence
from .._run.lazy_pattern import LazyPattern
from .._system.base import Found
from .._system.open_file import open_regular

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.log import (
        Earlier,
        Event,
        EventKind,
        KnownLine,
        LastWords,
        Log,
        LogSource,
        OwnEvents,
        Placed,
        Provoked,
        ProvokedSignature,
        ProvokedTrace,
        Signature,
    )
    from .._evidence.service import Service

_Row = t.TypeVar("_Row", bound="Placed")

#: Bytes read per service, from the ends of its logs.
BUDGET = 16 * 1024 * 1024
#: What happened at most this long (seconds) before the start belongs to the crash that caused it.
EARLIER = 600.0
#: … and is looked for in so many bytes.
_EARLIER_BYTES = 256 * 1024
#: The evidence of one service as JSON, at most (characters).
_EVIDENCE = 60000
#: Seconds to wait for the path that the host's own handshake found, and for the last line of a connection.
_ASKED, _LATE = 3.0, 0.3
#: Seconds that are left for reading the logs once more.
_READING = 1.2
#: Logs whose last lines are kept.
_SPEAKERS = 3
#: Seconds to wait for the paths that were guessed: a search for the path takes longer than a question.
_GUESSED = 8.0
_NO_ROUTE = LazyPattern(r"ValueError: No route found for path '([^']*)'")
#: Signatures of lines that name the path of a request which was refused.
_OF_A_PATH = ("channels-no-route", "channels-reject", "handshake-rejected")
#: Files that are not appended to.
_PACKED = (".gz", ".bz2", ".xz")
#: Line numbers are counted in files up to this size; beyond, the offset must do.
_COUNT_LINES = 32 * 1024 * 1024
#: Faults that can end a program: worth telling when they stand just before the current start.
_DEADLY = frozenset(
    (
        "address-not-available",
        "application-startup-failed",
        "eacces-bind",
        "eaddrinuse",
        "exit-failure",
        "fd-limit",
        "killed",
        "missing-module",
        "missing-variable",
        "out-of-memory",
        "segfault",
        "uncaught-exception",
        "worker-failed-to-boot",
    )
)


def probe(service: Service, context: Context, budget: int = BUDGET) -> Log:
    """Read a service's logs.

    :param service: one service as in the inventory (see service_spec.py).
    :param budget: bytes to read at most, over all its logs.
    :returns: evidence ``log``: sources, window, start-up and WebSocket lines, events, stack traces, signatures.
    """
    evidence = new_evidence("log")
    found = context.found(service)
    for missing in found.gaps:
        add_gap(evidence, missing["what"], missing["reason"], missing["remedy"])
    window = choose_window(found.started)
    evidence["process"] = {
        "found": bool(found.processes),
        "pid": found.main.pid if found.main else None,
        "name": found.main.name if found.main else None,
        "started": found.started,
        "unit": found.unit,
    }
    evidence["window"] = {"from": window.start, "to": context.now(), "why": window.why}
    # Services of one process have the same logs, which are read once for all of them.
    pids = sorted(process.pid for process in found.processes)
    key = "log", found.started, pids, found.unit, service.get("logs"), bool(found.on_port)
    shared = repr(key if found.main is not None else id(service))
    work, seen = context.once(
        shared, lambda: _read(_Work(context, window, budget, found), service, context, found, evidence)
    )
    evidence.update(copy.deepcopy(seen))
    evidence["own"] = work.own(service, evidence["events"])
    evidence["provoked"] = work.provoked(service)
    return _shrink(evidence)


def _read(work: _Work, service: Service, context: Context, found: Found, evidence: Log) -> tuple[_Work, Log]:
    """Read all logs of a service into its evidence; with what was added to that, for others with the same logs."""
    evidence["sources"] = []
    for source in find_sources(service, context, found, evidence):
        entry = work.read(source, evidence)
        if entry is not None:
            evidence["sources"].append(entry)
    work.report(evidence, service)
    return work, copy.deepcopy(evidence)


class _Work:
    """Reads one source after the other, within one budget."""

    def __init__(self, context: Context, window: Window, budget: int, found: Found) -> None:
        self._context = context
        self._window = window
        self._listens = bool(found.on_port)
        self._left = budget
        self._files: set[t.Any] = set()
        self._paths: dict[str, tuple[str, int]] = {}
        self._journals: list[str] = []
        self._begun = context.now()
        self.findings = Findings()
        self.earlier = Findings()
        self.last_words: list[LastWords] = []
        self.scanned = 0
        self.cut = False

    def read(self, source: Source, evidence: Log) -> LogSource | None:
        """Read one source; returns its entry in the evidence, or None where it is not worth one."""
        entry = _entry(source)
        since = None if self._window.start is None else self._window.start - EARLIER
        if source.how == "rotated" and not self._wanted(source, since):
            return None
        if self._left <= 0 or self._context.deadline.remaining() < 0.5:
            entry["problem"] = "not read: the %s is used up" % ("byte budget" if self._left <= 0 else "time")
            self.cut = True
            return entry
        try:
            text, notes = open_source(source, self._context, since)
        except CannotOpen as error:
            entry["problem"] = problem = self._context.redactor.text(str(error), 300)
            add_gap(evidence, "log:" + source.name, problem, error.remedy)
            return entry
        try:
            identity = getattr(text, "identity", None)
            if identity is not None and identity in self._files:
                return None
            self._files.add(identity)
            self._scan(Reader(text), source, entry)
            entry.update(notes)
            entry["truncated"] = text.truncated
        finally:
            text.close()
        return entry

    def _wanted(self, source: Source, since: float | None) -> bool:
        """Whether a rotated file can hold anything of the window."""
        try:
            status = os.stat(source.path)
        except OSError:
            return False
        if (status.st_dev, status.st_ino) in self._files:
            return False
        # With no start to go by, the budget decides: the newest file only.
        return status.st_mtime >= since if since is not None else False

    def _scan(self, reader: Reader, source: Source, entry: LogSource) -> None:
        text = reader.text
        placed = place_in(reader, self._window, source.patterns, self._left, self._context.deadline)
        first = reader.first_stamped(0, min(text.size, 65536))
        entry.update(
            {
                "size": text.size,
                "mtime": text.mtime,
                "format": carrier_of(text.read(0, 4096).split(b"\n", 1)[0]),
                "timestamped": reader.stamped,
                "since": placed.since,
                "since_known": placed.known,
                "first": first[1] if first else None,
                "last": reader.last.epoch if reader.last else None,
                "bytes_in_window": text.size - placed.start,
            }
        )
        if source.kind == "file":
            self._paths[source.name] = (source.path, text.size)
        elif source.kind == "journal":
            self._journals.append(source.name)
        scan = Scan(reader, source.name, source.patterns, self.findings, self._context.deadline)
        stretches = ranges(placed.start, text.size, self._left)
        if placed.facts < placed.start:
            # Start-up lines may stand a little before the line that marks the start.
            lead = Scan(reader, source.name, source.patterns, self.findings, self._context.deadline)
            lead.facts_only(Range(placed.facts, placed.start, True))
        scan.run(stretches, events_from=max(placed.start, text.size - EVENTS))
        self._left -= scan.bytes
        self.scanned += scan.bytes
        self.cut = self.cut or scan.cut
        entry["bytes_scanned"] = scan.bytes
        entry["complete"] = not scan.cut and scan.bytes >= text.size - placed.start
        entry["start_covered"] = not scan.cut and (placed.known or placed.since == READY_LINE or placed.start == 0)
        self._before(reader, source, placed.start)
        if source.how != "rotated":
            self._hear(reader, source, placed.start)

    def _hear(self, reader: Reader, source: Source, start: int) -> None:
        """The last words of a process that ended, or that does not listen."""
        size = reader.text.size
        written = reader.last.epoch if reader.last else None
        if self._window.start is None:
            self._keep(source, "ended", written or reader.text.mtime, last_words(reader.text, size))
            return
        if reader.stamped and start > 0:
            before = reader.offset_at(self._window.start - EARLIER)
            if before < start:
                self._keep(source, "previous", None, last_words(reader.text, start))
        if not self._listens and start < size:
            self._keep(source, "running", written or reader.text.mtime, last_words(reader.text, size))

    def _keep(self, source: Source, of: str, at: float | None, words: Words | None) -> None:
        if words is None:
            return
        redact = self._context.redactor.text
        self.last_words.append(
            {
                "source": source.name,
                "of": of,
                "at": at,
                "lines": [redact(line, 300) for line in words.lines],
                "telling": redact(words.telling, 300),
                "tells": words.tells,
            }
        )

    def _before(self, reader: Reader, source: Source, start: int) -> None:
        """The previous incarnation's last words."""
        if self._window.start is None or start <= 0:
            return
        low = max(0, start - _EARLIER_BYTES)
        if reader.stamped:
            low = max(low, reader.offset_at(self._window.start - EARLIER))
        if low < start:
            scan = Scan(reader, source.name, Patterns(None, None), self.earlier, self._context.deadline)
            scan.run([Range(low, start, True)], facts=False)

    # ---- evidence ---------------------------------------------------------------------------------------------------

    def report(self, evidence: Log, service: Service) -> None:
        """Fill in what was found."""
        found = self.findings
        configured = service.get("logs") or ()
        tables: tuple[tuple[t.Literal["ready", "websocket"], dict[tuple[t.Any, ...], Group[KnownLine]]], ...] = (
            ("ready", found.ready),
            ("websocket", found.websocket),
        )
        for kind, table in tables:
            lines = [self._group(group, 300) for group in table.values()]
            patterns = list(filter(None, (entry.get(kind) for entry in configured)))
            evidence[kind] = {
                "patterns": [
                    {"pattern": pattern, "matched": any(line["pattern"] == pattern for line in lines)}
                    for pattern in patterns
                ],
                "lines": sorted(lines, key=lambda line: (line["pattern"] is None, line["offset"])),
            }
        evidence["server"] = sorted({line["server"] for line in evidence["ready"]["lines"] if line["server"]})
        evidence["events"] = {kind: self._event(seen) for kind, seen in found.events.items()}
        guessed = self._context.told(service, "guessed", _GUESSED if found.signatures or found.traces else 0.0).split(
            "\n"
        )
        # Requests of this run for paths that nobody named are no finding.
        others = {key: group for key, group in found.signatures.items() if not _is_guess(group.fields, guessed)}
        evidence["signatures"] = self._groups(others, 300)
        traces = {key: group for key, group in found.traces.items() if not _of_guess(group.fields["root"], guessed)}
        evidence["traces"] = self._groups(traces, 1200)
        evidence["dropped"] = found.dropped
        evidence["earlier"] = self._earlier()
        evidence["last_words"] = sorted(self.last_words, key=lambda words: -(words["at"] or 0.0))[:_SPEAKERS]
        evidence["scanned"] = {"bytes": self.scanned, "complete": not self.cut, "sampled": found.sampled}
        self._number_lines(evidence)

    def own(self, service: Service, events: dict[EventKind, Event]) -> OwnEvents | None:
        """What the server logs of one more handshake; None: it accepts none, no probe makes one, or no file is read."""
        growing = [path for path, _bytes in self._growing().values()]
        path = self._context.told(service, "path", _ASKED) if growing else ""
        if not path:
            return None
        sizes = {name: size_of(name) for name in growing}
        sent = one_connection(service, self._context, path)
        if sent is None:
            return None
        # The line of the close is the last one, and may be written when the probe has gone on.
        end = self._context.deadline.within(_LATE if events["close"]["count"] else 0.0)
        while True:
            found = own_events(sizes, sent, self._context.redactor.reveal)
            if "close" in found["events"] or end.expired():
                break
            time.sleep(0.05)
        found["events"] = {kind: self._context.redactor.text(line, 300) for kind, line in found["events"].items()}
        return found

    def provoked(self, service: Service) -> Provoked | None:
        """What the server has logged since its logs were read, once no probe asks it anything more."""
        files = self._growing()
        if not (files or self._journals) or self._context.library is None:
            return None
        # What the WebSocket probe says when it is done: how the handshake ended, and on which path.
        told = self._context.told(service, "finished", self._context.deadline.remaining() - _READING)
        if not told:
            return None
        # Needed only where something was asked.
        from .._logs.provoked import Growth, ask_alone, leave_footprints, worded

        how, path = told.split(" ", 1)
        growth = Growth(files, self._journals, self._begun)
        found, lines = growth.read(self._context)
        again, again_lines = Findings(), t.cast("list[str]", [])
        if (self.findings.faults() or found.faults() or lines) and how != "hung":
            growth = growth.from_now(self._context)
            ask_alone(service, self._context, path)
            again, again_lines = growth.read(self._context)
        if not self.findings.faults() <= found.faults() | again.faults() and how != "hung":
            growth = growth.from_now(self._context)
            leave_footprints(service, self._context, path)
            left, _lines = growth.read(self._context)
            found.traces = {**left.traces, **found.traces}
            found.signatures = {**left.signatures, **found.signatures}
        found.traces = {**again.traces, **found.traces}
        found.signatures = {**again.signatures, **found.signatures}
        # Only there may a fault be taken for the asker's footprint.
        mistaken = self._repeated() & found.faults() if how in ("accepted", "guess") else set()
        unasked = growth.logged_unasked(mistaken, self._context)
        traces: list[ProvokedTrace] = [
            {**self._group(group, 1200), "handshake": key in again.traces, "unasked": key in unasked}
            for key, group in found.traces.items()
        ]
        signatures: list[ProvokedSignature] = [
            {**self._group(group, 300), "handshake": key in again.signatures, "unasked": key in unasked}
            for key, group in found.signatures.items()
        ]
        worded_again = {worded(line) for line in again_lines}
        return {
            "path": "" if how == "guess" else path,
            "accepted": how == "accepted",
            "traces": traces[:8],
            "signatures": signatures[:20],
            "lines": [
                {"sample": self._context.redactor.text(line, 300), "handshake": worded(line) in worded_again}
                for line in dict.fromkeys(lines + again_lines)
            ],
        }

    def _repeated(self) -> set[t.Any]:
        """What went wrong more than once before this run asked."""
        tables: tuple[dict[t.Any, t.Any], ...] = (self.findings.traces, self.findings.signatures)
        return {key for table in tables for key, group in table.items() if group.count > 1}

    def _growing(self) -> dict[str, tuple[str, int]]:
        """Log files that are appended to, by name: the path, and up to where each was read."""
        return {name: seen for name, seen in self._paths.items() if os.path.splitext(seen[0])[1] not in _PACKED}

    def _groups(self, table: dict[t.Any, Group[_Row]], limit: int) -> list[_Row]:
        entries = [self._group(group, limit) for group in table.values()]
        rank: dict[object, int] = {"fatal": 0, "unhandled": 1}
        return sorted(entries, key=lambda entry: (rank.get(entry.get("kind", ""), 2), -entry["count"]))

    def _group(self, group: Group[_Row], limit: int) -> _Row:
        placed: Placed = {
            "count": group.count,
            "first": group.first,
            "last": group.last,
            "source": group.place.source,
            "offset": group.place.offset,
            "line": None,
            "sample": self._context.redactor.text(group.sample, limit),
        }
        fields = {name: self._field(name, value) for name, value in group.fields.items()}
        return t.cast("_Row", {**fields, **placed})

    def _field(self, name: str, value: object) -> object:
        """What a line names, redacted: a text, or several by their names."""
        if isinstance(value, dict):
            return {key: self._context.redactor.text(text, 200) for key, text in value.items()}
        if isinstance(value, str) and name not in ("pattern", "kind"):
            return self._context.redactor.text(value, 400)
        return value

    def _event(self, seen: dict[bytes, t.Any]) -> Event:
        if not seen:
            return {"count": 0, "last": None, "sample": "", "source": None}
        # Some servers write two lines for one event: the most frequent wording counts, not the sum.
        count, sample, place = max(seen.values(), key=lambda value: value[0])
        last = max((value[2].time for value in seen.values() if value[2].time is not None), default=None)
        return {
            "count": count,
            "last": last,
            "sample": self._context.redactor.text(sample, 300),
            "source": place.source,
        }

    def _earlier(self) -> Earlier | None:
        traces = [group for group in self.earlier.traces.values() if group.fields["kind"] != "logged"]
        signatures = [group for group in self.earlier.signatures.values() if group.fields["key"] in _DEADLY]
        if not traces and not signatures:
            return None
        groups = traces + signatures
        seen = max((group.last for group in groups if group.last is not None), default=None)
        start = self._window.start
        latest = max(traces, key=lambda group: (group.last or 0.0, group.place.offset), default=None)
        return {
            "seen": seen,
            "seconds_before_start": round(start - seen, 1) if start is not None and seen is not None else None,
            "trace": self._group(latest, 1200) if latest is not None else None,
            "signatures": [self._group(group, 300) for group in signatures[:5]],
        }

    def _number_lines(self, evidence: Log) -> None:
        """Turn offsets into line numbers, reading each file once."""
        entries: list[Placed] = [*evidence["ready"]["lines"], *evidence["websocket"]["lines"]]
        entries += [*evidence["traces"], *evidence["signatures"]]
        for name, (path, size) in self._paths.items():
            wanted = sorted((entry for entry in entries if entry["source"] == name), key=lambda entry: entry["offset"])
            if not wanted or size > _COUNT_LINES or os.path.splitext(path)[1] in _PACKED:
                continue
            if self._context.deadline.remaining() < 0.5:
                return
            try:
                _count(path, wanted)
            except OSError:
                continue


def _of_guess(root: str, guessed: list[str]) -> bool:
    """Whether an exception is how Channels refuses a path which this run guessed."""
    match = _NO_ROUTE.search(root)
    return match is not None and "/" + match.group(1).lstrip("/") in guessed


def _is_guess(signature: Signature, guessed: list[str]) -> bool:
    """Whether a line tells of a request for a path which this run guessed."""
    return signature["key"] in _OF_A_PATH and "/" + signature["captured"].get("path", "").lstrip("/") in guessed


def _count(path: str, wanted: list[Placed]) -> None:
    descriptor = open_regular(path)
    try:
        position, number = 0, 1
        for entry in wanted:
            while position < entry["offset"]:
                chunk = os.read(descriptor, min(HEAD, entry["offset"] - position))
                if not chunk:
                    return
                number += chunk.count(b"\n")
                position += len(chunk)
            entry["line"] = number
    finally:
        os.close(descriptor)


def _entry(source: Source) -> LogSource:
    return {
        "kind": source.kind,
        "name": source.name,
        "how": source.how,
        "problem": None,
        "size": None,
        "since_known": None,
        "bytes_scanned": 0,
    }


def _shrink(evidence: Log) -> Log:
    """Keep the whole below its cap: samples of the least telling entries go first."""
    for limit in (400, 120, 0):
        if len(json.dumps(evidence)) <= _EVIDENCE:
            break
        for entry in evidence["signatures"][5:] + evidence["traces"][3:]:
            entry["sample"] = entry["sample"][:limit]
        if limit == 0:
            evidence["dropped"] += max(0, len(evidence["signatures"]) - 15)
            del evidence["signatures"][15:]
            del evidence["sources"][8:]
    return evidence
