# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""XMPP over WebSocket (RFC 7395; stream errors: RFC 6120, section 4.9)."""

from __future__ import annotations

import re
import typing as t

from .._protocol.conversation import Conversation
from .._protocol.handshake import name_of

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "xmpp"
TITLE = "XMPP"
SUBPROTOCOLS = ("xmpp",)
PATHS = ("/xmpp-websocket", "/ws-xmpp", "/ws")
_OPEN = '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="%s" version="1.0"/>'
#: The end of a greeting: what the server offers, or why there is no stream. Prefixes of namespaces are its own choice.
_FEATURES = re.compile(r"<(?:\w+:)?features\b")
_REFUSAL = re.compile(r"<(?:\w+:)?error\b|<close\b")
#: ``options["send"]`` is part of its own exchange.
USES_SEND = True


def recognises(greeting: str) -> bool:
    """The server waits for the client's open; the sub-protocol names this dialect."""
    return False


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """Open a stream, by ``options["send"]`` or to the domain of the Host header, and wait for its features.

    A server that does not serve that domain proves the flow all the same: the domain was guessed. Any other stream error
    (encryption is required, say) is what every client gets.
    """
    request = talk.handshake.request
    opening = options.get("send") or _OPEN % (name_of(request.host) or "localhost")
    talk.send_text(opening)
    frame = talk.await_message(
        lambda frame: bool(_FEATURES.search(frame.text) or _REFUSAL.search(frame.text)), options["patience"]
    )
    text = frame.text if frame else ""
    features = bool(_FEATURES.search(text))
    guessed = "host-unknown" in text and not options.get("send")
    result: Exchange = {
        "completed": features or guessed,
        "sent": opening,
        "wanted": "<open/>, <features/>",
        "proof": text,
    }
    if text and not features:
        result["refusal"] = text
    return result
