# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The files of a static root that browsers get, and nothing outside of it."""

from __future__ import annotations

import os
import re
import typing as t

from .._run.deadline import Deadline
from .._system.open_file import NotRegular, open_regular

#: Entries that are looked at, bytes of one file and of all files together.
MOST_ENTRIES, MOST_OF_ONE, MOST_BYTES = 100000, 24 << 20, 1 << 30
_SKIPPED = frozenset(("node_modules", "bower_components", "__pycache__"))
_SCRIPT = re.compile(r"(?i)\.(?:js|mjs|cjs)$")
_PAGE = re.compile(r"(?i)\.x?html?$")
#: Files from which pages take their settings when they start.
_SETTINGS = re.compile(r"(?i)^(?:[\w.-]{0,40}(?:config|settings|env|environment|runtime))(?:[.-][\w-]{1,30})?\.json$")
_MOST_SETTINGS = 1 << 18


class Walk:
    """The files below a root, one after the other.

    :param root: the directory; may itself be a symbolic link.
    :ivar real: its target.
    :ivar left_out: what was left out, by kind: how many (``outside``, ``unreadable``, ``large``, ``special``).
    :ivar example: one path of each kind.
    :ivar ended: why the walk ended before its end; empty: it did not.
    """

    def __init__(self, root: str, deadline: Deadline) -> None:
        self.real = os.path.realpath(root)
        self.left_out: dict[str, int] = {}
        self.example: dict[str, str] = {}
        self.ended = ""
        self.bytes = 0
        self._deadline = deadline
        self._entries = 0
        self._seen: t.Set[tuple[int, int]] = set()

    def files(self) -> t.Iterator[tuple[str, str, bytes]]:
        """Path below the root, kind (``script``, ``page``, ``settings``) and the first bytes of each file.

        :raises OSError: the root itself cannot be read.
        """
        folders = [""]
        self._is_new(os.stat(self.real))
        while folders and not self.ended:
            folder = folders.pop()
            try:
                with os.scandir(os.path.join(self.real, folder)) as entries:
                    listed = sorted(self._counted(entries), key=lambda entry: entry.name)
            except OSError:
                if not folder:
                    raise
                self._leave_out("unreadable", folder)
                continue
            inner = []
            for entry in listed:
                path = os.path.join(folder, entry.name)
                kind = self._kind(entry, path)
                if kind == "folder":
                    inner.append(path)
                elif kind:
                    data = self.read(path)
                    if data is not None and (kind != "settings" or len(data) <= _MOST_SETTINGS):
                        yield path, kind, data
                if self._is_over():
                    break
            folders += reversed(inner)

    def _counted(self, entries: t.Iterable[os.DirEntry[str]]) -> t.Iterator[os.DirEntry[str]]:
        for entry in entries:
            self._entries += 1
            if self._entries > MOST_ENTRIES:
                self.ended = "more than %d files and directories" % MOST_ENTRIES
                return
            yield entry

    def _is_over(self) -> bool:
        if not self.ended and self.bytes > MOST_BYTES:
            self.ended = "more than %d MiB of scripts" % (MOST_BYTES >> 20)
        if not self.ended and self._deadline.expired():
            self.ended = "not done within %.0f s" % self._deadline.seconds
        return bool(self.ended)

    def _kind(self, entry: os.DirEntry[str], path: str) -> str:
        """``folder``, or what kind of file it is; empty: nothing to look at."""
        kind = _kind_of(entry.name)
        try:
            if entry.is_symlink() and not self._is_inside(os.path.realpath(entry.path)):
                if kind or entry.is_dir():
                    self._leave_out("outside", path)
                return ""
            if entry.is_dir():
                hidden = entry.name in _SKIPPED or entry.name.startswith(".")
                return "folder" if not hidden and self._is_new(entry.stat()) else ""
            return kind
        except OSError:
            self._leave_out("unreadable", path)
            return ""

    def _is_inside(self, path: str) -> bool:
        return path == self.real or path.startswith(self.real.rstrip("/") + "/")

    def _is_new(self, status: os.stat_result) -> bool:
        """Whether a directory was not entered before: links may form loops."""
        key = (status.st_dev, status.st_ino)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def read(self, path: str, most: int = MOST_OF_ONE) -> bytes | None:
        """The first bytes of a file below the root; None where that cannot be had.

        A link could be put in a file's place meanwhile: so what was opened is looked at.
        """
        full = os.path.realpath(os.path.join(self.real, path))
        if not self._is_inside(full):
            self._leave_out("outside", path)
            return None
        try:
            descriptor = open_regular(full)
        except OSError as error:
            self._leave_out("special" if isinstance(error, NotRegular) else "unreadable", path)
            return None
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            return self._content(stream, path, most)

    def read_quietly(self, path: str, most: int = MOST_OF_ONE) -> bytes | None:
        """The same for a file that may not be there: nothing is noted."""
        noted = dict(self.left_out), dict(self.example)
        data = self.read(path, most)
        self.left_out, self.example = noted
        return data

    def _content(self, stream: t.Any, path: str, most: int) -> bytes | None:
        try:
            status = os.fstat(stream.fileno())
            if not self._is_inside(_opened(stream.fileno(), self.real)):
                self._leave_out("outside", path)
                return None
            data = _read(stream, min(most, status.st_size or most))
        except OSError:
            self._leave_out("unreadable", path)
            return None
        if status.st_size > most:
            self._leave_out("large", path)
        self.bytes += len(data)
        return data

    def _leave_out(self, kind: str, path: str) -> None:
        self.left_out[kind] = self.left_out.get(kind, 0) + 1
        self.example.setdefault(kind, path)


def _kind_of(name: str) -> str:
    if _SCRIPT.search(name):
        return "script"
    if _PAGE.search(name):
        return "page"
    return "settings" if _SETTINGS.match(name) else ""


def _opened(descriptor: int, default: str) -> str:
    """The path of an open file, as the kernel reports it; the default if it does not."""
    try:
        return os.readlink("/proc/self/fd/%d" % descriptor)
    except OSError:
        return default


def _read(stream: t.Any, most: int) -> bytes:
    """As much as there is, at most so much: one read(2) may bring less."""
    pieces = []
    while most > 0:
        piece = stream.read(most)
        if not piece:
            break
        pieces.append(piece)
        most -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
