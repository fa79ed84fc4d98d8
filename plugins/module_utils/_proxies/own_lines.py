# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Which lines of a proxy's log are about one request: those of the moment that name its client, path and host, or its connection."""

from __future__ import annotations

import re
import typing as t

#: Lines that are kept at most, and characters of each.
MOST_LINES, MOST_CHARACTERS = 6, 400

#: What lines of nginx, Apache, ModSecurity, Caddy and HAProxy say about a request.
_PATH = re.compile(r'"(?:GET|HEAD|POST|CONNECT) ([^ ?"]*)[^"]*"|"uri": ?"([^"?]*)|\[uri "([^"?]*)')
_CLIENT = re.compile(
    r'\bclient: ([^,\s]+)|\[client ([^\]\s]+)\]|"remote_ip": ?"([^"]+)"|(\S+:\d+) \[\d\d/\w{3}/\d{4}:[\d:.]+\] '
)
_HOST = re.compile(r'\bhost: "([^"]*)"|"host": ?"([^"]*)"|\[hostname "([^"]*)"\]')
#: The worker and connection that wrote a line: lines of the same are about the same request.
_WRITER = re.compile(r"(\d+#\d+: \*\d+) |\[(pid \d+(?::tid \d+)?)\]")
_LEVEL = re.compile(
    r'\[(?:[\w.-]+:)?(emerg|alert|crit|error|warn|notice|info|debug|trace\d)\]|"level": ?"(\w+)"|\t(ERROR|WARN|INFO)\t'
)
#: HAProxy's line about a request: status, bytes, two cookies, and how the session ended (8.5 of its manual).
_HAPROXY = re.compile(r" (?:\d{3}|-1) \d+ \S+ \S+ ([A-Za-z-]{2})[A-Za-z-]{2} \d+/| \d+ ([A-Za-z-]{2}) \d+/\d+/\d+/")
_HEADERS = re.compile(r'"headers": ?\{[^{}]*\}')
#: The worse, the lower. What is not here says nothing of a failure.
_RANKS = {"emerg": 0, "fatal": 0, "panic": 0, "alert": 1, "crit": 2, "error": 3, "warn": 4, "notice": 5, "info": 5}
_SEVERE, _TELLING = 2, 4
#: At the level of mere information only what refuses is telling.
_REFUSES = re.compile(r"denied|den(?:y|ies)\b|forbid|refus|reject|not allowed", re.IGNORECASE)


class Asked(t.NamedTuple):
    """The request of which the log is asked.

    :ivar since: when it began, and ``until``: when it was over (epoch seconds).
    :ivar clients: addresses that it may have come from.
    :ivar path: without its query; empty: any.
    :ivar authority: its Host; empty: any.
    """

    since: float
    until: float
    clients: t.FrozenSet[str]
    path: str
    authority: str


class OwnLine(t.NamedTuple):
    """A line of the log that is about the request.

    :ivar named: whether it names the request or its connection; else it is only of the same moment.
    :ivar rank: of its severity: the worse, the lower.
    """

    at: t.Optional[float]
    text: str
    named: bool
    rank: int


def shortened(line: str) -> str:
    """A line without the request's headers, which JSON has among what it says of it."""
    return _HEADERS.sub('"headers":{…}', line)


def own_lines(rows: t.Iterable[t.Tuple[t.Optional[float], str]], asked: Asked) -> list[OwnLine]:
    """The telling lines about a request, the worst first, those of like severity as they were written.

    :param rows: times and lines.
    """
    of_the_moment = [
        (at, line)
        for at, line in rows
        if at is not None and asked.since - 1.0 <= at <= asked.until + 1.0 and _rank(line) is not None
    ]
    writers = {_writer(line) for _at, line in of_the_moment if _is_named(line, asked)} - {""}
    found = []
    for at, line in of_the_moment:
        rank = _rank(line) or 0
        named = _is_named(line, asked) or (_writer(line) in writers and not _is_another(line, asked))
        if named or (rank <= _SEVERE and _word(_CLIENT, line) is None):
            found.append(OwnLine(at, line, named, rank))
    found.sort(key=lambda row: (not row.named, row.rank))
    return found[:MOST_LINES]


def _word(pattern: t.Pattern[str], line: str) -> str | None:
    found = pattern.search(line)
    return next((word for word in found.groups() if word is not None), "") if found is not None else None


def _rank(line: str) -> int | None:
    """How severe a line is; None: it says nothing of a failure."""
    level = _word(_LEVEL, line)
    if level is None:
        flags = _word(_HAPROXY, line)
        return _RANKS["error"] if flags is not None and (flags != "--" or "<NOSRV>" in line) else None
    rank = _RANKS.get(level.lower())
    return rank if rank is not None and (rank <= _TELLING or _REFUSES.search(line)) else None


def _writer(line: str) -> str:
    return _word(_WRITER, line) or ""


def _is_named(line: str, asked: Asked) -> bool:
    """Whether a line names the client of the request, and nothing that speaks against it."""
    return _word(_CLIENT, line) is not None and not _is_another(line, asked)


def _is_another(line: str, asked: Asked) -> bool:
    """Whether a line names another client, path or host."""
    client, path, host = _word(_CLIENT, line), _word(_PATH, line), _word(_HOST, line)
    if client is not None and not {client, client.rpartition(":")[0].strip("[]")} & asked.clients:
        return True
    if path and asked.path and path not in (asked.path, "<BADREQ>"):
        return True
    return (
        bool(host)
        and bool(asked.authority)
        and str(host).lower() not in (asked.authority.lower(), _name(asked.authority))
    )


def _name(authority: str) -> str:
    """A Host without its port."""
    return re.sub(r":\d+\Z", "", authority.lower()).strip("[]")
