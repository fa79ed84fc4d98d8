# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Which directives a proxy's binary and its modules know, without running them.

The names stand in a program as texts of C, each with a NUL behind it (``ngx_command_t`` of nginx, ``command_rec`` of httpd).
"""

from __future__ import annotations

import typing as t

from .._system.open_file import read_bytes

#: Bytes of a binary or a module that are searched.
_MOST = 64 << 20


class KnownDirectives:
    """The names in some programs.

    :param programs: the binary and the modules that are loaded, absolute.
    :param root: where the file system of the process begins (see _system/open_file.py).
    :param ignore_case: names differ by more than their case.
    """

    def __init__(self, programs: t.Iterable[str], root: str, ignore_case: bool = False) -> None:
        self._known: t.Dict[str, bool] = {}
        try:
            texts = [read_bytes(path, _MOST, "" if path.startswith("/proc/") else root) for path in programs]
        except OSError:
            texts = []
        self._texts = [text.lower() for text in texts] if ignore_case else texts

    def may_have(self, name: str) -> bool:
        """Whether one of them has a name; where a program cannot be read, any may be known.

        :param name: in lower case where that is ignored.
        """
        if name not in self._known:
            wanted = name.encode("utf-8", "replace") + b"\0"
            self._known[name] = not self._texts or any(wanted in text for text in self._texts)
        return self._known[name]
