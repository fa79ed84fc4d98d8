# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-graphql-subprotocol-mismatch: graphql-ws on one side, graphql-transport-ws on the other."""

from __future__ import annotations

from ...._evidence.websocket import offered_subprotocols
from ...._model import FAIL
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._server import EXPLAINS_DIRECT


def _offered(facts: Facts) -> list[str]:
    return [item for item in offered_subprotocols(facts.service, facts.handshake) if item.startswith("graphql-")]


def _find(facts: Facts) -> Found:
    """With what was offered, and what was selected."""
    code = facts.ended.get("code")
    return "certain", {
        "refused_by": code if code in (4406, 1002) else None,
        "offered": _offered(facts),
        "selected": facts.handshake.get("subprotocol") or "none",
    }


RULE = Rule(
    id="server-graphql-subprotocol-mismatch",
    layer="server",
    title="Client and server speak different GraphQL sub-protocols",
    users_see=(
        "the client's close event: code `4406`, reason `Subprotocol not acceptable`",
        "the client's close event: code `1002`, right after its first message",
        "browser console: `Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received`",
        "subscriptions never deliver anything, while queries and mutations work",
    ),
    why="There are two GraphQL protocols over WebSocket, and their names mislead. The library graphql-ws speaks the sub-protocol "
    "graphql-transport-ws; the older library subscriptions-transport-ws speaks the sub-protocol graphql-ws. Their messages differ. A server "
    "of one kind refuses the sub-protocol of the other, selects none, or selects it and does not understand the first message.",
    needs=(
        Condition(
            "the server closes with 4406, selects none of the GraphQL sub-protocols offered, or selects one and closes with 1002 at the "
            "first message",
            lambda facts: (
                facts.ended.get("code") == 4406
                or (_offered(facts) and facts.ended.get("code") == 1002)
                or (_offered(facts) and facts.status("websocket.subprotocol") == FAIL)
            ),
        ),
    ),
    find=_find,
    confidence={"certain": "the close code or the missing selection shows it"},
    because=(
        (
            "close code {refused_by}: the server does not speak the sub-protocol that was offered",
            "offered {offered}, the server selected {selected}",
        ),
    ),
    fix=(
        "offer what the server speaks: graphql-transport-ws (library graphql-ws) or graphql-ws (library subscriptions-transport-ws)",
    ),
    prevent=("use the library graphql-ws on both sides: subscriptions-transport-ws is no longer maintained",),
    explains=EXPLAINS_DIRECT,
    supersedes=("server-application-silent", "server-no-subprotocol-selected"),
    look_alikes=(
        LookAlike(
            "server-no-subprotocol-selected",
            Look("the sub-protocols that the client offers"),
            "graphql-ws or graphql-transport-ws: the versions of the GraphQL libraries; others: the server's selection",
        ),
    ),
    sources=("https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md",),
    staged=(
        "framework/graphql-legacy-client",
        "framework/graphql-legacy-server",
        "framework/graphql-no-init-answer",
    ),
)
