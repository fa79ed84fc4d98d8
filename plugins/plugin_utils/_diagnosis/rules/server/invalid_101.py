# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-invalid-101: the 101 does not prove that the server has read the key."""

from __future__ import annotations

import typing as t

from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.websocket import HandshakeSeen


def _invalid(facts: Facts) -> HandshakeSeen:
    """The first 101, from the inside out, that breaks the rules; or nothing."""
    answers: tuple[HandshakeSeen, ...] = (
        facts.handshake,
        facts.through,
        facts.websocket.get("controller") or {},
        facts.public,
    )
    nothing: HandshakeSeen = {}
    return next((seen for seen in answers if seen.get("outcome") == "upgraded" and _broken(seen)), nothing)


def _broken(seen: HandshakeSeen) -> list[str]:
    if seen.get("broken"):
        return seen["broken"]
    wrong = seen.get("accept") or "valid"
    return [] if wrong == "valid" else ["Sec-WebSocket-Accept is %s" % wrong]


def _find(facts: Facts) -> Found:
    """With the headers that break the rules, and what is wrong with each."""
    seen = _invalid(facts)
    broken = _broken(seen)
    return "certain", {
        "address": seen.get("address"),
        "broken": broken,
        "of_accept": any("Sec-WebSocket-Accept" in text for text in broken),
        "of_offer": any("not offered" in text or "more than one" in text for text in broken),
        "of_hop": any(text.startswith(("Connection", "Upgrade")) for text in broken),
    }


RULE = Rule(
    id="server-invalid-101",
    layer="server",
    title="The server's 101 is not a valid handshake",
    users_see=(
        "browser console: `Error during WebSocket handshake: 'Upgrade' header is missing`, `'Connection' header value must contain 'Upgrade'`, "
        "`Response must not include 'Sec-WebSocket-Protocol' header if not present in request`",
        "browser console: `Error during WebSocket handshake: Incorrect 'Sec-WebSocket-Accept' header value`, or "
        "`'Sec-WebSocket-Accept' header is missing`",
        "Node: `Error: Invalid Sec-WebSocket-Accept header`",
    ),
    why="A client has to compare the headers of a 101 with its request, and to fail the connection where one is wrong: Upgrade has to be "
    "websocket, Connection has to contain Upgrade, and only a sub-protocol and extensions that were offered may be selected. Browsers do so, "
    "many other clients do not. Each handshake also carries a fresh Sec-WebSocket-Key, and the answer must carry the base64 of the SHA-1 of "
    "that key followed by a fixed GUID. That proves that the answer was made for this very request by something that speaks WebSocket. A "
    "hand-written server that computes it wrongly, and an intermediary that answers 101 from a cache or on its own, fail this test.",
    needs=(
        Condition(
            "the answer is a 101 whose Upgrade, Connection, Sec-WebSocket-Accept, Sec-WebSocket-Protocol or "
            "Sec-WebSocket-Extensions RFC 6455 does not allow",
            _invalid,
        ),
    ),
    find=_find,
    confidence={"certain": "RFC 6455 obliges every client to end the connection"},
    because=(
        "101 from {address}, but {broken}",
        "every client must fail this connection (RFC 6455, section 4.1)",
    ),
    fix=(
        If(
            "of_hop",
            "answer with `Upgrade: websocket` and `Connection: Upgrade`; find the hop that drops or changes them",
        ),
        If("of_offer", "answer with a sub-protocol or extension only where the request offers it"),
        If("of_accept", "compute Sec-WebSocket-Accept from the key of the request, or use a library for the handshake"),
        If("of_accept", "the right value: base64(SHA-1(Sec-WebSocket-Key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'))"),
    ),
    prevent=("look for an intermediary that answers 101 on its own or from a cache",),
    explains=EXPLAINS,
    supersedes=("server-no-subprotocol-selected",),
    look_alikes=(
        LookAlike(
            "server-two-upgrade-handlers",
            Look("the bytes that follow the 101"),
            "they start with HTTP/1.: two handlers answer; anything else: the 101 itself is wrong",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-4.1",),
    staged=("browser/wrong-accept", "server/connection-missing", "server/subprotocol-not-offered"),
)
