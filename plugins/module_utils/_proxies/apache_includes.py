# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Which files an Include of httpd asks for, in which order (ap_process_fnmatch_configs in server/config.c)."""

from __future__ import annotations

import glob
import posixpath
import typing as t

from .apache_grammar import ApacheTooMuch

#: httpd's own limit (AP_MAX_INCLUDE_DIR_DEPTH).
_MAX_FOLDERS = 128
#: Paths that are looked at, all includes together.
_MAX_PATHS = 100000


class Files(t.NamedTuple):
    """How files are looked at; paths are absolute."""

    #: The text of a file; raises OSError.
    read: t.Callable[[str], str]
    #: Paths that a pattern of the shell matches.
    listing: t.Callable[[str], t.List[str]]
    #: Whether a path is a directory, be it by way of a link.
    is_directory: t.Callable[[str], bool]
    #: Whether a path is a symbolic link.
    is_link: t.Callable[[str], bool]

    def exists(self, path: str) -> bool:
        """Whether there is something."""
        return bool(self.listing(glob.escape(path)))

    def is_missing(self, path: str) -> bool:
        """Whether there is nothing for sure: other things in its folder can be seen."""
        return not self.exists(path) and bool(self.listing(posixpath.join(glob.escape(posixpath.dirname(path)), "*")))


class Includes:
    """Finds files.

    :ivar root: ServerRoot, where relative paths begin.
    """

    def __init__(self, files: Files, root: str) -> None:
        self._files = files
        self.root = root
        self._looked_at = 0

    def absolute(self, path: str) -> str:
        """A path relative to the server's root (ap_server_root_relative)."""
        return "/" + posixpath.normpath(posixpath.join("/", self.root, path)).lstrip("/")

    def matching(self, name: str, optional: bool) -> list[str]:
        """Files that a name, which may have wildcards in any part, asks for.

        :param optional: it need not match anything.
        :raises ValueError: httpd would refuse it; the message is httpd's.
        """
        path = self.absolute(name)
        if not _is_pattern(path):
            return self._folded(path, 0)
        paths = ["/"]
        parts = path.strip("/").split("/")
        for number, part in enumerate(parts, 1):
            within = number < len(parts)
            paths = [found for folder in paths for found in self._step(folder, part, within, optional)]
        return [found for path in paths for found in self._folded(path, 0)]

    def _step(self, folder: str, part: str, within: bool, optional: bool) -> list[str]:
        """Paths in a folder that one part matches; within a path, httpd passes over links that match a wildcard."""
        if not _is_pattern(part):
            return [posixpath.join(folder, part)]
        if not self._files.is_directory(folder):
            if optional:
                return []
            reason = "Could not open directory %s: No such file or directory" % folder
            raise ValueError("Include/IncludeOptional: " + reason)
        found = self._listing(folder, part.replace("[^", "[!"))
        if within:
            found = [path for path in found if self._files.is_directory(path) and not self._files.is_link(path)]
        if not found and not optional:
            reason = "No matches for the wildcard '%s' in '%s', failing" % (part, folder)
            raise ValueError("Include/IncludeOptional: " + reason)
        return found

    def _folded(self, path: str, depth: int) -> list[str]:
        """The file itself, or all files of a folder, hidden ones too, and of the folders in it."""
        if not self._files.is_directory(path):
            return [path]
        if depth >= _MAX_FOLDERS:
            reason = "Directory '%s' exceeds the maximum include directory nesting level of %d. " % (path, _MAX_FOLDERS)
            raise ValueError(reason + "You have probably a recursion somewhere.")
        inner = self._listing(path, "*", ".*")
        return [found for entry in inner for found in self._folded(entry, depth + 1)]

    def _listing(self, folder: str, *patterns: str) -> list[str]:
        """Paths in a folder, in httpd's order."""
        found = {path for name in patterns for path in self._files.listing(posixpath.join(glob.escape(folder), name))}
        self._looked_at += len(found) + 1
        if self._looked_at > _MAX_PATHS:
            raise ApacheTooMuch("the configuration's includes match more than %d paths: it is not read" % _MAX_PATHS)
        return sorted(found, key=lambda path: path.encode("utf-8", "surrogateescape"))


def _is_pattern(path: str) -> bool:
    """Whether a path has wildcards (apr_fnmatch_test)."""
    return "*" in path or "?" in path or ("[" in path and "]" in path[path.index("[") :])
