# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-upgrade-unanswered: the server accepts the connection and never answers the handshake."""

from __future__ import annotations

from ...conditions import STOPPED, ended
from ...facts import Facts
from ...rule import Command, Condition, Found, If, LookAlike, Rule
from ._server import EXPLAINS_DIRECT


def _find(facts: Facts) -> Found:
    """With what an ordinary GET meets."""
    return "likely", {
        "status": facts.plain.get("status") if facts.plain.get("outcome") == "http" else None,
        "process_known": facts.processes,
    }


RULE = Rule(
    id="server-upgrade-unanswered",
    layer="server",
    title="The server accepts connections but never answers the upgrade",
    users_see=(
        "the browser's network tab: the WebSocket stays pending (`readyState` 0), and no error follows for a long time",
        "Node: `Error: Opening handshake has timed out`",
        "nginx: `upstream timed out (110: Connection timed out) while reading response header from upstream`, and a 504",
    ),
    why="Once a server has a handler for upgrades, nothing but this handler answers them. A handler that returns without an answer for an "
    "unknown path, that waits for a database or a lock, or that swallows an error leaves the client waiting: the TCP connection "
    "is up, and no byte comes. A development proxy that forwards requests but not upgrades does the same.",
    needs=(
        ended("the connection is accepted, and the handshake is not answered in time", "timeout"),
        Condition(
            "an ordinary GET is answered, or at least its connection is ended",
            lambda facts: facts.plain["outcome"] not in ("timeout", "no-time"),
        ),
    ),
    against=(
        Condition("some bytes arrived", lambda facts: facts.handshake.get("bytes")),
        STOPPED,
    ),
    find=_find,
    confidence={"likely": "what the handler waits for cannot be seen from outside"},
    because=(
        "the connection is accepted, but the handshake gets no byte back",
        ("an ordinary GET is answered with {status}", "the connection of an ordinary GET is ended by the server"),
        If("process_known", "the process is neither stopped nor busy-looping"),
    ),
    fix=(
        "look at the server's upgrade handler: it returns without an answer, or waits for something (a database, a lock)",
    ),
    prevent=(
        "answer every upgrade: handleUpgrade, or an HTTP error and destroy()",
        "http-proxy-middleware: ws: true, and server.on('upgrade', proxy.upgrade)",
    ),
    explains=EXPLAINS_DIRECT,
    look_alikes=(
        LookAlike(
            "process-event-loop-blocked",
            Command("top -b -n 1 -p <pid>"),
            "about 100 % CPU: the loop; otherwise: the handler",
        ),
        LookAlike("process-stopped", Command("ps -o stat= -p <pid>"), "T: it is stopped; S: the handler waits"),
    ),
    sources=("https://nodejs.org/api/http.html#event-upgrade_1",),
    staged=("browser/mute", "framework/hpm-off"),
)
