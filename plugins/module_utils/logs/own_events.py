# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a server logs of the probe's own connection: told by the time of the lines, and by what the probe sent."""

from __future__ import annotations

import os
import typing as t

from . import known_lines
from .timestamps import find_stamp

#: Bytes at the end of a log that are looked at, and those before the end at which the probe found it.
_MOST, _BEFORE = 262144, 16384


def own_events(path: str, size: int, began: float, sent: str) -> dict[str, t.Any]:
    """Events in the lines that were written since the probe began.

    :param size: of the log when it was read before: a line without a time counts if it came later.
    :param began: epoch seconds.
    :param sent: the text that the probe sent as a message; empty if it sent none that can be told.
    :returns: ``events`` (kinds of known_lines.EVENTS that were seen, with the last line of each) and ``message_sent``
        (whether what the probe sent is in a line).
    :raises OSError: the log cannot be read.
    """
    events: dict[str, str] = {}
    known = False
    for line in _written_since(path, size, began):
        if sent and sent.encode() in line:
            known = True
        for kind, literals in known_lines.EVENTS.items():
            if any(literal in line for literal in literals):
                events[kind] = line.decode("utf-8", "replace")
    return {"events": events, "message_sent": known}


def _written_since(path: str, size: int, began: float) -> t.Iterator[bytes]:
    with open(path, "rb") as stream:
        status = os.fstat(stream.fileno())
        # A log that shrank was rotated or cut: all of it is new.
        size = size if status.st_size >= size else 0
        start = max(0, size - _BEFORE, status.st_size - _MOST)
        stream.seek(start)
        data = stream.read(_MOST)
    at = start
    for line in data.split(b"\n"):
        stamp = find_stamp(line, status.st_mtime)
        # Many logs cut off the fraction of a second.
        if at >= size if stamp is None else stamp.epoch + 1.0 >= began:
            yield line
        at += len(line) + 1
