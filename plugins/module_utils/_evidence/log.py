# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of a service's logs says. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import typing as t

from .common import Common

#: The start of the window, in seconds since the epoch. None: everything was read.
_From = t.TypedDict("_From", {"from": t.Optional[float]}, total=False)
#: The kinds of events that are searched for.
EventKind = t.Literal["connection", "message", "close"]


class LogProcess(t.TypedDict, total=False):
    """The process whose start opens the window."""

    #: Whether there is one.
    found: bool
    #: Its process ID. None: there is none.
    pid: t.Optional[int]
    #: The name of its program. None: there is none.
    name: t.Optional[str]
    #: When it was started, in seconds since the epoch. None: that is not known.
    started: t.Optional[float]
    #: The systemd unit that it runs in. None: it runs in none.
    unit: t.Optional[str]


class LogWindow(_From, total=False):
    """From when to when the logs were read, and why from that time on."""

    #: Its end, in seconds since the epoch.
    to: float
    #: Why it starts then.
    why: str


class LogSource(t.TypedDict, total=False):
    """One log: a file or a unit's journal."""

    #: What it is: ``file`` or ``journal``.
    kind: str
    #: The path, or the unit.
    name: str
    #: How it was found: ``configured``, ``stdout``, ``rotated`` …
    how: str
    #: Why it was not read, or not completely. None: it was.
    problem: t.Optional[str]
    #: Its size in bytes. None: it was not read.
    size: t.Optional[int]
    #: When it was last written, in seconds since the epoch. Only where it was read.
    mtime: float
    #: What each line is wrapped in. Only where it was read.
    format: str
    #: Whether its lines have timestamps. Only where it was read.
    timestamped: bool
    #: What marks the start of the window in it: ``timestamps``, ``ready line``, ``file time`` or ``whole``. Only
    #: where it was read.
    since: str
    #: Whether that start is certain. None: it was not read.
    since_known: t.Optional[bool]
    #: Its first timestamp, in seconds since the epoch. None: it has none. Only where it was read.
    first: t.Optional[float]
    #: Its last timestamp, in seconds since the epoch. None: it has none. Only where it was read.
    last: t.Optional[float]
    #: How many bytes of it are in the window. Only where it was read.
    bytes_in_window: int
    #: How many bytes of it were read.
    bytes_scanned: int
    #: Whether everything in the window was read. Only where it was read at all.
    complete: bool
    #: Whether everything since the start was read, as far as start-up lines go. Only where it was read at all.
    start_covered: bool
    #: Whether it is longer than the part that was read. Only where it was read.
    truncated: bool
    #: Whether it is a compressed file. Only where it is.
    compressed: bool
    #: Bytes (decompressed) before those that were kept. Only where it is a compressed file.
    skipped_bytes: int
    #: How many entries were read. Only where it is a journal.
    entries: int
    #: Whether there are more entries. Only where it is a journal.
    saturated: bool


class Placed(t.TypedDict, total=False):
    """Equal entries in the log: how many, and where the latest is."""

    #: How many there are.
    count: int
    #: When the first was logged, in seconds since the epoch. None: the log does not say.
    first: t.Optional[float]
    #: When the latest was logged, in seconds since the epoch. None: the log does not say.
    last: t.Optional[float]
    #: The name of the log.
    source: str
    #: Where the latest starts, in bytes from the start of the log.
    offset: int
    #: The number of its line. None: lines were not counted.
    line: t.Optional[int]
    #: Its text, redacted and cut.
    sample: str


class KnownLine(Placed, total=False):
    """A line that says that the server is ready, or that its WebSocket is."""

    #: The server that writes such lines; empty if the words are the application's own.
    server: str
    #: The port that it names. None: it names none.
    port: t.Optional[int]
    #: The address that it names; empty: it names none.
    address: str
    #: The service's own expression that it matches. None: a known line.
    pattern: t.Optional[str]


class Pattern(t.TypedDict, total=False):
    """An expression of the service, and whether a line matches."""

    #: The expression.
    pattern: str
    #: Whether a line matches.
    matched: bool


class KnownLines(t.TypedDict, total=False):
    """Lines of one kind, with the expressions that the service has for it."""

    #: The service's own expressions, and whether a line matches each.
    patterns: t.List[Pattern]
    #: The lines.
    lines: t.List[KnownLine]


class StackTrace(Placed, total=False):
    """A stack trace."""

    #: Whose trace it is: ``node``, ``python`` …
    runtime: str
    #: What happened to the error: ``fatal``, ``unhandled`` or ``logged``.
    kind: str
    #: The type of the error: ``TypeError``, ``java.net.BindException``, ``panic`` …
    type: str
    #: The line that names the root cause.
    root: str
    #: The frame nearest to the failure that is the application's own code, else the nearest one.
    frame: str


