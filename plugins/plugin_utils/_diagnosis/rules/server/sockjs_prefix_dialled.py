# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-sockjs-prefix-dialled: a plain WebSocket is opened at the prefix of a SockJS server, which is no endpoint for it."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...._evidence.who_answered import fingerprint
from ...conditions import answered
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ._refused_handshake import LESS_SPECIFIC
from ._server import EXPLAINS


def _find(facts: Facts) -> Found:
    """With the prefix that was dialled."""
    prefix = str(facts.websocket.get("path") or "/").rstrip("/")
    return "certain", {
        "prefix": prefix or "/",
        "answer": outcome_words(facts.handshake),
        "raw_path": prefix + "/websocket",
        "info_path": prefix + "/info",
    }


RULE = Rule(
    id="server-sockjs-prefix-dialled",
    layer="server",
    title="A plain WebSocket is opened at the prefix of a SockJS server",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 200`",
        "body of the answer: `Welcome to SockJS!`",
        "ws for Node: `Error: Unexpected server response: 200`",
    ),
    why="SockJS is a protocol of its own with several transports below one prefix. At the prefix itself the server only greets; clients "
    "of SockJS ask for `/info` and then open `/<server>/<session>/websocket`, whose frames are wrapped. A plain WebSocket has its own "
    "address, the prefix with `/websocket` after it. `new WebSocket()` at the prefix gets the greeting and its 200, which is no handshake.",
    needs=(
        answered(200),
        Condition("the body is SockJS's greeting", lambda facts: fingerprint(facts.handshake) == "SockJS"),
    ),
    find=_find,
    confidence={"certain": "the greeting is SockJS's own"},
    because=("{prefix} is the prefix of a SockJS server: {answer}",),
    fix=("connect a plain WebSocket to {raw_path}, or use a SockJS client",),
    verify=("curl -s http://127.0.0.1:<port>{info_path} answers JSON", RECHECK),
    explains=EXPLAINS,
    supersedes=(*LESS_SPECIFIC, "proxy-page-fallback"),
    look_alikes=(
        LookAlike(
            "proxy-page-fallback",
            Command("curl -s http://127.0.0.1:<port>/<prefix>"),
            "`Welcome to SockJS!`: the prefix of a SockJS server; HTML: a web server answers with its page",
        ),
    ),
    sources=("https://github.com/sockjs/sockjs-protocol",),
    staged=("framework/sockjs-prefix",),
)
