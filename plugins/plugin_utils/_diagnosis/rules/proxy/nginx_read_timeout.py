# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-nginx-read-timeout: nginx cuts the idle connection at proxy_read_timeout."""

from __future__ import annotations

from ...._evidence.proxy import place, setting
from ...facts import Facts
from ...rule import Condition, Found, Rule
from ._proxy import CUT_OR_FORGOTTEN, EXPLAINS, cut_at, route_of


def _find(facts: Facts) -> Found:
    route = route_of(facts, "nginx")
    return "certain", {
        "held_s": (facts.proxy.get("hold") or {}).get("held_s"),
        "limit": setting(route, "read_timeout_s"),
        "place": place((route.get("settings") or {}).get("read_timeout_s")),
    }


RULE = Rule(
    id="proxy-nginx-read-timeout",
    layer="proxy",
    title="nginx cuts the idle connection at proxy_read_timeout",
    users_see=(
        "the browser's `close` event has code `1006`, 60 s after the last message, again and again",
        "nginx error.log, at level info only: `upstream timed out (110: Connection timed out) while proxying upgraded "
        "connection`",
        "nginx access.log: status `101` with a `$request_time` of about 60, or a multiple of it",
    ),
    why="After the 101, nginx copies bytes in both directions. When nothing has passed in either direction for "
    "`proxy_read_timeout` (60 s unless set), nginx closes both connections, without a WebSocket close frame: the "
    "browser reports 1006. Many applications are silent for longer than a minute, and browsers send no pings on their "
    "own, so the server or the application has to.",
    needs=(
        Condition(
            "an idle connection through nginx ended by a FIN without a close frame, when proxy_read_timeout had passed",
            lambda facts: cut_at(facts, "nginx", "eof"),
        ),
    ),
    find=_find,
    confidence={"certain": "the connection ended when the limit was reached"},
    because=(
        "an idle connection through nginx ended without a close frame after {held_s} s",
        "proxy_read_timeout is {limit} s ({place})",
    ),
    fix=("have the server send a ping more often than every {limit} s",),
    prevent=("or set proxy_read_timeout 1h; proxy_send_timeout 1h; in the WebSocket location",),
    verify=("set websocket.hold above {limit} and run the checklist",),
    explains=EXPLAINS,
    look_alikes=(CUT_OR_FORGOTTEN,),
    sources=("https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout",),
    staged=("nginx/idle-time-out",),
)
