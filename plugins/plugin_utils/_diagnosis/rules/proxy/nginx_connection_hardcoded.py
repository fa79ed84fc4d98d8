# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-nginx-connection-hardcoded: nginx sends Connection: upgrade with ordinary requests too."""

from __future__ import annotations

from ...._evidence.proxy import hardcoded, location_words, place
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._nginx import WEBSOCKET_DOC
from ._proxy import led_by, route_of


def _find(facts: Facts) -> Found:
    route = route_of(facts, "nginx")
    return "certain", {"location": location_words(route), "place": place(route.get("set_headers_at"))}


RULE = Rule(
    id="proxy-nginx-connection-hardcoded",
    layer="proxy",
    title="nginx sends Connection: upgrade with ordinary requests too",
    users_see=(
        "WebSockets work, but the server answers ordinary requests of the same site with `400 Bad Request`",
        "the server's log of request headers has `connection: upgrade` without an `upgrade` header",
        'nginx has `proxy_set_header Connection "upgrade";` in `location /`',
    ),
    why='`proxy_set_header Connection "upgrade"` is a constant: nginx sends it with every request of the location, '
    "not only with handshakes. Many servers ignore a Connection header that names an Upgrade header which is not "
    "there; strict ones reject the request. It also rules out keepalive to the upstream, which requires an empty "
    'Connection header: where you use it, write `"" "";` in the map.',
    needs=(
        led_by("nginx", "nginx"),
        Condition(
            "Connection: upgrade is a constant in the location of a whole site", lambda facts: hardcoded(facts.proxy)
        ),
    ),
    find=_find,
    confidence={"certain": "the effective configuration was computed"},
    because=(
        "{location} sends Connection: upgrade with every request",
        "WebSockets work, but strict servers reject ordinary requests with that header, and no upstream connection is "
        "kept alive",
    ),
    fix=("replace the constant with the map below, then nginx -t && nginx -s reload",),
    prevent=(
        'http block: map $http_upgrade $connection_upgrade { default upgrade; "" close; }',
        "{place}: proxy_set_header Connection $connection_upgrade;",
    ),
    explains=("proxy.upgrade",),
    look_alikes=(
        LookAlike(
            "proxy-nginx-connection-header",
            Look("a handshake and an ordinary request through nginx"),
            "the handshake is accepted and the ordinary request rejected: the constant; the handshake is rejected: "
            "its headers",
        ),
    ),
    sources=(WEBSOCKET_DOC,),
    staged=("nginx/connection-is-a-constant-for-the-whole-site",),
)
