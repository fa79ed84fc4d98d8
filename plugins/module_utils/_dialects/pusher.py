# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Pusher channels protocol, version 7 (pusher.com); Laravel Reverb and Soketi speak it."""

from __future__ import annotations

import typing as t

from .._protocol.conversation import Conversation, json_type

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "pusher"
TITLE = "Pusher (Reverb, Soketi)"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
#: The path holds the application's key: there is none to guess.
PATHS: t.Tuple[str, ...] = ()


def recognises(greeting: str) -> bool:
    """An event of the protocol's own, be it the connection or an error."""
    return greeting.replace(" ", "").startswith('{"event":"pusher:')


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """The server says that the connection is established, or why not; then ``pusher:ping`` is answered."""
    expected = ("pusher:connection_established", "pusher:error")
    frame = talk.await_message(lambda frame: json_type(frame, "event") in expected, options["patience"])
    text = frame.text if frame else ""
    result: Exchange = {"completed": False, "sent": "", "wanted": expected[0], "proof": text}
    if frame is None or json_type(frame, "event") == "pusher:error":
        result["refusal"] = text
        return result
    talk.send_text('{"event":"pusher:ping","data":{}}')
    answer = talk.await_message(
        lambda frame: json_type(frame, "event") in ("pusher:pong", "pusher:error"), options["patience"]
    )
    result.update({"sent": "pusher:ping", "wanted": "pusher:pong"})
    if answer is not None:
        result.update({"proof": answer.text, "completed": json_type(answer, "event") == "pusher:pong"})
        if not result["completed"]:
            result["refusal"] = answer.text
    return result
