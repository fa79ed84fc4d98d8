# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes between the hosts: layer network of the failure catalogue."""

from __future__ import annotations

import typing as t

from ..checks.firewall import decision_words, remedies, telling
from ..checks.port import is_loopback
from ..model import FAIL
from .rule import Facts, Match, Rule

_NFT = "https://wiki.nftables.org/wiki-nftables/index.php/Main_Page"


def _stopped_outside(facts: Facts, outcomes: tuple[str, ...]) -> bool:
    """On the host all is well and bound to more than loopback, and the controller's connection is not accepted."""
    if facts.from_outside.get("outcome") not in outcomes or facts.handshake.get("outcome") != "open":
        return False
    if facts.status("port.reachable", "controller") != FAIL or facts.status("port.backlog") == FAIL:
        return False
    return not all(is_loopback(str(row.get("address"))) for row in facts.listeners)


def _decision(facts: Facts) -> dict[str, t.Any]:
    """What the host's own rules do with the controller's packets to the port; nothing where they were not seen."""
    firewall = facts.evidence.get("firewall") or {}
    decisions = [entry for entry in firewall.get("decisions") or () if entry.get("port") == facts.service.get("port")]
    return telling(decisions, str(firewall.get("source") or "")) if decisions else {}


def _seen(facts: Facts) -> list[str]:
    outside = facts.from_outside
    error = outside.get("errno") or outside.get("outcome")
    addresses = sorted({str(row.get("address")) for row in facts.listeners})
    return [
        "the controller's connection to %s: %s after %.0f ms" % (outside.get("address"), error, outside.get("ms") or 0),
        "on the host itself the handshake succeeds",
        "bound to %s" % ", ".join(addresses),
    ]


def _opened(facts: Facts) -> list[str]:
    return remedies(facts.evidence.get("firewall") or {}, facts.service.get("port"))


def _drop(facts: Facts) -> Match | None:
    """The SYN is swallowed on its way in, by a rule of the host or of something in front of it."""
    if not _stopped_outside(facts, ("connect-timeout",)):
        return None
    decision = _decision(facts)
    if decision.get("verdict") == "drop":
        return Match(
            "certain" if not decision.get("unsure") else "likely",
            [*_seen(facts), decision_words(decision)],
            immediate=_opened(facts),
            testing=["nc -vz <host> %s from the client's network" % facts.service.get("port")],
        )
    port = facts.service.get("port")
    elsewhere = ["the host's own rules let the port through: it is dropped on the way"] if decision else []
    return Match(
        "likely",
        [*_seen(facts), "accept queue has room", *elsewhere],
        immediate=[
            "look for the rule that drops: the cloud's security group, a router, a provider's firewall"
            if decision
            else "look for the rule that drops: nft list ruleset, iptables -nvL, ufw status, the cloud's security group"
        ],
        configuration=["allow TCP port %s from the networks of the clients (or of the proxy)" % port],
        testing=["nc -vz <host> %s from the client's network" % port],
    )


def _reject(facts: Facts) -> Match | None:
    """Refused at once although something listens: a rule answers in its place."""
    if not _stopped_outside(facts, ("connect-refused",)):
        return None
    decision = _decision(facts)
    if decision.get("verdict") != "reject":
        return None
    return Match(
        "certain" if not decision.get("unsure") else "likely",
        [*_seen(facts), decision_words(decision), "such a reject looks to clients as if nothing listened"],
        immediate=_opened(facts),
        testing=["nc -vz <host> %s from the client's network" % facts.service.get("port")],
    )


def _prohibited(facts: Facts) -> Match | None:
    """EHOSTUNREACH at once: no router says so that fast, a reject with an ICMP message does."""
    outside = facts.from_outside
    if not _stopped_outside(facts, ("connect-error",)) or outside.get("errno") not in ("EHOSTUNREACH", "ENETUNREACH"):
        return None
    if (outside.get("ms") or 0) > 1000:
        return None
    decision = _decision(facts)
    shown = [decision_words(decision)] if decision.get("verdict") == "reject" else []
    return Match(
        "certain" if shown else "likely",
        [*_seen(facts), *shown, "a missing neighbour takes seconds to be noticed; a rule answers at once"],
        immediate=_opened(facts),
        testing=["nc -vz <host> %s from the client's network" % facts.service.get("port")],
    )


def _rule(rule_id: str, title: str, find: t.Callable[[Facts], Match | None]) -> Rule:
    return Rule(
        id=rule_id,
        title=title,
        layer="network",
        explains=("port.reachable", "websocket.handshake", "firewall.input"),
        find=find,
        source=(_NFT,),
    )


RULES: tuple[Rule, ...] = (
    _rule("fw-drop-input", "A firewall drops connections to the port", _drop),
    _rule("fw-reject-input", "A firewall refuses connections to the port", _reject),
    _rule("fw-reject-prohibited", "A firewall answers that the host is not to be reached", _prohibited),
)
