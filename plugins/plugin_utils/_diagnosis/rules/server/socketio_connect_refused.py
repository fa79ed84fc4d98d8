# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-socketio-connect-refused: Socket.IO accepts the connection and refuses the CONNECT to the namespace."""

from __future__ import annotations

from ...conditions import ACCEPTED_DIRECTLY
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS, refusal
from ._socketio import DOCS


def _words(facts: Facts) -> str:
    return refusal(facts, "socketio", "socketio2")


def _find(facts: Facts) -> Found:
    """With the words of the refusal."""
    words = _words(facts)
    return "certain", {"refusal": words, "unknown_namespace": "Invalid namespace" in words}


RULE = Rule(
    id="server-socketio-connect-refused",
    layer="server",
    title="A Socket.IO middleware refuses the connection, or the namespace is unknown",
    users_see=(
        "socket.io-client: the event connect_error, with the message of the middleware: `Error: unauthorized`, say",
        "socket.io-client: connect_error with `Invalid namespace`",
        'frame after the 101: `44{"message":"unauthorized"}`, or `44/api,{"message":"Invalid namespace"}`',
        "the WebSocket stays open, socket.connected stays false, and the client does not try again",
    ),
    why="Socket.IO connects twice: Engine.IO opens the transport, and then the client sends CONNECT for a namespace. Middleware that was "
    "registered with io.use() runs at this second step; what it hands to next(err) goes back as CONNECT_ERROR (44). A namespace for "
    "which the server has no io.of() is refused in the same way: io('https://host/api') asks for the namespace /api, not for a path. "
    "The transport stays open meanwhile, so at the level of the WebSocket everything looks fine.",
    needs=(
        ACCEPTED_DIRECTLY,
        Condition(
            "the CONNECT to the namespace is answered with CONNECT_ERROR (44)",
            lambda facts: _words(facts).startswith("44"),
        ),
    ),
    find=_find,
    confidence={"certain": "the server itself reports it"},
    because=("101 and an open session, then the CONNECT to the namespace is answered with {refusal}",),
    fix=(
        (
            If("unknown_namespace", "connect to a namespace that the server has"),
            "send what the middleware requires (the probe: websocket.headers); in the server: io.use((socket, next) => …)",
        ),
    ),
    prevent=("clients get it as the event connect_error, with the same message: handle that event",),
    explains=EXPLAINS,
    supersedes=("server-application-silent",),
    look_alikes=(
        LookAlike(
            "server-application-silent",
            Look("the answer to the CONNECT packet, 40"),
            "44 and a message: it is refused; none: the application is silent",
        ),
        LookAlike(
            "server-credentials-required",
            Look("the status of the handshake"),
            "101: the middleware refuses afterwards; 401 or 403: what stands before it refuses",
        ),
    ),
    sources=(DOCS + "middlewares/",),
    staged=("socketio/middleware-rejects",),
)
