# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Reading a log in blocks, from its end towards its beginning, in whole lines and little memory.

Never mmap: a file that is truncated meanwhile (copytruncate) would kill the process with SIGBUS.
"""

from __future__ import annotations

import os
import typing as t

from .._system.open_file import open_regular
from .carriers import plain_text
from .timestamps import Stamp, find_stamp, zone_shift

#: Small enough for the processor's cache, large enough that the calls cost nothing.
BLOCK = 512 * 1024
#: How far a block's beginning may move to the beginning of a record.
_ALIGN = 64 * 1024
#: A stretch in which a timestamp must show up while searching for a point in time.
_PROBE = 64 * 1024


class Text:
    """Bytes that can be read anywhere. ``size`` is fixed when it is opened, whatever is appended later."""

    size = 0
    mtime = 0.0
    #: The file got shorter while it was being read.
    truncated = False

    def read(self, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``offset``; fewer at the end, never an error for a file cut meanwhile."""
        raise NotImplementedError

    def close(self) -> None:
        """Give the file back."""


class FileText(Text):
    """A regular file.

    :raises OSError: it is missing, unreadable or not a regular file.
    """

    def __init__(self, path: str) -> None:
        self._descriptor = open_regular(path)
        status = os.fstat(self._descriptor)
        self.size = status.st_size
        self.mtime = status.st_mtime
        self.identity = (status.st_dev, status.st_ino)

    def read(self, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``offset``."""
        parts = []
        while length > 0:
            part = os.pread(self._descriptor, length, offset)
            if not part:
                self.truncated = self.truncated or offset < self.size
                break
            parts.append(part)
            offset += len(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class MemoryText(Text):
    """Bytes that came from elsewhere: decompressed, or from the journal."""

    def __init__(self, data: bytes, mtime: float) -> None:
        self._data = data
        self.size = len(data)
        self.mtime = mtime

    def read(self, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``offset``."""
        return self._data[offset : offset + length]


class Block(t.NamedTuple):
    """Whole lines of a text: ``data`` begins at ``offset``; what is before ``begin`` belongs to another block."""

    offset: int
    data: bytes
    #: Not cut off: copying a megabyte takes as long as searching it.
    begin: int


class Reader:
    """A text with its clock: where in it is which time, and its blocks from the end.

    :param text: what to read.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        self._shift = 0.0
        tail = text.read(max(0, text.size - _PROBE), _PROBE)
        self.last = self._last_stamp(tail)
        #: Lines have timestamps with a day, so points in time can be found.
        self.stamped = self.last is not None and self.last.dated

    def _last_stamp(self, tail: bytes) -> Stamp | None:
        lines = tail.rstrip(b"\r\n\0").split(b"\n")
        if len(lines) > 1 and len(tail) >= _PROBE:
            lines = lines[1:]
        for back, line in enumerate(reversed(lines)):
            stamp = find_stamp(line, self.text.mtime)
            if stamp is not None:
                if back == 0:
                    self._shift = zone_shift(stamp, self.text.mtime)
                return stamp._replace(epoch=stamp.epoch + (0.0 if stamp.zoned else self._shift))
        return None

    def time_of(self, line: bytes) -> float | None:
        """When a raw line was written (epoch), if it says so."""
        stamp = find_stamp(line, self.text.mtime)
        if stamp is None:
            return None
        return stamp.epoch if stamp.zoned else stamp.epoch + self._shift

    def first_stamped(self, low: int, high: int) -> tuple[int, float] | None:
        """The first line with a timestamp that begins in ``[low, high)``: its offset and time."""
        data = self.text.read(max(0, low - 1), min(high - low, _PROBE) + 1)
        position = 0 if low == 0 else data.find(b"\n") + 1
        if low and position == 0:
            return None
        while position < len(data):
            end = data.find(b"\n", position)
            end = len(data) if end < 0 else end
            moment = self.time_of(data[position:end])
            if moment is not None:
                return max(0, low - 1) + position, moment
            position = end + 1
        return None

    def offset_at(self, moment: float) -> int:
        """Where the first record of ``moment`` (epoch) or later begins; the size if there is none."""
        if self.last is not None and self.last.epoch < moment:
            return self.text.size
        low, high = 0, self.text.size
        while high - low > _PROBE:
            middle = (low + high) // 2
            found = self.first_stamped(middle, high)
            if found is not None and found[1] < moment:
                low = found[0] + 1
            elif found is None and not self.text.read(middle, 4096).strip(b"\0"):
                # The hole that copytruncate leaves under a writer that doesn't append.
                low = middle
            else:
                high = middle
        position = low
        while position < self.text.size:
            found = self.first_stamped(position, self.text.size)
            if found is None:
                return position if position >= high else high
            if found[1] >= moment:
                return found[0]
            position = found[0] + 1
        return self.text.size

    def blocks(self, low: int, high: int, size: int = BLOCK) -> t.Iterator[Block]:
        """The bytes of ``[low, high)`` in blocks of whole records, the last block first.

        A block begins where a record begins, if that is found within 64 KiB.
        """
        while high > low:
            start = max(low, high - size)
            data = self.text.read(start, high - start)
            skip = self._record_start(data) if start > low else 0
            yield Block(start, data, skip)
            high = start + skip

    def _record_start(self, data: bytes) -> int:
        position = data.find(b"\n", 0, _ALIGN) + 1
        first = position
        previous_plain = False
        while 0 < position < len(data) and position < _ALIGN:
            end = data.find(b"\n", position, position + _ALIGN)
            line = data[position : end if end >= 0 else position + _ALIGN]
            if self.stamped:
                if self.time_of(line) is not None:
                    return position
            else:
                # No timestamps: a line that is not indented after one that isn't either.
                plain = plain_text(line)[:1] not in ("", " ", "\t", "}", "|")
                if plain and previous_plain:
                    return position
                previous_plain = plain
            position = data.find(b"\n", position, len(data)) + 1
        return first
