# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Ports on which a debugger listens: they are not the service's."""

from __future__ import annotations

import re

from ...facts import Facts

#: Options that open one, with its port where they name it; and the port that it has otherwise.
_DEBUGGERS = (
    (re.compile(r"--inspect(?:-brk|-wait|-port)?(?:=(?:\S*:)?(?P<port>\d+))?(?=\s|$)"), 9229),
    (re.compile(r"\bdebugpy\b.*?--listen[ =](?:\S*:)?(?P<port>\d+)"), 5678),
    (re.compile(r"-agentlib:jdwp=\S*?address=(?:\S*?:)?(?P<port>\d+)"), 5005),
    (re.compile(r"\bdlv\b.*?--listen[ =](?:\S*:)?(?P<port>\d+)"), 2345),
)


def _debugger_ports(facts: Facts) -> set[int]:
    commands = [str(process.get("command") or "") for process in facts.processes]
    commands.append(facts.variable("NODE_OPTIONS") or "")
    found = [(match, usual) for text in commands for pattern, usual in _DEBUGGERS for match in pattern.finditer(text)]
    return {int(match.group("port") or usual) for match, usual in found}


def service_ports(facts: Facts) -> list[int]:
    """Other ports on which the service listens, those of debuggers left out; once each."""
    ports = [row["port"] for row in facts.owned if row.get("port")]
    return sorted(set(ports) - _debugger_ports(facts))
