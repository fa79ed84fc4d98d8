# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of a service's port says. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t

from .common import Common
from .ruling import Ruling


class Owner(t.TypedDict, total=False):
    """A process that holds a listening socket."""

    pid: int
    ppid: int
    name: str
    #: The command line, redacted and cut.
    command: str
    user: str
    #: Seconds since the epoch.
    started: float
    #: The systemd unit, from its control group.
    unit: t.Optional[str]


class ListenerRow(t.TypedDict, total=False):
    """One listening socket."""

    #: ``ipv4``, ``ipv6`` or ``unix``.
    family: str
    #: ``0.0.0.0``, ``::``, ``127.0.0.1``; the path of a unix socket.
    address: str
    #: 0 for unix.
    port: int
    #: Of an IPv6 wildcard: False is dual stack; None could not be told.
    v6only: t.Optional[bool]
    inode: int
    uid: int
    #: Connections waiting to be accepted, and how many may wait; None could not be told.
    queued: t.Optional[int]
    backlog: t.Optional[int]
    #: ``host`` for the network namespace of the probe, else the namespace (``net:[4026532200]``).
    netns: str
    #: All that hold it, cut.
    pids: t.List[int]
    #: The first of them, described.
    owners: t.List[Owner]


class ListeningProxy(t.TypedDict, total=False):
    """A reverse proxy that listens on the host."""

    name: str
    ports: t.List[int]


class PortConnections(t.TypedDict, total=False):
    """The established connections of the port."""

    established: int
    #: Those whose peer acknowledges nothing any more.
    stuck: int
    #: Addresses of some of the stuck ones.
    peers: t.List[str]
    #: How often the worst was sent again, and how many of its bytes are not acknowledged.
    repeated: int
    unacknowledged: int


class Counters(t.TypedDict, total=False):
    """Connections that the host dropped for want of room in an accept queue, since it booted; named as in /proc/net/netstat."""

    ListenOverflows: int
    ListenDrops: int


class Reached(t.TypedDict, total=False):
    """What the controller's connection to the port came to."""

    #: ``192.0.2.12 port 8080``
    address: str
    #: The address that the name led to.
    numeric: str
    #: ``connected``, ``connect-timeout``, ``connect-refused`` or ``connect-error``.
    outcome: str
    #: The name of the error, and its words.
    errno: t.Optional[str]
    error: t.Optional[str]
    ms: float
    #: What the controller's own rules do with it; None: they cannot be read, or there are none.
    own_rules: t.Optional[Ruling]
    #: Why it is not known, or was not to be tried.
    unknown: str
    skip: str


class Port(Common, total=False):
    """The evidence of the port."""

    #: The port or unix socket that was looked at.
    port: t.Optional[int]
    socket: t.Optional[str]
    #: The service's processes.
    service_pids: t.List[int]
    #: How they were found: ``command``, ``unit``, ``pidfile``, ``user``, ``port`` or ``none``.
    found_by: str
    #: On the expected port or socket, whoever owns them.
    listeners: t.List[ListenerRow]
    #: Listeners of the service's processes on other ports.
    owned: t.List[ListenerRow]
    proxies: t.List[ListeningProxy]
    #: None: they cannot be seen.
    connections: t.Optional[PortConnections]
    counters: Counters
    #: The kernel's upper limit of a backlog.
    somaxconn: t.Optional[int]
    #: Added by the controller.
    controller: Reached
