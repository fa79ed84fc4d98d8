# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Advisory locks of files (flock(2)): they go with the process that holds them, so none is ever left behind."""

from __future__ import annotations

import fcntl
import time
import typing as t

#: Seconds between two looks at a lock that another process holds.
_PAUSE = 0.05


def take(file: int | t.IO[str], until: float) -> bool:
    """Lock a file for this process alone; whether that came about in time.

    :param file: a file or its descriptor.
    :param until: on the monotonic clock; tried once where that is over.
    :raises OSError: the file system knows no locks.
    """
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_PAUSE)
        else:
            return True
