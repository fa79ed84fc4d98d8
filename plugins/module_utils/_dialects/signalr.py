# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""ASP.NET Core SignalR, JSON hub protocol (HubProtocol.md), without negotiation."""

from __future__ import annotations

import json
import typing as t

from .._protocol.conversation import Conversation, Frame

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "signalr"
TITLE = "SignalR"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS = ("/hub", "/signalr")
_END = "\x1e"
#: Seconds to wait for a hub that hangs up after its handshake.
_AFTERWARDS = 0.3


def recognises(greeting: str) -> bool:
    """The server waits for the handshake record."""
    return False


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """The handshake record is answered by an empty one; an ``error`` in it is a refusal that proves the flow.

    A hub whose OnConnectedAsync fails answers the handshake all the same, and sends its Close message (type 7) right after.
    """
    talk.send_text('{"protocol":"json","version":1}' + _END)
    frame = talk.await_message(lambda frame: _END in frame.text, options["patience"])
    if frame is None:
        return {"completed": False, "sent": "handshake", "wanted": "{}", "proof": ""}
    record = frame.text.split(_END)[0]
    answer = _read(record)
    result: Exchange = {"completed": answer is not None, "sent": "handshake", "wanted": "{}", "proof": record}
    if answer is None or answer.get("error"):
        result["refusal"] = record if answer else ""
        return result
    closing = _closing(frame)
    if not closing:
        after = talk.await_message(lambda frame: bool(_closing(frame)), min(_AFTERWARDS, options["patience"]))
        closing = _closing(after) if after else ""
    if closing:
        result.update({"completed": False, "wanted": "an open hub", "proof": closing, "refusal": closing})
    return result


def _read(record: str) -> dict[str, t.Any] | None:
    try:
        message = json.loads(record)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _closing(frame: Frame) -> str:
    """The Close message among the records of a frame; empty where there is none."""
    records = frame.text.split(_END)
    return next((record for record in records if (_read(record) or {}).get("type") == 7), "")
