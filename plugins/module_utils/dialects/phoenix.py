# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Phoenix channels, serializer version 2 (Phoenix.Socket.V2.JSONSerializer)."""

from __future__ import annotations

import typing as t

from ..conversation import Conversation

NAME = "phoenix"
TITLE = "Phoenix channels"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS = ("/socket/websocket?vsn=2.0.0", "/live/websocket?vsn=2.0.0")


def recognises(greeting: str) -> bool:
    """The server waits for the client."""
    return False


def converse(talk: Conversation, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """A heartbeat on the topic ``phoenix`` is answered by a ``phx_reply``."""
    talk.send_text('[null,"1","phoenix","heartbeat",{}]')
    frame = talk.await_message(lambda frame: '"phx_reply"' in frame.text, options["patience"])
    return {
        "completed": frame is not None,
        "sent": "heartbeat",
        "wanted": "phx_reply",
        "proof": frame.text if frame else "",
    }
