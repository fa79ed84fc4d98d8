# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Limits that this process lives under, and one that it sets itself: nothing keeps it alive much longer than it was granted."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import signal
import threading

#: Seconds after its deadline in which the module writes its answer; then the kernel ends it.
_GRACE = 10.0
#: Bytes of a thread's stack where address space is short: by default each takes eight megabytes of it.
_STACK = 512 * 1024
#: mallopt(3): M_ARENA_MAX. Each thread's own arena takes 64 megabytes of address space.
_ARENAS = -8


def end_by(seconds: float) -> None:
    """Let the kernel end this process some seconds after a deadline, whatever becomes of its threads.

    :param seconds: of the deadline, from now.
    """
    with contextlib.suppress(ValueError, OSError):  # not the main thread's to ask for
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)


def be_modest() -> None:
    """Where the address space is limited (ulimit -v), take little of it for each thread."""
    if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        return
    with contextlib.suppress(ValueError, RuntimeError):
        threading.stack_size(_STACK)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENAS, 1)
