# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Which processes hold the port, and which are the service's own."""

from __future__ import annotations

import typing as t

from ...facts import Facts


def serving_pids(facts: Facts) -> set[int]:
    """Processes that hold a listener on the port."""
    return {pid for listener in facts.listeners for pid in listener.get("pids") or ()}


def own_pids(facts: Facts) -> set[t.Any]:
    """The service's processes."""
    return {process.get("pid") for process in facts.processes}
