# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Reporting that a host is still being checked: a long run that is silent looks like one that hangs."""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t

#: Seconds of silence before the first word, and between this and the next ones.
FIRST, EVERY = 10.0, 20.0


@contextlib.contextmanager
def still_asking(
    host: str, limit: float, say: t.Callable[[str], t.Any], first: float = FIRST, every: float = EVERY
) -> t.Iterator[None]:
    """While the block runs, name the host from time to time.

    :param limit: seconds that the host's questions may take (connecting to it comes on top).
    :param say: gets a line, in a thread.
    """
    done = threading.Event()
    thread = threading.Thread(target=_tell, args=(done, host, limit, say, first, every), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _tell(
    done: threading.Event, host: str, limit: float, say: t.Callable[[str], t.Any], first: float, every: float
) -> None:
    started = time.monotonic()
    pause = first
    while not done.wait(pause):
        say("%s: still being checked, for %.0f s (deadline %g s)" % (host, time.monotonic() - started, limit))
        pause = every
