# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Socket.IO 2 over Engine.IO 3; here the client sends the pings."""

from __future__ import annotations

import typing as t

from .._protocol.conversation import Conversation
from .._protocol.engine_io_polling import websocket_path
from .socketio import REFUSALS

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

__all__ = ["NAME", "PATHS", "SUBPROTOCOLS", "TITLE", "converse", "recognises"]

NAME = "socketio2"
TITLE = "Socket.IO 2 (Engine.IO 3)"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS = ("/socket.io/?EIO=3&transport=websocket",)


def target(path: str) -> str:
    """The path with the parameters of this version."""
    return websocket_path(path, "3")


def recognises(greeting: str) -> bool:
    """Its open packet looks like that of Engine.IO 4: never taken without being named."""
    return False


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """The server connects the main namespace on its own (``40``); then ``2`` is answered by ``3``."""
    connected = talk.await_message(lambda frame: frame.text.startswith(("40", *REFUSALS)), options["patience"])
    if connected is None or connected.text.startswith(REFUSALS):
        text = connected.text if connected else ""
        return {"completed": False, "sent": "", "wanted": "40", "proof": text, "refusal": text}
    talk.send_text("2")
    frame = talk.await_message(lambda frame: frame.text.startswith("3"), options["patience"])
    return {
        "completed": frame is not None,
        "sent": "2",
        "wanted": "3",
        "proof": frame.text if frame else connected.text,
    }
