# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Numbers in texts that others wrote.

``str.isdigit`` is true of ``²`` and of digits of every script, and ``int`` refuses the first and thousands of digits at
once (https://docs.python.org/3/library/stdtypes.html#int-max-str-digits): asking the one before the other is no test.
"""

from __future__ import annotations

import typing as t

#: More digits than that are no count, port, size or time of anything.
_MOST = 18


def number(text: t.Any) -> int | None:
    """The number that a text says in ASCII digits alone; None: it is no such text.

    :param text: without sign and white space; whatever is no text is no number.
    """
    if isinstance(text, str) and 0 < len(text) <= _MOST and text.isascii() and text.isdigit():
        return int(text)
    return None
