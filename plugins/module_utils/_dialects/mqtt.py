# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""MQTT 3.1.1 over WebSocket (OASIS MQTT 3.1.1, sections 3.1, 3.2, 3.12 and 6)."""

from __future__ import annotations

import typing as t

from .._protocol.conversation import Conversation

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "mqtt"
TITLE = "MQTT"
SUBPROTOCOLS = ("mqtt",)
PATHS = ("/mqtt", "/")
#: Its messages are binary: no ``options["send"]`` can be one.
TAKES_TEXT = False

_CONNECT = b"\x10\x13\x00\x04MQTT\x04\x02\x00\x3c\x00\x07wshprob"
_PINGREQ = b"\xc0\x00"
_REFUSALS = {
    1: "unacceptable protocol version",
    2: "identifier rejected",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorized",
}


def recognises(greeting: str) -> bool:
    """The server waits for CONNECT; the sub-protocol names this dialect."""
    return False


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """CONNECT is answered by CONNACK, PINGREQ by PINGRESP; a refusing CONNACK proves the flow too."""
    talk.send_binary(_CONNECT)
    frame = talk.await_message(lambda frame: frame.data[:1] == b"\x20", options["patience"])
    if frame is None:
        return {"completed": False, "sent": "CONNECT", "wanted": "CONNACK", "proof": ""}
    code = frame.data[3] if len(frame.data) > 3 else 0
    if code:
        words = "CONNACK %d (%s)" % (code, _REFUSALS.get(code, "refused"))
        return {"completed": True, "sent": "CONNECT", "wanted": "CONNACK 0", "proof": words, "refusal": words}
    talk.send_binary(_PINGREQ)
    answer = talk.await_message(lambda frame: frame.data[:1] == b"\xd0", options["patience"])
    return {
        "completed": answer is not None,
        "sent": "CONNECT, PINGREQ",
        "wanted": "CONNACK 0, PINGRESP",
        "proof": "CONNACK 0, PINGRESP" if answer else "CONNACK 0",
    }
