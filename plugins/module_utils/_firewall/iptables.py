# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The filter table as ``iptables-save -c`` and ``ip6tables-save -c`` print it (iptables-extensions(8)), held against a packet."""

from __future__ import annotations

import shlex
import typing as t

from .._run.digits import number
from .walk import Chain, Packet, Rule, both, in_network, negated, walk

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.firewall import Ruling

_TARGETS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "reject", "RETURN": "return"}
#: Targets that let the packet go on.
_PASSING = ("LOG", "NFLOG", "MARK", "CONNMARK", "ULOG", "TRACE", "AUDIT", "SET", "NOTRACK", "CT")
_STATES = ("--state", "--ctstate")
_SILENT = ("--comment", "--reject-with", "-m", "-c", "--log-prefix", "--log-level", "--limit-burst", "--set-mark")


class Iptables:
    """One family's filter table.

    :param text: what the save command printed.
    """

    def __init__(self, text: str) -> None:
        self.policies: dict[str, str] = {}
        self._lines: dict[str, list[str]] = {}
        self._dnat: list[str] = []
        table = ""
        for line in text.splitlines():
            if line.startswith("*"):
                table = line[1:].strip()
            elif table == "filter" and line.startswith(":"):
                name, policy = line[1:].split()[:2]
                self.policies[name] = policy
                self._lines.setdefault(name, [])
            elif table == "filter" and " -A " in " " + line:
                words = line.split()
                self._lines.setdefault(words[words.index("-A") + 1], []).append(line)
            elif table == "nat" and " -j DNAT " in line:
                self._dnat.append(line)

    @property
    def rules(self) -> int:
        """How many rules the table has."""
        return sum(len(lines) for lines in self._lines.values())

    @property
    def chains(self) -> list[str]:
        """Names of the chains."""
        return list(self._lines)

    def led_on(self, packet: Packet) -> str:
        """The rule that forwards a packet for this host's port to another address (DNAT); empty: none does."""
        return next((line for line in self._dnat if "--dport %d " % packet.port in line), "")

    def decide(self, packet: Packet) -> Ruling | None:
        """What the chain INPUT does with the packet, as walk.walk, with ``by``; None: there is no such chain."""
        if "INPUT" not in self.policies:
            return None
        chains = {
            name: Chain(name, [rule for line in lines for rule in [_rule(line, packet)] if rule is not None])
            for name, lines in self._lines.items()
        }
        base = chains["INPUT"]._replace(policy=_TARGETS.get(self.policies["INPUT"], "accept"))
        return {**walk(base, chains), "by": "iptables"}


def _rule(line: str, packet: Packet) -> Rule | None:
    """A line ``[packets:bytes] -A CHAIN conditions -j TARGET``; None where it is none."""
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    packets = None
    if words and words[0].startswith("[") and ":" in words[0]:
        packets = number(words.pop(0)[1:].split(":")[0])
    text = " ".join(words)
    conditions: list[bool | None] = []
    action, how, position = "continue", "", 2
    while position < len(words):
        negate = words[position] == "!"
        position += negate
        option = words[position] if position < len(words) else ""
        value = words[position + 1] if position + 1 < len(words) else ""
        if option in ("-j", "-g"):
            action, how = _target(option, value, words)
            position += 2
            continue
        if option not in _SILENT:
            conditions.append(negated(_condition(option, value, packet), negate))
        position += 2
        # Some options have no value: the next word is an option again.
        if value.startswith("-") and option not in _SILENT:
            position -= 1
    return Rule(both(conditions), action, how, text, packets)


def _target(option: str, value: str, words: list[str]) -> tuple[str, str]:
    if value in _TARGETS:
        kind = words[words.index("--reject-with") + 1] if "--reject-with" in words else ""
        return _TARGETS[value], kind if value == "REJECT" else ""
    if value in _PASSING:
        return "continue", ""
    return ("goto" if option == "-g" else "jump"), value


def _condition(option: str, value: str, packet: Packet) -> bool | None:
    if option in ("-p", "--protocol"):
        return value in ("tcp", "6", "all", "0")
    if option in ("--dport", "--dports", "--destination-port", "--destination-ports", "--ports"):
        return any(_covers(part, packet.port) for part in value.split(","))
    if option in ("-s", "--source"):
        return in_network(packet.source, value)
    if option in ("-i", "--in-interface"):
        return False if value == "lo" else None
    if option in _STATES:
        return "NEW" in value.split(",")
    if option == "--dst-type":
        # The packet is addressed to this host (iptables-extensions(8), addrtype).
        return "LOCAL" in value.split(",")
    if option in ("--tcp-flags", "--syn"):
        return None if option == "--tcp-flags" else True
    return None


def _covers(part: str, port: int) -> bool:
    low, colon, high = part.partition(":")
    if not colon:
        return part == str(port)
    return int(low or 0) <= port <= int(high or 65535)
