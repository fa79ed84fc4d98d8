# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of a service's port says. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import typing as t

from .common import Common
from .ruling import Ruling


class Owner(t.TypedDict, total=False):
    """A process that holds a listening socket."""

    #: Its process ID.
    pid: int
    #: The process ID of its parent.
    ppid: int
    #: The name of its program.
    name: str
    #: Its command line, redacted and cut.
    command: str
    #: The user that it runs as.
    user: str
    #: When it was started, in seconds since the epoch.
    started: float
    #: The systemd unit, from its control group. None: it is in none.
    unit: t.Optional[str]


class ListenerRow(t.TypedDict, total=False):
    """One listening socket."""

    #: Its family: ``ipv4``, ``ipv6`` or ``unix``.
    family: str
    #: The address that it is bound to: ``0.0.0.0``, ``::``, ``127.0.0.1``; the path of a unix socket.
    address: str
    #: Its port, 0 for a unix socket.
    port: int
    #: For an IPv6 wildcard whether it accepts only IPv6. None: not known.
    v6only: t.Optional[bool]
    #: Its inode.
    inode: int
    #: The user ID that it belongs to.
    uid: int
    #: How many connections are waiting to be accepted. None: not known.
    queued: t.Optional[int]
    #: How many connections may wait. None: not known.
    backlog: t.Optional[int]
    #: ``host`` for the network namespace of the probe, else the namespace (``net:[4026532200]``).
    netns: str
    #: The processes that hold it, cut.
    pids: t.List[int]
    #: The first of these processes, described.
    owners: t.List[Owner]


class ListeningProxy(t.TypedDict, total=False):
    """A reverse proxy that listens on the host."""

    #: The name of its program.
    name: str
    #: The ports that it listens on.
    ports: t.List[int]


class PortConnections(t.TypedDict, total=False):
    """The established connections of the port."""

    #: How many there are, including those of the checklist.
    established: int
    #: Those to which the kernel keeps retransmitting, and whose peer no longer acknowledges anything.
    stuck: int
    #: Addresses of some of the stuck ones.
    peers: t.List[str]
    #: How often the kernel retransmitted to the worst one.
    repeated: int
    #: How many bytes of the worst are not acknowledged.
    unacknowledged: int


class Claim(t.TypedDict, total=False):
    """A TCP socket that has the port as its own and does not listen."""

    #: ``established``, ``syn-sent``, ``fin-wait``, ``close-wait`` …
    state: str
    #: Its own address.
    local: str
    #: The other side's address and port.
    peer: str
    #: The process that holds it. None: none does, or it cannot be seen.
    pid: t.Optional[int]
    #: The name of that process.
    name: t.Optional[str]


class Counters(t.TypedDict, total=False):
    """Connections that the host dropped since it booted because an accept queue was full; named as in /proc/net/netstat."""

    #: Connections that found the accept queue full.
    ListenOverflows: int
    #: Connections that were dropped in total.
    ListenDrops: int


class Reached(t.TypedDict, total=False):
    """The result of the controller's connection to the port."""

    #: Where it connected to, such as ``192.0.2.12 port 8080``.
    address: str
    #: The address that the name resolved to.
    numeric: str
    #: ``connected``, ``connect-timeout``, ``connect-refused`` or ``connect-error``.
    outcome: str
    #: The name of the system's error. Only where there was no connection.
    errno: t.Optional[str]
    #: The error in words. Only where there was no connection.
    error: t.Optional[str]
    #: Milliseconds until then.
    ms: float
    #: What the controller's own firewall does with it. None: its rules cannot be read, or there are none. Only where
    #: there was no connection.
    own_rules: t.Optional[Ruling]
    #: Why it is not known. Only where it could not be tried.
    unknown: str
    #: Why it need not be tried. Only where it was not.
    skip: str


class Port(Common, total=False):
    """The evidence of the port."""

    #: The port that was probed. None: a unix socket was.
    port: t.Optional[int]
    #: The path of the unix socket that was probed. None: a port was.
    socket: t.Optional[str]
    #: The service's processes.
    service_pids: t.List[int]
    #: How they were found: ``command``, ``unit``, ``pidfile``, ``user``, ``port`` or ``none``.
    found_by: str
    #: The sockets that listen on the expected port or socket, whichever process owns them.
    listeners: t.List[ListenerRow]
    #: Sockets of the service's processes that listen on other ports.
    owned: t.List[ListenerRow]
    #: The reverse proxies that listen on this host.
    proxies: t.List[ListeningProxy]
    #: The established connections of the port. None: they cannot be seen.
    connections: t.Optional[PortConnections]
    #: TCP sockets that have the port as their own, where nothing listens on it; a few of them.
    claims: t.List[Claim]
    #: The ports that the kernel gives to outgoing connections, the first and the last. None: not known.
    local_range: t.Optional[t.List[int]]
    #: Whether the port is kept out of these (ip_local_reserved_ports). None: not known.
    reserved: t.Optional[bool]
    #: Whether the file of the unix socket exists. Only where one is expected.
    socket_file: bool
    #: Connections that the host dropped since it booted because an accept queue, of any service, was full; named
    #: as in /proc/net/netstat.
    counters: Counters
    #: The kernel's upper limit of a backlog. None: it is not known.
    somaxconn: t.Optional[int]
    #: The result of the controller's connection to the port. Added by the controller.
    controller: Reached
