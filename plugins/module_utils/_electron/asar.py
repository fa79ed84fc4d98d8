# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The archive in which an Electron app is shipped (``app.asar``), and the same for a plain directory.

An archive is a Pickle of a JSON header, and the files one after the other. Nothing in the header is believed: names, links,
offsets and sizes may be anything. https://github.com/electron/asar#format
"""

from __future__ import annotations

import json
import os
import struct
import typing as t

from .._run.digits import number
from .._system.open_file import open_regular, read_bytes

#: Bytes of a header, and entries in it, at most.
_HEADER, _ENTRIES = 8 << 20, 200000
#: Directories inside directories, and links that point to links.
_DEPTH, _LINKS = 40, 8


class BadArchive(Exception):
    """The file is not an archive, or one that no known tool writes; the message says which place is wrong."""


class Node(t.TypedDict, total=False):
    """A directory, link or file in the header."""

    #: Of a directory: what is in it, by name.
    files: object
    link: object
    #: Of a file; the offset is a number in a text.
    size: object
    offset: object
    unpacked: object


class Entry(t.NamedTuple):
    """A file: its size, and where its bytes are (None: beside the archive, in ``app.asar.unpacked``)."""

    size: int
    offset: t.Optional[int]


class Archive:
    """An ``app.asar``.

    :param path: of the archive.
    :raises BadArchive: it is none.
    :raises OSError: it cannot be read.
    :ivar files: entries by their path inside, with ``/``.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.files: dict[str, Entry] = {}
        self._links: dict[str, str] = {}
        with os.fdopen(open_regular(path), "rb") as stream:
            self._size = os.fstat(stream.fileno()).st_size
            header, self._begin = self._header(stream)
        self._walk(_node(header) or {}, "", 0)

    def _header(self, stream: t.BinaryIO) -> t.Tuple[t.Any, int]:
        head = stream.read(16)
        if len(head) < 16:
            raise BadArchive("%s is too short for an archive" % self.path)
        four, outer, _inner, length = struct.unpack("<4I", head)
        if four != 4 or length > _HEADER or length > outer or 8 + outer > self._size:
            raise BadArchive("%s does not have the header of an Electron archive" % self.path)
        try:
            return json.loads(stream.read(length).decode("utf-8")), 8 + outer
        except (ValueError, RecursionError) as error:
            raise BadArchive("the header of %s is not JSON: %s" % (self.path, error)) from error

    def _walk(self, node: Node, folder: str, depth: int) -> None:
        entries = node.get("files")
        if not isinstance(entries, dict) or depth > _DEPTH:
            return
        for name, found in entries.items():
            entry = _node(found)
            if entry is None or name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
                continue
            if len(self.files) >= _ENTRIES:
                return
            path, link = folder + name, entry.get("link")
            if "files" in entry:
                self._walk(entry, path + "/", depth + 1)
            elif isinstance(link, str):
                self._links[path] = link
            else:
                self._add(path, entry)

    def _add(self, path: str, entry: Node) -> None:
        size, offset = entry.get("size"), entry.get("offset")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            return
        if entry.get("unpacked"):
            self.files[path] = Entry(size, None)
        elif number(offset) is not None:
            begin = self._begin + (number(offset) or 0)
            if begin + size <= self._size:
                self.files[path] = Entry(size, begin)

    def names(self) -> list[str]:
        """Paths of the files."""
        return sorted(self.files)

    def read(self, name: str, most: int) -> bytes | None:
        """The first bytes of a file; None: there is no such file.

        :param most: bytes at most.
        :raises OSError: it cannot be read.
        """
        for _link in range(_LINKS):
            if name not in self._links:
                break
            name = os.path.normpath(self._links[name]).replace(os.sep, "/")
        entry = self.files.get(name)
        if entry is None:
            return None
        if entry.offset is None:
            return _read_below(self.path + ".unpacked", name, most)
        return read_bytes(self.path, min(entry.size, most), offset=entry.offset)


def _node(value: object) -> Node | None:
    """A part of the header as far as it is an object."""
    return t.cast("Node", value) if isinstance(value, dict) else None


class Folder:
    """An app that is not packed, or a directory of one.

    :param path: of the directory.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def names(self) -> list[str]:
        """Paths of the files; links to directories are not followed."""
        found: list[str] = []
        for folder, below, files in os.walk(self.path):
            below[:] = [name for name in below if name not in ("node_modules", ".git")]
            if folder[len(self.path) :].count(os.sep) > _DEPTH or len(found) > _ENTRIES:
                below[:] = []
            inside = os.path.relpath(folder, self.path)
            found += [name if inside == "." else "%s/%s" % (inside.replace(os.sep, "/"), name) for name in files]
        return sorted(found)

    def read(self, name: str, most: int) -> bytes | None:
        """As Archive.read."""
        return _read_below(self.path, name, most)


def _read_below(folder: str, name: str, most: int) -> bytes | None:
    """A file below a directory; None if there is none, or if a link points outside it."""
    try:
        root = os.path.realpath(folder)
        path = os.path.realpath(os.path.join(root, name))
        if os.path.commonpath([root, path]) != root or not os.path.isfile(path):
            return None
    except ValueError:
        # A name that no file of this system can have.
        return None
    return read_bytes(path, most)


def open_app(path: str) -> Archive | Folder:
    """The app at a path: an archive, a directory with package.json, or one in which ``resources/app.asar`` lies.

    :raises BadArchive: there is no app.
    :raises OSError: it cannot be read.
    """
    if os.path.isdir(path):
        if os.path.isfile(os.path.join(path, "package.json")):
            return Folder(path)
        for inside in ("app.asar", "app", "resources/app.asar", "resources/app", "Contents/Resources/app.asar"):
            below = os.path.join(path, *inside.split("/"))
            if os.path.isfile(below):
                return Archive(below)
            if os.path.isfile(os.path.join(below, "package.json")):
                return Folder(below)
        raise BadArchive("%s contains neither package.json nor app.asar" % path)
    os.stat(path)
    return Archive(path)
