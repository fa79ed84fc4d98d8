# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-apache-proxypass-order: an earlier ProxyPass for a shorter path takes the WebSocket's URL."""

from __future__ import annotations

from ...._evidence.proxy import location_words, place
from ...conditions import TURNED_BAD_BY_PROXY
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._apache import PROXY_DOC, RELOAD
from ._proxy import EXPLAINS, route_of, turned


def _find(facts: Facts) -> Found:
    """With both ProxyPass."""
    route = route_of(facts, "apache")
    later = route["shadowed"][0]
    return "certain", {
        "turned": turned(facts, "Apache"),
        "first": location_words(route),
        "first_place": place(route.get("location")),
        "later": later.get("text"),
        "later_place": place(later),
    }


RULE = Rule(
    id="proxy-apache-proxypass-order",
    layer="proxy",
    title="An earlier ProxyPass matches the WebSocket's path first",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 404`, while the pages of the same site work",
        "Apache's access log: `404` or `426` for the WebSocket's URL where `101` should be, although a ProxyPass for "
        "that path is configured",
    ),
    why="Apache compares a URL with the ProxyPass lines in the order of the configuration and uses the first one whose "
    "path is a prefix of it. `ProxyPass /` matches every URL, so a line for `/ws` after it is never reached, and its "
    "ws:// or upgrade=websocket never applies. The request is sent as ordinary HTTP, without Upgrade, and possibly to "
    "another back end.",
    needs=(
        TURNED_BAD_BY_PROXY,
        Condition(
            "the ProxyPass for the path comes after one for a shorter path, which matches first",
            lambda facts: route_of(facts, "apache").get("shadowed"),
        ),
    ),
    find=_find,
    confidence={"certain": "the effective configuration was computed"},
    because=(
        "{turned}",
        "the first matching ProxyPass wins: {first}",
        "{later} at {later_place} is never reached",
    ),
    fix=("move the ProxyPass at {later_place} above {first_place}, then " + RELOAD,),
    prevent=("order the ProxyPass lines from the longest path to the shortest",),
    explains=EXPLAINS,
    supersedes=("proxy-apache-no-upgrade", "proxy-upgrade-dropped"),
    look_alikes=(
        LookAlike(
            "proxy-apache-no-upgrade",
            Command("apachectl -t -D DUMP_CONFIG"),
            "a ProxyPass for the path after the one that matches first: the order; none: upgrade=websocket is missing",
        ),
    ),
    sources=(PROXY_DOC + "#proxypass",),
    staged=("apache/order",),
)
