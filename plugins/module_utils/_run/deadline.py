# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""One absolute deadline, shared by everything a probe does.

A time-out per call adds up: a server that sends one byte a second defeats every read time-out.
So each blocking call asks the deadline how much is left, and nothing restarts the clock.
"""

from __future__ import annotations

import time
import typing as t


class DeadlineExceeded(Exception):
    """The time that the caller granted is used up; the message says what was being waited for."""


class Deadline:
    """A point in monotonic time.

    :param seconds: how long from now, in seconds.
    :param clock: a monotonic clock, for tests.
    :param reserve: seconds of these that are kept for what comes after the questions.
    :ivar seconds: what was granted, for messages.
    """

    def __init__(self, seconds: float, clock: t.Callable[[], float] = time.monotonic, reserve: float = 0.0) -> None:
        self._clock = clock
        self.seconds = float(seconds)
        self.started = clock()
        self._end = self.started + self.seconds - reserve

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - self._clock())

    def elapsed(self) -> float:
        """Seconds since this deadline was set."""
        return self._clock() - self.started

    def expired(self) -> bool:
        """Whether no time is left."""
        return self.remaining() <= 0.0

    def require(self, what: str) -> float:
        """Return the seconds left, or raise DeadlineExceeded naming what was being waited for."""
        left = self.remaining()
        if left <= 0.0:
            raise DeadlineExceeded("no time left (deadline %.1f s) while %s" % (self.seconds, what))
        return left

    def within(self, seconds: float) -> Deadline:
        """A deadline of at most ``seconds`` from now that never outlives this one."""
        return Deadline(min(float(seconds), self.remaining()), self._clock)
