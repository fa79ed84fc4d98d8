# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-asgi-no-route: an ASGI application closes the WebSocket before it accepts it."""

from __future__ import annotations

from ...._evidence.refusal import experiments_words
from ...conditions import answered
from ...facts import Facts
from ...rule import Attempt, Condition, Found, If, Look, LookAlike, Rule
from ._refused_handshake import FLIPPED
from ._server import EXPLAINS_DIRECT, dialled_path, server_name


def _find(facts: Facts) -> Found:
    """With the path that opens, where one was found."""
    line = facts.signature("handshake-rejected")
    other = next(iter(facts.open_alternatives), None)
    return "likely", {
        "tried": experiments_words(facts.websocket),
        "path": dialled_path(facts),
        "log_line": facts.quote(line) if line else None,
        "open_path": other,
    }


RULE = Rule(
    id="server-asgi-no-route",
    layer="server",
    title="The application has no such WebSocket route, or a dependency rejects the client",
    users_see=(
        'uvicorn\'s log: `"WebSocket /nope" 403` and `connection rejected (403 Forbidden)`',
        "browser console: `Error during WebSocket handshake: Unexpected response code: 403`",
        "Node: `Error: Unexpected server response: 403`",
        "the answer itself: 403 with `Content-Length: 0`, not 404",
    ),
    why="An ASGI application refuses a WebSocket by closing it before accepting it, and the ASGI server turns that into 403 without a body. "
    "Starlette and FastAPI do so for a path without a WebSocket route, for which other servers answer 404. FastAPI does the same where a "
    "required query parameter or header is missing and where a dependency refuses, and so does the application that calls close() before "
    "accept(). From outside all of these look alike.",
    needs=(
        answered(403),
        Condition("the 403 has no body", lambda facts: not facts.handshake.get("body")),
        Condition(
            "an ASGI server (uvicorn, hypercorn) answers, or its log reports a rejected handshake",
            lambda facts: (
                facts.signature("handshake-rejected") or server_name(facts).startswith(("uvicorn", "hypercorn"))
            ),
        ),
    ),
    against=(
        Condition(
            "without an Origin the answer is different",
            lambda facts: facts.attempt("no_origin").get("status") not in (403, None),
        ),
        FLIPPED,
    ),
    find=_find,
    confidence={"likely": "a dependency that refuses looks the same, also where another path opens"},
    because=(
        "403 without a body on {path}: how an ASGI server answers for a route it does not have",
        If("tried", "the same with {tried}"),
        "{log_line}",
        "101 on {open_path}",
    ),
    fix=(
        (
            "connect to {open_path}",
            "compare the path with the application's WebSocket routes, trailing slash included; then check the route's required query "
            "parameters and dependencies",
        ),
    ),
    prevent=(
        "a dependency that rejects the client before accept() looks the same from outside: let it log the reason",
    ),
    explains=EXPLAINS_DIRECT,
    supersedes=("server-credentials-required",),
    look_alikes=(
        LookAlike(
            "server-credentials-required",
            Look("the application's WebSocket routes"),
            "the path is listed: a dependency or the credentials; it is not: the route",
        ),
        LookAlike(
            "server-origin-rejected",
            Attempt("no_origin"),
            "101 without an Origin: the Origin; 403 again: route or dependency",
        ),
    ),
    sources=("https://fastapi.tiangolo.com/advanced/websockets/",),
    staged=(
        "framework/fastapi-dependency",
        "framework/fastapi-no-route",
        "framework/fastapi-wsproto-no-route",
        "framework/hypercorn-no-route",
    ),
)
