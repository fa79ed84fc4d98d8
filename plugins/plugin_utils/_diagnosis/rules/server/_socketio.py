# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Engine.IO, the transports of Socket.IO: what polling showed, and the codes by which it refuses."""

from __future__ import annotations

import typing as t

from ...._evidence.who_answered import engine_io_code
from ...facts import Facts

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.websocket import Polling, Said

DOCS = "https://socket.io/docs/v4/"


def own_polling(facts: Facts) -> Polling:
    """What polling showed on the host itself."""
    return facts.websocket.get("polling") or {}


def has_code(answer: Said, *codes: int) -> bool:
    """Whether an answer refuses by one of these codes of Engine.IO."""
    return engine_io_code(answer) in codes
