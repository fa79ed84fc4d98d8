# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Socket.IO 3 and 4 over Engine.IO 4 (socket.io-protocol v5, engine.io-protocol v4)."""

from __future__ import annotations

import typing as t

from .._protocol.conversation import Conversation, Frame

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "socketio"
TITLE = "Socket.IO 4 (Engine.IO 4)"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS = ("/socket.io/?EIO=4&transport=websocket",)
#: DISCONNECT and CONNECT_ERROR, before the namespace and its data.
REFUSALS = ("41", "44")


def recognises(greeting: str) -> bool:
    """The Engine.IO open packet."""
    return greeting.startswith('0{"sid"')


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """Connect to the main namespace; the server's CONNECT with a ``sid`` proves the flow.

    A server of Socket.IO 2 says ``40`` without being asked, and answers no CONNECT with a sid.
    """
    opened = talk.await_message(lambda frame: frame.text.startswith("0{"), options["patience"])
    if opened is None:
        return {"completed": False, "sent": "", "wanted": "0{…} (Engine.IO open)", "proof": ""}
    talk.send_text("40")

    def answers(frame: Frame) -> bool:
        if frame.text == "2":  # the server's ping
            talk.send_text("3")
        return frame.text.startswith(("40", *REFUSALS))

    frame = talk.await_message(answers, options["patience"])
    text = frame.text if frame else ""
    result: Exchange = {"completed": text.startswith("40{"), "sent": "40", "wanted": "40{…}", "proof": text}
    if text == "40":
        result["peer"] = "Engine.IO 3 (Socket.IO 2)"
        if (options.get("dialect") or "auto") == "auto":
            # The version of the clients is not configured: continue with the server's.
            talk.send_text("2")
            pong = talk.await_message(lambda frame: frame.text.startswith("3"), options["patience"])
            proof = pong.text if pong else text
            result.update({"completed": pong is not None, "sent": "2", "wanted": "3", "proof": proof})
    elif text.startswith(REFUSALS):
        result["refusal"] = text
    return result
