# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever stops tests or benchmarks finds nothing of theirs left: SIGTERM and SIGINT unwind what was entered."""

from __future__ import annotations

import signal
import typing as t

#: What make, CI, a terminal that closes and Ctrl-C send.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def unwinding() -> None:
    """From now on each of SIGNALS is a KeyboardInterrupt; further ones, while that one unwinds, change nothing."""
    for number in SIGNALS:
        signal.signal(number, _stop)


def _stop(number: int, _frame: t.Any) -> None:
    for each in SIGNALS:
        signal.signal(each, _nothing)
    raise KeyboardInterrupt(signal.Signals(number).name)


def _nothing(_number: int, _frame: t.Any) -> None:
    """Not SIG_IGN, which programs that are started meanwhile would inherit."""
