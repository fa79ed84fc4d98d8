# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the controller's connection to the port showed: conditions and observations of the rules about what stops it."""

from __future__ import annotations

import re
import typing as t

from ...._evidence.port import is_loopback
from ...._model import FAIL
from ...conditions import ACCEPT_QUEUE_FULL, ACCEPTED_DIRECTLY, failed
from ...facts import Facts
from ...rule import IN_BROWSER, Condition, Sentence

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.port import Reached
    from .....module_utils._evidence.websocket import Controller, Public

#: What fails because something keeps clients from the port.
EXPLAINS = ("port.reachable", "websocket.handshake", "firewall.input", *IN_BROWSER)
#: The host of a URL: an address of IPv6 in brackets, or up to the port.
_HOST = re.compile(r"\w+://(\[[^\]/]+\]|[^:/?#]+)")
#: Milliseconds within which only a firewall rule reports a host as unreachable; a missing neighbour takes seconds.
AT_ONCE = 1000.0

#: All is well on the host, but a client that can reach the host otherwise cannot reach the port.
STOPPED_OUTSIDE = (
    ACCEPTED_DIRECTLY,
    failed("the controller reaches the host but cannot connect to the port", "port.reachable", "controller"),
)
#: What else keeps clients out, with nothing wrong between the hosts.
ON_THE_HOST = (
    ACCEPT_QUEUE_FULL,
    Condition(
        "all listeners are bound to loopback only",
        lambda facts: all(is_loopback(str(row["address"])) for row in facts.port["listeners"]),
    ),
)
#: The observations that these rules begin with; their values are those of ``seen``.
SEEN: tuple[Sentence, ...] = (
    "the controller's connection to {address}: {error} after {duration} ms",
    "on the host itself the handshake succeeds",
    "the port is bound to {bound_to}",
)
#: Whether a client gets through now.
VERIFY: tuple[Sentence, ...] = ("nc -vz <host> {port} from the client's network",)


def connection_ends(text: str, *outcomes: str) -> Condition:
    """The controller's connection to the port came to one of these ends."""
    return Condition(text, lambda facts: facts.from_outside["outcome"] in outcomes)


def seen(facts: Facts) -> dict[str, object]:
    """The values of SEEN and VERIFY."""
    outside = facts.from_outside
    return {
        "address": outside.get("address"),
        "error": outside.get("errno") or outside.get("outcome"),
        "duration": "%.0f" % (outside.get("ms") or 0),
        "bound_to": sorted({str(row.get("address")) for row in facts.listeners}),
        "port": facts.service.get("port"),
    }


def is_prohibited_by_icmpv6(outside: Reached) -> bool:
    """Whether it is what connect(2) says when ICMPv6 brings "administratively prohibited"; ICMP brings EHOSTUNREACH."""
    return outside.get("errno") == "EACCES" and ":" in str(outside.get("numeric") or "")


def works_on_host(facts: Facts) -> bool:
    """Whether the handshake is accepted on the host where clients of the public URL come to: through its proxy, or at the very
    port that the URL names."""
    port = str(facts.public.get("address") or "").rpartition(":")[2]
    own = port == str(facts.service.get("port")) and facts.handshake.get("outcome") == "open"
    return facts.through.get("outcome") == "open" or own


def host_of(facts: Facts) -> str:
    """The host that the public URL names."""
    found = _HOST.match(str(facts.public.get("url") or ""))
    return found[1].strip("[]") if found else "<host>"


def where_lost(facts: Facts, check_id: str) -> Controller | Public:
    """The handshake from outside beside which a check has failed: the controller's with the port, or that at the public URL."""
    if facts.status(check_id, "controller") == FAIL:
        return handshake_outside(facts)
    return facts.public if facts.status(check_id, "public") == FAIL else {}


def handshake_outside(facts: Facts) -> Controller:
    """The handshake from the controller, with what was asked after it."""
    return facts.websocket.get("controller") or {}
