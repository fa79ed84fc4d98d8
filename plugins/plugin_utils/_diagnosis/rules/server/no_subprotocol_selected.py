# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-no-subprotocol-selected: the client offers sub-protocols, and the 101 names none of them."""

from __future__ import annotations

from ...conditions import failed
from ...facts import Facts
from ...rule import Found, Look, LookAlike, Rule
from ._server import EXPLAINS_DIRECT


def _find(facts: Facts) -> Found:
    """With what was offered."""
    result = facts.result("websocket.subprotocol")
    return "certain", {"what_was_offered": result.summary if result else None}


RULE = Rule(
    id="server-no-subprotocol-selected",
    layer="server",
    title="The server selects none of the offered sub-protocols",
    users_see=(
        "browser console: `Error during WebSocket handshake: Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received`",
        "Node: `Error: Server sent no subprotocol`",
        "the same server accepts clients that offer no sub-protocol",
    ),
    why="new WebSocket(url, protocols) sends the names in Sec-WebSocket-Protocol, and the server must answer with one of them. A server that "
    "does not know the header sends a 101 without it, which browsers and Node refuse; Python's websockets and many others let it pass. "
    "It shows up when a client starts to offer one, often to carry a token, or when a library on the server changes.",
    needs=(failed("101, and none of the offered sub-protocols is selected", "websocket.subprotocol"),),
    find=_find,
    confidence={"certain": "the answer names none"},
    because=("{what_was_offered}",),
    fix=(
        "make the server select one of the offered sub-protocols (ws: handleProtocols; Python's websockets: subprotocols=[…])",
    ),
    prevent=(
        "ws: new WebSocketServer({ server, handleProtocols: (offered) => offered.has('chat.v1') && 'chat.v1' })",
        "or offer none: new WebSocket(url) without a second argument",
    ),
    explains=EXPLAINS_DIRECT,
    look_alikes=(
        LookAlike(
            "server-graphql-subprotocol-mismatch",
            Look("the sub-protocols that the client offers"),
            "graphql-ws or graphql-transport-ws: the versions of the GraphQL libraries; others: the server's selection",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2",),
    staged=("browser/sub-protocol", "server/subprotocol-none-selected"),
)
