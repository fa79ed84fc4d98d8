# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-upgrade-closed: the server hangs up on an upgrade instead of answering it."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...._evidence.who_answered import fingerprint
from ...conditions import OTHER_PATH_OPENS, ended
from ...facts import Facts
from ...rule import Command, Condition, Found, If, LookAlike, Rule
from ._server import EXPLAINS_DIRECT


def _find(facts: Facts) -> Found:
    """With what an ordinary GET gets."""
    return "likely", {
        "answer": outcome_words(facts.handshake),
        "reset": facts.handshake.get("outcome") == "reset",
        "status": facts.plain.get("status"),
        "server": fingerprint(facts.plain),
    }


RULE = Rule(
    id="server-upgrade-closed",
    layer="server",
    title="The server closes the connection instead of answering the upgrade",
    users_see=(
        "browser console: `Connection closed before receiving a handshake response`, or `Error during WebSocket handshake: "
        "net::ERR_CONNECTION_RESET`",
        "Node: `Error: socket hang up`",
        "nginx's error.log: `upstream prematurely closed connection while reading response header from upstream`, and a 502",
    ),
    why="In Node the handler of the upgrade event gets the bare socket, and nothing else answers on it. Many handlers call "
    "socket.destroy() for a path that they do not serve, for an Origin or a user that they do not accept. The client then sees the "
    "connection end without a byte, and neither the browser nor a proxy can tell why. Ordinary requests do not go through this handler and "
    "are answered as usual.",
    needs=(
        ended("the connection is closed or reset in response to the handshake, without a byte", "eof", "reset"),
        Condition("an ordinary GET is answered", lambda facts: facts.plain.get("outcome") == "http"),
    ),
    against=(OTHER_PATH_OPENS,),
    find=_find,
    confidence={"likely": "the handler's reason cannot be seen from outside"},
    because=(
        "the handshake: {answer}",
        ("an ordinary GET is answered with {status} ({server})", "an ordinary GET is answered with {status}"),
        (
            If("reset", "browsers report: Error during WebSocket handshake: net::ERR_CONNECTION_RESET"),
            "browsers report: Connection closed before receiving a handshake response",
        ),
    ),
    fix=("look at the server's upgrade handler: it destroys the socket for this path, Origin or user",),
    prevent=(
        "answer with a status (401, 403, 404) before closing the socket, so that clients can tell why",
        "in Node: socket.end('HTTP/1.1 403 Forbidden\\r\\nConnection: close\\r\\n\\r\\n')",
    ),
    explains=EXPLAINS_DIRECT,
    look_alikes=(
        LookAlike(
            "process-descriptors-used-up",
            Command("ls /proc/<pid>/fd | wc -l; grep 'open files' /proc/<pid>/limits"),
            "as many as the soft limit: no descriptor is left; fewer: the upgrade handler",
        ),
    ),
    sources=("https://nodejs.org/api/http.html#event-upgrade_1",),
    staged=("browser/destroys", "browser/resets"),
)
