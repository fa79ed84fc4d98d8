# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What is known of a process that ended: its last words, and what contradicts that it did."""

from __future__ import annotations

import typing as t

from ...._model import FAIL
from ...facts import Facts
from ...rule import Condition

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.log import LastWords

#: Younger than this (seconds), with words of the one before it, is a process that does not stay up.
_YOUNG = 30.0
#: How processes were found where the inventory names them by more than a port.
_NAMED = ("command", "unit", "pidfile", "user")


def last_words(facts: Facts, *whose: str) -> LastWords | None:
    """The last words of an ``ended``, ``previous`` or ``running`` process; the first kind that there are."""
    entries = facts.log.get("last_words") or ()
    return next((words for of in whose for words in entries if words.get("of") == of and words.get("telling")), None)


def quoted(words: LastWords | None) -> str | None:
    """The telling line, with its log."""
    return "log %s: %s" % (words.get("source"), words.get("telling")) if words else None


def all_lines(words: LastWords | None) -> str | None:
    """The last lines, where they are more than one."""
    lines = (words.get("lines") or []) if words else []
    return " | ".join(line.strip() for line in lines[-5:]) if len(lines) > 1 else None


def is_named(facts: Facts) -> bool:
    """Whether a process was sought by more than the port."""
    return facts.process.get("found_by") in _NAMED


def restarts(facts: Facts) -> bool:
    """Whether it runs, does not listen, and was started a moment ago, after another one had ended."""
    looping = facts.status("process.restarts") == FAIL
    young = (facts.main_process.get("age_s") or _YOUNG) < _YOUNG
    return bool(facts.processes) and (looping or (young and last_words(facts, "previous") is not None))


def _serves(facts: Facts) -> bool:
    """Whether the server itself answered a handshake of this run: it runs."""
    seen = (facts.handshake, facts.websocket.get("main") or {})
    return any(one.get("outcome") == "open" or bool(one.get("status")) for one in seen)


def is_served_otherwise(facts: Facts) -> bool:
    """Whether clients get their 101 through a proxy or at the public URL: that may come from another server."""
    return "open" in (facts.through.get("outcome"), facts.public.get("outcome"))


NOTHING_RUNS_OR_STAYS = Condition(
    "no process of the service is found, or it is started again and again",
    lambda facts: facts.status("process.running") == FAIL or restarts(facts),
)
SERVES = Condition("the server itself answered a handshake of this run", _serves)
