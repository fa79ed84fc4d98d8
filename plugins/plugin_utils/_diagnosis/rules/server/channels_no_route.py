# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-channels-no-route: the ASGI application of Django has no such WebSocket route, or no router for WebSockets."""

from __future__ import annotations

import typing as t

from ...._evidence.websocket import outcome_words
from ...conditions import answered
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.log import Signature


def _unrouted(facts: Facts) -> Signature:
    """The error about the path that is asked for: the search for another path leaves errors about others."""
    asked = str(facts.websocket.get("path") or "").partition("?")[0].strip("/")
    for line in facts.signatures("no-websocket-application", "channels-no-route"):
        path = (line.get("captured") or {}).get("path")
        if path is None or path.strip("/") == asked or asked in str(line.get("sample")):
            return line
    return {}


def _find(facts: Facts) -> Found:
    """With the error of the log, which distinguishes a missing path from a missing router."""
    line = _unrouted(facts)
    return "certain", {
        "answer": outcome_words(facts.handshake),
        "log_line": facts.quote(line),
        "no_router": line.get("key") == "no-websocket-application",
    }


RULE = Rule(
    id="server-channels-no-route",
    layer="server",
    title="The ASGI application has no such WebSocket route, or no WebSocket routes at all",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 500`",
        "server log: `ValueError: No route found for path 'ws/chat/'.`",
        "server log: `ValueError: No application configured for scope type 'websocket'`",
        "server log: `ValueError: Django can only handle ASGI/HTTP connections, not websocket.`",
    ),
    why="An ASGI server passes a handshake to the application as a scope of type websocket. ProtocolTypeRouter chooses the application "
    "for that type, and URLRouter the consumer for the path. Where either finds nothing, it raises ValueError, and the server answers "
    "500. Django's own get_asgi_application() knows HTTP only. Routes are compared with the path without its leading slash, and a "
    "missing slash at the end makes another path.",
    needs=(
        answered(500),
        Condition(
            'the log has "No route found for path" for this path, or reports that the application does not handle the scope websocket',
            _unrouted,
        ),
    ),
    find=_find,
    confidence={"certain": "the error names the cause"},
    because=("the handshake is answered with {answer}", "{log_line}"),
    fix=(
        (
            If("no_router", "serve the application whose ProtocolTypeRouter has an entry for websocket"),
            "add the path to websocket_urlpatterns, trailing slash included, or connect to one that is there",
        ),
    ),
    prevent=('ProtocolTypeRouter({"http": get_asgi_application(), "websocket": URLRouter(websocket_urlpatterns)})',),
    explains=EXPLAINS,
    supersedes=("server-other-path",),
    look_alikes=(
        LookAlike(
            "server-asgi-no-route",
            Look("the status of the refusal"),
            "500 and a ValueError in the log: Channels; 403 without a body: FastAPI or Starlette",
        ),
        LookAlike(
            "server-gunicorn-wsgi-worker",
            Look("the exception in the log"),
            "ValueError about a path or a scope: the routes; TypeError about `send`: the worker speaks WSGI",
        ),
    ),
    sources=("https://channels.readthedocs.io/en/stable/topics/routing.html",),
    staged=("framework/channels-no-route", "framework/channels-no-router", "framework/django-asgi-only"),
)
