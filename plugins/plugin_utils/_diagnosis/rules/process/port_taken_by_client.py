# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-port-taken-by-client: an outgoing connection of another program has the service's port as its own."""

from __future__ import annotations

import typing as t

from ...conditions import NOTHING_LISTENS, logged
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ._nothing_answers import NOTHING_ANSWERS
from ._restart import restart_words

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.port import Claim


def _outgoing(facts: Facts) -> list[Claim]:
    """Connections that have the port as their own, where the kernel gives it to outgoing ones, and are not the service's."""
    first, last = facts.port["local_range"] or (1, 0)
    own = {process.get("pid") for process in facts.processes}
    inside = first <= (facts.service.get("port") or 0) <= last and not facts.port.get("reserved")
    return [one for one in facts.port.get("claims") or () if one.get("pid") not in own] if inside else []


def _find(facts: Facts) -> Found:
    """With the connection, and the range that the port lies in."""
    claim = _outgoing(facts)[0]
    first, last = facts.port.get("local_range") or (0, 0)
    return "likely", {
        "line": facts.quote(facts.signature("eaddrinuse")),
        "holder": "pid %s %s" % (claim["pid"], claim.get("name")) if claim.get("pid") else "a process that is not seen",
        "peer": claim.get("peer"),
        "state": claim.get("state"),
        "range": "%d to %d" % (first, last),
        "port": facts.service.get("port"),
        "restart": restart_words(facts),
    }


RULE = Rule(
    id="process-port-taken-by-client",
    layer="process",
    title="The service cannot start: an outgoing connection uses its port",
    users_see=(
        "`EADDRINUSE` at the start now and then, after a reboot or under load, and `ss -ltn` shows no process on the port",
        "it goes away on its own, or when some other program is restarted",
    ),
    why="The kernel gives each outgoing connection a local port from ip_local_port_range, 32768 to 60999 by default. A service whose port lies in "
    "that range finds it taken whenever a connection of any program happens to have it: bind() then fails with EADDRINUSE though "
    "nothing listens there.",
    needs=(
        logged("the log reports that the port is in use", "eaddrinuse"),
        NOTHING_LISTENS,
        Condition(
            "a connection of another program has the port as its local one, and it lies in ip_local_port_range",
            _outgoing,
        ),
    ),
    find=_find,
    confidence={"likely": "which side opened the connection is inferred from the range"},
    because=(
        "{line}",
        "nothing listens on port {port}; {holder} has it as the local port of its connection to {peer} ({state})",
        "it lies in net.ipv4.ip_local_port_range: {range}",
    ),
    fix=("end that connection (restart {holder}), then {restart}",),
    prevent=(
        "keep the port out of the range: sysctl -w net.ipv4.ip_local_reserved_ports={port}, and the same in /etc/sysctl.d",
        "or give the service a port below the range",
    ),
    verify=("cat /proc/sys/net/ipv4/ip_local_reserved_ports names {port}", RECHECK),
    explains=("process.*", "log.*", "environment.*", *NOTHING_ANSWERS),
    supersedes=("process-not-running", "process-ended", "process-not-listening-yet", "process-waits-for-clients"),
    look_alikes=(
        LookAlike(
            "process-port-in-use",
            Command("ss -tanp 'sport = :<port>'"),
            "a row in LISTEN: another server; rows in other states: outgoing connections",
        ),
    ),
    sources=("https://docs.kernel.org/networking/ip-sysctl.html",),
    staged=("process/port-of-a-client",),
)
