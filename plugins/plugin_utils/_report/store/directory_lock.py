# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""One report at a time in a directory: of two slices that write at once, the later one reads what the earlier one left."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t

from ..._run.file_lock import take

NAME = ".lock"


@contextlib.contextmanager
def locked(directory: str, patience: float = 900.0) -> t.Iterator[bool]:
    """Hold the directory's lock.

    :param patience: seconds to wait for another holder.
    :returns: whether it is held: a directory on a file system without locks, or one that cannot be written to, has none.
    """
    if not os.path.isdir(directory):
        # A run with a result to report has created it: there is nothing to lose, and an unneeded directory is litter.
        yield True
        return
    try:
        handle = os.open(os.path.join(directory, NAME), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    except OSError:
        yield False
        return
    try:
        yield _held(handle, time.monotonic() + patience)
    finally:
        os.close(handle)


def _held(handle: int, until: float) -> bool:
    try:
        return take(handle, until)
    except OSError:
        return False
