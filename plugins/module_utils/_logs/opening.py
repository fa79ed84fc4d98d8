# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Opening a log whatever it is: a file, a compressed file, a unit's journal."""

from __future__ import annotations

import collections
import contextlib
import importlib
import os
import time
import typing as t

from .._run.context import Context
from .._system.open_file import open_regular
from .blocks import FileText, MemoryText, Text
from .journal import MAX_ENTRIES, Unavailable, may_be_hidden, read_unit
from .sources import Source

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.log import LogSource

#: What is kept of a compressed file (its end) and of a journal: they are held in memory.
IN_MEMORY = 8 * 1024 * 1024
#: A compressed file is given up after so many bytes: it has to be read from its beginning.
MAX_DECOMPRESSED = 512 * 1024 * 1024
_CHUNK = 256 * 1024
#: What reading an xz file may take: the largest of xz(1)'s presets takes 65 MiB.
_XZ_MEMORY = 96 << 20
_OPENERS = {".gz": "gzip", ".bz2": "bz2", ".xz": "lzma"}


class CannotOpen(Exception):
    """A log could not be opened: the message says why, ``remedy`` what helps."""

    def __init__(self, message: str, remedy: str) -> None:
        Exception.__init__(self, message)
        self.remedy = remedy


def open_source(source: Source, context: Context, since: float | None) -> tuple[Text, LogSource]:
    """Open a log.

    :param since: nothing before this moment (epoch) is needed; None: everything.
    :returns: the text, and what its evidence says about how it was read (``notes``).
    :raises CannotOpen: missing, unreadable, of an unknown kind, or hidden from this user.
    """
    if source.kind == "journal":
        return _journal(source, context, since)
    try:
        compressed = os.path.splitext(source.path)[1].lower()
        if compressed in _OPENERS:
            return _compressed(source.path, _OPENERS[compressed], context)
        if compressed == ".zst":
            raise CannotOpen("%s: this Python has no zstd" % source.name, "decompress it, or use gzip")
        return FileText(source.path), {}
    except FileNotFoundError:
        raise CannotOpen(
            "%s does not exist" % source.name, "correct the path, or check that the service has been started since then"
        ) from None
    except OSError as error:
        remedy = "run with become: true (root), or let the user read the file"
        raise CannotOpen("%s: %s" % (source.name, error.strerror or error), remedy) from None


def _compressed(path: str, module: str, context: Context) -> tuple[Text, LogSource]:
    try:
        opener = importlib.import_module(module)
    except ImportError:
        raise CannotOpen("%s: this Python has no %s" % (path, module), "decompress it") from None
    chunks: collections.deque[bytes] = collections.deque()
    kept = total = 0
    problem = None
    with os.fdopen(open_regular(path), "rb") as packed, _opened(opener, packed) as stream:
        while True:
            if total >= MAX_DECOMPRESSED or context.deadline.remaining() < 1.0:
                problem = "only %d MiB of decompressed text were read" % (total >> 20)
                break
            try:
                chunk = stream.read(_CHUNK)
            except EOFError:
                problem = "the compressed file is incomplete (still being written?)"
                break
            except Exception as error:  # each of the three libraries has its own errors for damaged data
                if isinstance(error, MemoryError):
                    raise
                problem = "damaged: %s" % error
                break
            if not chunk:
                break
            chunks.append(chunk)
            total += len(chunk)
            kept += len(chunk)
            while kept - len(chunks[0]) >= IN_MEMORY:
                kept -= len(chunks.popleft())
    notes: LogSource = {"compressed": True, "skipped_bytes": total - kept, "problem": problem}
    return MemoryText(b"".join(chunks), os.stat(path).st_mtime), notes


def _opened(opener: t.Any, packed: t.BinaryIO) -> t.Any:
    """A stream of what a compressed file holds."""
    return contextlib.nullcontext(_Xz(opener, packed)) if opener.__name__ == "lzma" else opener.open(packed, "rb")


class _Xz:
    """What an xz file holds, within bounds: its header says how much memory reading it takes, up to 4 GiB.

    :param lzma: the library, whose own files have no such bound.
    """

    def __init__(self, lzma: t.Any, packed: t.BinaryIO) -> None:
        self._lzma = lzma
        self._packed = packed
        self._decoder = self._new()

    def _new(self) -> t.Any:
        return self._lzma.LZMADecompressor(memlimit=_XZ_MEMORY)

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, none at the end.

        :raises EOFError: the file ends too early.
        """
        while True:
            if self._decoder.eof:
                # Another stream may follow, and padding (xz file format, section 2.2).
                data = self._decoder.unused_data.lstrip(b"\0")
                while not data:
                    piece = self._packed.read(_CHUNK)
                    if not piece:
                        return b""
                    data = piece.lstrip(b"\0")
                self._decoder = self._new()
            else:
                data = self._packed.read(_CHUNK) if self._decoder.needs_input else b""
                if not data and self._decoder.needs_input:
                    raise EOFError
            out: bytes = self._decoder.decompress(data, size)
            if out:
                return out


def _journal(source: Source, context: Context, since: float | None) -> tuple[Text, LogSource]:
    try:
        data, count = read_unit(context, source.name, since)
        saturated = count >= MAX_ENTRIES
        if saturated and since is not None:
            # Busy unit: its start-up lines are not among the newest entries.
            head, _complete = read_unit(context, source.name, since, since + 700, 3000)
            data = head[:IN_MEMORY] + b"\n" + data
    except Unavailable as error:
        raise CannotOpen(str(error), error.remedy) from None
    except Exception as error:
        if type(error).__name__ != "CommandMissing":
            raise
        raise CannotOpen(str(error), "set 'logs' to a log file") from None
    if not data and _hidden():
        raise CannotOpen(
            "journalctl -u %s shows nothing to this user" % source.name,
            "run with become: true, or add the user to the group systemd-journal",
        )
    data = data[-2 * IN_MEMORY :]
    mtime = context.now() if data else time.time()
    return MemoryText(data, mtime), {"entries": count, "saturated": saturated}


def _hidden() -> bool:
    import grp

    readers = []
    for name in ("systemd-journal", "adm", "wheel"):
        try:
            readers.append(grp.getgrnam(name).gr_gid)
        except KeyError:
            continue
    return may_be_hidden(os.geteuid(), os.getgroups(), readers)
