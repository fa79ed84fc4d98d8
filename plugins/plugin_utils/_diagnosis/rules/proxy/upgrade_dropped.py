# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-upgrade-dropped: a hop in front of the server removes the Upgrade header from the handshake."""

from __future__ import annotations

from ...._evidence.proxy import fix_lines
from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import Command, Condition, Found, If, Look, LookAlike, Rule
from ._nginx import WEBSOCKET_DOC, headers_words, passes_neither
from ._proxy import EXPLAINS, by_apache, route_of, stripped, turned


def _find(facts: Facts) -> Found:
    """From nginx's effective location, or else from the answer."""
    if passes_neither(facts):
        route = route_of(facts, "nginx")
        return "certain", {
            "turned": turned(facts, "nginx"),
            "headers": headers_words(route),
            "lines": fix_lines(route),
        }
    return "likely", {"answer": outcome_words(facts.first_refusal), "stripped": stripped(facts)}


RULE = Rule(
    id="proxy-upgrade-dropped",
    layer="proxy",
    title="A hop in front of the server removes the Upgrade header",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 404` (`426` or `400` from other servers)",
        "the server's log: an ordinary `GET /ws HTTP/1.0` (`HTTP/1.1` since nginx 1.29.7), without Upgrade",
        "Node's ws: `426` with the body `Upgrade Required`; aiohttp: `400` with `No WebSocket UPGRADE hdr`; Spring: "
        "`Handshake failed due to invalid Upgrade header: null`",
        "Socket.IO connects, but stays on HTTP long-polling",
    ),
    why="Upgrade and Connection are hop-by-hop headers (RFC 9110, section 7.6.1): they concern only the next hop, and "
    "a proxy removes them unless it is configured to pass the upgrade on. The server then receives an ordinary GET and "
    "answers it like any other: 426, 400, or the 404 of a web framework that has no page at that path. The same "
    "handshake is accepted if it is sent to the server directly.",
    needs=(
        Condition(
            "nginx's effective location passes on neither Upgrade nor Connection while the server itself accepts the "
            "handshake; or a complete handshake is answered with 426, or with the server's own answer to a request "
            "without Upgrade",
            lambda facts: passes_neither(facts) or (stripped(facts) and not by_apache(facts)),
        ),
    ),
    find=_find,
    confidence={"certain": "nginx's configuration was read", "likely": "only the answer shows it"},
    because=(
        "{turned}",
        "{headers}",
        If("headers", "hop-by-hop headers end at a proxy unless it is configured to pass them on"),
        "a handshake with Upgrade and Connection is answered with {answer}",
        "{stripped}",
    ),
    fix=(
        If("headers", "add the headers to the location, then nginx -t && nginx -s reload"),
        If("stripped", "pass on both headers at every hop in front of the server"),
    ),
    prevent=(
        "{lines}",
        If(
            "stripped",
            "nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "
            "$connection_upgrade;",
        ),
        If(
            "stripped", 'nginx, in the http block: map $http_upgrade $connection_upgrade { default upgrade; "" close; }'
        ),
        If(
            "stripped",
            'lighttpd: proxy.header = ("upgrade" => "enable"); Varnish: return (pipe), and in vcl_pipe copy Upgrade and '
            "Connection to bereq",
        ),
    ),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "server-websocket-not-attached",
            Look("a handshake that bypasses the proxy, on the host itself"),
            "101: a hop in the path removes Upgrade; 404 there as well: no WebSocket server is attached to the HTTP "
            "server",
        ),
        LookAlike(
            "server-uvicorn-no-websocket-library",
            Look("a handshake that bypasses the proxy, on the host itself"),
            "101: a hop in the path removes Upgrade; 404 there as well: the server has no WebSocket library",
        ),
        LookAlike(
            "proxy-nginx-headers-not-inherited",
            Command("nginx -T"),
            "the headers are set in an outer block: they are not inherited; nowhere: they are missing",
        ),
    ),
    sources=(WEBSOCKET_DOC,),
    staged=(
        "browser/no-headers",
        "nginx/no-headers",
        "socketio/polling-for-ever",
        "two-hosts/nginx-no-headers",
        "two-hosts/nginx-no-headers-from-behind",
        "two-hosts/nginx-no-headers-own-port",
    ),
)
