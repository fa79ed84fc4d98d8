# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Questions about the evidence of the port probe that checks and rules both ask."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.port import ListenerRow, Owner, Port
    from ...module_utils._evidence.service import Service

_LOOPBACK = ("127.", "::1")


def is_loopback(address: str) -> bool:
    """Whether a bound address is reached from its own host only."""
    return address.startswith(_LOOPBACK)


def where(listener: ListenerRow) -> str:
    """One listener in a few words: ``127.0.0.1:8080 (pid 12 node server.js)``."""
    if listener.get("family") == "unix":
        address = str(listener.get("address"))
    else:
        address = ("[%s]:%s" if listener.get("family") == "ipv6" else "%s:%s") % (
            listener.get("address"),
            listener.get("port"),
        )
    owners = listener.get("owners") or []
    if owners:
        command = owners[0].get("command") or owners[0].get("name")
        return "%s (pid %s %s)" % (address, owners[0].get("pid"), (command or "")[:120])
    return "%s (owner unknown)" % address


def meant_for(service: Service, evidence: Port) -> str:
    """Who is meant to reach the port: ``direct``, ``proxied``, ``local``, or ``open`` (nothing is configured)."""
    exposure = service.get("exposure") or "auto"
    if exposure != "auto":
        return exposure
    if service.get("socket"):
        return "local"
    own = {service.get("port")}
    return "proxied" if any(set(proxy.get("ports") or ()) - own for proxy in evidence.get("proxies") or []) else "open"


def sharers(listeners: list[ListenerRow]) -> list[Owner]:
    """Owners of the same address and port that are not of one family of processes; empty: no port is shared.

    Workers share their master's socket by inheritance (one inode) or open one each with SO_REUSEPORT under
    one parent; two programs that were started apart have neither in common.
    """
    heads: dict[tuple[t.Any, ...], dict[int | None, Owner]] = {}
    for listener in listeners:
        if listener.get("netns", "host") != "host":
            continue
        group = heads.setdefault((listener.get("address"), listener.get("port")), {})
        owners = listener.get("owners") or []
        if owners:
            pids = set(listener.get("pids") or ())
            # A worker counts as its master: the parent, if that holds the port too.
            masters = [owner for owner in owners if owner.get("ppid") not in pids] or owners
            head = masters[0]
            group[head.get("pid")] = head
    for group in heads.values():
        parents = {head.get("ppid") for head in group.values()}
        related = any(head.get("ppid") in group for head in group.values())
        one_master = len(parents) == 1 and parents != {1}
        if len(group) > 1 and not related and not one_master:
            return sorted(group.values(), key=lambda head: (head.get("started") or 0, head.get("pid") or 0))
    return []
