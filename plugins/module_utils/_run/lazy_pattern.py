# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A regular expression that is compiled when it is first used: most hosts need few of them, each costs time."""

from __future__ import annotations

import re
import typing as t


class LazyPattern:
    """Stands in for a compiled pattern.

    :param pattern: the expression.
    :param flags: as for re.compile.
    """

    __slots__ = ("_compiled", "_flags", "_pattern")

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._pattern = pattern
        self._flags = flags
        self._compiled: re.Pattern[str] | None = None

    def _get(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self._pattern, self._flags)
        return self._compiled

    def match(self, text: str) -> re.Match[str] | None:
        """The match at the beginning of a text."""
        return self._get().match(text)

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in a text."""
        return self._get().search(text)

    def sub(self, replacement: str | t.Callable[[re.Match[str]], str], text: str, count: int = 0) -> str:
        """The text with the matches replaced."""
        return self._get().sub(replacement, text, count)
