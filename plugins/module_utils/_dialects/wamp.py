# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""WAMP 2 in JSON (wamp-proto.org, basic profile: sessions)."""

from __future__ import annotations

import json
import typing as t

from .._protocol.conversation import Conversation, Frame

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "wamp"
TITLE = "WAMP 2"
SUBPROTOCOLS = ("wamp.2.json",)
PATHS = ("/ws", "/")
_WELCOME, _ABORT, _CHALLENGE = 2, 3, 4
_HELLO = '[1,"realm1",{"roles":{"caller":{},"subscriber":{}}}]'
#: ``options["send"]`` is part of its own exchange.
USES_SEND = True


def recognises(greeting: str) -> bool:
    """The router waits for HELLO; the sub-protocol names this dialect."""
    return False


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """HELLO, that of ``options["send"]`` or one for realm1, is answered by WELCOME.

    ABORT and CHALLENGE refuse a realm or a client without credentials: they prove the flow. There is no GOODBYE: a router may
    end the connection for it.
    """
    hello = options.get("send") or _HELLO
    talk.send_text(hello)
    frame = talk.await_message(
        lambda frame: _code(frame) in (_WELCOME, _ABORT, _CHALLENGE),
        options["patience"],
    )
    text = frame.text if frame else ""
    result: Exchange = {"completed": bool(text), "sent": hello, "wanted": "[2, …] (WELCOME)", "proof": text}
    if frame is not None and _code(frame) != _WELCOME:
        result["refusal"] = text
    return result


def _code(frame: Frame) -> t.Any:
    """The number that a message of WAMP begins with; None where it is no such message."""
    try:
        message = json.loads(frame.text)
    except ValueError:
        return None
    return message[0] if isinstance(message, list) and message else None
