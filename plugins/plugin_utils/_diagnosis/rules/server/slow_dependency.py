# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-slow-dependency: the handshake waits for something slow, such as a database."""

from __future__ import annotations

from ...._evidence.websocket import waits_for_end
from ...conditions import ACCEPTED_DIRECTLY, wrong
from ...facts import Facts
from ...rule import RECHECK, Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS


def _find(facts: Facts) -> Found:
    """With both times."""
    result = facts.result("websocket.latency")
    return "likely", {"times": result.summary if result else None, "process_seen": bool(facts.processes)}


RULE = Rule(
    id="server-slow-dependency",
    layer="server",
    title="The handshake waits for something slow",
    users_see=(
        "the browser shows the WebSocket as pending for seconds, then it opens; under load it fails",
        "Node's ws: `Opening handshake has timed out`; Python's websockets: `timed out during opening handshake`",
        "behind nginx: `upstream timed out (110: Connection timed out) while reading response header from upstream`, and 504 Gateway Time-out",
        "health checks over HTTP are green meanwhile",
    ),
    why="The server sends the 101 only when its connection handler has accepted the connection. What the handler waits for before that, a session "
    "lookup, a database, another service, delays each handshake by just as long. An ordinary GET on the same port does not go through that "
    "code, so it is quick and health checks notice nothing.",
    needs=(
        ACCEPTED_DIRECTLY,
        wrong("the handshake takes seconds, an ordinary GET on the same port does not", "websocket.latency"),
    ),
    against=(
        Condition(
            "it is the GET that waits, until the open connection ends",
            lambda facts: waits_for_end(facts.websocket),
        ),
    ),
    find=_find,
    confidence={"likely": "what it waits for is not seen"},
    because=("{times}", If("process_seen", "the process is neither stopped nor spinning")),
    fix=(
        "measure what the connection handler awaits before it accepts: a session lookup, a database, another service",
    ),
    prevent=("give that lookup a timeout, and accept or refuse when it expires",),
    verify=("check that websocket.latency passes", RECHECK),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "process-event-loop-blocked",
            Look("an ordinary GET"),
            "slow as well: the loop is blocked; quick: only the handshake waits",
        ),
    ),
    sources=("https://websockets.readthedocs.io/en/stable/faq/server.html",),
    staged=("server/slow-handshake",),
)
