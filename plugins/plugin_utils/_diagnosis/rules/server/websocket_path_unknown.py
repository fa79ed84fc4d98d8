# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""websocket-path-unknown: nothing says on which path the service accepts handshakes, and no path that was tried does."""

from __future__ import annotations

from ...._evidence.websocket import path_is_guess, paths_tried
from ...facts import Facts
from ...rule import RECHECK, Condition, Found, Look, LookAlike, Rule


def _find(facts: Facts) -> Found:
    """With every path that was tried, and who answered."""
    return "possible", {"tried": paths_tried(facts.websocket), "status": facts.plain.get("status")}


RULE = Rule(
    id="websocket-path-unknown",
    layer="server",
    title="The path of the WebSocket is not known",
    users_see=(
        "`404 Not Found`, `403 Forbidden` or `400 Bad Request` to a handshake on a path that the application does not have",
    ),
    why="A server accepts handshakes on the paths that its application has, and answers any other as it likes: 404, 403, 400, the "
    "application's page, an error page or no answer at all. Neither the inventory nor the proxy's configuration, the service's page or its "
    "log names the path, so none of these answers shows whether the service works.",
    needs=(
        Condition(
            "the handshake was refused on a path that neither the inventory nor the host names",
            lambda facts: path_is_guess(facts.websocket),
        ),
    ),
    find=_find,
    confidence={"possible": "always: a refused guess proves nothing"},
    because=("an ordinary GET is answered with {status}: the service is up", "tried {tried}"),
    fix=("set websocket.path of the service to the path that its clients use, and run the checklist again",),
    prevent=("keep websocket.path, or public_url with its path, in the inventory",),
    verify=(RECHECK,),
    explains=(
        "websocket.handshake",
        "websocket.binding",
        "websocket.message",
        "websocket.ping",
        "websocket.close",
        "websocket.stream",
    ),
    of_unknown=True,
    look_alikes=(
        LookAlike(
            "server-websocket-not-attached",
            Look("the application's source for the path of its WebSocket"),
            "a path: set it as websocket.path; no WebSocket server at all: none is attached",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2",),
    staged=("server/path-unknown",),
)
