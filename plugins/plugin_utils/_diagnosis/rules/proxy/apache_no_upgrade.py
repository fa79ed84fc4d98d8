# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-apache-no-upgrade: Apache proxies the URL as ordinary HTTP and removes the Upgrade header."""

from __future__ import annotations

from ...._evidence.proxy import fix_lines, location_words, passes_upgrade, place
from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import Command, Condition, Found, If, LookAlike, Rule
from ._apache import RELOAD
from ._proxy import EXPLAINS, by_apache, route_of, stripped, turned


def _removes_upgrade(facts: Facts) -> bool:
    """Whether the URL's worker is not configured to upgrade; or the answer shows it of an Apache elsewhere."""
    route = route_of(facts, "apache")
    if not route:
        return by_apache(facts) and bool(stripped(facts))
    return facts.turned_bad_by_proxy and passes_upgrade(route) is False


def _find(facts: Facts) -> Found:
    """With the worker, where the configuration was read."""
    route = route_of(facts, "apache")
    if not route:
        return "likely", {"answer": outcome_words(facts.first_refusal), "stripped": stripped(facts)}
    shares = route.get("shares") or {}
    return "certain", {
        "turned": turned(facts, "Apache"),
        "location": location_words(route),
        "worker": shares.get("text"),
        "worker_place": place(shares),
        "lines": fix_lines(route),
    }


RULE = Rule(
    id="proxy-apache-no-upgrade",
    layer="proxy",
    title="Apache proxies the URL to http:// and removes the Upgrade header",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 404` (426 or 400 from other servers): what the server answers to an ordinary GET",
        "Apache's access log: `404` or `426` for the WebSocket's URL where `101` should be",
        "the server's own log: an ordinary `GET` with `Connection: Keep-Alive` and without `Upgrade`",
    ),
    why="Upgrade and Connection are hop-by-hop headers: a proxy does not pass them on unless it takes part in the "
    "upgrade itself. With ProxyPass to an http:// URL Apache does so only if the worker has upgrade=websocket, which "
    "exists since 2.4.47; mod_proxy_wstunnel alone changes nothing for http:// URLs. Parameters belong to the worker, "
    "not to the ProxyPass line: two lines with the same http://host:port share the worker of the first one, and "
    "upgrade=websocket on the second is ignored.",
    needs=(
        Condition(
            "the Apache rule that matches the URL proxies it to http://, and its worker is not configured to upgrade, "
            "while the server itself accepts the handshake; or an Apache in the path passes the handshake on without "
            "Upgrade",
            _removes_upgrade,
        ),
    ),
    find=_find,
    confidence={"certain": "the configuration was read", "likely": "only the answer shows it"},
    because=(
        "an Apache in the path answers {answer}",
        "{stripped}",
        "{turned}",
        "{location} proxies to http:// without upgrade=websocket: Upgrade is removed",
        "its own upgrade= is ignored: it shares the worker of {worker} at {worker_place}",
    ),
    fix=(
        If("stripped", "on the Apache host, write ProxyPass … upgrade=websocket (2.4.47 or later), then " + RELOAD),
        If("location", "change the configuration as listed, then " + RELOAD),
    ),
    prevent=(
        (
            "{lines}",
            If(
                "location",
                "ProxyPass /ws http://<back end>:<port>/ws upgrade=websocket (2.4.47 or later), or ws:// instead of "
                "http://",
            ),
        ),
    ),
    explains=EXPLAINS,
    supersedes=("proxy-upgrade-dropped",),
    look_alikes=(
        LookAlike(
            "proxy-apache-proxypass-order",
            Command("apachectl -t -D DUMP_CONFIG"),
            "a ProxyPass for the path after the one that matches first: the order; none: upgrade=websocket is missing",
        ),
    ),
    sources=("https://httpd.apache.org/docs/2.4/mod/mod_proxy_http.html",),
    staged=(
        "apache/no-upgrade",
        "apache/shared-worker",
        "two-hosts/apache-no-upgrade",
        "two-hosts/apache-no-upgrade-from-behind",
        "two-hosts/apache-no-upgrade-own-port",
    ),
)
