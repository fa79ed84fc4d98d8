# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""GraphQL over WebSocket, legacy sub-protocol graphql-ws (subscriptions-transport-ws PROTOCOL.md)."""

from __future__ import annotations

import typing as t

from .._protocol.conversation import Conversation
from ._graphql import PATHS, exchange

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

__all__ = ["NAME", "PATHS", "SUBPROTOCOLS", "TITLE", "converse", "recognises"]

NAME = "graphql-ws"
TITLE = "GraphQL (legacy graphql-ws)"
SUBPROTOCOLS = ("graphql-ws",)


def recognises(greeting: str) -> bool:
    """The server waits for connection_init; the sub-protocol names this dialect."""
    return False


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """Initialise, then ``start``."""
    return exchange(
        talk,
        options["patience"],
        '{"type":"connection_init","payload":{}}',
        '{"id":"1","type":"start","payload":{"query":"{__typename}"}}',
        ("data", "error", "complete"),
    )
