# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-no-route-to-host: the controller has no route to the address of the host, or no machine answers for it."""

from __future__ import annotations

from ...facts import Facts
from ...rule import IN_BROWSER, Condition, Found, If, Look, LookAlike, Rule
from ._firewall import STOPPED_BY_HOST
from ._outside import AT_ONCE, ON_THE_HOST, SEEN, STOPPED_OUTSIDE, connection_ends, is_prohibited_by_icmpv6, seen

#: What connect(2) fails with before any packet came from the host: no route, one of type prohibit, one of type blackhole.
_NO_WAY = ("ENETUNREACH", "EACCES", "EINVAL")


def _is_no_one_there(facts: Facts) -> bool:
    """Whether connect(2) failed because of a missing neighbour, or a missing route."""
    outside = facts.from_outside
    if outside.get("errno") == "EHOSTUNREACH":
        return float(outside["ms"]) > AT_ONCE
    return outside.get("errno") in _NO_WAY and not is_prohibited_by_icmpv6(outside)


def _find(facts: Facts) -> Found:
    """With what the error says about the route."""
    outside = facts.from_outside
    no_route, prohibit, blackhole = (outside.get("errno") == errno for errno in _NO_WAY)
    return "likely", {
        **seen(facts),
        "host": str(outside.get("address") or "").partition(" port ")[0],
        "no_route": no_route,
        "prohibit": prohibit,
        "blackhole": blackhole,
    }


RULE = Rule(
    id="network-no-route-to-host",
    layer="network",
    title="The controller has no working route to the host's address",
    users_see=(
        "Node.js, after about three seconds: `connect EHOSTUNREACH 203.0.113.7:8080`; at once: `connect ENETUNREACH 203.0.113.7:8080`",
        "curl, nc, Python: `No route to host` or `Network is unreachable`",
        "nginx, error.log: `connect() failed (113: No route to host) while connecting to upstream`; with a route of type prohibit "
        "`connect() to 10.88.0.1:3000 failed (13: Permission denied) while connecting to upstream`",
        "browser console: `net::ERR_ADDRESS_UNREACHABLE`",
    ),
    why="Before the first packet can leave, the kernel needs a route to the address and, for a neighbour or gateway on the same link, its "
    "link-layer address. Without a route connect(2) fails at once (ENETUNREACH); with a route of type prohibit the error is EACCES, with one of type "
    "blackhole EINVAL. Where ARP or neighbour discovery gets no reply, connect(2) fails with EHOSTUNREACH after about three seconds: the "
    "address is wrong or has moved, the interface is down, or the two are in different VLANs.",
    needs=(
        *STOPPED_OUTSIDE,
        connection_ends("connect(2) fails with an error other than refused or timed out", "connect-error"),
        Condition(
            "that error says, after more than a second, that no machine answers for the address (EHOSTUNREACH), or at once that "
            "there is no route to it (ENETUNREACH, EACCES, EINVAL)",
            _is_no_one_there,
        ),
    ),
    against=(*ON_THE_HOST, STOPPED_BY_HOST),
    find=_find,
    confidence={"likely": "routes and neighbours in the path cannot be seen"},
    because=(
        *SEEN,
        (
            If("no_route", "the controller has no route to the address"),
            If("prohibit", "a route of type prohibit, or a routing policy rule, keeps the controller from the address"),
            If("blackhole", "a route of type blackhole discards what the controller sends to the address"),
            "a router, or the controller itself, found no machine at the address: a firewall would have answered immediately",
        ),
        "Ansible still reaches the host, by another route or over a connection that it kept open",
    ),
    fix=("on the controller: ip route get {host}; ip neigh show {host}",),
    prevent=("give clients an address at which the host answers, or add the missing route",),
    verify=("nc -vz {host} {port}",),
    explains=("port.reachable", "websocket.handshake", *IN_BROWSER),
    look_alikes=(
        LookAlike(
            "network-firewall-prohibits",
            Look("`ip neigh show <host>` on the controller"),
            "FAILED: no machine has the address; REACHABLE: a firewall",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man2/connect.2.html",),
    staged=(
        "network/nobody-has-the-address",
        "network/routing-blackhole",
        "network/routing-prohibit",
        "network/routing-unreachable",
    ),
)
