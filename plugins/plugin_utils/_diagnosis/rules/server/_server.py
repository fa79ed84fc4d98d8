# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What rules about servers and frameworks have in common."""

from __future__ import annotations

import typing as t

from ...._evidence.refusal import close_words
from ...._evidence.who_answered import fingerprint
from ...conditions import either
from ...facts import Facts
from ...rule import IN_BROWSER, Condition

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.log import StackTrace

#: Checks that fail because of a server or framework, wherever the WebSocket is tried from.
EXPLAINS = ("websocket.*", "log.*", "proxy.*", *IN_BROWSER)
#: The same for causes in the server alone: what only the proxy shows has another cause.
EXPLAINS_DIRECT = ("websocket.*", "log.*", *IN_BROWSER)


def refusal(facts: Facts, *dialects: str) -> str:
    """The words by which the server refuses in one of these dialects, or nothing."""
    if facts.conversation.get("dialect") not in dialects:
        return ""
    return str(facts.exchange.get("refusal") or "")


def closed_by(text: str, *codes: int) -> Condition:
    """The server ends the conversation by one of these close codes."""

    def holds(facts: Facts) -> bool:
        return facts.ended.get("how") == "close" and facts.ended.get("code") in codes

    return Condition(text, holds)


def traced(facts: Facts, *words: str) -> StackTrace:
    """The stack trace of the log whose error has one of these words, or nothing."""
    log = facts.log
    for trace in [*(log.get("traces") or ()), (log.get("earlier") or {}).get("trace")]:
        text = "%s %s" % ((trace or {}).get("root"), (trace or {}).get("type"))
        if trace and any(word in text for word in words):
            return trace
    return {}


OTHER_CLOSE_REASON = Condition(
    "the close frame gives another reason in words, and the log has no stack trace",
    lambda facts: close_words(facts.ended) and not facts.fatal_trace(),
)
#: Close codes by which applications refuse a client after the 101.
_REFUSALS = (1008, 3000, 3003, 4001, 4401, 4403)
CLOSED_AS_REFUSED = closed_by("101, then a close code that means a refusal: %s" % either(*_REFUSALS), *_REFUSALS)


def dialled_path(facts: Facts) -> str:
    """The path of the service's WebSocket, as the inventory has it."""
    return str(facts.websocket.get("path") or "/")


def server_name(facts: Facts) -> str:
    """Which program answers, by its answer to an ordinary GET, or else to the handshake."""
    return fingerprint(facts.plain) or fingerprint(facts.handshake)