class Signature(Placed, total=False):
    """A line with a known meaning."""

    #: The name of its meaning.
    key: str
    #: What the line names, such as its port.
    captured: t.Dict[str, str]


class Event(t.TypedDict, total=False):
    """How often one kind of event was logged, with the latest line."""

    #: How often it was logged.
    count: int
    #: When the latest was logged, in seconds since the epoch. None: the log does not say.
    last: t.Optional[float]
    #: The latest line, redacted and cut; empty: there is none.
    sample: str
    #: The name of the log. None: there is no such line.
    source: t.Optional[str]


class OwnEvents(t.TypedDict, total=False):
    """What was logged about a connection of the probe."""

    #: The last line of each kind.
    events: t.Dict[EventKind, str]
    #: Whether a line contains the text that was sent.
    message_sent: bool


class ProvokedTrace(StackTrace, total=False):
    """A stack trace that was logged while this run asked."""

    #: Whether one more handshake, all alone, made the server log it again.
    handshake: bool
    #: Whether it was logged once more while nothing was asked.
    unasked: bool


class ProvokedSignature(Signature, total=False):
    """A line with a known meaning that was logged while this run asked."""

    #: Whether one more handshake, all alone, made the server log it again.
    handshake: bool
    #: Whether it was logged once more while nothing was asked.
    unasked: bool


class ProvokedLine(t.TypedDict, total=False):
    """A line of level error that was logged while this run asked, and that belongs to no stack trace."""

    #: The line, redacted and cut.
    sample: str
    #: Whether one more handshake, all alone, made the server log it again.
    handshake: bool


class Provoked(t.TypedDict, total=False):
    """What was added to the logs while this run asked."""

    #: The path of the handshake; empty: it is only a guess, and is refused.
    path: str
    #: Whether the handshake was accepted, and nothing went wrong after it.
    accepted: bool
    #: Stack traces.
    traces: t.List[ProvokedTrace]
    #: Lines with a known meaning.
    signatures: t.List[ProvokedSignature]
    #: Other lines of level error.
    lines: t.List[ProvokedLine]


class Earlier(t.TypedDict, total=False):
    """What ended the previous process."""

    #: When it was logged, in seconds since the epoch. None: the log does not say.
    seen: t.Optional[float]
    #: How long before the start. None: that is not known.
    seconds_before_start: t.Optional[float]
    #: The last stack trace. None: there is none.
    trace: t.Optional[StackTrace]
    #: Lines with a known meaning.
    signatures: t.List[Signature]


class Scanned(t.TypedDict, total=False):
    """How much was read."""

    #: How many bytes.
    bytes: int
    #: Whether that is all of the window.
    complete: bool
    #: Whether counts are lower bounds.
    sampled: bool


class LastWords(t.TypedDict, total=False):
    """The last lines that a process wrote to one log."""

    #: The name of the log.
    source: str
    #: Whose they are: ``ended`` (no process runs), ``previous`` (they stand before the start of the one that runs), or
    #: ``running`` (it runs, and nothing listens on the port).
    of: str
    #: When the log was written last, or the last line before the start, in seconds since the epoch. None: not known.
    at: t.Optional[float]
    #: The lines, redacted and cut, without the frames of stack traces.
    lines: t.List[str]
    #: The last of them that speaks of an error; where none does, the last one.
    telling: str
    #: Whether that line speaks of an error, stands at the very end, and no orderly end follows it.
    tells: bool


class Log(Common, total=False):
    """The evidence of the logs."""

    #: The process whose start opens the window.
    process: LogProcess
    #: From when to when the logs were read, and why from that time on.
    window: LogWindow
    #: The logs.
    sources: t.List[LogSource]
    #: Lines that say that the server is ready.
    ready: KnownLines
    #: Lines that say that the WebSocket server is running.
    websocket: KnownLines
    #: Servers that were recognised by their start-up lines.
    server: t.List[str]
    #: How often each kind of event (``connection``, ``message`` and ``close``) was logged.
    events: t.Dict[EventKind, Event]
    #: What was logged about one more connection of the probe. None: no handshake was accepted, or no file is read.
    own: t.Optional[OwnEvents]
    #: What was logged during the questions of this run. None: there were none, or no log can be read again.
    provoked: t.Optional[Provoked]
    #: Stack traces, the worst first. The same one is listed once, with a count.
    traces: t.List[StackTrace]
    #: Lines with a known meaning, mostly a fault.
    signatures: t.List[Signature]
    #: How many different entries were left out because there were too many.
    dropped: int
    #: What ended the previous process, if that is in the log shortly before the start. None: nothing
    #: does.
    earlier: t.Optional[Earlier]
    #: How much was read.
    scanned: Scanned
    #: The last lines of a process that has ended, or that runs and does not listen on the port; the latest first.
    last_words: t.List[LastWords]
