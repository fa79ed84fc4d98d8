# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The end of a proxy's log."""

from __future__ import annotations

import os
import typing as t

from ..logs.timestamps import find_stamp

#: Bytes read from the end: some hundred lines, enough to tell what goes on now.
_TAIL = 65536


def tail_lines(path: str, since: float) -> list[t.Tuple[t.Optional[float], str]]:
    """The last lines that were written at ``since`` (epoch seconds) or later, with their times.

    :returns: (time or None, line), the oldest first; a line without a time counts as the one before it.
    :raises OSError: it cannot be read.
    """
    written = os.stat(path).st_mtime
    found: list[t.Tuple[t.Optional[float], str]] = []
    moment: float | None = None
    for line in _tail(path):
        stamp = find_stamp(line, written)
        moment = stamp.epoch if stamp is not None else moment
        # Seconds are cut off in the log: what was written within the second of the start counts.
        if line and (moment is None or moment + 1.0 >= since):
            found.append((moment, line.decode("utf-8", "replace")))
    return found


def tail_text(path: str) -> list[str]:
    """The last lines of a log as text, the oldest first.

    :raises OSError: it cannot be read.
    """
    return [line.decode("utf-8", "replace") for line in _tail(path)]


def _tail(path: str) -> list[bytes]:
    with open(path, "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        stream.seek(max(0, size - _TAIL))
        lines = stream.read(_TAIL).split(b"\n")
    return lines[1:] if size > _TAIL else lines
