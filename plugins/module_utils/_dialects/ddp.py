# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Meteor's DDP, version 1 (DDP.md), on the raw WebSocket beside its SockJS."""

from __future__ import annotations

import typing as t

from .._protocol.conversation import Conversation, json_type

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "ddp"
TITLE = "Meteor DDP"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS = ("/websocket",)


def recognises(greeting: str) -> bool:
    """The server's id, which Meteor sends before anything else."""
    return greeting.replace(" ", "").startswith('{"server_id":')


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """``connect`` is answered by ``connected``, or by ``failed`` and the version that the server wants."""
    talk.send_text('{"msg":"connect","version":"1","support":["1"]}')
    expected = ("connected", "failed", "error")
    frame = talk.await_message(lambda frame: json_type(frame, "msg") in expected, options["patience"])
    text = frame.text if frame else ""
    completed = frame is not None and json_type(frame, "msg") == "connected"
    result: Exchange = {"completed": completed, "sent": "connect", "wanted": "connected", "proof": text}
    if text and not completed:
        result["refusal"] = text
    return result
