# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""ASP.NET Core SignalR, JSON hub protocol (HubProtocol.md), without negotiation."""

from __future__ import annotations

import json
import typing as t

from ..conversation import Conversation

NAME = "signalr"
TITLE = "SignalR"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS = ("/hub", "/signalr")
_END = "\x1e"


def recognises(greeting: str) -> bool:
    """The server waits for the handshake record."""
    return False


def converse(talk: Conversation, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """The handshake record is answered by an empty one; an ``error`` in it is a refusal that proves the flow."""
    talk.send_text('{"protocol":"json","version":1}' + _END)
    frame = talk.await_message(lambda frame: _END in frame.text, options["patience"])
    if frame is None:
        return {"completed": False, "sent": "handshake", "wanted": "{}", "proof": ""}
    record = frame.text.split(_END)[0]
    result: dict[str, t.Any] = {"completed": True, "sent": "handshake", "wanted": "{}", "proof": record}
    try:
        answer = json.loads(record)
    except ValueError:
        result["completed"] = False
        return result
    if isinstance(answer, dict) and answer.get("error"):
        result["refusal"] = record
    return result
