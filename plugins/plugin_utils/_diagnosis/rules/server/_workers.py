# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the rules about gunicorn's sync workers have in common: each does one thing at a time."""

from __future__ import annotations

from ...._evidence.websocket import waits_for_end
from ...facts import Facts


def others_wait(facts: Facts) -> bool:
    """Whether other requests waited for the end of the probe's connection."""
    repeat = facts.websocket.get("repeat") or {}
    return waits_for_end(facts.websocket) or "timeout" in (repeat.get("outcomes") or {})
