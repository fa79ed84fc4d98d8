# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-nginx-http10: nginx sends HTTP/1.0 to the server, which rejects it."""

from __future__ import annotations

from ...._evidence.proxy import fix_lines, location_words, passes_upgrade, setting
from ...conditions import TURNED_BAD_BY_PROXY, through_proxy
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._proxy import EXPLAINS, route_of, turned


def _passes_in_http10(facts: Facts) -> bool:
    route = route_of(facts, "nginx")
    return bool(passes_upgrade(route)) and setting(route, "http_version") == "1.0"


def _find(facts: Facts) -> Found:
    route = route_of(facts, "nginx")
    status = facts.through.get("status")
    return "certain" if status == 505 else "likely", {
        "turned": turned(facts, "nginx"),
        "location": location_words(route),
        "status": status,
        "lines": fix_lines(route),
    }


RULE = Rule(
    id="proxy-nginx-http10",
    layer="proxy",
    title="nginx sends HTTP/1.0 to the server, which rejects it",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 505` (or 400)",
        "body of the answer, from Python's websockets: `Failed to open a WebSocket connection: unsupported HTTP "
        "version: HTTP/1.0.`; in its log: `connection rejected (505 HTTP Version Not Supported)`",
        "the server's access log shows `GET /ws HTTP/1.0`",
    ),
    why="RFC 6455 requires HTTP/1.1 or higher for a handshake. Before 1.29.7, nginx sends HTTP/1.0 to its upstream "
    "unless the location has `proxy_http_version 1.1`. Most servers (ws, gorilla, aiohttp, Tornado, Puma, uvicorn, "
    "Daphne) accept that; Python's websockets answers 505 and Hypercorn 400.",
    needs=(
        TURNED_BAD_BY_PROXY,
        through_proxy(400, 426, 505),
        Condition("nginx passes Upgrade and Connection on, in an HTTP/1.0 request", _passes_in_http10),
    ),
    find=_find,
    confidence={"certain": "the status is 505: the server itself objects to the HTTP version", "likely": "otherwise"},
    because=(
        "{turned}",
        "{location} has no proxy_http_version 1.1: nginx sends HTTP/1.0",
        "most servers accept that; this one answers {status}",
    ),
    fix=("add proxy_http_version 1.1; to the location, then nginx -t && nginx -s reload",),
    prevent=("{lines}",),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "proxy-upgrade-dropped",
            Command(
                "curl -sim 3 --http1.0 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' "
                "-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' http://<back end>/<path>"
            ),
            "refused, and 101 without --http1.0: the version; 101 both times: the headers",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version",),
    staged=("nginx/http-1-0",),
)
