# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-actioncable-no-welcome: Action Cable accepts the handshake, and connect refuses the client or fails."""

from __future__ import annotations

from ...conditions import ACCEPTED_DIRECTLY
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS, refusal


def _find(facts: Facts) -> Found:
    """With the refusal, or the exception that left the client without a welcome."""
    words, trace = refusal(facts, "actioncable"), facts.fatal_trace()
    return "certain" if words or trace else "likely", {
        "refusal": words,
        "exception": facts.quote(trace) if trace else None,
    }


RULE = Rule(
    id="server-actioncable-no-welcome",
    layer="server",
    title="Action Cable accepts the handshake but sends no welcome",
    users_see=(
        'message after the 101: `{"type":"disconnect","reason":"unauthorized","reconnect":false}`, then close code 1000',
        "Rails log: `An unauthorized connection attempt was rejected`",
        "Rails log: `There was an exception - NoMethodError(…)`, after `Successfully upgraded to WebSocket`",
        "browser: the WebSocket is open, and no channel ever gets its `connected` callback",
    ),
    why="Action Cable answers 101 first and runs connect of ApplicationCable::Connection afterwards. Only when that returns does it send "
    'the message `{"type":"welcome"}`, for which clients wait before they subscribe. reject_unauthorized_connection sends a disconnect '
    "in its place. Any other exception is only logged: the client keeps an open connection on which nothing happens.",
    needs=(
        ACCEPTED_DIRECTLY,
        Condition(
            "the server speaks Action Cable's protocol", lambda facts: facts.conversation["dialect"] == "actioncable"
        ),
        Condition("no welcome comes", lambda facts: not facts.exchange["completed"] or refusal(facts, "actioncable")),
    ),
    find=_find,
    confidence={"certain": "the server answers unauthorized, or the log has an exception", "likely": "otherwise"},
    because=(
        (
            "101, then {refusal}",
            "101, then no welcome: connect in ApplicationCable::Connection did not complete",
        ),
        "{exception}",
    ),
    fix=(
        (
            If("refusal", "send what connect requires (cookie, token); the probe sends what is in websocket.headers"),
            "read the exception in the log: connect raised it",
        ),
    ),
    explains=EXPLAINS,
    supersedes=("server-application-silent", "server-refuses-after-open", "server-handler-exception"),
    look_alikes=(
        LookAlike(
            "server-application-silent",
            Look("the first message after the 101"),
            'none, or `{"type":"disconnect"}`: connect failed or refused; `{"type":"welcome"}` and nothing later: the channel is silent',
        ),
    ),
    sources=("https://guides.rubyonrails.org/action_cable_overview.html#connection-setup",),
    staged=("framework/rails-exception", "framework/rails-rejects"),
)
