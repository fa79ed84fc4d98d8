# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-channels-origin-rejected: the origin validator of Django Channels refuses the page's Origin."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...conditions import answered
from ...facts import Facts
from ...rule import Attempt, Condition, Found, If, LookAlike, Rule
from ._refused_handshake import LESS_SPECIFIC
from ._server import EXPLAINS


def _find(facts: Facts) -> Found:
    """With both answers: the validator refuses an absent Origin as well."""
    line = facts.signature("channels-reject")
    opens = facts.attempt("own_origin").get("outcome") == "open"
    return "certain" if opens else "possible", {
        "origin": facts.handshake.get("origin") or "<origin>",
        "answer": outcome_words(facts.handshake),
        "answer_without": outcome_words(facts.attempt("no_origin")),
        "own_origin_opens": opens,
        "log_line": facts.quote(line) if line else None,
    }


RULE = Rule(
    id="server-channels-origin-rejected",
    layer="server",
    title="Django Channels refuses the Origin",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 403`",
        "status line of daphne's answer: `403 Access denied`",
        'daphne\'s access log: `"WSCONNECTING /ws/" - -`, then `"WSREJECT /ws/" - -`, and no reason',
        "with runserver: `WebSocket REJECT /ws/`",
    ),
    why="AllowedHostsOriginValidator and OriginValidator compare the Origin with ALLOWED_HOSTS, or with the list that they were "
    "given, before the consumer runs, and close the connection, which the ASGI server turns into 403. They refuse a request without "
    "an Origin as well, so curl and scripts fail like browsers do. No reason is logged: a consumer that closes before accept() looks "
    "exactly the same. ALLOWED_HOSTS must have the host of the page, which need not be that of the WebSocket.",
    needs=(
        answered(403),
        Condition(
            "daphne answers Access denied, or the log shows that Channels rejected the handshake",
            lambda facts: facts.handshake.get("reason") == "Access denied" or facts.signature("channels-reject"),
        ),
        Condition(
            "without an Origin the handshake is refused as well, as this validator does",
            lambda facts: facts.attempt("no_origin")["status"] == 403,
        ),
    ),
    find=_find,
    confidence={
        "certain": "the Origin of the port itself is accepted",
        "possible": "the Origin of the port itself is refused as well: the consumer may refuse everyone",
    },
    because=(
        "with Origin {origin}: {answer}",
        "without an Origin: {answer_without}",
        If("own_origin_opens", "with the Origin of the port itself: 101"),
        "{log_line}",
    ),
    fix=("add the host of {origin} to ALLOWED_HOSTS",),
    prevent=('where pages are on another host: OriginValidator(application, ["https://chat.example.com"])',),
    explains=EXPLAINS,
    # A consumer that refuses every client looks the same: missing credentials remain a possible cause.
    supersedes=tuple(name for name in LESS_SPECIFIC if name != "server-credentials-required"),
    look_alikes=(
        LookAlike(
            "server-credentials-required",
            Attempt("own_origin"),
            "101 with the Origin of the port itself: the validator; 403 again: the consumer refuses",
        ),
    ),
    sources=("https://channels.readthedocs.io/en/stable/topics/security.html",),
    staged=("framework/channels-origin",),
)
