# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the module ``continuity`` is asked for, and what it tells. Types alone: nothing imports them on a host, and they do
not travel."""

from __future__ import annotations

import typing as t

from .service import TlsOptions, WebsocketOptions


class ContinuityOptions(t.TypedDict, total=False):
    """Its options, as ``_run/service_spec.py`` lets them through."""

    #: ``started`` or ``finished``.
    state: str
    id: t.Optional[str]
    url: str
    connections: int
    #: Seconds between pings; 0: none are sent.
    ping: float
    #: Seconds for which the connections are held at most.
    lasts: float
    websocket: t.Optional[WebsocketOptions]
    tls: t.Optional[TlsOptions]
    max_dropped: t.Optional[int]
    max_gap: t.Optional[float]
    #: Seconds.
    deadline: float


class Drop(t.TypedDict, total=False):
    """A connection that ended. Times are seconds since the connections were held."""

    #: The number of its client, from 1.
    connection: int
    after_s: float
    #: In seconds since the epoch.
    at: float
    #: ``close`` (a close frame), ``eof``, ``reset``, ``garbage``, or ``ping``: a ping was not answered.
    how: str
    #: Of the close frame; None: there was none.
    code: t.Optional[int]
    reason: str
    #: Seconds until the client was connected again; None: it was not.
    back_after_s: t.Optional[float]
    #: To connect again.
    attempts: int


class Refused(t.TypedDict, total=False):
    """Attempts to connect that came to the same; see HandshakeSeen in websocket.py."""

    outcome: str
    status: t.Optional[int]
    reason: str
    errno: t.Optional[str]
    error: t.Optional[str]
    problem: str
    #: How many.
    count: int


class LedgerFacts(t.TypedDict, total=False):
    """What happened to all connections."""

    #: How many are held.
    held: int
    #: Since when, in seconds since the epoch, and for how many seconds.
    began: float
    held_s: float
    #: How many clients were dropped at least once.
    dropped: int
    #: The first of the drops, and how many more there were.
    drops: t.List[Drop]
    drops_untold: int
    #: How often a client was connected again, and how many are not.
    reconnected: int
    still_down: int
    #: Since when the first of those is, in seconds since the connections were held; None: all are connected.
    down_since_s: t.Optional[float]
    #: Seconds for which a client was not connected at most.
    longest_gap_s: float
    refused: t.List[Refused]
    #: Whether any ping was answered.
    pongs: bool


class Holder(t.TypedDict, total=False):
    """The process that holds the connections."""

    pid: int
    #: When it began, in seconds since the epoch; None: that cannot be seen.
    started: t.Optional[float]
    #: As it may be shown.
    url: str


class Started(Holder, total=False):
    """What ``state=started`` came to."""

    #: For ``state=finished``.
    id: str
    #: How many connections are held; 0: not all could be opened.
    held: int
    #: How many were opened then, of how many, and what was seen of the others.
    opened: int
    wanted: int
    refused: t.List[Refused]
    #: Why there is no process.
    error: str


class Finished(Holder, LedgerFacts, total=False):
    """What ``state=finished`` tells; the process writes it down as it goes."""

    #: Why it ended: ``asked``, ``lasts``, ``signal``, ``stuck`` or ``died``; None: it has not.
    ended: t.Optional[str]
    #: When it was seen alive last, in seconds since the epoch.
    last_sign: float
