# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""JSON-RPC 2.0 over text messages (jsonrpc.org specification)."""

from __future__ import annotations

import json
import typing as t

from ..conversation import Conversation, Frame

NAME = "jsonrpc"
TITLE = "JSON-RPC 2.0"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS: t.Tuple[str, ...] = ()


def recognises(greeting: str) -> bool:
    """A message or notification of the protocol that came unasked."""
    return '"jsonrpc"' in greeting and '"2.0"' in greeting


def converse(talk: Conversation, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Ask for ``rpc.discover``; a result and the error "method not found" prove the flow alike."""
    talk.send_text('{"jsonrpc":"2.0","id":"wsh-1","method":"rpc.discover"}')
    frame = talk.await_message(_answers, options["patience"])
    return {
        "completed": frame is not None,
        "sent": "rpc.discover",
        "wanted": "result or error",
        "proof": frame.text if frame else "",
    }


def _answers(frame: Frame) -> bool:
    try:
        message = json.loads(frame.text)
    except ValueError:
        return False
    return isinstance(message, dict) and message.get("id") == "wsh-1" and ("result" in message or "error" in message)
