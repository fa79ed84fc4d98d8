# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""STOMP 1.2 over WebSocket (stomp-specification-1.2)."""

from __future__ import annotations

import typing as t

from .._protocol.conversation import Conversation

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "stomp"
TITLE = "STOMP"
SUBPROTOCOLS = ("v12.stomp", "v11.stomp", "v10.stomp")
PATHS = ("/ws", "/stomp")


def recognises(greeting: str) -> bool:
    """The server waits for CONNECT; the sub-protocol names this dialect."""
    return False


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """CONNECT is answered by CONNECTED, or by ERROR where the credentials are wrong: both prove the flow."""
    talk.send_text("CONNECT\naccept-version:1.0,1.1,1.2\nhost:/\nheart-beat:0,0\n\n\0")
    frame = talk.await_message(lambda frame: frame.text.startswith(("CONNECTED", "ERROR")), options["patience"])
    text = frame.text if frame else ""
    result: Exchange = {"completed": bool(text), "sent": "CONNECT", "wanted": "CONNECTED", "proof": text}
    if text.startswith("ERROR"):
        result["refusal"] = text
    return result
