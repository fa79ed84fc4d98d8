# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the Electron probe read in an app, for conditions and sentences."""

from __future__ import annotations

import typing as t

from ...facts import Facts


def electron(facts: Facts) -> dict[str, t.Any]:
    """The evidence of the Electron probe, or an empty mapping."""
    return facts.evidence.get("electron") or {}


def place(entry: dict[str, t.Any]) -> str:
    """Where something stands in the app's programs."""
    return "%s:%s" % (entry.get("file"), entry.get("line"))
