# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-socketio-request-refused: a transport of Socket.IO is disabled, or its function allowRequest refuses."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...conditions import answered
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS
from ._socketio import DOCS, has_code, own_polling


def _find(facts: Facts) -> Found:
    """With both answers: which of the two transports is refused shows by whom."""
    polled = own_polling(facts)
    return "certain", {
        "answer": outcome_words(facts.handshake),
        "polling_status": polled.get("status"),
        "polling_body": polled.get("body"),
        "disabled": has_code(facts.handshake, 0) or has_code(polled, 0),
    }


RULE = Rule(
    id="server-socketio-request-refused",
    layer="server",
    title="Socket.IO refuses the request: the transport is disabled, or allowRequest refuses it",
    users_see=(
        'answer 403 to polling: `{"code":4,"message":"Forbidden"}`',
        'answer 400: `{"code":0,"message":"Transport unknown"}`; to the WebSocket, the message alone',
        "browser console: `WebSocket connection to 'wss://…/socket.io/?EIO=4&transport=websocket' failed: Error during WebSocket "
        "handshake: Unexpected response code: 400`",
        "socket.io-client, event connect_error: `xhr poll error` or `websocket error`",
    ),
    why="Before a session begins, Engine.IO checks the query: a transport that is not in the server's option transports gets code 0, "
    "Transport unknown. Then it calls the application's function allowRequest; a refusal there is code 4, Forbidden: 403 to polling, "
    "400 to the WebSocket. The server's option cors plays no part in it: it sets headers for polling and refuses nothing.",
    needs=(
        answered(400, 403),
        Condition(
            "Engine.IO answers one of the transports with its code 4 (Forbidden) or 0 (Transport unknown)",
            lambda facts: has_code(facts.handshake, 0, 4) or has_code(own_polling(facts), 4),
        ),
    ),
    find=_find,
    confidence={"certain": "the code is Engine.IO's own"},
    because=(
        "the websocket transport: {answer}",
        ("polling: {polling_status} {polling_body}", "polling works: {polling_status}"),
        (
            If("disabled", "the websocket transport is disabled in the server's option transports"),
            "code 4: the server's function allowRequest refuses both transports",
        ),
    ),
    fix=(
        (
            If("disabled", "add 'websocket' to the server's option transports"),
            "look at what allowRequest requires (Origin, cookie, token), and send it; the probe takes it from websocket.headers and websocket.origin",
        ),
    ),
    prevent=(If("disabled", "new Server(server, { transports: ['polling', 'websocket'] })"),),
    explains=EXPLAINS,
    supersedes=("server-path-option", "server-credentials-required", "server-other-path"),
    look_alikes=(
        LookAlike(
            "server-socketio-path-mismatch",
            Look("polling on the same path"),
            "an Engine.IO code: the path is right; a 404: it is not",
        ),
    ),
    sources=(DOCS + "server-options/#allowrequest",),
    staged=("socketio/allow-request", "socketio/flask-no-origin-list", "socketio/transport-disabled"),
)
