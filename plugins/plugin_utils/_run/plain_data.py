# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Plain data: what json knows, and nothing else."""

from __future__ import annotations

import math
import re
import typing as t

#: Deeper than this, data is no result of ours.
_DEPTH = 40
#: Larger numbers are none of ours.
_HUGE = 10**15


def plain(value: t.Any, depth: int = _DEPTH) -> t.Any:
    """A copy made of dict, list, str, int, finite float, bool and None alone (Ansible hands out tagged subclasses)."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if value.__class__ is str else "".join(value)
    if isinstance(value, int):
        # No count, time or size is larger; what is would break code that computes with it.
        return int(value) if abs(value) < _HUGE else None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) and abs(value) < _HUGE else None
    if depth <= 0:
        return "…"
    if isinstance(value, dict):
        return {str(key): plain(entry, depth - 1) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        entries = [plain(entry, depth - 1) for entry in value]
        return sorted(entries, key=str) if isinstance(value, (set, frozenset)) else entries
    return str(value)


def natural(name: str) -> list[t.Any]:
    """Sort key by which web2 comes before web10."""
    parts: list[t.Any] = re.split("([0-9]{1,15})", name.lower())
    parts[1::2] = [int(digits) for digits in parts[1::2]]
    # Names that differ in case only must still have one order.
    return [parts, name]


def unique(entries: t.Iterable[str]) -> list[str]:
    """The entries without repetition, in their order."""
    return list(dict.fromkeys(entries))


def strings(value: t.Any) -> list[str]:
    """A list of strings out of whatever a result holds there."""
    if value is None or value == "":
        return []
    if isinstance(value, (list, tuple)):
        return [str(entry) for entry in value if entry not in (None, "")]
    return [str(value)]
