# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""bind-other-address-family: the port serves IPv6 only, or IPv4 only, and clients use the other."""

from __future__ import annotations

from ...._evidence.port import is_loopback, where
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Attempt, Condition, Found, If, LookAlike, Rule
from ._listeners import is_refused_outside, ms_outside, rows


def _six_only(facts: Facts) -> bool:
    """Whether every listener is on IPv6 and takes no IPv4, and one is not on loopback."""
    return all(
        row.get("family") == "ipv6"
        and isinstance(row.get("address"), str)
        and (row.get("v6only") is True or row["address"] != "::")
        for row in rows(facts)
    ) and not all(is_loopback(str(row.get("address"))) for row in rows(facts))


def _four_only_for_six(facts: Facts) -> bool:
    """Whether every listener is on IPv4, and a client that dialled IPv6 was refused."""
    dialled_six = ":" in str(facts.from_outside.get("address", "")).split(" port ", 1)[0]
    four = all(row.get("family") == "ipv4" and not is_loopback(str(row.get("address"))) for row in rows(facts))
    return four and dialled_six and is_refused_outside(facts)


def _find(facts: Facts) -> Found:
    """With the family that is served, and the one that clients use."""
    six_only = _six_only(facts)
    bound = where(rows(facts)[0])
    return "certain", {
        "six": bound if six_only else None,
        "four_refused": six_only and facts.attempt("ipv4").get("outcome") == "connect-refused",
        "four": None if six_only else bound,
        "dialled": None if six_only else facts.from_outside.get("address"),
        "ms": ms_outside(facts) if is_refused_outside(facts) else None,
        "port": facts.service.get("port"),
    }


RULE = Rule(
    id="bind-other-address-family",
    layer="bind",
    title="Bound to one address family while clients use the other",
    users_see=(
        "it works over IPv6 and is refused over IPv4, or the other way round: `connect ECONNREFUSED` with an address "
        "of the other family",
        "Chrome's console: `net::ERR_CONNECTION_REFUSED`, in some networks only",
        "nginx: 502 Bad Gateway, and `connect() failed (111: Connection refused) while connecting to upstream` in "
        "error.log",
        "`ss -ltn` shows `[::]:8080` (IPv6 only) or `0.0.0.0:8080` (IPv4 only), and not `*:8080` (both)",
    ),
    why="An IPv6 socket that is bound to :: also accepts IPv4, unless IPV6_V6ONLY is set on it (`ipv6Only: true`, or "
    "net.ipv6.bindv6only=1). A socket that is bound to 0.0.0.0 never accepts IPv6. When the name of the host has both "
    "an A and an AAAA record, clients choose one, or try both one after the other. Those that use the family without a "
    "listener are refused, or connect late.",
    needs=(
        Condition("listeners on the port were seen", rows),
        Condition(
            "all of them serve IPv6 only, or all serve IPv4 only and a client that connects over IPv6 is refused",
            lambda facts: _six_only(facts) or _four_only_for_six(facts),
        ),
    ),
    against=(
        Condition(
            "the handshake fails on the host itself, too",
            lambda facts: facts.handshake.get("outcome") not in ("open", None),
        ),
    ),
    find=_find,
    confidence={"certain": "the family of every listener was seen"},
    because=(
        "bound to {six}, IPv6 only",
        If("four_refused", "127.0.0.1 is refused on the host"),
        "bound to {four}, IPv4 only",
        "clients connect to {dialled}",
        "the controller's connection is refused after {ms} ms",
    ),
    fix=("bind both families: '::' with IPV6_V6ONLY off (ipv6Only: false), or one listener for each family",),
    prevent=("or remove the DNS record of the family that is not served",),
    verify=("ss -ltn 'sport = :{port}' shows *:{port}", RECHECK),
    explains=("port.family", "port.reachable", "websocket.loopback", "websocket.handshake", *IN_BROWSER),
    supersedes=("network-firewall-rejects",),
    look_alikes=(
        LookAlike(
            "network-firewall-rejects",
            Attempt("ipv4"),
            "127.0.0.1 refused on the host too: the binding; accepted: something in the path refuses",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man7/ipv6.7.html",),
    staged=("bind/ipv6-only",),
)
