# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Whether the processes behind the port compute all the time, or next to nothing."""

from __future__ import annotations

import typing as t

from ...facts import Facts
from ._owners import serving_pids

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.process import ProcessRow

#: A process that uses less of a CPU core (percent) than this waits.
_IDLE = 20.0


def serving(facts: Facts) -> list[ProcessRow]:
    """The processes behind the port; if none of them is known, those of the service."""
    pids = serving_pids(facts)
    return [process for process in facts.processes if process.get("pid") in pids] or facts.processes


def spinning(facts: Facts) -> list[ProcessRow]:
    """Processes of the service that compute all the time.

    Others of the host may spin too; only the owner of the port can block this one.
    """
    pids = serving_pids(facts)
    return [p for p in facts.processes if _spins(p) and (not pids or p.get("pid") in pids)]


def _spins(process: ProcessRow) -> bool:
    """Whether a process computes all the time, or waits for a processor to go on computing."""
    used, waited = process.get("cpu_percent") or 0, process.get("cpu_wait_percent") or 0
    return used >= 3.0 and used + waited >= 80.0


def is_idle(process: ProcessRow) -> bool:
    """Whether a process does next to nothing; not where that is not known."""
    used = process.get("cpu_percent")
    # One that waits for a processor would use it.
    return used is not None and used + (process.get("cpu_wait_percent") or 0.0) < _IDLE
