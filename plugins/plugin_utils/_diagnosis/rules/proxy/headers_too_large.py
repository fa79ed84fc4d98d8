# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-headers-too-large: the request's headers are larger than a hop in the path allows."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._proxy import EXPLAINS


def _is_too_large(facts: Facts) -> bool:
    answer = facts.first_refusal
    words = "Request Header Or Cookie Too Large" in str(answer.get("body") or "")
    return answer.get("status") == 431 or (answer.get("status") == 400 and words)


def _find(facts: Facts) -> Found:
    """With the answer."""
    return "certain", {"answer": outcome_words(facts.first_refusal)}


RULE = Rule(
    id="proxy-headers-too-large",
    layer="proxy",
    title="The request's headers are too large for a hop in the path",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 400` (or `431`)",
        "nginx's page: `400 Bad Request` with `Request Header Or Cookie Too Large`",
        "only some users are affected, and a private window helps them: their cookies have grown",
    ),
    why="Browsers send all cookies of the host with the handshake, and many applications add a token. Every hop limits "
    "the size of a request's headers: nginx allows 8 KB per line (large_client_header_buffers), Node 16 KB in total, "
    "Python's websockets 8 KB per line. A larger request is refused before the application sees it.",
    needs=(
        Condition(
            "the handshake is answered with 431, or with nginx's 400 page `Request Header Or Cookie Too Large`",
            _is_too_large,
        ),
    ),
    find=_find,
    confidence={"certain": "the answer states it"},
    because=(
        "the handshake is answered with {answer}",
        "the request's headers are larger than the answering server allows",
    ),
    fix=("shrink the cookies and tokens that clients send",),
    prevent=("nginx: large_client_header_buffers 4 16k; Node: --max-http-header-size=32768",),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "proxy-nginx-connection-header",
            Look("the same page in a private window"),
            "it connects: the cookies are too large; 400 there as well: the handshake's own headers",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_core_module.html#large_client_header_buffers",),
    staged=("nginx/headers-are-too-large",),
)
