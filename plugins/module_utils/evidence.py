# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What every probe's evidence has in common, and how a probe says what it could not see."""

from __future__ import annotations

import typing as t

Evidence = t.Dict[str, t.Any]

#: The remedy for everything that only root may see.
BECOME = "run with become: true (root), so that other users' processes can be inspected"


def new_evidence(subject: str, **fields: t.Any) -> Evidence:
    """An empty evidence of a subject.

    ``gaps`` lists what could not be observed; ``error`` is set by the runner when the probe as a whole did
    not finish (``{"kind": "deadline|crash", "message": …}``); ``duration_ms`` is filled in by the runner.
    """
    evidence: Evidence = {"subject": subject, "gaps": [], "error": None, "duration_ms": None}
    evidence.update(fields)
    return evidence


def add_gap(evidence: Evidence, what: str, reason: str, remedy: str, absent: bool = False) -> None:
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
