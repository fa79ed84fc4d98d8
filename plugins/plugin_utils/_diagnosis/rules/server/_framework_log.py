# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Frameworks that log why they refuse a handshake: the line that says so, and whose handshake it is about."""

from __future__ import annotations

import typing as t

from ...facts import Facts
from ...rule import Condition

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.log import Signature


def line_with(facts: Facts, key: str, words: tuple[str, ...]) -> Signature:
    """The line of the log that says so; one about another Origin is another client's."""
    origin = facts.first_refusal.get("origin")
    for line in facts.signatures(key):
        named = (line.get("captured") or {}).get("origin")
        if any(text in str(line.get("sample")) for text in words) and named in (None, origin):
            return line
    return {}


def log_says(key: str, words: tuple[str, ...]) -> Condition:
    """There is such a line."""
    return Condition('the log has "%s"' % '" or "'.join(words), lambda facts: line_with(facts, key, words))


#: When such a rule is certain.
CONFIDENCE = {"certain": "the log names the cause, and the handshake is being refused now"}
