# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Phoenix channels, serializers 2 and 1 (Phoenix.Socket.V2.JSONSerializer, V1.JSONSerializer)."""

from __future__ import annotations

import json
import typing as t

from .._protocol.conversation import Conversation, Frame

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "phoenix"
TITLE = "Phoenix channels"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS = ("/socket/websocket?vsn=2.0.0", "/live/websocket?vsn=2.0.0")


def recognises(greeting: str) -> bool:
    """The server waits for the client."""
    return False


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """A heartbeat on the topic ``phoenix`` is answered by a ``phx_reply`` that says ok.

    A path that names no version is that of serializer 1, whose messages are objects.
    """
    second = "vsn=2" in talk.handshake.request.path
    talk.send_text(
        '[null,"1","phoenix","heartbeat",{}]'
        if second
        else '{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"}'
    )
    frame = talk.await_message(lambda frame: _event(frame)[0] in ("phx_reply", "phx_error"), options["patience"])
    text = frame.text if frame else ""
    completed = frame is not None and _event(frame) == ("phx_reply", "ok")
    result: Exchange = {"completed": completed, "sent": "heartbeat", "wanted": "phx_reply", "proof": text}
    if text and not completed:
        result["refusal"] = text
    return result


def _event(frame: Frame) -> tuple[t.Any, t.Any]:
    """The event of a message and the status in its payload, whichever serializer made it."""
    try:
        message = json.loads(frame.text)
    except ValueError:
        return None, None
    if isinstance(message, list) and len(message) == 5:
        event, payload = message[3:]
    elif isinstance(message, dict):
        event, payload = message.get("event"), message.get("payload")
    else:
        return None, None
    return event, payload.get("status") if isinstance(payload, dict) else None
