# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Home Assistant's WebSocket API (developers.home-assistant.io)."""

from __future__ import annotations

import typing as t

from .._protocol.conversation import Conversation, json_type

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "home-assistant"
TITLE = "Home Assistant"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS = ("/api/websocket",)
#: ``options["send"]`` is part of its own exchange.
USES_SEND = True


def recognises(greeting: str) -> bool:
    """The request for credentials, with which the server begins."""
    return greeting.replace(" ", "").startswith('{"type":"auth_required"')


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """The server asks for credentials; ``options["send"]``, an ``auth`` message, is answered by ``auth_ok``.

    Without credentials nothing is sent: Home Assistant logs and may ban who tries wrong ones.
    """
    frame = talk.await_message(lambda frame: json_type(frame) == "auth_required", options["patience"])
    result: Exchange = {"completed": frame is not None, "sent": "", "wanted": '{"type":"auth_required"}'}
    result["proof"] = frame.text if frame else ""
    if frame is None or not options.get("send"):
        return result
    talk.send_text(options["send"])
    answer = talk.await_message(lambda frame: json_type(frame) in ("auth_ok", "auth_invalid"), options["patience"])
    # What was sent is a token.
    result.update({"sent": "auth", "wanted": '{"type":"auth_ok"}', "completed": False})
    if answer is not None:
        result.update({"proof": answer.text, "completed": json_type(answer) == "auth_ok"})
        if not result["completed"]:
            result["refusal"] = answer.text
    return result
