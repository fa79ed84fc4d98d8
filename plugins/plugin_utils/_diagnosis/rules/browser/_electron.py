# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the Electron probe read in an app, for conditions and sentences."""

from __future__ import annotations

import typing as t

from ...facts import Facts

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.electron import Electron, InProgram


def electron(facts: Facts) -> Electron:
    """The evidence of the Electron probe, or an empty mapping."""
    return facts.evidence.get("electron") or {}


def place(entry: InProgram) -> str:
    """Where something stands in the app's programs."""
    return "%s:%s" % (entry.get("file"), entry.get("line"))
