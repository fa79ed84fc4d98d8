# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Looks at a service's port: who listens there, on which addresses and families, how full the queue is, who is connected."""

from __future__ import annotations

import os
import stat
import typing as t

from .._proxies.masters import masters
from .._run.context import Context
from .._run.evidence import new_evidence
from .._system.base import Gone, Listener, NoAccess
from .._system.connections import connections
from .._system.open_file import read_text

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.port import Claim, Counters, ListenerRow, ListeningProxy, Port
    from .._evidence.service import Service

#: Sockets that are named.
_CLAIMS = 8


def probe(service: Service, context: Context) -> Port:
    """Describe the listeners of the service.

    :returns: ``listeners`` on the expected port or socket, whichever process owns them; ``owned``, the listeners of the
        service's processes on other ports; ``service_pids``; ``proxies`` that listen on this host;
        ``connections`` that are established and stuck; ``counters`` of dropped connections; ``somaxconn``.
    """
    found = context.found(service)
    port = service.get("port")
    evidence = new_evidence("port", port=port, socket=service.get("socket"))
    evidence["gaps"].extend(found.gaps)
    evidence["service_pids"] = [process.pid for process in found.processes]
    evidence["found_by"] = found.by
    evidence["listeners"] = [_row(listener, context) for listener in found.on_port]
    others = [listener for listener in found.owned if listener not in found.on_port]
    evidence["owned"] = [_row(listener, context) for listener in others[:20]]
    evidence["proxies"] = _proxies(service, context)
    evidence["connections"] = connections(port, found.on_port) if port else None
    if port and not found.on_port:
        evidence["claims"] = _claims(port, context)
        evidence["local_range"], evidence["reserved"] = _local_range(), _is_reserved(port)
    path = service.get("socket")
    if path:
        evidence["socket_file"] = _is_socket(path)
    evidence["counters"] = _counters()
    evidence["somaxconn"] = _number("/proc/sys/net/core/somaxconn")
    return evidence


def _row(listener: Listener, context: Context) -> ListenerRow:
    row = t.cast("ListenerRow", dict(listener._asdict(), pids=listener.pids[:16]))
    row["owners"] = []
    for pid in listener.pids[:4]:
        process = context.system.processes.get(pid)
        if process is not None:
            row["owners"].append(
                {
                    "pid": pid,
                    "ppid": process.ppid,
                    "name": context.redactor.text(process.name, 64),
                    "command": context.redactor.command(process.argv, 256),
                    "user": process.user,
                    "started": round(process.started, 2),
                    "unit": context.system.unit_of(pid),
                }
            )
    return row


def _proxies(service: Service, context: Context) -> list[ListeningProxy]:
    """Reverse proxies that listen on this host and are believed, with the ports they listen on."""
    ports: dict[str, set[int]] = {}
    for row in masters(service, context):
        if row.believed and row.ports:
            ports.setdefault(row.name, set()).update(row.ports)
    return [{"name": name, "ports": sorted(numbers)} for name, numbers in sorted(ports.items())]


def _counters(path: str = "/proc/net/netstat") -> Counters:
    """Connections that this host dropped for want of room in an accept queue, since it booted."""
    try:
        lines = read_text(path, 1 << 16).splitlines()
    except OSError:
        return {}
    for names, values in zip(lines[::2], lines[1::2]):
        if names.startswith("TcpExt:"):
            table = dict(zip(names.split(), values.split()))
            return {
                "ListenOverflows": int(table.get("ListenOverflows", 0)),
                "ListenDrops": int(table.get("ListenDrops", 0)),
            }
    return {}


def _claims(port: int, context: Context) -> list[Claim]:
    """Sockets on a port that nobody listens on: connections that outlived their listener, and outgoing ones."""
    # Something listens on most ports.
    from .._system.client_sockets import client_sockets

    rows = client_sockets(("established", "syn-sent", "fin-wait", "close-wait", "closed", "last-ack", "closing"), port)
    owners: dict[int, int] = {}
    wanted = {row.inode for row in rows if row.inode}
    for pid in context.system.processes if wanted else ():
        try:
            owners.update({inode: pid for inode in context.system.sockets_of(pid) if inode in wanted})
        except (Gone, NoAccess):
            continue
    claims: list[Claim] = []
    for row in rows[:_CLAIMS]:
        owner = owners.get(row.inode)
        process = context.system.processes.get(owner or 0)
        claims.append(
            {
                "state": row.state,
                "local": row.local,
                "peer": "%s:%d" % (row.peer, row.peer_port),
                "pid": owner,
                "name": context.redactor.text(process.name, 64) if process else None,
            }
        )
    return claims


def _local_range() -> list[int] | None:
    """The ports that outgoing connections get (ip(7))."""
    try:
        return [int(word) for word in read_text("/proc/sys/net/ipv4/ip_local_port_range", 64).split()]
    except (OSError, ValueError):
        return None


def _is_reserved(port: int) -> bool | None:
    try:
        listed = read_text("/proc/sys/net/ipv4/ip_local_reserved_ports", 1 << 20).strip()
        ranges = [[int(word) for word in part.split("-")] for part in listed.split(",") if part]
    except (OSError, ValueError):
        return None
    return any(row[0] <= port <= row[-1] for row in ranges)


def _is_socket(path: str) -> bool:
    """Whether a unix socket's file is there, used or not."""
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False


def _number(path: str) -> int | None:
    try:
        return int(read_text(path, 32))
    except (OSError, ValueError):
        return None
