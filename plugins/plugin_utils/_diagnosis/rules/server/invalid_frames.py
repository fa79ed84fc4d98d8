# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-invalid-frames: the server sends frames for which every browser ends the connection."""

from __future__ import annotations

from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS


def _broken(facts: Facts) -> str:
    """The frame, and how it breaks the protocol, as the host or the controller saw it."""
    unasked = (facts.websocket.get("controller") or {}).get("unasked") or {}
    return str(facts.conversation.get("broken_frame") or unasked.get("broken_frame") or "")


def _find(facts: Facts) -> Found:
    """With the frame."""
    broken = _broken(facts)
    return "certain", {
        "broken": broken,
        "first_bytes": facts.conversation.get("stream_start"),
        "not_utf8": "UTF-8" in broken,
        "masked": "masked" in broken,
        "reserved": "reserved" in broken,
    }


RULE = Rule(
    id="server-invalid-frames",
    layer="server",
    title="The server sends frames that RFC 6455 does not allow",
    users_see=(
        "browser console: `A server must not mask any frames that it sends to the client.`, `Unrecognized frame opcode: 3`, `Could not decode "
        "a text frame as UTF-8.`, `Received fragmented control frame: opcode = 9`",
        "Firefox: `The connection to ws://… was interrupted while the page was loading.`",
        "programs connect and exchange messages, and no browser does",
    ),
    why="After the 101 the connection carries frames, and a browser fails it at the first one that breaks the protocol: one that is masked, has a "
    "reserved bit or an opcode that nothing defines, a fragmented control frame, text or a close reason that is not UTF-8. A hand-written "
    "server, a library that takes the role of a client, or bytes that something else writes to the same connection are the usual sources. "
    "Many clients other than browsers let some of this pass.",
    needs=(
        Condition(
            "after the 101 the server sends a frame for which every browser ends the connection",
            _broken,
        ),
    ),
    find=_find,
    confidence={"certain": "RFC 6455 obliges every client to end the connection"},
    because=(
        "101, and then {broken}",
        "the first bytes after the 101: {first_bytes}",
        "every client must fail this connection (RFC 6455, section 5)",
    ),
    fix=(
        (
            If("not_utf8", "send binary data in binary frames, and only UTF-8 in text frames and close reasons"),
            If("masked", "do not mask frames in the server: only clients do"),
            If("reserved", "turn compression off in the server, or negotiate it in Sec-WebSocket-Extensions"),
            "find what writes this frame: a protocol stack of your own, or a second handler on the same connection",
        ),
    ),
    prevent=("use a WebSocket library in the role of a server for the frames",),
    explains=EXPLAINS,
    supersedes=("server-drops-after-101",),
    look_alikes=(
        LookAlike(
            "server-unexpected-compression",
            Look("the first byte after the 101"),
            "c1 or c2: a compressed frame; any other: the frame itself is wrong",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-5",),
    staged=("browser/bad-text", "browser/reserved-bits", "server/masked-frames", "server/text-not-utf8"),
)
