# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""SockJS over its WebSocket transport (sockjs-protocol 0.3)."""

from __future__ import annotations

import typing as t

from ..conversation import Conversation

NAME = "sockjs"
TITLE = "SockJS"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS = ("/sockjs/000/wshealth/websocket", "/echo/000/wshealth/websocket")


def recognises(greeting: str) -> bool:
    """The open frame."""
    return greeting == "o"


def converse(talk: Conversation, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """The open frame proves the server's direction; the application's answers are its own business.

    A message is sent only where the inventory names one: unlike a ping it reaches the application.
    """
    frame = talk.await_message(lambda frame: frame.text[:1] in ("o", "c"), options["patience"])
    text = frame.text if frame else ""
    if not text.startswith("o"):
        return {"completed": False, "sent": "", "wanted": "o", "proof": text, "refusal": text}
    if not options.get("send"):
        return {"completed": True, "sent": "", "wanted": "o", "proof": text}
    import json

    talk.send_text(json.dumps([options["send"]]))
    wanted = options.get("expect") or options["send"]
    frame = talk.await_message(lambda frame: frame.text[:1] in ("a", "c") and wanted in frame.text, options["patience"])
    return {
        "completed": frame is not None,
        "sent": options["send"],
        "wanted": wanted,
        "proof": frame.text if frame else "",
    }
