# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-public-url-unanswered: the controller's connection to the public URL gets no answer."""

from __future__ import annotations

import typing as t

from ...._evidence.firewall import decision_words, telling
from ...conditions import wrong
from ...facts import Facts
from ...rule import IN_BROWSER, Condition, Found, If, Look, LookAlike, Rule
from ._firewall import KEEP, NFT, OPEN, opening
from ._outside import host_of, works_on_host

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.firewall import Decision

#: How a connection ends that nobody accepts or refuses.
_NO_ANSWER = ("connect-timeout", "connect-error")


def _port(facts: Facts) -> int:
    return int(str(facts.public.get("address") or "").rpartition(":")[2] or 0)


def _decision(facts: Facts) -> Decision:
    """What the host's own rules do with packets to the port of the public URL, where its address is one of the host's."""
    rows = [row for row in facts.tls.get("addresses") or () if isinstance(row, dict)]
    own = str(facts.from_outside.get("numeric") or "")
    address = str(facts.public.get("address") or "").rpartition(":")[0].strip("[]")
    here = address == own or any(row.get("address") == address and row.get("local") is True for row in rows)
    found = [one for one in facts.firewall.get("decisions") or () if one.get("port") == _port(facts)]
    return telling(found, address) if found and here else {}


def _find(facts: Facts) -> Found:
    """With what was tried, and the rule of the host if one stops it."""
    decided, seen = _decision(facts), facts.public
    stops = decided.get("verdict") in ("drop", "reject")
    return "certain" if stops and not decided.get("unsure") else "possible", {
        "url": seen.get("url"),
        "address": seen.get("address"),
        "error": seen.get("errno") or seen.get("outcome"),
        "wait": "%.1f" % ((seen.get("connect_ms") or 0) / 1000.0),
        "works_here": works_on_host(facts),
        "host_rule": decision_words(decided) if stops else None,
        "elsewhere": not stops,
        "host": host_of(facts),
        "port": _port(facts),
        **(opening(facts) if stops else {}),
    }


RULE = Rule(
    id="network-public-url-unanswered",
    layer="network",
    title="The public URL does not answer the controller",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: net::ERR_CONNECTION_TIMED_OUT`",
        "`curl: (28) Failed to connect to chat.example.com port 443: Connection timed out`",
        "on the server itself, and by ssh, all is well",
    ),
    why="The address that clients dial is often another one than that by which the host is managed: of another interface, a load balancer or a NAT "
    "gateway. A packet filter on the host or in front of it, a missing forwarding of the port, or a record in DNS that leads to an old address then "
    "stops clients, while ssh and every test on the host work. The controller may be in a network that cannot reach the address itself: then clients "
    "may be able to, so without a rule of the host that stops it this is a possibility and no finding.",
    needs=(
        wrong("the public URL does not answer the controller", "websocket.handshake", "public"),
        Condition(
            "its connection is neither accepted nor refused", lambda facts: facts.public.get("outcome") in _NO_ANSWER
        ),
    ),
    find=_find,
    confidence={
        "certain": "a rule of the host's own firewall that stops it was read",
        "possible": "the controller's own network may be cut off from the address",
    },
    because=(
        "the controller tried {address} of {url}: {error} after {wait} s",
        If("works_here", "on the host itself the handshake is accepted"),
        "the host's own firewall: {host_rule}",
    ),
    fix=(
        (
            If(
                "elsewhere",
                "try it from a network of the clients: nc -vz {host} {port}; if it fails there: cloud security group, NAT, router, DNS record",
            ),
            *OPEN,
        ),
    ),
    prevent=(KEEP, "watch the public URL from outside, too"),
    verify=("nc -vz {host} {port} from a client's network",),
    explains=("websocket.handshake", "websocket.addresses", "firewall.input", *IN_BROWSER),
    look_alikes=(
        LookAlike(
            "network-firewall-drops",
            Look("the host's own address and port from the controller"),
            "no answer there either: the host's side; an answer: the way to the public URL",
        ),
    ),
    sources=(NFT,),
    staged=("network/public-port-dropped",),
)
