# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-apache-idle-timeout: Apache closes a WebSocket that was idle for as long as its timeout."""

from __future__ import annotations

from ...._evidence.proxy import place, setting
from ...facts import Facts
from ...rule import Condition, Found, Rule
from ._proxy import CUT_OR_FORGOTTEN, EXPLAINS, cut_at, route_of


def _find(facts: Facts) -> Found:
    """With the limit, and where it is set."""
    route = route_of(facts, "apache")
    return "certain", {
        "held": (facts.proxy.get("hold") or {}).get("held_s"),
        "limit": setting(route, "read_timeout_s"),
        "place": place((route.get("settings") or {}).get("read_timeout_s")),
    }


RULE = Rule(
    id="proxy-apache-idle-timeout",
    layer="proxy",
    title="Apache closes the idle connection when its timeout expires",
    users_see=(
        "the page: `close` event with code `1006`, `wasClean: false`, always after the same time of silence (60 s by "
        "default, 300 s with Debian's `apache2.conf`)",
        "Apache's access log: `101` for the WebSocket's URL, with a duration (`%D`) of exactly that time",
        "no error on either side; as long as messages flow, the connection stays open",
    ),
    why="After the upgrade Apache copies bytes in both directions. If neither side sends anything for the longer of "
    "Timeout and the worker's timeout (timeout= on the ProxyPass, or ProxyTimeout), it closes both TCP connections "
    "without a WebSocket close frame. The browser then reports 1006.",
    needs=(
        Condition(
            "an idle connection through Apache ended with a FIN and without a close frame when its timeout expired",
            lambda facts: cut_at(facts, "apache", "eof"),
        ),
    ),
    find=_find,
    confidence={"certain": "the time matches the limit"},
    because=(
        "an idle connection through Apache ended without a close frame after {held} s",
        "the longer of Timeout and the worker's timeout (timeout= or ProxyTimeout) is {limit} s ({place})",
    ),
    fix=("have the server send a ping more often than every {limit} s",),
    prevent=("set ProxyTimeout 3600 in the virtual host, or timeout=3600 on the WebSocket's ProxyPass",),
    verify=("set websocket.hold above {limit} and run the checklist again",),
    explains=EXPLAINS,
    look_alikes=(CUT_OR_FORGOTTEN,),
    sources=("https://httpd.apache.org/docs/2.4/mod/core.html#timeout",),
    staged=("apache/idle",),
)
