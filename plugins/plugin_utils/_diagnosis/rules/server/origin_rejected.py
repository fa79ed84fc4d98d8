# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-origin-rejected: the server accepts the handshake, but not from a page of this Origin."""

from __future__ import annotations

from ...._evidence.refusal import origin_flip
from ...._evidence.websocket import outcome_words
from ...conditions import failed
from ...facts import Facts
from ...rule import Attempt, Found, Look, LookAlike, Rule
from ._server import EXPLAINS_DIRECT


def _find(facts: Facts) -> Found:
    """With both answers."""
    line = facts.signature("origin-rejected")
    other = origin_flip(facts.websocket) or {}
    return "certain", {
        "accepted": other.get("to") if other.get("to") != "none" else None,
        "origin": facts.handshake.get("origin"),
        "answer": outcome_words(facts.handshake),
        "log_line": facts.quote(line) if line else None,
    }


RULE = Rule(
    id="server-origin-rejected",
    layer="server",
    title="The server rejects the browser's Origin",
    users_see=(
        "browser console: `Error during WebSocket handshake: Unexpected response code: 403`, while curl, wscat and the mobile app connect",
        "server log, gorilla/websocket: `websocket: request origin not allowed by Upgrader.CheckOrigin`",
        "the body of tornado's 403: `Cross origin websockets not allowed`",
        "the body of the 403 from Python's websockets: `Failed to open a WebSocket connection: invalid Origin header: https://….`",
    ),
    why="Any page may open a WebSocket to any server, and the browser sends its cookies along. So it names the page's origin in the Origin "
    "header, and servers compare that with a list or with the Host header. Behind a proxy that replaces Host, or after a move to another "
    "domain or port, the two do not match and the server answers 403. Programs other than browsers send no Origin, and most servers let "
    "them in, so a test with curl succeeds.",
    needs=(failed("refused with the page's Origin, accepted with another or without one", "websocket.origin"),),
    find=_find,
    confidence={"certain": "both handshakes were tried"},
    because=(
        ("with Origin {origin}: {answer}", "with the page's Origin: {answer}"),
        ("with Origin {accepted}: 101", "without Origin: 101"),
        "{log_line}",
    ),
    fix=(("add {origin} to the server's allowed origins", "add the page's origin to the server's allowed origins"),),
    prevent=("behind a proxy, pass the public Host through (nginx: proxy_set_header Host $http_host)",),
    explains=EXPLAINS_DIRECT,
    supersedes=("server-refuses-handshake",),
    look_alikes=(
        LookAlike(
            "server-credentials-required",
            Attempt("no_origin"),
            "101 without an Origin: the Origin; refused again: the credentials",
        ),
        LookAlike(
            "proxy-host-rewritten",
            Look("a handshake that bypasses the proxy, with the page's Origin"),
            "refused there as well: the server's list; accepted: the proxy changes the Host header",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-10.2",),
    staged=("server/gorilla-origin", "server/host-dialled", "server/tornado-origin"),
)
