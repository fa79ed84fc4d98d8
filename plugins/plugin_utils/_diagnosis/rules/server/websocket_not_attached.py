# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-websocket-not-attached: the HTTP server that listens has no WebSocket server on it."""

from __future__ import annotations

from ...._evidence.who_answered import fingerprint
from ...conditions import OTHER_PATH_OPENS, answered, logged
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._refused_handshake import FLIPPED, GIVES_REASON
from ._server import EXPLAINS_DIRECT, dialled_path


def _find(facts: Facts) -> Found:
    """With the server that answers, and what it answers to an ordinary GET."""
    who = fingerprint(facts.handshake)
    same = facts.plain.get("status") == 404
    sure = "certain" if who == "Express" and same else "likely" if same else "possible"
    return sure, {
        "path": dialled_path(facts),
        "server": who,
        "same": same,
    }


RULE = Rule(
    id="server-websocket-not-attached",
    layer="server",
    title="No WebSocket server is attached to the listening HTTP server",
    users_see=(
        "browser console: `Error during WebSocket handshake: Unexpected response code: 404`",
        "Node: `Error: Unexpected server response: 404`",
        "Express answers the handshake like any unknown page: 404, `Cannot GET /ws`",
        "the server's own log reports nothing but that it listens",
    ),
    why="A WebSocket library hooks into one HTTP server: in Node it listens for the upgrade event of the http.Server that it was given. "
    "Express's app.listen() creates an http.Server of its own, so a library that was given another one never sees the request. Where "
    "nothing handles the upgrade, Node and most frameworks ignore the Upgrade header and answer the request as an ordinary GET: 404.",
    needs=(answered(404),),
    against=(
        OTHER_PATH_OPENS,
        FLIPPED,
        GIVES_REASON,
        Condition(
            "the 404 comes from a server with WebSocket support of its own (uvicorn, daphne, hypercorn)",
            lambda facts: fingerprint(facts.handshake).startswith(("uvicorn", "daphne", "hypercorn", "Django")),
        ),
        logged(
            "the log reports an unsupported upgrade",
            "server-uvicorn-no-websocket-library",
            "unsupported-upgrade",
        ),
    ),
    find=_find,
    confidence={
        "certain": "Express answers an ordinary GET the same way",
        "likely": "an ordinary GET is answered with 404 as well",
        "possible": "an ordinary GET is answered in another way: the path exists",
    },
    because=(
        (
            "the handshake on {path} gets the HTTP server's own 404 ({server})",
            "the handshake on {path} gets the HTTP server's own 404",
        ),
        If("same", "an ordinary GET gets the same answer"),
        "none of the other paths tried answers 101",
    ),
    fix=(
        "attach the WebSocket server to the server that listens: new WebSocketServer({ server }) and server.listen()",
    ),
    prevent=("app.listen() creates a server of its own: create one with http.createServer(app) and use it for both",),
    explains=EXPLAINS_DIRECT,
    look_alikes=(
        LookAlike(
            "server-other-path",
            Look("the routes of the application"),
            "a WebSocket route on another path: connect to that; none at all: no WebSocket server is attached",
        ),
    ),
    sources=("https://github.com/websockets/ws#external-https-server",),
    staged=("alike/own-404-in-go", "server/not-attached"),
)
