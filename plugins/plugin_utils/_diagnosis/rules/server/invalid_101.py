# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-invalid-101: the 101 does not prove that the server has read the key."""

from __future__ import annotations

from ...conditions import ended
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._server import EXPLAINS_DIRECT


def _find(facts: Facts) -> Found:
    """With what Sec-WebSocket-Accept is instead."""
    return "certain", {"missing_or_wrong": str(facts.handshake.get("accept"))}


RULE = Rule(
    id="server-invalid-101",
    layer="server",
    title="The server's 101 is not a valid handshake",
    users_see=(
        "browser console: `Error during WebSocket handshake: Incorrect 'Sec-WebSocket-Accept' header value`, or "
        "`'Sec-WebSocket-Accept' header is missing`",
        "Node: `Error: Invalid Sec-WebSocket-Accept header`",
    ),
    why="Each handshake carries a fresh Sec-WebSocket-Key, and the answer must carry the base64 of the SHA-1 of that key followed by a fixed "
    "GUID. That proves that the answer was made for this very request by something that speaks WebSocket. A hand-written server that "
    "computes it wrongly, and an intermediary that answers 101 from a cache or on its own, fail this test, and every client must close "
    "the connection.",
    needs=(
        ended("the answer is a 101, but not a valid one", "upgraded"),
        Condition(
            "Sec-WebSocket-Accept is missing or does not match the key",
            lambda facts: facts.handshake["accept"] != "valid",
        ),
    ),
    find=_find,
    confidence={"certain": "the right value was computed from the key"},
    because=(
        "101, but Sec-WebSocket-Accept is {missing_or_wrong}",
        "every client must fail this connection (RFC 6455, section 4.1)",
    ),
    fix=(
        "compute Sec-WebSocket-Accept from the key of the request, or use a library for the handshake",
        "the right value: base64(SHA-1(Sec-WebSocket-Key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'))",
    ),
    prevent=("look for an intermediary that answers 101 on its own or from a cache",),
    explains=EXPLAINS_DIRECT,
    look_alikes=(
        LookAlike(
            "server-two-upgrade-handlers",
            Look("the bytes that follow the 101"),
            "they start with HTTP/1.: two handlers answer; anything else: the 101 itself is wrong",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-4.1",),
    staged=("browser/wrong-accept",),
)
