# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the rules about servers and frameworks have in common."""

from __future__ import annotations

import typing as t

from .facts import Facts
from .rule import IN_BROWSER, Condition, Match, Rule


def server_rule(
    rule_id: str, title: str, find: t.Callable[[Facts], Match | None], *supersedes: str, source: str, **more: t.Any
) -> Rule:
    """A rule of layer server, which explains what is seen of the WebSocket from everywhere, and in the log.

    :param source: where the cause is documented, if anywhere.
    """
    more.setdefault("explains", ("websocket.*", "log.*", "proxy.*", *IN_BROWSER))
    more.setdefault("layer", "server")
    return Rule(id=rule_id, title=title, find=find, supersedes=supersedes, source=(source,) if source else (), **more)


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


def traced(facts: Facts, *words: str) -> dict[str, t.Any]:
    """The stack trace of the log whose error has one of these words, or nothing."""
    log = facts.evidence.get("log") or {}
    for trace in [*(log.get("traces") or ()), (log.get("earlier") or {}).get("trace")]:
        text = "%s %s" % ((trace or {}).get("root"), (trace or {}).get("type"))
        if trace and any(word in text for word in words):
            return trace
    return {}
