# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a proxy's access log says of the clients of one path: how often each status was answered."""

from __future__ import annotations

import collections
import datetime
import re
import typing as t

from .._system.open_file import Reader
from .log_tail import tail_text

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Access

#: The part of the common and the combined format that others keep, too: time, request line, status.
_LINE = re.compile(r'\[(\d{2}/\w{3}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\] "GET ([^ ?"]*)[^"]*" (\d{3})\b')


def answers(path: str, target: str, before: float, root: str = "", readers: t.Iterable[Reader] = ()) -> Access | None:
    """The statuses of requests for a path; nginx writes the line of a WebSocket when it ends.

    :param path: of the log.
    :param target: the path of the URL; a query is not looked at.
    :param before: epoch seconds from which on requests are this probe's own.
    :param root: where the file system of the proxy begins, and ``readers``: see _system/open_file.py.
    :returns: ``source``, ``statuses`` (how often each), ``since`` and ``last_open`` (epoch seconds; the latter of the
        last 101, or None); None: no request for the path is in the end of the log.
    :raises OSError: it cannot be read.
    """
    wanted = target.partition("?")[0]
    statuses: t.Counter[str] = collections.Counter()
    since, last_open = None, None
    for line in tail_text(path, root, readers):
        found = _LINE.search(line)
        if found is None or found.group(2) != wanted:
            continue
        moment = _epoch(found.group(1))
        if moment is None or moment + 1.0 >= before:
            continue
        statuses[found.group(3)] += 1
        since = moment if since is None else since
        last_open = moment if found.group(3) == "101" else last_open
    if not statuses:
        return None
    return {"source": path, "statuses": dict(statuses), "since": since, "last_open": last_open}


def _epoch(text: str) -> float | None:
    try:
        return datetime.datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z").timestamp()
    except ValueError:
        return None
