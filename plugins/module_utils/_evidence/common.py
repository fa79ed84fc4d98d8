# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the evidence of every subject has. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t


class Gap(t.TypedDict, total=False):
    """Something that could not be observed."""

    #: A short key, once per evidence.
    what: str
    #: Why, in the operator's words.
    reason: str
    #: What would help.
    remedy: str
    #: ``absent``: the operator named something that is not there.
    kind: str


class ProbeError(t.TypedDict, total=False):
    """Why the probe as a whole did not finish; set by the runner."""

    #: ``deadline`` or ``crash``.
    kind: str
    message: str


class Common(t.TypedDict, total=False):
    """Any field may be missing: evidence may come from another version, or from a probe that was interrupted."""

    subject: str
    gaps: t.List[Gap]
    error: t.Optional[ProbeError]
    #: Milliseconds that the probe took.
    duration_ms: t.Optional[float]
    #: Why there was nothing to ask.
    skip: t.Optional[str]
