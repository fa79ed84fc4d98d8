# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-nginx-headers-not-inherited: a location with a proxy_set_header of its own inherits none, not even Upgrade."""

from __future__ import annotations

from ...._evidence.proxy import fix_lines, place
from ...conditions import TURNED_BAD_BY_PROXY
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._nginx import NOT_BOTH, headers_words
from ._proxy import EXPLAINS, route_of, turned


def _lost(facts: Facts) -> set[str]:
    """The headers of a handshake that only an outer block sets."""
    names = {str(name).lower() for name in route_of(facts, "nginx").get("lost_headers") or ()}
    return names & {"upgrade", "connection"}


def _find(facts: Facts) -> Found:
    route = route_of(facts, "nginx")
    return "certain", {
        "turned": turned(facts, "nginx"),
        "headers": headers_words(route),
        "block": place(route.get("set_headers_at")),
        "lost": route.get("lost_headers"),
        "lines": fix_lines(route),
    }


RULE = Rule(
    id="proxy-nginx-headers-not-inherited",
    layer="proxy",
    title="A proxy_set_header in the location discards all inherited ones, including Upgrade",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 404` (or 400, or 426)",
        "the server's access log shows an ordinary `GET` of the WebSocket path; in another location of the same "
        "nginx, WebSockets work",
        "`nginx -T` shows `proxy_set_header Upgrade $http_upgrade;` in the `server` or `http` block, and still it "
        "does not arrive",
    ),
    why="nginx inherits `proxy_set_header` from an outer block only where the inner block has no `proxy_set_header` "
    "of its own. One line in the location, such as `X-Real-IP`, often through an included snippet, therefore "
    "replaces the whole outer list: Upgrade is no longer sent, Connection falls back to `close` and Host to "
    "`$proxy_host`. The server receives an ordinary GET and answers it as one.",
    needs=(
        TURNED_BAD_BY_PROXY,
        NOT_BOTH,
        Condition("the block has a proxy_set_header of its own, and an outer one sets what is missing", _lost),
    ),
    find=_find,
    confidence={"certain": "the effective configuration was computed"},
    because=(
        "{turned}",
        "{headers}",
        "{block} has a proxy_set_header of its own and therefore inherits none; lost: {lost}",
    ),
    fix=("repeat the lost headers in that block, then nginx -t && nginx -s reload",),
    prevent=(
        "{lines}",
        "put the WebSocket headers in one file, and include it in every location that has a proxy_set_header of its "
        "own",
    ),
    explains=EXPLAINS,
    supersedes=("proxy-upgrade-dropped", "proxy-nginx-connection-header"),
    look_alikes=(
        LookAlike(
            "proxy-upgrade-dropped",
            Command("nginx -T"),
            "the headers are in an outer block: they are not inherited; nowhere: they are missing",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",),
    staged=("nginx/headers-lost",),
)
