# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-waits-for-clients: it shuts down, has closed its port, and waits for its WebSockets to end."""

from __future__ import annotations

import typing as t

from ...._evidence.process import describe
from ...conditions import NOTHING_LISTENS
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ._ended import SERVES, is_named, last_words, quoted
from ._nothing_answers import NOTHING_ANSWERS
from ._restart import service_unit

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.port import Claim


def _connections(facts: Facts) -> list[Claim]:
    """Connections on the port that a process of the service holds, or, where none is known, any process but a client."""
    own = {process.get("pid") for process in facts.processes}
    held = [one for one in facts.port.get("claims") or () if one.get("state") == "established" and one.get("pid")]
    if is_named(facts):
        return [one for one in held if one.get("pid") in own]
    first, last = facts.port.get("local_range") or (0, 65535)
    # A port that the kernel gives to outgoing connections may be one's.
    return held if not first <= (facts.service.get("port") or 0) <= last else []


def _find(facts: Facts) -> Found:
    """With the process, and how many connections it has left."""
    left = _connections(facts)
    process = next((row for row in facts.processes if row.get("pid") == left[0].get("pid")), None)
    return "certain" if is_named(facts) else "likely", {
        "process": describe(process) if process else "pid %s %s" % (left[0].get("pid"), left[0].get("name")),
        "pid": left[0].get("pid"),
        "count": len(left),
        "peers": [one.get("peer") for one in left[:3]],
        "words": quoted(last_words(facts, "running", "ended")),
        "unit": service_unit(facts),
    }


RULE = Rule(
    id="process-waits-for-clients",
    layer="process",
    title="The process has closed its port, and waits for its open connections to end",
    users_see=(
        "`systemctl restart` hangs for 90 seconds: `State 'stop-sigterm' timed out. Killing.`",
        "Uvicorn: `Waiting for connections to close. (CTRL+C to force quit)`; Node: server.close() that never calls back",
        "connected clients go on; new ones get ECONNREFUSED, or 502 through the proxy",
    ),
    why="On SIGTERM a server closes its listening socket at once and ends when its last connection does. A WebSocket does not end on its own, and "
    "server.close() of Node leaves upgraded connections open, so the process stays, and its successor is not started before it has gone "
    "or its supervisor's patience is over.",
    needs=(NOTHING_LISTENS, Condition("a process holds established connections on the port", _connections)),
    against=(SERVES,),
    find=_find,
    confidence={
        "certain": "the kernel shows connections on the port that the service's process holds, and no listener",
        "likely": "the process is known by these connections only",
    },
    because=(
        "nothing listens on the port",
        "{process} still holds {count} established connections on it (from {peers})",
        "its last words: {words}",
    ),
    fix=(
        (
            "systemctl kill -s KILL {unit}, then systemctl start {unit}",
            "end it (kill -KILL {pid}), then start it again",
        ),
    ),
    prevent=(
        "on SIGTERM close every WebSocket with 1001 or 1012 (for (const c of wss.clients) c.close(1012)), and exit after a few seconds",
        "TimeoutStopSec=10 in the unit; --timeout-graceful-shutdown 5 with uvicorn",
    ),
    verify=("a restart takes as long as one without clients", RECHECK),
    explains=("process.*", "log.*", *NOTHING_ANSWERS),
    supersedes=("process-not-running", "process-not-listening-yet", "process-ended"),
    look_alikes=(
        LookAlike(
            "process-not-listening-yet",
            Command("ss -tnp 'sport = :<port>'"),
            "rows: it has clients, and so has listened; none: it has not listened yet",
        ),
    ),
    sources=("https://nodejs.org/api/net.html#serverclosecallback",),
    staged=("process/waits-for-clients",),
)
