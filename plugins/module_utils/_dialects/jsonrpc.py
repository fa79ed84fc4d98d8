# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""JSON-RPC 2.0 over text messages (jsonrpc.org specification)."""

from __future__ import annotations

import json
import typing as t

from .._protocol.conversation import Conversation, Frame

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "jsonrpc"
TITLE = "JSON-RPC 2.0"
SUBPROTOCOLS: t.Tuple[str, ...] = ()
PATHS: t.Tuple[str, ...] = ()


def recognises(greeting: str) -> bool:
    """A message or notification of the protocol that came unasked."""
    return '"jsonrpc"' in greeting and '"2.0"' in greeting


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """Ask for ``rpc.discover``; a result and the error "method not found" prove the flow alike.

    An error without an id is a refusal: the server could not read the request.
    """
    talk.send_text('{"jsonrpc":"2.0","id":"wsh-1","method":"rpc.discover"}')
    frame = talk.await_message(lambda frame: bool(_answer(frame)), options["patience"])
    text = frame.text if frame else ""
    result: Exchange = {"completed": bool(text), "sent": "rpc.discover", "wanted": "result or error", "proof": text}
    if frame is not None and _answer(frame).get("id") is None:
        result["refusal"] = text
    return result


def _answer(frame: Frame) -> dict[str, t.Any]:
    """The answer to the request, or an error that belongs to none; empty where the message is neither."""
    try:
        message = json.loads(frame.text)
    except ValueError:
        return {}
    if not isinstance(message, dict):
        return {}
    mine = message.get("id") == "wsh-1" and ("result" in message or "error" in message)
    return message if mine or (message.get("id") is None and "error" in message) else {}
