# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-host-rewritten: the server rejects the page's Origin because the proxy changes the Host header."""

from __future__ import annotations

from ...facts import Facts
from ...rule import Condition, Found, Rule
from ._origin import ONLY_WITH_ORIGIN, ORIGIN_SENTENCES, SERVERS_LIST, authority, host_kept, origin_values, sent_host
from ._proxy import EXPLAINS


def _find(facts: Facts) -> Found:
    return "certain", {**origin_values(facts), "sent": sent_host(facts), "asked": authority(facts)}


RULE = Rule(
    id="proxy-host-rewritten",
    layer="proxy",
    title="The server rejects the page's Origin because the proxy changes the Host header",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 403` (or 404); clients other than browsers connect",
        "body of the answer, from Tornado and Jupyter: `Cross origin websockets not allowed`; from gorilla/websocket: "
        "`Forbidden`",
        "log of Rails' Action Cable: `Request origin not allowed: https://…`",
    ),
    why="Against cross-site WebSocket hijacking many servers compare the host in the Origin header, which the browser "
    "fills in, with the Host header of the request. Without `proxy_set_header Host`, nginx sends the name in "
    "`proxy_pass`, such as `127.0.0.1:3000`; Apache does so without `ProxyPreserveHost On`. The two can then never "
    "agree, so every browser is refused, while clients that send no Origin get through.",
    needs=(
        *ONLY_WITH_ORIGIN,
        Condition("the back end gets another Host than the client sent", lambda facts: not host_kept(facts)),
    ),
    find=_find,
    confidence={"certain": "the effective configuration was computed"},
    because=(
        *ORIGIN_SENTENCES,
        "the proxy sends Host {sent} instead of {asked}",
    ),
    fix=(
        "nginx: proxy_set_header Host $http_host; in the location, then nginx -t && nginx -s reload",
        "Apache: ProxyPreserveHost On, then apachectl graceful",
    ),
    prevent=("or add the page's Origin to the server's list of allowed origins",),
    explains=EXPLAINS,
    look_alikes=(SERVERS_LIST,),
    sources=("https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",),
    staged=("apache/host", "nginx/host-is-rewritten"),
)
