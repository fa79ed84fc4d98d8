# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-apache-module-missing: no loaded module of Apache speaks the scheme of the back end's URL."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...conditions import through_proxy
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._apache import RELOAD
from ._proxy import EXPLAINS, led_by, log_line, route_of


def _is_unhandled(facts: Facts) -> bool:
    """Whether Apache has a back end for the URL and still answers on its own."""
    route = route_of(facts, "apache")
    return route.get("handler") == "return" and bool(route.get("upstream"))


def _find(facts: Facts) -> Found:
    """With Apache's own message."""
    return "certain", {
        "through": outcome_words(facts.through),
        "log_lines": [log_line(line) for line in facts.proxy_errors("no-protocol-handler")[:1]],
        "missing": [str(text) for text in (route_of(facts, "apache").get("undecided") or [])[:1]],
    }


RULE = Rule(
    id="proxy-apache-module-missing",
    layer="proxy",
    title="No loaded Apache module can proxy this kind of URL",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 500`",
        "Apache's error log: `AH01144: No protocol handler was valid for the URL /ws (scheme 'ws'). If you are using a "
        "DSO version of mod_proxy, make sure the proxy submodules are included in the configuration using LoadModule.`",
        "a page titled `500 Internal Server Error` at the same URL",
    ),
    why="mod_proxy itself speaks no protocol: each scheme in a ProxyPass requires one of its submodules to be loaded. "
    "mod_proxy_http handles http:// and https:// and, since 2.4.47, ws:// and wss:// as well; before that, ws:// "
    "requires mod_proxy_wstunnel. If no loaded module handles the scheme, Apache answers 500 without contacting the "
    "back end.",
    needs=(
        through_proxy(500),
        led_by("apache", "Apache"),
        Condition(
            "its log reports that no protocol handler was valid, or no loaded module handles the scheme of the rule's "
            "URL",
            lambda facts: facts.proxy_errors("no-protocol-handler") or _is_unhandled(facts),
        ),
    ),
    find=_find,
    confidence={"certain": "Apache's log, or its list of loaded modules, shows it"},
    because=("through Apache: {through}", "{log_lines}", "{missing}"),
    fix=(
        "load the module (Debian: a2enmod proxy_http; elsewhere: LoadModule proxy_http_module "
        "modules/mod_proxy_http.so), then " + RELOAD,
    ),
    prevent=(
        "mod_proxy_http proxies http:// and, since 2.4.47, ws://; before that, ws:// requires mod_proxy_wstunnel",
    ),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "server-channels-no-route",
            Command("apachectl -M | grep proxy"),
            "no proxy_http_module: the module is missing; it is there: the 500 is the server's own",
        ),
    ),
    sources=("https://httpd.apache.org/docs/2.4/mod/mod_proxy_wstunnel.html",),
    staged=("apache/no-module",),
)
