# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The end of a proxy's log."""

from __future__ import annotations

import os
import typing as t

from .._logs.timestamps import find_stamp
from .._system.open_file import Reader, open_regular, read_on

#: Bytes read from the end: some hundred lines, enough to see what is going on now.
_TAIL = 65536


def tail_lines(
    path: str, since: float, root: str = "", readers: t.Iterable[Reader] = ()
) -> list[t.Tuple[t.Optional[float], str]]:
    """The last lines that were written at ``since`` (epoch seconds) or later, with their times.

    :param root: where the file system of the proxy begins, and ``readers``: see _system/open_file.py.
    :returns: (time or None, line), the oldest first; a line without a time counts as the one before it.
    :raises OSError: it cannot be read.
    """
    lines, written = _tail(path, root, readers)
    # Seconds are cut off in the log: what was written within the second of the start counts.
    return [(moment, line) for moment, line in stamped(lines, written) if moment is None or moment + 1.0 >= since]


def stamped(lines: t.Iterable[bytes], written: float) -> t.Iterator[t.Tuple[t.Optional[float], str]]:
    """Lines with their times; a line without one counts as the one before it.

    :param written: when the last of them was (epoch seconds).
    """
    moment: float | None = None
    for line in lines:
        stamp = find_stamp(line, written)
        moment = stamp.epoch if stamp is not None else moment
        if line:
            yield moment, line.decode("utf-8", "replace")


def tail_text(path: str, root: str = "", readers: t.Iterable[Reader] = ()) -> list[str]:
    """The last lines of a log as text, the oldest first.

    :raises OSError: it cannot be read.
    """
    return [line.decode("utf-8", "replace") for line in _tail(path, root, readers)[0]]


def _tail(path: str, root: str, readers: t.Iterable[Reader]) -> t.Tuple[list[bytes], float]:
    """The last lines, and when the file was written last."""
    descriptor = open_regular(path, root, readers)
    try:
        status = os.fstat(descriptor)
        os.lseek(descriptor, max(0, status.st_size - _TAIL), os.SEEK_SET)
        lines = read_on(descriptor, _TAIL).split(b"\n")
    finally:
        os.close(descriptor)
    return lines[1:] if status.st_size > _TAIL else lines, status.st_mtime
