# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Evidence of a probe that did not get to its end: what it saw counts, and what it did not see is not known."""

from __future__ import annotations

import dataclasses
import typing as t

from ._model import UNKNOWN, CheckResult

if t.TYPE_CHECKING:  # pragma: no cover
    from ..module_utils._evidence.common import Common
    from ..module_utils._evidence.service import Service

#: Fields of evidence that every probe has, whatever it saw.
_FRAME = ("subject", "gaps", "error", "duration_ms", "vantage", "library")
_NOTHING: tuple[t.Any, ...] = (None, "", [], {}, ())
#: Vantages of the probe that was cut; the others are the controller's.
_OF_HOST = ("host", "proxy")
#: The evidence of any subject.
Evidence = t.TypeVar("Evidence", bound="Common")
#: What judges a subject; each takes the evidence of its own.
Check = t.Callable[[t.Any, "Service"], list[CheckResult]]


def is_cut_short(evidence: t.Any) -> bool:
    """Whether the probe of this evidence ran out of time. What one that broke has seen is not judged."""
    error = evidence.get("error") if isinstance(evidence, dict) else None
    return isinstance(error, dict) and error.get("kind") == "deadline"


def seen_so_far(evidence: Evidence) -> Evidence:
    """The evidence without what the probe had not filled yet: an empty list may mean that it was not looked up yet."""
    seen = {name: value for name, value in evidence.items() if name in _FRAME or value not in _NOTHING}
    return t.cast(Evidence, seen)


def judge_so_far(check: Check, evidence: Common, service: Service) -> list[CheckResult]:
    """The results of cut evidence: those that no evidence at all would have brought as well are not observed.

    :param check: of the evidence's subject.
    """
    seen = seen_so_far(evidence)
    if not set(seen) - set(_FRAME):
        return check(evidence, service)
    frame = {name: value for name, value in evidence.items() if name in _FRAME}
    of_nothing = check(dict(frame, gaps=[], error=None), service)
    empty = {(entry.id, entry.vantage, entry.status, entry.summary) for entry in of_nothing}
    reason = "not observed: %s" % (evidence.get("error") or {}).get("message")

    def nobody_saw(entry: CheckResult) -> bool:
        # One that is not known for a reason of its own has a remedy of its own.
        unseen = entry.status == UNKNOWN and entry.vantage in _OF_HOST and not entry.remediation
        return unseen or (entry.id, entry.vantage, entry.status, entry.summary) in empty

    return [
        dataclasses.replace(entry, status=UNKNOWN, summary=reason, evidence=[], remediation=[])
        if nobody_saw(entry)
        else entry
        for entry in check({**seen, "error": None}, service)
    ]
