# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The ruleset of nftables, as ``nft -j list ruleset`` prints it (libnftables-json(5)), held against a packet."""

from __future__ import annotations

import json
import typing as t

from .walk import Chain, Packet, Rule, both, in_network, negated, walk

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.firewall import Ruling
    from .nftables_types import ChainObject, Match, RuleObject, Ruleset, Target, VerdictMap

#: Statements without a verdict that leave the packet where it is.
_HARMLESS = ("limit", "set", "ct helper", "meter", "ct count")
#: Objects that are looked at.
_KINDS: tuple[t.Literal["table", "chain", "rule", "set"], ...] = ("table", "chain", "rule", "set")
_ACTIONS = ("accept", "drop", "reject", "return", "continue")


class Nftables:
    """A ruleset.

    :param text: the JSON.
    :raises ValueError: it is none.
    """

    def __init__(self, text: str) -> None:
        entries = json.loads(text).get("nftables")
        if not isinstance(entries, list):
            raise ValueError("not a list of nftables objects")
        self._of: Ruleset = {"table": [], "chain": [], "rule": [], "set": []}
        for entry in entries:
            for kind in _KINDS:
                if isinstance(entry.get(kind), dict):
                    self._of[kind].append(entry[kind])

    @property
    def tables(self) -> list[str]:
        """Names of the tables, each with its family."""
        return ["%s %s" % (table.get("family"), table.get("name")) for table in self._of["table"]]

    @property
    def chains(self) -> list[str]:
        """Names of the chains."""
        return [str(chain.get("name")) for chain in self._of["chain"]]

    def opaque_tables(self) -> set[tuple[str, str]]:
        """Tables with rules of iptables that nftables can't show in its own words: (family, name)."""
        return {
            (rule["family"], rule["table"])
            for rule in self._of["rule"]
            if any("xt" in item for item in rule.get("expr") or ())
        }

    def led_on(self, packet: Packet) -> str:
        """The rule that forwards a packet for this host's port to another address (DNAT), as text; empty: none does."""
        for rule in self._of["rule"]:
            target = next((item["dnat"] for item in rule.get("expr") or () if "dnat" in item), None)
            if target is None or rule.get("family") not in ("inet", packet.family):
                continue
            found = self._rule(rule, packet)
            # Without a port it would forward everything: such a rule has another purpose than to publish a port.
            if found.matches is not False and _names_port(rule.get("expr")):
                return "%s to %s" % (found.text, _words((target or {}).get("addr")))
        return ""

    def decide(self, packet: Packet, without: t.Collection[tuple[str, str]] = ()) -> list[Ruling]:
        """What each chain on its way in (out, if it has a destination) does with the packet, in the order of their priority.

        The first that stops it is last.

        :param without: tables to leave out, as (family, name).
        :returns: as walk.walk, each with ``by``.
        """
        decisions: list[Ruling] = []
        for chain in sorted(self._on_its_way(packet, without), key=lambda chain: chain.get("prio") or 0):
            family, table = chain["family"], chain["table"]
            chains = dict(self._chains(family, table, packet))
            name = "%s %s %s" % (family, table, chain["name"])
            base = Chain(name, chains[chain["name"]].rules, str(chain.get("policy") or "accept"))
            decision: Ruling = {**walk(base, chains), "by": "nftables"}
            decisions.append(decision)
            if decision["verdict"] != "accept":
                break
        return decisions

    def _on_its_way(self, packet: Packet, without: t.Collection[tuple[str, str]]) -> list[ChainObject]:
        return [
            chain
            for chain in self._of["chain"]
            if chain.get("hook") == ("output" if packet.destination else "input")
            and chain.get("type") == "filter"
            and chain.get("family") in ("inet", packet.family)
            and (chain["family"], chain["table"]) not in without
        ]

    def _chains(self, family: str, table: str, packet: Packet) -> t.Iterator[tuple[str, Chain]]:
        rules: dict[str, list[Rule]] = {}
        for rule in self._of["rule"]:
            if (rule.get("family"), rule.get("table")) == (family, table):
                rules.setdefault(str(rule.get("chain")), []).append(self._rule(rule, packet))
        for chain in self._of["chain"]:
            if (chain.get("family"), chain.get("table")) == (family, table):
                name = str(chain.get("name"))
                yield name, Chain("%s %s %s" % (family, table, name), rules.get(name, []))

    def _rule(self, rule: RuleObject, packet: Packet) -> Rule:
        conditions: list[bool | None] = []
        words: list[str] = []
        action, how, packets = "continue", "", None
        for item in rule.get("expr") or ():
            kind: str
            value: t.Any
            kind, value = next(iter(item.items()), ("", None))
            if kind == "match":
                match: Match = value
                conditions.append(self._matches(rule, match, packet))
                words.append("%s %s" % (_left(match.get("left")), _right(match)))
            elif kind == "counter" and isinstance(value, dict):
                packets = value.get("packets")
            elif kind in ("jump", "goto"):
                to: Target = value
                action, how = kind, str(to.get("target"))
            elif kind == "vmap":
                verdicts: VerdictMap = value
                answer, action, how = self._by_map(rule, verdicts, packet)
                conditions.append(answer)
                words.append("%s vmap" % _left(verdicts.get("key")))
            elif kind in _ACTIONS:
                action = kind
                how = " ".join(str(part) for part in (value or {}).values()) if isinstance(value, dict) else ""
            elif kind not in ("log", "comment", "mangle", "notrack", "quota"):
                # A limit, a set that is filled as packets come, a module of iptables: it may match or not.
                conditions.append(None)
                words.append(kind)
                action = action if action != "continue" else "opaque" if kind not in _HARMLESS else action
        words.append(("%s %s" % (action, "with " + how if action == "reject" and how else how)).strip())
        text = "%s (handle %s)" % (" ".join(words), rule.get("handle"))
        return Rule(both(conditions), action, how, text, packets)

    def _by_map(self, rule: RuleObject, vmap: VerdictMap, packet: Packet) -> tuple[bool | None, str, str]:
        """What a verdict map says of the packet: whether an element matches, its action and target."""
        data = vmap.get("data")
        pairs = data.get("set") if isinstance(data, dict) else None
        if not isinstance(pairs, list):
            return None, "opaque", ""
        doubtful = False
        for key, verdict in pairs:
            answer = self._matches(rule, {"op": "==", "left": vmap.get("key") or {}, "right": _plain(key)}, packet)
            if answer is None:
                doubtful = True
            elif answer:
                kind, value = next(iter(verdict.items()))
                return (None if doubtful else True), kind, str((value or {}).get("target") or "")
        return (None, "opaque", "") if doubtful else (False, "continue", "")

    def _matches(self, rule: RuleObject, match: Match, packet: Packet) -> bool | None:
        left, right = match.get("left") or {}, match.get("right")
        negate = match.get("op") == "!="
        payload, meta, state = left.get("payload") or {}, left.get("meta") or {}, left.get("ct") or {}
        names = (payload.get("protocol"), payload.get("field"))
        if match.get("op") not in ("==", "!=", "in"):
            return None
        if names in (("tcp", "dport"), ("th", "dport")):
            return negated(self._holds(rule, right, lambda value: _port(value, packet.port)), negate)
        if names[0] in ("udp", "icmp", "icmpv6", "sctp", "dccp"):
            return False
        if names in (("ip", "saddr"), ("ip6", "saddr")):
            if names[0] != packet.family:
                return False
            return negated(self._holds(rule, right, lambda value: _address(value, packet.source)), negate)
        if names in (("ip", "daddr"), ("ip6", "daddr")):
            if names[0] != packet.family:
                return False
            return negated(self._holds(rule, right, lambda value: _address(value, packet.destination)), negate)
        if names in (("ip", "protocol"), ("ip6", "nexthdr")) or meta.get("key") == "l4proto":
            return negated(self._holds(rule, right, lambda value: value in ("tcp", 6)), negate)
        if meta.get("key") in ("nfproto", "protocol"):
            wanted = {"ip": ("ipv4", "ip"), "ip6": ("ipv6", "ip6")}[packet.family]
            return negated(self._holds(rule, right, lambda value: value in wanted), negate)
        if packet.destination and meta.get("key") in ("iifname", "iif", "oifname", "oif"):
            # It came in by no interface, and leaves by any but the loopback.
            return meta["key"] in ("oifname", "oif") and negated(
                self._holds(rule, right, lambda value: False if value == "lo" else None), negate
            )
        if meta.get("key") in ("iifname", "iif"):
            # The packet comes from another host: never over the loopback interface; which other one is not known.
            return negated(self._holds(rule, right, lambda value: False if value == "lo" else None), negate)
        fib = left.get("fib") or {}
        if fib.get("result") == "type" and "daddr" in (fib.get("flags") or ()):
            # The packet is addressed to this host, unless it leaves it.
            kind = "unicast" if packet.destination else "local"
            return negated(self._holds(rule, right, lambda value: value == kind), negate)
        if state.get("key") == "state":
            return negated(self._holds(rule, right, lambda value: value == "new"), negate)
        return None

    def _holds(self, rule: RuleObject, right: t.Any, holds: t.Callable[[t.Any], bool | None]) -> bool | None:
        """Whether a condition holds for one of the values on the right: one, several, or those of a named set."""
        values = right
        if isinstance(right, dict) and "set" in right:
            values = right["set"]
        elif isinstance(right, str) and right.startswith("@"):
            place = (rule.get("family"), rule.get("table"), right[1:])
            values = next(
                (
                    entry.get("elem") or []
                    for entry in self._of["set"]
                    if (entry.get("family"), entry.get("table"), entry.get("name")) == place
                ),
                None,
            )
            if values is None:
                return None
        answers = [holds(_plain(value)) for value in (values if isinstance(values, list) else [values])]
        return True if True in answers else None if None in answers else False


