# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Plain messages: an echo, or the answer that the inventory says to expect."""

from __future__ import annotations

import os
import re
import typing as t

from .._protocol.conversation import Conversation, Frame

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "echo"
TITLE = "plain messages"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS: t.Tuple[str, ...] = ()
#: ``options["send"]`` is part of its own exchange.
USES_SEND = True


def recognises(greeting: str) -> bool:
    """An echo server sends no greeting."""
    return False


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """Send ``options["send"]`` (or a nonce) and wait for ``options["expect"]`` (or the same text)."""
    text = options.get("send") or "wsh-" + os.urandom(6).hex()
    pattern = options.get("expect")
    wanted = re.compile(pattern, re.S) if pattern else None

    def answers(frame: Frame) -> bool:
        return bool(wanted.search(frame.text)) if wanted else text in frame.text

    talk.send_text(text)
    frame = talk.await_message(answers, options["patience"])
    return {
        "completed": frame is not None,
        "sent": text,
        "wanted": pattern or "the same text",
        "proof": frame.text if frame else "",
    }
