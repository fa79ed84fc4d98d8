# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-unexpected-compression: frames are compressed although the handshake did not negotiate it."""

from __future__ import annotations

from ...conditions import ACCEPTED_DIRECTLY
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._server import EXPLAINS

#: How libraries say that a frame has a reserved bit that was not negotiated.
_RESERVED = ("rsv", "RSV1", "reserved bit")


def _is_compressed(facts: Facts) -> bool:
    """Whether frames come with the bit of compression alone, which was not offered: the first is 0xc1 or 0xc2."""
    first = str(facts.conversation.get("stream_start") or "").split(" ", 1)[0].lower()
    said = str(facts.ended.get("reason") or "")
    return first in ("c1", "c2") and any(word in said for word in _RESERVED)


def _find(facts: Facts) -> Found:
    """With the first bytes."""
    return "certain", {"first_bytes": facts.conversation.get("stream_start")}


RULE = Rule(
    id="server-unexpected-compression",
    layer="server",
    title="Frames are compressed although compression was not negotiated",
    users_see=(
        "browser console (Chromium): `One or more reserved bits are on: reserved1 = 1, reserved2 = 0, reserved3 = 0`",
        "Node's ws: `RangeError: Invalid WebSocket frame: RSV1 must be clear`, code `WS_ERR_UNEXPECTED_RSV_1`",
        "Python's websockets: `1002 (protocol error) reserved bits must be 0`",
        "close code 1002 or 1006 right after the connection was opened",
    ),
    why="permessage-deflate marks a compressed message with the bit RSV1 of its first frame. The bit may be set only where the client offered the "
    "extension and the 101 accepted it; otherwise every client must fail the connection. It is set regardless when a server "
    "compresses unconditionally, or when a proxy removes or rewrites Sec-WebSocket-Extensions, so that the two ends disagree about what was negotiated.",
    needs=(
        ACCEPTED_DIRECTLY,
        Condition("the first frame has the compression bit (RSV1) and no other reserved bit", _is_compressed),
    ),
    find=_find,
    confidence={"certain": "the probe offers no extension"},
    because=(
        "101 without permessage-deflate, then a frame with the compression bit ({first_bytes})",
        "every client must fail this connection (RFC 6455, section 5.2)",
    ),
    fix=("turn compression off on the server (perMessageDeflate: false, compression=None) and re-check",),
    prevent=(
        "a proxy that strips or answers Sec-WebSocket-Extensions on its own makes the two ends disagree: let it pass on the header",
    ),
    explains=EXPLAINS,
    supersedes=("browser-invalid-frames", "server-drops-after-101", "server-invalid-frames"),
    look_alikes=(
        LookAlike(
            "server-two-upgrade-handlers",
            Look("the first bytes after the 101"),
            "HTTP/1.1: a second handler answers; c1 or c2: a compressed frame",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc7692",),
    staged=("server/compressed-without-agreement",),
)
