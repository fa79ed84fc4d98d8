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

#: Bytes at the end of each log, logs, paths that are taken, and bytes of a line that are looked at.
_TAIL, _LOGS, _PATHS, _LINE = 262144, 3, 5, 1000
#: A path as it stands in a line, to its end.
_PATH = rb"(/[\w.~%:@/-]+(?:\?[\w.~%:@/=&;-]*)?)(?![\w.~%:@/-])"
#: What a line has that one of these patterns may fit: the others, most of them, need no search.
_TELLING = re.compile(rb"(?i)\b101\b|websocket|wss?://|\bWSCONNECT")
#: Where a client was accepted.
_ACCEPTED = (
    # Apache, nginx, aiohttp, Hypercorn, Traefik: common log format.
    re.compile(rb'"GET ' + _PATH + rb'[^"]*" 101\b'),
    # Tornado.
    re.compile(rb"\b101 GET " + _PATH),
    # morgan, Sanic.
    re.compile(rb"\bGET (?:https?://[^\s/]+)?" + _PATH + rb"\s+(?:\x1b\[\d+m)?101\b"),
    # Gin.
    re.compile(rb"\b101\b[^/\n]{0,100}\bGET\b[^/\n]{0,20}\"" + _PATH),
    # Objects of JSON: Caddy, pino, zap.
    re.compile(
        rb'"(?:uri|url|path)"\s?:\s?"' + _PATH + rb'"[^\n]{0,600}"(?:status|statusCode|status_code)"\s?:\s?101\b'
    ),
    # uvicorn.
    re.compile(rb'"WebSocket ' + _PATH + rb'" \[accepted\]'),
    # daphne, Channels.
    re.compile(rb"\b(?:WSCONNECT|WebSocket CONNECT) " + _PATH),
    # Rails.
    re.compile(rb'Started GET "' + _PATH + rb'" \[WebSocket\]'),
)
#: Where a server says that it listens, or what it serves.
_SERVED = (
    re.compile(rb"\bwss?://[^\s/\"'<>]+" + _PATH),
    re.compile(rb"(?i)websocket[^/\n]{0,60}[\s\"'(=:]" + _PATH),
    re.compile(rb"(?i)(?<![\w.:/-])" + _PATH + rb"[^/\n]{0,40}websocket"),
)
#: A request that was refused is no service's, and the probe's own guesses are among them.
_REFUSED = re.compile(
    rb"(?i)\b[45]\d\d\b|reject|refus|no route|not found|invalid|error|exception|fail|denied|unexpected|closed|traceback"
)
#: Files of programs, as stack traces and banners name them.
_FILE = re.compile(
    rb"\.(?:[cm]?[jt]sx?|py|rb|go|java|jar|php|rs|ex|exs|c|cc|so|html?|json|ya?ml|conf|log|sock|pem)\b|_modules/|-packages/"
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
    yield from paths_of(lines)


def paths_of(lines: t.Iterable[tuple[str, bytes]]) -> list[Hint]:
    """What lines say.

    :param lines: each with the name of its log, the oldest first.
    """
    telling = [(name, line[:_LINE]) for name, line in lines if _TELLING.search(line[:_LINE])]
    banners = [(name, line) for name, line in telling if not _REFUSED.search(line)]
    first: dict[str, Hint] = {}
    for hint in (*_matches(reversed(telling), _ACCEPTED, True), *_matches(banners, _SERVED, False)):
        first.setdefault(hint.path, hint)
    return list(first.values())[:_PATHS]


def _matches(
    lines: t.Iterable[tuple[str, bytes]], patterns: t.Iterable[re.Pattern[bytes]], sure: bool
) -> t.Iterator[Hint]:
    for name, line in lines:
        for pattern in patterns:
            match = pattern.search(line)
            if match is not None:
                path = match.group(1)
                if path.strip(b"/") and not _FILE.search(path):
                    rest = path[1:].partition(b"/")[2]
                    # A server that knows its prefix (root_path) may log paths with it, and be asked without.
                    yield Hint(path.decode("ascii", "replace"), "log", name, sure and not rest)
                    if sure and rest:
                        yield Hint("/" + rest.decode("ascii", "replace"), "log", name, False)
                break
