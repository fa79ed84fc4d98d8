# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Whether the process has file descriptors left."""

from __future__ import annotations

from ...._model import FAIL
from ...facts import Facts


def are_used_up(facts: Facts) -> bool:
    """Whether nearly all that the soft limit allows are open: accept() then fails."""
    return facts.status("process.descriptors") == FAIL
