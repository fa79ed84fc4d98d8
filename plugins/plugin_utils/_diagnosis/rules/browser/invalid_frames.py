# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-invalid-frames: what comes after the 101 is not what RFC 6455 allows a server to send."""

from __future__ import annotations

import re
import typing as t

from ...._evidence.browser import outcome
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._sockets import DIALS, REOPEN, SOCKET_CHECKS, attempt, own

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import PageSocket

#: What Chromium says of frames that it refuses.
_BAD_FRAME = re.compile(
    r"reserved bits are on|Invalid frame header|Unrecognized frame opcode|must not mask|as UTF-8|continuation|control frame",
    re.IGNORECASE,
)


def _with_bad_frames(facts: Facts) -> list[PageSocket]:
    """WebSockets that Chromium ends, after the 101, for what it received."""
    return [
        entry for entry in own(facts) if outcome(entry) == "open" and _BAD_FRAME.search(str(entry.get("error") or ""))
    ]


def _find(facts: Facts) -> Found:
    entry = _with_bad_frames(facts)[0]
    error = str(entry["error"])
    extensions = [pair[1] for pair in entry.get("response") or () if pair[0].lower() == "sec-websocket-extensions"]
    return "likely", {
        **attempt(entry),
        "error": error,
        "extensions": extensions[0] if extensions else None,
        "not_utf8": "UTF-8" in error,
    }


RULE = Rule(
    id="browser-invalid-frames",
    layer="browser",
    title="The server sends invalid WebSocket frames",
    users_see=(
        "browser console, right after the connection opened: `WebSocket connection to 'ws://…' failed: Invalid frame header`, or "
        "`One or more reserved bits are on: reserved1 = 1, reserved2 = 0, reserved3 = 0`",
        "`Could not decode a text frame as UTF-8.`, `A server must not mask any frames that it sends to the client.` or "
        "`Unrecognized frame opcode` in the same place",
        "Node clients (ws): `Invalid WebSocket frame: RSV1 must be clear`",
        "the page gets open, then close with code 1006",
    ),
    why="After the 101 the connection carries frames, and a browser must fail it at the first one that breaks the protocol. "
    "That happens where something other than the WebSocket library writes to the same connection, such as a second upgrade handler or an "
    "error page; where frames are compressed although no compression was negotiated; where a hand-written server masks its "
    "frames; and where binary data is sent in text frames, which must be UTF-8. Many other clients do not check all of this.",
    needs=(
        Condition(
            "after the 101, Chromium ends the connection because of what it received: reserved bits, an unknown opcode, a "
            "masked frame, or text that is not UTF-8",
            _with_bad_frames,
        ),
    ),
    find=_find,
    confidence={"likely": "what wrote the frame cannot be seen"},
    because=(
        DIALS,
        "it was answered with 101, then Chromium reported: {error}",
        ("compression was negotiated ({extensions})", "no compression was negotiated"),
    ),
    fix=(
        (
            If("not_utf8", "send binary data in binary frames, and only UTF-8 in text frames"),
            "find what else writes to the connection: a second handler, a proxy that compresses, a protocol stack of your own",
        ),
    ),
    prevent=("set RSV1 in frames only after permessage-deflate was negotiated in Sec-WebSocket-Extensions",),
    verify=(REOPEN,),
    explains=(*SOCKET_CHECKS, "websocket.stream", "websocket.message", "websocket.ping", "websocket.close"),
    look_alikes=(
        LookAlike(
            "server-two-upgrade-handlers",
            Look("the first bytes after the 101"),
            "HTTP/1.: a second handler; anything else: the server's own frames",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-5.2",),
    staged=("browser/bad-text", "browser/reserved-bits"),
)
