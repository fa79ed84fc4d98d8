# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What becomes of the first packet of a connection on its way through chains of firewall rules (nft(8), "STATEMENTS")."""

from __future__ import annotations

import ipaddress
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.firewall import Ruling

#: Jumps inside jumps that are followed; the kernel's own limit is 16.
_DEPTH = 16


class Packet(t.NamedTuple):
    """The SYN of a client: from outside to this host, or with a destination from this host to another.

    ``family`` is ``ip`` or ``ip6``; ``source`` its numeric address, or empty if that is not known.
    """

    family: str
    port: int
    source: str = ""
    destination: str = ""


class Rule(t.NamedTuple):
    """One rule, held against a packet already.

    ``matches``: True, False, or None if that is not known; ``action`` is accept, drop, reject, jump, goto, return,
    continue, or opaque (what it does is not known); ``how`` the kind of a reject or the target of a jump.
    """

    matches: t.Optional[bool]
    action: str
    how: str
    text: str
    packets: t.Optional[int]


class Chain(t.NamedTuple):
    """A chain; ``policy`` is what a base chain does at its end."""

    name: str
    rules: t.List[Rule]
    policy: str = ""


def walk(base: Chain, others: t.Mapping[str, Chain]) -> Ruling:
    """Follow a packet through a base chain.

    :param others: the chains of the same table by name.
    :returns: ``verdict`` (accept, drop, reject), ``how`` (kind of a reject), ``chain``, ``rule`` (its text; empty: the
        policy), ``packets`` (its counter or None), ``unsure`` (texts of rules before it that may match as well).
    """
    unsure: list[str] = []
    found = _follow(base, others, unsure, 0)
    if found is not None and found[1].action != "return":
        chain, rule = found
        ruling: Ruling = {
            "verdict": rule.action,
            "how": rule.how,
            "chain": chain,
            "rule": rule.text,
            "packets": rule.packets,
        }
    else:
        ruling = {"verdict": base.policy or "accept", "how": "", "chain": base.name, "rule": "", "packets": None}
    return {**ruling, "unsure": unsure}


def _follow(chain: Chain, others: t.Mapping[str, Chain], unsure: list[str], depth: int) -> t.Tuple[str, Rule] | None:
    """The rule that decides, with its chain's name; None: the end was reached."""
    for rule in chain.rules:
        if rule.matches is False or rule.action == "continue":
            continue
        if rule.action in ("jump", "goto"):
            inner = others.get(rule.how)
            if inner is None or depth >= _DEPTH:
                continue
            doubts: list[str] = []
            found = _follow(inner, others, doubts, depth + 1)
            if rule.matches is None:
                unsure.extend(doubts + ([found[1].text] if found and found[1].action != "return" else []))
                continue
            unsure.extend(doubts)
            if found is not None and found[1].action != "return":
                return found
            if rule.action == "goto":
                return None
        elif rule.matches is None or rule.action == "opaque":
            unsure.append(rule.text)
        else:
            return chain.name, rule
    return None


def in_network(address: str, network: str) -> bool | None:
    """Whether an address lies in ``address/length``; None where either is not known."""
    if not address:
        return None
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return None


def both(answers: t.Iterable[bool | None]) -> bool | None:
    """All of several conditions: one that is false decides, one that is not known leaves it open."""
    result: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result


def negated(answer: bool | None, negate: bool) -> bool | None:
    """The contrary of a condition if ``negate``."""
    return answer if answer is None or not negate else not answer
