# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the service's own log says of WebSockets: at which path one listens, and where clients were accepted."""

from __future__ import annotations

import re
import typing as t

from .._logs.opening import CannotOpen, open_source
from .._logs.sources import find_sources
from .._protocol.path_search import Hint
from .._run.context import Context
from .._run.evidence import new_evidence

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.log import Log
    from .._evidence.service import Service

#: Bytes at the end of each log, logs, and paths that are taken.
_TAIL, _LOGS, _PATHS = 262144, 3, 5
#: A path as it stands in a line; it has to have a name.
_PATH = rb"(/[\w.~%:@/-]*[\w~%][\w.~%:@/-]*(?:\?[\w.~%:@/=&;-]*)?)"
#: Where a client was accepted. Formats: the access logs of Apache and its like, Tornado's, uvicorn's, daphne's, Channels'.
_ACCEPTED = (
    re.compile(rb'"GET ' + _PATH + rb'[^"]*" 101\b'),
    re.compile(rb"\b101 GET " + _PATH),
    re.compile(rb'"WebSocket ' + _PATH + rb'" \[accepted\]'),
    re.compile(rb"\b(?:WSCONNECT|WebSocket CONNECT) " + _PATH),
)
#: Where a server says that it listens, or what it serves.
_SERVED = (
    re.compile(rb"\bwss?://[^\s/\"'<>]+" + _PATH),
    re.compile(rb"(?i)websocket[^/\n]{0,60}[\s\"'(=:]" + _PATH),
    re.compile(rb"(?i)(?<![\w.:/-])" + _PATH + rb"[^/\n]{0,40}websocket"),
)


def named_in_log(service: Service, context: Context) -> t.Iterator[Hint]:
    """Paths by which clients were accepted, the latest first; then those that the server names beside the word WebSocket."""
    found = context.found(service)
    evidence = t.cast("Log", new_evidence("paths"))
    lines: list[tuple[str, bytes]] = []
    for source in find_sources(service, context, found, evidence)[:_LOGS]:
        try:
            text, _notes = open_source(source, context, found.started)
        except CannotOpen:
            continue
        try:
            tail = text.read(max(0, text.size - _TAIL), _TAIL)
        finally:
            text.close()
        lines += [(source.name, line) for line in tail.split(b"\n")]
    hints = [*_matches(reversed(lines), _ACCEPTED, True), *_matches(lines, _SERVED, False)]
    yield from list({hint.path: hint for hint in reversed(hints)}.values())[::-1][:_PATHS]


def _matches(
    lines: t.Iterable[tuple[str, bytes]], patterns: t.Iterable[re.Pattern[bytes]], sure: bool
) -> t.Iterator[Hint]:
    for name, line in lines:
        for pattern in patterns:
            match = pattern.search(line[:2000])
            if match is not None:
                yield Hint(match.group(1).decode("ascii", "replace"), "log", name, sure)
                break
