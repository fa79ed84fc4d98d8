# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the evidence of every subject has. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import sys
import typing as t

if sys.version_info >= (3, 9):
    #: Name and value: a list of any other length is malformed, which drop_malformed.py holds.
    Pair = t.Annotated[t.List[str], 2]
else:  # only so that it can be imported
    Pair = t.List[str]


class Gap(t.TypedDict, total=False):
    """Something that could not be observed."""

    #: A short name for it, once per evidence.
    what: str
    #: Why, in the operator's words.
    reason: str
    #: What would help.
    remedy: str
    #: ``absent``: the operator named something that is not there. Only where that is so.
    kind: str


class ProbeError(t.TypedDict, total=False):
    """Why the probe as a whole did not finish; set by the runner."""

    #: Why: ``deadline`` or ``crash``.
    kind: str
    #: What happened, in words.
    message: str


class Common(t.TypedDict, total=False):
    """Any field may be missing: evidence may come from another version, or from a probe that was interrupted."""

    #: The subject that was probed.
    subject: str
    #: What could not be observed, why, and what would help.
    gaps: t.List[Gap]
    #: Why the probe as a whole did not finish. None: it did.
    error: t.Optional[ProbeError]
    #: Milliseconds that the probe took.
    duration_ms: t.Optional[float]
