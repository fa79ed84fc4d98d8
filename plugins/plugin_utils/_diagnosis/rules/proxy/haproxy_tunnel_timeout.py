# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-haproxy-tunnel-timeout: HAProxy closes a WebSocket that was idle for as long as its timeout."""

from __future__ import annotations

from ...._evidence.proxy import fix_lines, place, setting
from ...facts import Facts
from ...rule import Condition, Found, Rule
from ._haproxy import DOC
from ._proxy import CUT_OR_FORGOTTEN, EXPLAINS, cut_at, route_of


def _find(facts: Facts) -> Found:
    """With the limit, and where it is set."""
    route = route_of(facts, "haproxy")
    return "certain", {
        "held": (facts.proxy.get("hold") or {}).get("held_s"),
        "limit": setting(route, "read_timeout_s"),
        "tunnel": setting(route, "timeout_tunnel_s"),
        "place": place((route.get("settings") or {}).get("read_timeout_s")),
        "lines": fix_lines(route),
    }


RULE = Rule(
    id="proxy-haproxy-tunnel-timeout",
    layer="proxy",
    title="HAProxy closes the idle connection: timeout tunnel is missing or too short",
    users_see=(
        "the page: `close` event with code `1006`, `wasClean: false`, always after the same time of silence",
        "HAProxy's log: `101` with the flags `cD--` (or `sD--`) and a total time of exactly that limit",
        "no error on either side; as long as messages flow, the connection stays open",
    ),
    why="Once a connection is upgraded, HAProxy treats it as a tunnel: timeout tunnel is its idle limit in both "
    "directions. If there is none, timeout client and timeout server still apply, and these are chosen for ordinary "
    "requests, often 30 to 60 seconds. When the limit expires, HAProxy closes both TCP connections without a WebSocket "
    "close frame, so the browser reports 1006. A number without a unit is in milliseconds: `timeout tunnel 3600` is "
    "3.6 seconds.",
    needs=(
        Condition(
            "an idle connection through HAProxy ended without a close frame when timeout tunnel expired or, without "
            "one, the shorter of timeout client and timeout server",
            lambda facts: cut_at(facts, "haproxy", "eof", "reset"),
        ),
    ),
    find=_find,
    confidence={"certain": "the time matches the limit"},
    because=(
        "an idle connection through HAProxy ended without a close frame after {held} s",
        (
            "timeout tunnel is {tunnel} s ({place})",
            "there is no timeout tunnel, so timeout client and server apply: the shorter is {limit} s ({place})",
        ),
    ),
    fix=("have the server send a ping more often than every {limit} s",),
    prevent=(
        ("{lines}", "set a longer timeout tunnel in the backend (timeout tunnel 1h); a number without a unit is in ms"),
    ),
    verify=("set websocket.hold above {limit} and run the checklist again",),
    explains=EXPLAINS,
    look_alikes=(CUT_OR_FORGOTTEN,),
    sources=(DOC + "#4.2-timeout%20tunnel",),
    staged=("haproxy/idle",),
)
