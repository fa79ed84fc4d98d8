# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-other-path: the server has a WebSocket, but not on the path that is dialled."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...conditions import OTHER_PATH_OPENS, answered
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._refused_handshake import FLIPPED, GIVES_REASON
from ._server import EXPLAINS_DIRECT, dialled_path


def _find(facts: Facts) -> Found:
    """With the path that opens."""
    return "likely", {
        "path": dialled_path(facts),
        "answer": outcome_words(facts.handshake),
        "open_path": facts.open_alternatives[0],
    }


RULE = Rule(
    id="server-other-path",
    layer="server",
    title="The WebSocket is on another path of this port",
    users_see=(
        "browser console: `Error during WebSocket handshake: Unexpected response code: 404`",
        "Node: `Error: Unexpected server response: 404`",
        "the body of the 404 is the server's own, in Go for example `404 page not found`",
    ),
    why="A server looks up the path of the request among its routes before it looks at the Upgrade header. A path without a WebSocket route "
    "gets the answer of any unknown page: 404 in most servers, 400 or 500 in some. A missing or extra prefix is enough, and in "
    "many frameworks so is a trailing slash.",
    needs=(answered(400, 404, 500), OTHER_PATH_OPENS),
    against=(
        FLIPPED,
        GIVES_REASON,
        Condition(
            "the application fails on this path: its log has a stack trace, or an ordinary GET is answered with 500 as well",
            lambda facts: (
                facts.handshake.get("status") == 500 and (facts.fatal_trace() or facts.plain.get("status") == 500)
            ),
        ),
    ),
    find=_find,
    confidence={"likely": "that another path opens does not tell which one clients should dial"},
    because=("{path}: {answer}", "101 on {open_path}"),
    fix=("connect to {open_path}, or make the server serve {path}",),
    prevent=("define the path once for client, proxy and server, and mind a trailing slash",),
    explains=EXPLAINS_DIRECT,
    look_alikes=(
        LookAlike(
            "server-websocket-not-attached",
            Look("the routes of the application"),
            "a WebSocket route on another path: connect to that; none at all: no WebSocket server is attached",
        ),
        LookAlike(
            "proxy-path-mismatch",
            Look("a handshake that bypasses the proxy, on the host itself"),
            "404 there as well: the client uses the wrong path; 101: the proxy changes the path",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2",),
    staged=("server/aiohttp-path", "server/gorilla-path"),
)
