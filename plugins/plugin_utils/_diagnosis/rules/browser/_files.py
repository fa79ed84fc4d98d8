# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the front end's files show, as they are deployed and as they are served, for conditions and sentences."""

from __future__ import annotations

import typing as t

from ...._evidence.frontend import Problem, View, place_words
from ...facts import Facts
from ...rule import Found

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.frontend import Finding

#: The last step of causes that only the files show: whether it helped.
RELOAD = "reload the page without its cache (Ctrl+Shift+R) and check its WebSockets in the browser's developer tools"
#: How a front end's build gets at its variables.
BUILD = "https://vite.dev/guide/env-and-mode"

_Find = t.Callable[[View], list[Problem]]


def views(facts: Facts) -> list[View]:
    """The front end as it is deployed and as it is served, as far as either was seen."""
    evidence = facts.frontend
    seen = [evidence.get("root"), evidence.get("page")]
    return [View(entry, facts.service) for entry in seen if isinstance(entry, dict) and not entry.get("unknown")]


def problems_of(facts: Facts, find: _Find) -> list[Problem]:
    """Problems of one kind, the surest first; the same one in both views is one."""
    found: dict[str, Problem] = {}
    for view in views(facts):
        for problem in find(view):
            found.setdefault(problem.words, problem)
    return sorted(found.values(), key=lambda problem: not problem.sure)


def has(find: _Find) -> t.Callable[[Facts], object]:
    """Whether the files have a problem of this kind, for a condition."""
    return lambda facts: problems_of(facts, find)


def told(facts: Facts, find: _Find) -> Found | None:
    """What the files show of this kind of problem: ``findings``, and the ``place`` where people correct the first."""
    problems = problems_of(facts, find)
    if not problems:
        return None
    return "likely" if problems[0].sure else "possible", {
        "findings": ["%s: %s" % (place_words(problem.finding), problem.words) for problem in problems[:4]],
        "place": _place(problems[0].finding),
    }


def _place(finding: Finding) -> str:
    """In the source that was bundled, where that is known."""
    original = finding.get("original") or {}
    return "%s:%s" % (original["source"], original["line"]) if original else place_words(finding)
