# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""SockJS over its WebSocket transport (sockjs-protocol 0.3)."""

from __future__ import annotations

import json
import re
import typing as t

from .._protocol.conversation import Conversation, Frame

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "sockjs"
TITLE = "SockJS"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS = ("/sockjs/000/wshealth/websocket", "/echo/000/wshealth/websocket")
#: What clients add to the prefix that users know: a server, a session, a transport.
_SESSION = "/000/wshealth/websocket"
#: ``options["send"]`` is part of its own exchange.
USES_SEND = True


def target(path: str) -> str:
    """The path of a session's WebSocket (SockJS protocol, *Session URLs*)."""
    bare, mark, query = path.partition("?")
    return path if bare.endswith("/websocket") else bare.rstrip("/") + _SESSION + mark + query


def recognises(greeting: str) -> bool:
    """The open frame."""
    return greeting == "o"


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """The open frame proves the server's direction; the application's answers are its own business.

    A message is sent only where the inventory names one: unlike a ping it reaches the application.
    """
    frame = talk.await_message(lambda frame: frame.text[:1] in ("o", "c"), options["patience"])
    text = frame.text if frame else ""
    if not text.startswith("o"):
        return {"completed": False, "sent": "", "wanted": "o", "proof": text, "refusal": text}
    if not options.get("send"):
        return {"completed": True, "sent": "", "wanted": "o", "proof": text}
    talk.send_text(json.dumps([options["send"]]))
    pattern = re.compile(options.get("expect") or re.escape(options["send"]), re.S)
    frame = talk.await_message(lambda frame: _answers(frame, pattern), options["patience"])
    text = frame.text if frame else ""
    wanted = options.get("expect") or options["send"]
    result: Exchange = {"completed": text.startswith("a"), "sent": options["send"], "wanted": wanted, "proof": text}
    if text.startswith("c"):
        result["refusal"] = text
    return result


def _answers(frame: Frame, pattern: re.Pattern[str]) -> bool:
    """Whether a frame ends the session, or is an array of messages of which one matches."""
    if not frame.text.startswith("a"):
        return frame.text.startswith("c")
    try:
        messages = json.loads(frame.text[1:])
    except ValueError:
        return False
    return isinstance(messages, list) and any(pattern.search(str(message)) for message in messages)
