# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-credentials-required: the server refuses a handshake without valid credentials."""

from __future__ import annotations

from ...._evidence.refusal import experiments_words, own_words
from ...._evidence.websocket import outcome_words
from ...conditions import answered
from ...facts import Facts
from ...rule import Attempt, Condition, Found, If, Look, LookAlike, Rule
from ._refused_handshake import FLIPPED, GIVES_ANOTHER_REASON
from ._server import EXPLAINS_DIRECT


def _find(facts: Facts) -> Found:
    """With the headers that the probe sent."""
    return "likely", {
        "answer": outcome_words(facts.handshake),
        "words": own_words(facts.handshake),
        "tried": experiments_words(facts.websocket),
        "sent_headers": sorted((facts.service.get("websocket") or {}).get("headers") or {}),
    }


RULE = Rule(
    id="server-credentials-required",
    layer="server",
    title="The server requires credentials",
    users_see=(
        "browser console, for a 401: `HTTP Authentication failed; no valid credentials available`, without the status",
        "browser console, for a 403: `Error during WebSocket handshake: Unexpected response code: 403`",
        "Node: `Error: Unexpected server response: 401`",
    ),
    why="The server checks a session, a token or a password before it sends the 101, and answers 401 or 403 where that fails. A page cannot "
    "set Authorization or any other header on a WebSocket: the browser sends the cookies of the WebSocket's host, as far as their "
    "SameSite and Secure attributes allow it, and nothing else. So an API that works with a bearer token in fetch() refuses the "
    "WebSocket of the same page.",
    needs=(answered(401, 403, 407),),
    against=(
        Condition(
            "without an Origin the handshake is accepted",
            lambda facts: facts.attempt("no_origin").get("outcome") == "open",
        ),
        Condition(
            "with the port's own Origin the handshake is accepted",
            lambda facts: facts.attempt("own_origin").get("outcome") == "open",
        ),
        FLIPPED,
        GIVES_ANOTHER_REASON,
        Condition(
            "the log shows that the 403 was for the Origin",
            lambda facts: facts.handshake.get("status") == 403 and facts.signature("origin-rejected"),
        ),
    ),
    find=_find,
    confidence={"likely": "a status alone does not tell why"},
    because=(
        "the handshake gets {answer}",
        If("words", "the server's own words: {words}"),
        If("tried", "the same with {tried}"),
        ("headers sent by the probe: {sent_headers}", "headers sent by the probe: none that authenticate"),
    ),
    fix=(
        (
            If("sent_headers", "renew the credentials in websocket.headers"),
            "give the probe valid credentials in websocket.headers",
        ),
        "compare with a client that works, in the browser's network tab: its Cookie header, and the token in its URL",
    ),
    prevent=(
        "browsers cannot set Authorization on a WebSocket: use a cookie, a ticket in the query string, or the first message",
    ),
    explains=EXPLAINS_DIRECT,
    look_alikes=(
        LookAlike(
            "server-origin-rejected",
            Attempt("no_origin"),
            "101 without an Origin: the Origin; refused again: the credentials",
        ),
        LookAlike(
            "server-asgi-no-route",
            Look("the application's WebSocket routes"),
            "the path is not listed: the route; it is: the credentials",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2",),
    staged=(
        "alike/channels-anonymous",
        "alike/cloudflare-passes-on",
        "alike/json-code-403",
        "browser/credentials",
        "server/no-credentials",
        "server/token-expired",
    ),
)
