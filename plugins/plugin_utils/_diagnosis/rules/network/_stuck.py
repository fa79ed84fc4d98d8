# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Connections of the port whose data the kernel keeps retransmitting, because no peer acknowledges it."""

from __future__ import annotations

from ...facts import Facts

#: The observation, with the values of ``stuck``.
STUCK = (
    "{stuck} of {established} established connections are stuck: {unacknowledged} bytes to one of {peers} were retransmitted "
    "{repeated} times"
)


def stuck(facts: Facts) -> dict[str, object]:
    """How many there are and to whom; nothing, where there is none."""
    seen = facts.port.get("connections") or {}
    if not seen.get("stuck"):
        return {}
    return {
        "stuck": seen["stuck"],
        "established": seen.get("established"),
        "unacknowledged": seen.get("unacknowledged"),
        "peers": seen.get("peers") or "?",
        "repeated": seen.get("repeated"),
    }
