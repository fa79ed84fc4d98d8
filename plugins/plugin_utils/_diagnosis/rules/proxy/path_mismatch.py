# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-path-mismatch: the proxy requests a path that the server does not serve."""

from __future__ import annotations

from ...._evidence.proxy import asked_proxy, effective_route, location_words, passes_upgrade
from ...conditions import TURNED_BAD_BY_PROXY, through_proxy
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._proxy import EXPLAINS, turned


def _sent_path(facts: Facts) -> str:
    """The path that the proxy requests from the back end, as far as its configuration shows."""
    return str(effective_route(facts.proxy).get("upstream_path") or "")


def _find(facts: Facts) -> Found:
    """The three paths: the client's, the proxy's, the server's."""
    kind = str(asked_proxy(facts.proxy).get("kind"))
    sent, asked = _sent_path(facts), str(facts.through.get("path") or "")
    shown = any(row.get("name") == "path" and row.get("flipped") for row in facts.proxy.get("replay") or ())
    return "certain" if sent != asked or shown else "likely", {
        "turned": turned(facts, kind),
        "asked": asked,
        "location": location_words(effective_route(facts.proxy)),
        "sent": sent,
        "served": facts.served_path,
        "kind": kind,
    }


RULE = Rule(
    id="proxy-path-mismatch",
    layer="proxy",
    title="The proxy requests a path that the server does not serve",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 404` (or 400, 403, 500)",
        "from the ws package of Node with a `path` option: 400 with the body `Bad Request`; from FastAPI: 403; from "
        "Daphne: 500 and `No route found for path` in its log",
        "the path in the server's log is not the one in the browser's address: `/` instead of `/ws`, `//ws`, or a "
        "prefix too many",
    ),
    why="A proxy may change the path before it asks the back end. In nginx `proxy_pass http://back` sends the path as "
    "it came, while `proxy_pass http://back/` replaces the part that `location` matched; Apache's ProxyPass, Caddy's "
    "`handle_path` and HAProxy's `set-path` have rules of their own. WebSocket servers compare the whole path: "
    "another prefix, or one slash more or less, is refused.",
    needs=(
        TURNED_BAD_BY_PROXY,
        Condition("the proxy passes Upgrade on", lambda facts: passes_upgrade(effective_route(facts.proxy))),
        Condition(
            "the path that it requests from the back end is not the one on which the handshake was accepted",
            lambda facts: _sent_path(facts) and _sent_path(facts) != facts.served_path,
        ),
    ),
    against=(through_proxy(301, 302, 307, 308, 502, 503, 504, 505),),
    find=_find,
    confidence={
        "certain": "the proxy changes the path, or the server itself refuses the path that the proxy requests and accepts its own",
        "likely": "the proxy passes the client's own path on: either the client or the server has the wrong one",
    },
    because=(
        "{turned}",
        "clients request {asked}, {location} requests {sent} from the back end, which serves {served}",
    ),
    fix=("make location, proxy_pass and the server's path agree, then reload {kind}",),
    prevent=(
        "nginx: proxy_pass without a URI passes the path on unchanged; with one (even /) it replaces the location's "
        "prefix",
        "Apache: ProxyPass replaces the path before it with the one in its URL; Caddy: handle_path strips the prefix, "
        "handle does not; HAProxy: http-request set-path, replace-path",
    ),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "proxy-upgrade-dropped",
            Look("the path in the server's own log"),
            "the one that it serves: the headers are missing; another: the path is wrong",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",),
    staged=(
        "apache/another-path",
        "caddy/another-path",
        "haproxy/another-path",
        "nginx/another-path",
        "nginx/slash-in-proxy-pass",
        "two-hosts/nginx-another-path",
        "two-hosts/nginx-another-path-own-port",
    ),
)
