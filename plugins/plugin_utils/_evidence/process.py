# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Questions about the evidence of the process probe that checks and rules both ask."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.process import ProcessRow


def describe(process: ProcessRow) -> str:
    """One process in a line: ``pid 12 node server.js (root)``."""
    command = process.get("command") or process.get("name") or "?"
    return "pid %s %s (%s)" % (process.get("pid"), command[:160], process.get("user"))
