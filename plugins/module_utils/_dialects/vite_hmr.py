# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Vite's hot module replacement: the WebSocket of a development server (sub-protocol vite-hmr)."""

from __future__ import annotations

import typing as t

from .._protocol.conversation import Conversation, json_type

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "vite-hmr"
TITLE = "Vite (development server)"
SUBPROTOCOLS = ("vite-hmr",)
PATHS = ("/",)


def recognises(greeting: str) -> bool:
    """The message with which the server begins."""
    return greeting.replace(" ", "") == '{"type":"connected"}'


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """The server says that the client is connected, and expects nothing."""
    frame = talk.await_message(lambda frame: json_type(frame) == "connected", options["patience"])
    return {
        "completed": frame is not None,
        "sent": "",
        "wanted": '{"type":"connected"}',
        "proof": frame.text if frame else "",
    }
