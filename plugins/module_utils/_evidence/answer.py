# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""All that a host answers in a run. Types alone: nothing imports them on a host, and they do not travel."""

from __future__ import annotations

import typing as t

from .common import Common


class HostFacts(t.TypedDict, total=False):
    """What the host says of itself, and of the run."""

    hostname: str
    #: Of the Python that ran the probes: ``3.11.2``.
    python: str
    #: ``Linux``
    system: str
    #: The user id that they ran with.
    euid: int
    #: Where the list of processes is from: ``procfs``, or psutil with its version.
    table: str
    #: The websocket-client that they used, or why there is none.
    library: str
    #: The host's clock at the end, in seconds since the epoch.
    now: float
    #: Milliseconds that the run took, and those of processor time.
    duration_ms: float
    cpu_ms: float


class ServiceSeen(t.TypedDict, total=False):
    """What was seen of one service."""

    name: str
    #: By subject.
    evidence: t.Dict[str, Common]


class Answer(t.TypedDict, total=False):
    """Redacted and cut, as it leaves the host."""

    host: HostFacts
    #: In the order in which they were asked for.
    services: t.List[ServiceSeen]
