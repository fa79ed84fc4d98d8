# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the questions of this run made a server log: its own words about a handshake that fails, or the asker's footprints.

One more handshake, all alone, tells the two apart: what the log says of that one again belongs to the handshake; the
rest was provoked by guessed paths, ordinary GETs, clear text on a TLS port and the like.
"""

from __future__ import annotations

import re
import time
import typing as t

from .._run.lazy_pattern import LazyPattern
from .blocks import MemoryText, Reader
from .carriers import plain_text
from .findings import Findings
from .own_events import grown_by, size_of
from .scan import Patterns, Range, Scan

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.service import Service
    from .._protocol.client import Client
    from .._run.context import Context

#: Lines of level error or above, at most, and characters of each.
_LINES, _LINE = 8, 300
#: Seconds for the lone handshake, and for what it makes the server log.
_PATIENCE, _LATE = 1.5, 0.3
#: Seconds without a question, in which what goes wrong by itself goes wrong again; and before the first look at the log.
_QUIET, _GLANCE = 1.2, 0.15
#: A line that says of itself that it is about an error, in whatever format: ``ERROR:``, ``[error]``, ``level=error``,
#: pino's ``"level":50``, ``ValueError: …``.
_ERROR = LazyPattern(
    r"(?:^|[\s\[(\"'=:|<])(?:ERROR|CRITICAL|FATAL|SEVERE|PANIC|EMERG|ALERT|error|fatal|crit|panic|err|E)(?=[\s\])\"':|>,]|$)"
    r"|\b[A-Z]\w*(?:Error|Exception)\b|\"level\": ?(?:50|60)\b"
)


class Growth:
    """What was added to the logs.

    :param files: names and paths of log files, and the size of each beforehand.
    :param journals: units.
    :param since: when that was, in seconds since the epoch.
    """

    def __init__(self, files: dict[str, tuple[str, int]], journals: list[str], since: float) -> None:
        self._files = files
        self._journals = journals
        self._since = since

    def from_now(self, context: Context) -> Growth:
        """The same logs, from their present ends on."""
        files = {name: (path, size_of(path)) for name, (path, _size) in self._files.items()}
        return Growth(files, self._journals, context.now())

    def read(self, context: Context) -> tuple[Findings, list[str]]:
        """Traces and signatures among it, and its lines of level error that belong to no trace."""
        findings, lines = Findings(), []
        for name, base, data in self._texts(context):
            reader = Reader(MemoryText(data, context.now()))
            scan = Scan(reader, name, Patterns(None, None), findings, context.deadline)
            scan.run([Range(0, len(data), True)], facts=False)
            lines += [plain_text(line)[:_LINE].strip() for line in data.split(b"\n") if line]
            for trace in findings.traces.values():
                trace.moved(name, base)
            for signature in findings.signatures.values():
                signature.moved(name, base)
        traced = "\n".join(group.sample for group in findings.traces.values())
        errors = [line for line in lines if _ERROR.search(line) and line not in traced]
        return findings, list(dict.fromkeys(errors))[:_LINES]

    def logged_unasked(self, faults: t.AbstractSet[t.Any], context: Context) -> set[t.Any]:
        """Those of some faults that are logged again from their present ends on, although nothing is asked.

        :param faults: keys of traces and signatures.
        """
        quiet, end, pause = self.from_now(context), context.deadline.within(_QUIET), _GLANCE
        found: set[t.Any] = set()
        while faults - found and not end.expired():
            time.sleep(min(pause, end.remaining()))
            found = quiet.read(context)[0].faults() & faults
            # A journal is read by a program of its own each time.
            pause *= 2
        return found

    def _texts(self, context: Context) -> t.Iterator[tuple[str, int, bytes]]:
        for name, (path, size) in self._files.items():
            yield name, size, b"\n".join(grown_by(path, size))
        for unit in self._journals:
            yield unit, 0, _journal_since(context, unit, self._since)


def _journal_since(context: Context, unit: str, since: float) -> bytes:
    """A unit's journal from a moment on; nothing where it cannot be read."""
    from .journal import Unavailable, read_unit

    try:
        data, _count = read_unit(context, unit, since)
    except Unavailable:
        return b""
    # journalctl is asked for whole seconds.
    lines = [line for line in data.split(b"\n") if line.startswith(b"@")]
    return b"\n".join(line for line in lines if float(line[1:].split(b" ", 1)[0]) >= since)


def ask_alone(service: Service, context: Context, path: str) -> None:
    """Dial once and, where that is accepted, end the connection as a browser does that leaves the page."""
    from .._protocol.conversation import Conversation
    from .._run.deadline import DeadlineExceeded

    try:
        opened = _client(service, context).having(path=path).handshake(detail=False)
        if opened.open:
            Conversation(opened, context.deadline, context.redactor).close(1.0)
        else:
            opened.close()
    except DeadlineExceeded:
        return
    _wait(context)


def leave_footprints(service: Service, context: Context, path: str) -> None:
    """Ask once more what was asked besides the handshake: an ordinary GET, a guessed path, the other transport.

    The first of these questions came before the log was first read.
    """
    from .._run.deadline import DeadlineExceeded

    client = _client(service, context)
    try:
        client.having(path=path).plain()
        if path != "/":
            client.having(path="/").handshake_seen()
        client.having(path=path, tls=not client.tls).handshake_seen()
    except DeadlineExceeded:
        return
    _wait(context)


def _client(service: Service, context: Context) -> Client:
    from .._protocol.client import client_of, endpoints_of

    client = client_of(service, context, endpoints_of(service, context.found(service).on_port)[0])
    return client.having(tls=context.told(service, "spoken", 0.0) == "tls", patience=_PATIENCE)


def _wait(context: Context) -> None:
    """Until what was asked is in the log."""
    time.sleep(max(0.0, min(_LATE, context.deadline.remaining() - 1.0)))


def worded(line: str) -> str:
    """A line without what differs between two of the same kind: numbers and times."""
    return re.sub(r"0x[0-9a-f]+|\d+", "0", line)
