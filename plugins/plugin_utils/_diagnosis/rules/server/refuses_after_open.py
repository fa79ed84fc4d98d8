# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-refuses-after-open: the server answers 101, and closes with a code that means rejection."""

from __future__ import annotations

from ...._evidence.refusal import close_words
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._server import CLOSED_AS_REFUSED, EXPLAINS_DIRECT

#: Codes that have a meaning of their own, and so need words to mean another thing.
_STANDARD = range(1000, 3000)


def _find(facts: Facts) -> Found:
    """With the code, and the reason that came with it."""
    reason = facts.ended.get("reason")
    return "likely", {"code": facts.ended.get("code"), "reason": reason}


def _refuses(facts: Facts) -> bool:
    """Whether the server closes with a code of a refusal or of its own, or with words that say another thing than its code."""
    code = facts.ended.get("code") or 0
    if facts.ended.get("how") != "close" or (code == 1011 and facts.fatal_trace()):
        return False
    return bool(CLOSED_AS_REFUSED.holds(facts) or code not in _STANDARD or close_words(facts.ended))


RULE = Rule(
    id="server-refuses-after-open",
    layer="server",
    title="The application ends the connection after the handshake, by a code or in words of its own",
    users_see=(
        "the client's close event: code `1008`, `3000`, `3003`, `4001`, `4401` or `4403`, with `wasClean` true and often a reason such as "
        "`unauthorized`",
        "the WebSocket opens and closes again at once; the browser console shows no error",
        "a client that reconnects automatically loops",
    ),
    why="A page cannot read the HTTP status of a refused handshake: whatever the reason, it gets close code 1006. So applications accept "
    "first, check the token or the first message, and reject the client with a close code that the page can read. 3000 and 3003 are "
    "registered as Unauthorized and Forbidden, 1008 is a policy violation, and codes from 4000 on are the application's own.",
    needs=(
        Condition(
            "101, then a close frame with a code that means a refusal or is the application's own, or with words that say another thing than its code",
            _refuses,
        ),
    ),
    find=_find,
    confidence={"likely": "applications use these codes for other reasons as well"},
    because=(("101, then close code {code}, and the server's own words: {reason}", "101, then close code {code}"),),
    fix=(
        "give the probe what the application requires: websocket.headers, or send",
        "read the close reason and the server's log at that moment: a token, a permission, or a first message that is missing",
    ),
    prevent=("after these codes, let clients renew their credentials before they reconnect",),
    explains=EXPLAINS_DIRECT,
    look_alikes=(
        LookAlike(
            "server-token-clock-skew",
            Command("date -u"),
            "on the host and where tokens are issued: different times: a clock; the same time: the application",
        ),
    ),
    sources=("https://www.iana.org/assignments/websocket/websocket.xhtml",),
    staged=("alike/closed-with-1011-on-purpose", "server/closed-with-a-reason", "server/refused-after-open"),
)
