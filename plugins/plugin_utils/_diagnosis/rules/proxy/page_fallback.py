# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-page-fallback: a web server answers the WebSocket's path with a page, usually the application's index.html."""

from __future__ import annotations

from ...._evidence.who_answered import fingerprint
from ...conditions import refused_by
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._proxy import EXPLAINS


def _is_page(facts: Facts) -> bool:
    body = str(facts.first_refusal.get("body") or "").lower()
    return "<!doctype html" in body or "<html" in body


def _find(facts: Facts) -> Found:
    """With who answers."""
    return "likely", {"writer": fingerprint(facts.first_refusal) or "an unnamed web server"}


RULE = Rule(
    id="proxy-page-fallback",
    layer="proxy",
    title="A web server answers the WebSocket path with a page",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 200`",
        "SignalR, which asks for JSON first: `Unexpected token '<'`",
        "Socket.IO: `connect_error` with the message `server error`",
        "opening the WebSocket's URL as https:// in a tab shows the application's start page",
    ),
    why="A single-page application is served by a rule that answers every path for which there is no file with "
    "index.html: `try_files … /index.html` in nginx, FallbackResource in Apache, try_files with file_server in Caddy, "
    "or the error page of a content delivery network. If no more specific rule covers the WebSocket's path, the "
    "handshake gets that page with status 200, and never reaches the WebSocket server.",
    needs=(refused_by(200), Condition("the body is an HTML page", _is_page)),
    find=_find,
    confidence={"likely": "the rule that serves the page was not seen"},
    because=(
        "the handshake is answered with 200 and an HTML page",
        "the answer comes from {writer}",
    ),
    fix=("route the WebSocket path to the back end before the fallback to index.html",),
    prevent=(
        "nginx: a location of its own for the path, with proxy_pass; try_files … /index.html then does not apply to it",
    ),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "browser-other-port-or-path",
            Look("the path that the server itself serves"),
            "the same as the client's: the proxy's fallback takes it; another one: the client's URL is wrong",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/websocket.html",),
    staged=(
        "apache/page",
        "browser/page-in-place-of-it",
        "caddy/page",
        "nginx/single-page-application",
        "two-hosts/nginx-single-page-application-from-behind",
    ),
)
