# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-socketio-cors: Socket.IO does not allow the page's Origin, so the browser blocks polling or the server refuses."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ..server._server import EXPLAINS
from ..server._socketio import DOCS

#: How Flask-SocketIO (python-engineio) refuses an Origin, for both transports.
_NOT_ACCEPTED = "Not an accepted origin"


def _blocked(facts: Facts) -> str:
    """What the browser's console says of a polling request that CORS blocks."""
    lines = [str(entry.get("text")) for entry in facts.browser.get("console") or () if isinstance(entry, dict)]
    return next((text for text in lines if "CORS" in text and "transport=polling" in text), "")


def _find(facts: Facts) -> Found:
    """With who refuses: the server itself, or the browser because of a missing header."""
    return "certain", {
        "blocked": _blocked(facts)[:200],
        "origin": str(facts.handshake.get("origin")),
        "answer": outcome_words(facts.handshake),
        "body": str(facts.handshake.get("body")),
    }


RULE = Rule(
    id="browser-socketio-cors",
    # Only pages mind, where the server is one of Node.
    layer="browser",
    title="Socket.IO does not allow the Origin of the page",
    users_see=(
        "browser console: `Access to XMLHttpRequest at 'https://…/socket.io/?EIO=4&transport=polling&t=…' from origin 'https://…' has "
        "been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.`",
        "socket.io-client, event connect_error: `xhr poll error`",
        'python-socketio and Flask-SocketIO answer 400 with `"Not an accepted origin."`, and log `https://… is not an accepted origin.`',
    ),
    why="Clients of Socket.IO begin with polling, which is an ordinary cross-origin request: the browser shows the answer to the page only "
    "if the server allows the page's Origin in Access-Control-Allow-Origin. Since version 3, Socket.IO on Node sends no such header unless "
    "its option cors is set. It still answers 200 and does not check the Origin of a WebSocket, so only pages notice. python-socketio and "
    "Flask-SocketIO do check it, for both transports, and refuse with 400.",
    needs=(
        Condition(
            "the server answers that the Origin is not accepted, or the browser blocks the page's polling (CORS)",
            lambda facts: _NOT_ACCEPTED in str(facts.handshake.get("body")) or _blocked(facts),
        ),
    ),
    find=_find,
    confidence={"certain": "the server or the browser reports it"},
    because=(("in the browser: {blocked}", "with Origin {origin}: {answer} {body}"),),
    fix=("allow the Origin of the page: cors: { origin: '…' } (Socket.IO), cors_allowed_origins (Flask-SocketIO)",),
    prevent=("Socket.IO on Node accepts the WebSocket anyway: transports: ['websocket'] avoids polling",),
    explains=EXPLAINS,
    supersedes=(
        "server-origin-rejected",
        "server-path-option",
        "server-credentials-required",
        "browser-other-port-or-path",
    ),
    look_alikes=(
        LookAlike(
            "browser-origin-rejected",
            Look("which request fails in the browser's network view"),
            "one with transport=polling: CORS; the WebSocket itself, with 403: the server checks its Origin",
        ),
        LookAlike(
            "server-socketio-request-refused",
            Look("the body of the answer to polling"),
            'a session (`"sid"`): only the browser blocks it; `"code":4`: the function allowRequest refuses',
        ),
    ),
    sources=(DOCS + "handling-cors/",),
    staged=("browser/cors", "socketio/flask-origin"),
)
