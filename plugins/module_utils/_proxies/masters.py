# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The master processes of reverse proxies that listen on this host, and which of them are believed."""

from __future__ import annotations

import os
import typing as t

from .._run.context import Context
from .._system.only_root import uids_of

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.service import Service

#: Programs that stand in front of back ends, by process name.
PROXIES = ("nginx", "apache2", "httpd", "haproxy", "caddy", "traefik", "envoy", "lighttpd", "angie", "openresty")


class Master(t.NamedTuple):
    """A process that listens and is called like a proxy."""

    name: str
    pid: int
    user: str
    ports: t.List[int]
    #: See is_believed.
    believed: bool


def masters(service: Service, context: Context) -> list[Master]:
    """Those of this host, as a service sees them, by pid."""
    ports: dict[int, set[int]] = context.once("proxies", lambda: _ports(context))
    owners = context.found(service).users
    found = []
    for pid in sorted(ports):
        process = context.system.processes[pid]
        row = Master(process.name, pid, process.user, sorted(ports[pid]), is_believed(pid, owners))
        found.append(row)
    return found


def _ports(context: Context) -> dict[int, set[int]]:
    """The ports of each master, by pid."""
    ports: dict[int, set[int]] = {}
    for listener in context.system.listeners:
        pid = master_of(listener.pids, context)
        process = context.system.processes.get(pid)
        if process is not None and process.name in PROXIES:
            ports.setdefault(pid, set()).update({listener.port} - {0})
    return ports


def is_believed(pid: int, owners: t.AbstractSet[int]) -> bool:
    """Whether what a proxy's process says about itself may count for a service: root's, the service's own user's, or ours.

    Any user may call a process ``nginx`` and let it name a configuration of his: that is no proxy of the service's.

    :param owners: user ids of the service's processes.
    """
    uids = uids_of(pid)
    return len(uids) == 1 and uids <= owners | {0, os.geteuid()}


def master_of(pids: t.Sequence[int], context: Context) -> int:
    """The topmost process of the same name above the owners of a listener."""
    processes = context.system.processes
    process = processes.get(min(pids, default=-1))
    while process is not None:
        parent = processes.get(process.ppid)
        if parent is None or parent.name != process.name:
            return process.pid
        process = parent
    return -1
