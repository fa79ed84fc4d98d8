# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence of the WebSocket as the host sees it: the handshake, what followed on it, and an idle connection."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.websocket import (
    Attempts,
    End,
    Exchange,
    HandshakeSeen,
    Hold,
    Plain,
    Talk,
    Websocket,
)

from tests.unit.recorded.load import Changes, change


def end(how: str, code: int | None = None, reason: str = "") -> End:
    """How the peer ended a connection."""
    return {"how": how, "code": code, "reason": reason}


def hold(**seen: t.Unpack[Hold]) -> Hold:
    """A connection that was idle for 60 s, and answered a ping afterwards."""
    usual: Hold = {"wanted_s": 60.0, "held_s": 60.0, "ended": None, "pinged": True, "pong_ms": 0.8}
    return {**usual, **seen}


def with_websocket(**seen: t.Unpack[Websocket]) -> Changes:
    """Changes in the evidence of the WebSocket."""
    return change("websocket", **seen)


def with_handshake(**seen: t.Unpack[HandshakeSeen]) -> Changes:
    """Changes of the handshake that a browser would do."""
    return change("websocket", "main", **seen)


def with_attempts(**seen: t.Unpack[Attempts]) -> Changes:
    """Changes of variations of the handshake: without Origin, over IPv6 …"""
    return change("websocket", "attempts", **seen)


def with_plain(**seen: t.Unpack[Plain]) -> Changes:
    """Changes of the answer to an ordinary GET."""
    return change("websocket", "plain", **seen)


def with_conversation(**seen: t.Unpack[Talk]) -> Changes:
    """Changes of what followed on the accepted handshake."""
    return change("websocket", "conversation", **seen)


def with_exchange(**seen: t.Unpack[Exchange]) -> Changes:
    """Changes of the exchange of messages."""
    return change("websocket", "conversation", "exchange", add=True, **seen)


def with_hold(**seen: t.Unpack[Hold]) -> Changes:
    """Changes: a connection that was kept idle on the host, and nothing else of it."""
    return change("websocket", "conversation", add=True, hold=seen)
