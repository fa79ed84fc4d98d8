# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-nginx-limit: a limit in nginx rejects the connection."""

from __future__ import annotations

from ...._evidence.proxy import setting
from ...._evidence.websocket import outcome_words
from ...conditions import proxy_logged, through_proxy
from ...facts import Facts
from ...rule import Found, Look, LookAlike, Rule
from ._proxy import EXPLAINS, log_line, route_of


def _find(facts: Facts) -> Found:
    route = route_of(facts, "nginx")
    return "certain", {
        "through": outcome_words(facts.through),
        "line": log_line(facts.proxy_errors("limited")[0]),
        "limit_conn": setting(route, "limit_conn"),
        "limit_req": setting(route, "limit_req"),
    }


RULE = Rule(
    id="proxy-nginx-limit",
    layer="proxy",
    title="A limit in nginx rejects the connection",
    users_see=(
        "browser: `503 Service Temporarily Unavailable`; console: `Error during WebSocket handshake: Unexpected "
        "response code: 503` (or 429)",
        'nginx error.log: `limiting connections by zone "…"`, or `limiting requests, excess: … by zone "…"`',
        "the first tabs of a user, or of an office behind one address, work and the next ones do not",
    ),
    why="`limit_conn` counts connections for as long as they are open, and a WebSocket stays open for hours: a limit "
    "that no ordinary page ever reaches is used up by a few tabs. `limit_req` counts handshakes, and after an "
    "interruption all clients reconnect at the same moment. With the usual key `$binary_remote_addr`, all users "
    "behind one NAT or one outer proxy share one count.",
    needs=(
        through_proxy(503, 429),
        proxy_logged("nginx logs that a limit was reached", "limited"),
    ),
    find=_find,
    confidence={"certain": "nginx logs it at the time of the handshake"},
    because=(
        "through nginx: {through}",
        "{line}",
        (
            "limit_conn {limit_conn}, limit_req {limit_req}",
            "limit_conn {limit_conn}",
            "limit_req {limit_req}",
            "the limit itself was not found in the configuration",
        ),
    ),
    fix=("raise the limit in the WebSocket location: each socket counts for as long as it is open",),
    prevent=(
        "limit_conn <zone> <number>; in the WebSocket location, above what one key needs at busy hours; limit_req "
        "with a burst that lets all clients reconnect at once",
    ),
    explains=EXPLAINS,
    supersedes=("proxy-upstream-down",),
    look_alikes=(
        LookAlike(
            "proxy-upstream-down",
            Look("the words of nginx's log"),
            "limiting connections, or limiting requests: a limit; connect() failed, or no live upstreams: the back end",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_limit_conn_module.html",),
    staged=("nginx/limit",),
)
