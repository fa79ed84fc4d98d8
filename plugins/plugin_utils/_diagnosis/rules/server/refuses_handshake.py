# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-refuses-handshake: the server says why it refuses, or one change of the request makes it accept."""

from __future__ import annotations

from ...._evidence.refusal import experiments_words, own_words
from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS_DIRECT, dialled_path

#: What to do about a change that decides, by the beginning of its name.
_FIXES = {
    "host": "let clients and proxies send Host: {to}, or make the server accept {before}",
    "path": "connect to {to}, or make the server serve {before}",
    "query": "correct the query of the path: without it the handshake is accepted",
    "subprotocol": "offer the sub-protocol {to} in clients (websocket.subprotocols for this check), or make the server accept {before}",
    "header": "the server refuses this header ({name}, {before}): renew, shorten or remove it in clients, or raise the server's limit",
    "X-Forwarded-Proto": "let the proxy in front send X-Forwarded-Proto: {to}; the server refuses requests without it",
    "transport": "the port speaks TLS to WebSockets: connect with wss://",
    "PROXY": "the server expects the PROXY protocol: let the proxy in front send it, or turn it off in the server",
    "origin": "add {before} to the server's allowed origins",
}


def _find(facts: Facts) -> Found | None:
    """With the server's words, what was tried, and what flips it."""
    words, flip = own_words(facts.handshake), facts.flip()
    if not words and flip is None:
        return None
    row = {"name": None, "from": None, "to": None, **(flip or {})}
    fix = next((text for start, text in _FIXES.items() if str(row["name"]).startswith(start)), None)
    values = {"name": row["name"], "before": row["from"], "to": row["to"]}
    return "certain" if flip else "likely", {
        "path": dialled_path(facts),
        "answer": outcome_words(facts.handshake),
        "words": words,
        "quoted": [words] if words else [],
        "decisive": bool(flip),
        "fix": fix.format(**values) if fix and flip else None,
        **values,
        "tried": experiments_words(facts.websocket) if not flip else [],
    }


RULE = Rule(
    id="server-refuses-handshake",
    layer="server",
    title="The server refuses the handshake, and says why",
    users_see=(
        "browser console: `Error during WebSocket handshake: Unexpected response code: 403` (or 400, 401, 426, 500); browsers never show "
        "the body, where the reason is",
        "Node: `Error: Unexpected server response: 400`",
    ),
    why="A browser shows of a refused handshake the status alone, and often not even that. Servers and frameworks write their reason into the "
    "body: an Origin or a Host that is not allowed, a sub-protocol that is missing, a header that is not expected, a limit. Where the body "
    "says nothing, one change at a time tells what decides: the same handshake is refused with one Origin, Host, path, sub-protocol or "
    "header, and accepted with another.",
    needs=(
        Condition(
            "the server itself refuses, drops or does not answer the handshake",
            lambda facts: facts.handshake["outcome"] in ("http", "eof", "reset", "timeout"),
        ),
        Condition(
            "the body (or the status line) gives a reason, or one change of the request makes it accepted",
            lambda facts: own_words(facts.handshake) or facts.flip(),
        ),
    ),
    find=_find,
    confidence={
        "certain": "with one thing changed the same handshake is accepted",
        "likely": "the server's own words, and no change of the request makes a difference",
    },
    because=(
        "the handshake on {path}: {answer}",
        If("words", "the server's own words: {words}"),
        If("name", "with {name} {before} it is refused, with {name} {to} it is accepted (101)"),
        If("tried", "refused as well with {tried}"),
    ),
    fix=(
        "{fix}",
        If("words", "find these words in the server's source, configuration and log, and what they are about: {words}"),
    ),
    prevent=("let the server log the reason of each refusal, with Origin, Host and path",),
    explains=EXPLAINS_DIRECT,
    general=True,
    look_alikes=(
        LookAlike(
            "server-credentials-required",
            Look("the body of the refusal"),
            "it speaks of a token, session or login: the credentials; of something else: that",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2",),
    staged=("server/refused-by-words", "server/refused-header", "server/refused-subprotocol"),
)
