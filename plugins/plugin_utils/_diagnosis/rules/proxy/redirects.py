# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-redirects: the handshake is answered with a redirect, which browsers do not follow."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...conditions import REDIRECTS, refused_by
from ...facts import Facts
from ...rule import Command, Found, LookAlike, Rule
from ._proxy import EXPLAINS


def _location(facts: Facts) -> str:
    headers = facts.first_refusal.get("headers") or ()
    return next((str(pair[1]) for pair in headers if str(pair[0]).lower() == "location"), "")


def _find(facts: Facts) -> Found:
    """With the URL that it is sent to."""
    return "certain", {"answer": outcome_words(facts.first_refusal), "url": _location(facts)}


RULE = Rule(
    id="proxy-redirects",
    layer="proxy",
    title="The handshake is redirected, and browsers do not follow redirects",
    users_see=(
        "browser console: `WebSocket connection to 'ws://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 301` (or `302`, `307`, `308`)",
        "`curl -i` with the handshake's headers: `HTTP/1.1 301 Moved Permanently` and a `Location:` that adds a slash "
        "or https://, or names a login page",
        "some command-line clients follow the redirect and connect, browsers do not",
    ),
    why="Browsers do not follow redirects of a WebSocket handshake: any answer but 101 fails the connection. Usual "
    "reasons are a missing trailing slash (`/ws` where the proxy has `/ws/`), a rule that redirects every path from "
    "http to https, a canonical host name, or a login page that protects the path. The WebSocket server never sees the "
    "request. Location has http:// or https://; clients need the same URL with ws:// or wss://.",
    needs=(refused_by(*REDIRECTS),),
    find=_find,
    confidence={"certain": "browsers never follow a redirect of a handshake"},
    because=(
        "the handshake is answered with {answer}",
        "browsers do not follow redirects of a handshake",
    ),
    fix=(("connect to the final URL: {url}", "connect to the final URL, as in the Location header"),),
    prevent=("exempt the WebSocket path from the redirect (scheme, trailing slash, login)",),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "proxy-default-server-answers",
            Command("curl -sI -H 'Host: <host name>' http://<address of the proxy>/<path>"),
            "the same Location for a host name that does not exist: the default server redirects; another answer: the "
            "URL itself",
        ),
    ),
    sources=("https://websockets.spec.whatwg.org/",),
    staged=(
        "apache/redirect",
        "browser/redirect",
        "caddy/redirect",
        "haproxy/redirect",
        "nginx/redirect-to-https",
        "nginx/slash-is-missing",
        "two-hosts/nginx-redirect-to-https-from-behind",
        "two-hosts/nginx-redirect-to-https-own-port",
    ),
)