def _plain(value: t.Any) -> t.Any:
    """An element of a set without its time-out, counter or comment."""
    if isinstance(value, dict) and isinstance(value.get("elem"), dict):
        return value["elem"].get("val")
    return value


def _port(value: t.Any, port: int) -> bool | None:
    if isinstance(value, dict) and "range" in value:
        low, high = value["range"]
        return isinstance(low, int) and isinstance(high, int) and low <= port <= high
    return value == port if isinstance(value, int) else None


def _address(value: t.Any, source: str) -> bool | None:
    if isinstance(value, dict) and "prefix" in value:
        return in_network(source, "%s/%s" % (value["prefix"].get("addr"), value["prefix"].get("len")))
    return in_network(source, value) if isinstance(value, str) else None


def _left(left: t.Any) -> str:
    for kind, value in (left or {}).items() if isinstance(left, dict) else ():
        if kind == "payload":
            return "%s %s" % (value.get("protocol"), value.get("field"))
        if isinstance(value, dict):
            return ("%s %s" % (kind if kind == "ct" else "", value.get("key"))).strip()
    return "?"


def _right(match: Match) -> str:
    negate = "!= " if match.get("op") == "!=" else ""
    return negate + _words(match.get("right"))


def _words(value: t.Any) -> str:
    if isinstance(value, dict):
        if "prefix" in value:
            return "%s/%s" % (value["prefix"].get("addr"), value["prefix"].get("len"))
        if "range" in value:
            return "-".join(str(part) for part in value["range"])
        if "set" in value:
            return "{ %s }" % ", ".join(_words(part) for part in value["set"][:8])
    if isinstance(value, list):
        return ",".join(_words(part) for part in value[:8])
    return str(value)


def _names_port(expression: t.Any) -> bool:
    """Whether a part of a rule asks for the port that a packet is sent to."""
    if isinstance(expression, dict):
        return expression.get("field") == "dport" or any(map(_names_port, expression.values()))
    return isinstance(expression, list) and any(map(_names_port, expression))
