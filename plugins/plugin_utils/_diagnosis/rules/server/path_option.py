# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-path-option: ws serves one path, and the handshake asks for another."""

from __future__ import annotations

from ...conditions import answered
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._refused_handshake import FLIPPED
from ._server import EXPLAINS_DIRECT, dialled_path


def _body(facts: Facts) -> str:
    return str(facts.handshake.get("body") or "").strip()


def _find(facts: Facts) -> Found:
    """With the path that opens, where one was found."""
    other = next(iter(facts.open_alternatives), None)
    return "likely", {"path": dialled_path(facts), "open_path": other}


RULE = Rule(
    id="server-path-option",
    layer="server",
    title="The path option of the WebSocket server names another path",
    users_see=(
        "browser console: `Error during WebSocket handshake: Unexpected response code: 400`",
        "Node: `Error: Unexpected server response: 400`",
        "the answer itself: 400 with the body `Bad Request` (11 bytes) and no `Server` header",
    ),
    why="With the option path set, the ws library compares the path of each upgrade with it, character by character and without the query, and "
    "refuses any other with 400 Bad Request. A trailing slash counts: /ws/ is not /ws. A proxy that removes or adds a prefix changes what "
    "is compared.",
    needs=(
        answered(400),
        Condition(
            'the body is just "Bad Request", which is how ws refuses any path but the one of its path option; for a missing key or version '
            "it sends a sentence",
            lambda facts: _body(facts) == "Bad Request",
        ),
    ),
    against=(FLIPPED,),
    find=_find,
    confidence={"likely": "other programs answer a bad request with the same two words"},
    because=(
        "the handshake on {path} gets 400 Bad Request, as from ws with a path option",
        "101 on {open_path}",
    ),
    fix=(("connect to {open_path}", "connect to the path given to new WebSocketServer({ path })"),),
    prevent=(
        "use the same path, trailing slash included, in the client, the proxy's location, the server's path option and websocket.path",
    ),
    explains=EXPLAINS_DIRECT,
    supersedes=("server-other-path",),
    look_alikes=(
        LookAlike(
            "proxy-upgrade-dropped",
            Look("the body of the 400"),
            "Bad Request alone: the path; a sentence about Upgrade or Connection: a hop in between strips these headers",
        ),
        LookAlike(
            "proxy-path-mismatch",
            Look("a handshake that bypasses the proxy, on the host itself"),
            "400 there as well: the client uses the wrong path; 101: the proxy changes the path",
        ),
    ),
    sources=("https://github.com/websockets/ws/blob/master/doc/ws.md",),
    staged=("server/path-option", "server/path-option-slash"),
)
