# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of a service's logs says. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t

from .common import Common

#: The kinds of events that are looked for.
EventKind = t.Literal["connection", "message", "close"]


class LogProcess(t.TypedDict, total=False):
    """The process whose start opens the window."""

    found: bool
    pid: t.Optional[int]
    name: t.Optional[str]
    #: Seconds since the epoch.
    started: t.Optional[float]
    unit: t.Optional[str]


#: From when to when the logs were read (seconds since the epoch), and why from then.
LogWindow = t.TypedDict("LogWindow", {"from": t.Optional[float], "to": float, "why": str}, total=False)


class LogSource(t.TypedDict, total=False):
    """One log: a file or a unit's journal."""

    #: ``file`` or ``journal``.
    kind: str
    #: The path, or the unit.
    name: str
    #: How it was found: ``configured``, ``stdout``, ``rotated`` …
    how: str
    #: Why it was not read, or not wholly.
    problem: t.Optional[str]
    #: Bytes.
    size: t.Optional[int]
    #: Seconds since the epoch.
    mtime: float
    #: What each line is wrapped in.
    format: str
    timestamped: bool
    #: What marks the start of the window in it, and whether that is certain.
    since: str
    since_known: t.Optional[bool]
    #: Of its first and last timestamp: seconds since the epoch.
    first: t.Optional[float]
    last: t.Optional[float]
    bytes_in_window: int
    bytes_scanned: int
    #: Everything in the window was read.
    complete: bool
    #: Everything since the start was read, as far as start-up lines go.
    start_covered: bool
    #: It is longer than what was taken of it.
    truncated: bool
    #: Of a compressed file: that it is one, and the bytes (decompressed) before those that were kept.
    compressed: bool
    skipped_bytes: int
    #: Of a journal: how many entries were read, and whether there are more.
    entries: int
    saturated: bool


class Placed(t.TypedDict, total=False):
    """Equal things in the log: how many, and where the latest stands."""

    count: int
    #: When, in seconds since the epoch, where the log says it.
    first: t.Optional[float]
    last: t.Optional[float]
    #: The name of the log.
    source: str
    #: Bytes from its beginning.
    offset: int
    #: The number of the line, where it was counted.
    line: t.Optional[int]
    #: Its text, redacted and cut.
    sample: str


class KnownLine(Placed, total=False):
    """A line that says that the server is ready, or that its WebSocket is."""

    #: The server that writes such lines; empty where the words are the application's own.
    server: str
    port: t.Optional[int]
    address: str
    #: The service's own expression that it matches; None: a known line.
    pattern: t.Optional[str]


class Pattern(t.TypedDict, total=False):
    """An expression of the service, and whether a line matches."""

    pattern: str
    matched: bool


class KnownLines(t.TypedDict, total=False):
    """Lines of one kind, with the expressions that the service has for it."""

    patterns: t.List[Pattern]
    lines: t.List[KnownLine]


class StackTrace(Placed, total=False):
    """A stack trace."""

    #: ``node``, ``python`` …
    runtime: str
    #: ``fatal``, ``unhandled`` or ``logged``.
    kind: str
    #: ``TypeError``, ``java.net.BindException``, ``panic``
    type: str
    #: The line that names the root cause.
    root: str
    #: The frame nearest to the failure that is the application's own code, else the nearest one.
    frame: str


class Signature(Placed, total=False):
    """A line with a known meaning."""

    key: str
    #: What the line names, by the groups of its expression.
    captured: t.Dict[str, str]


class Event(t.TypedDict, total=False):
    """How often one kind of event was logged, with the latest line."""

    count: int
    #: Seconds since the epoch.
    last: t.Optional[float]
    sample: str
    source: t.Optional[str]


class OwnEvents(t.TypedDict, total=False):
    """What was logged of a connection of the probe."""

    #: The last line of each kind.
    events: t.Dict[EventKind, str]
    #: A line holds the text that was sent.
    message_sent: bool


class Earlier(t.TypedDict, total=False):
    """What ended the process before this one."""

    #: Seconds since the epoch.
    seen: t.Optional[float]
    seconds_before_start: t.Optional[float]
    trace: t.Optional[StackTrace]
    signatures: t.List[Signature]


class Scanned(t.TypedDict, total=False):
    """How much was read."""

    bytes: int
    #: That is all of the window.
    complete: bool
    #: Counts are lower bounds.
    sampled: bool


class Log(Common, total=False):
    """The evidence of the logs."""

    process: LogProcess
    window: LogWindow
    sources: t.List[LogSource]
    ready: KnownLines
    websocket: KnownLines
    #: Servers that were recognised by their start-up lines.
    server: t.List[str]
    events: t.Dict[EventKind, Event]
    #: Of one connection of the probe; None: no handshake was accepted, or no file is read.
    own: t.Optional[OwnEvents]
    #: The worst first.
    traces: t.List[StackTrace]
    signatures: t.List[Signature]
    #: Different entries that were left out for their number.
    dropped: int
    #: None: nothing of it stands in the log.
    earlier: t.Optional[Earlier]
    scanned: Scanned
