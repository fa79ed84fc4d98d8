# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Servers that accept the handshake and then refuse the client in the words of their protocol."""

from __future__ import annotations

from ...facts import Facts
from ...rule import Condition
from ._server import refusal


def refuses_in(*dialects: str) -> Condition:
    """The server refuses in one of these dialects."""

    def holds(facts: Facts) -> str:
        return refusal(facts, *dialects)

    return Condition("the server refuses the client in a message of its protocol", holds)
