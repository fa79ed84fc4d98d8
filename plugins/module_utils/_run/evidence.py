# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What every probe's evidence has in common, and how a probe says what it could not see."""

from __future__ import annotations

import copy
import threading
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.common import Common
    from .._evidence.new import NewEvidence

#: What the thread of a probe is asked for.
_ASKED = threading.local()
#: Times that evidence is copied while it changes.
_TRIES = 20
#: The remedy for everything that only root may see.
BECOME = "run with become: true (root), so that other users' processes can be inspected"


def _new_evidence(subject: str, /, **fields: t.Any) -> t.Any:
    """An empty evidence of a subject.

    ``gaps`` lists what could not be observed; ``error`` is set by the runner when the probe as a whole did
    not finish (``{"kind": "deadline|crash", "message": …}``); ``duration_ms`` is filled in by the runner.
    """
    evidence = {"subject": subject, "gaps": [], "error": None, "duration_ms": None, **fields}
    draft = getattr(_ASKED, "draft", None)
    if draft is not None:
        draft.begin(evidence)
    return evidence


#: Each subject with the fields that its evidence has.
new_evidence: NewEvidence = _new_evidence


class Draft:
    """The evidence of a probe that is still at work: what it has seen is not lost with it.

    :param subject: of the probe.
    """

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._evidence: Common | None = None

    def begin(self, evidence: Common) -> None:
        """Keep the evidence that the probe fills, if it is of this subject."""
        if self._evidence is None and evidence["subject"] == self._subject:
            self._evidence = evidence

    def so_far(self) -> Common:
        """A copy of what has been seen, which the probe's thread no longer changes; empty evidence if nothing has."""
        for _try in range(_TRIES):
            try:
                return copy.deepcopy(self._evidence or new_evidence(self._subject))
            except RuntimeError:  # the probe added to it meanwhile
                continue
        return new_evidence(self._subject)


def drafting(draft: Draft) -> None:
    """Let the evidence that this thread begins be a draft's."""
    _ASKED.draft = draft


def add_gap(evidence: t.Mapping[str, t.Any], what: str, reason: str, remedy: str, absent: bool = False) -> None:
    """Record that ``what`` (a short key, once per evidence) could not be observed, why, and what would help.

    :param absent: the operator named something that is not there.
    """
    if not any(entry["what"] == what for entry in evidence["gaps"]):
        more = {"kind": "absent"} if absent else {}
        evidence["gaps"].append(dict(what=what, reason=reason, remedy=remedy, **more))


def os_reason(error: OSError) -> str:
    """An operating-system error in one phrase: ``EACCES (Permission denied)``."""
    import errno

    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return "%s (%s)" % (name, error.strerror or error)
