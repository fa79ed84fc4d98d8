# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""In which process each program of an Electron app runs: what the main program loads, what pages load, and the rest."""

from __future__ import annotations

import posixpath
import re
import typing as t

#: Other programs of the app that a program names, and what only Node.js has.
_NAMES = re.compile(rb"""["'`]((?:\.{0,2}/)?[\w@./-]{1,200})["'`]""")
_RELATIVE = re.compile(rb"""(?:require\s*\(|\bfrom|\bimport\s*\(?)\s*["'](\.{1,2}/[^"'\n]{1,200})["']""")
_OF_NODE = re.compile(
    rb"""(?:require\s*\(|\bfrom|\bimport\s*\(?)\s*["'](?:node:[\w/]{1,30}|fs|path|os|net|tls|https?|child_process|ws|electron)["']"""
)
_STARTS = re.compile(rb"\bfork\s*\(|\bspawn\s*\(")
_ENDINGS = ("", ".js", ".cjs", ".mjs", ".jsx", "/index.js")


class Roles:
    """The programs of an app, as they name each other.

    :param names: paths of all files.
    """

    def __init__(self, names: t.Iterable[str]) -> None:
        self._names = set(names)
        self._loads: t.Dict[str, t.Set[str]] = {}
        self._of_node: t.Set[str] = set()
        self._by_pages: t.Set[str] = set()
        self._has_pages = False

    def add_program(self, name: str, data: bytes) -> None:
        """Take a program in."""
        folder = posixpath.dirname(name)
        found = {self._known(folder, match.decode("utf-8", "replace")) for match in _RELATIVE.findall(data)}
        if _STARTS.search(data):
            # What it starts, it names in one way or another.
            ends = {
                match.decode("utf-8", "replace").lstrip("./") for match in _NAMES.findall(data) if match.endswith(b"js")
            }
            found |= {
                other for other in self._names if other != name and other.endswith(tuple("/" + end for end in ends))
            }
            found |= self._names & ends
        self._loads[name] = {other for other in found if other}
        if _OF_NODE.search(data):
            self._of_node.add(name)

    def add_page(self, name: str, scripts: t.Iterable[str]) -> None:
        """Take a page in, by the scripts that it names."""
        self._has_pages = True
        for source in scripts:
            path = source.partition("?")[0].partition("#")[0].lstrip("/")
            self._by_pages |= {self._known(folder, path) for folder in (posixpath.dirname(name), "")} - {""}

    def _known(self, folder: str, path: str) -> str:
        """The file that a path means; empty: none."""
        whole = posixpath.normpath(posixpath.join(folder, path))
        return next((whole + ending for ending in _ENDINGS if whole + ending in self._names), "")

    def _reached(self, begin: t.Iterable[str]) -> set[str]:
        reached: t.Set[str] = set()
        waiting = list(begin)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += self._loads.get(name, ())
        return reached

    def tell(self, main: t.Iterable[str]) -> t.Callable[[str], str]:
        """Says of a file whether it is of the ``main`` process, a ``renderer``, or that it is ``unknown``.

        :param main: programs that are of the main process for sure.
        """
        by_main, by_pages = self._reached(main), self._reached(self._by_pages)

        def role(name: str) -> str:
            if name in by_main:
                return "unknown" if name in by_pages and name not in main else "main"
            if name in by_pages:
                return "renderer"
            # Chunks that a page loads later are not named anywhere, and need nothing of Node.js.
            return "unknown" if name in self._of_node or not self._has_pages else "renderer"

        return role
