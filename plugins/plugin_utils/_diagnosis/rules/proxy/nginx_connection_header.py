# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-nginx-connection-header: nginx passes only one of Upgrade and Connection, or a wrong value."""

from __future__ import annotations

from ...._evidence.proxy import fix_lines
from ...conditions import TURNED_BAD_BY_PROXY
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._nginx import NOT_BOTH, WEBSOCKET_DOC, headers_words, passes_one
from ._proxy import EXPLAINS, route_of, turned


def _find(facts: Facts) -> Found:
    route = route_of(facts, "nginx")
    return "certain", {
        "turned": turned(facts, "nginx"),
        "headers": headers_words(route),
        "lines": fix_lines(route),
    }


RULE = Rule(
    id="proxy-nginx-connection-header",
    layer="proxy",
    title="nginx passes only one of Upgrade and Connection, or a wrong value",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 400` (or 404, or 426)",
        'body of the answer, from the ws package of Node: `Invalid Upgrade header`; from Tornado: `"Connection" must '
        'be "Upgrade".` or `Can "Upgrade" only to "WebSocket".`',
        "the handshake hangs, and nginx's access.log has status `499`: the server does not answer a handshake that it "
        "considers broken",
    ),
    why="A handshake consists of two headers: `Upgrade: websocket` names the protocol, and `Connection: upgrade` "
    "makes the request ask for it. nginx sends neither on its own. Where only Upgrade is set, the server also gets "
    "`Connection: close` and sees an ordinary request. Where the two values are swapped (`Upgrade "
    "$connection_upgrade`), it sees a handshake for a protocol named `upgrade`.",
    needs=(
        TURNED_BAD_BY_PROXY,
        NOT_BOTH,
        Condition("one of the two is set, alone or with a wrong value", passes_one),
    ),
    find=_find,
    confidence={"certain": "the effective configuration was computed"},
    because=(
        "{turned}",
        "{headers}",
        "a handshake needs both Upgrade: websocket and Connection: upgrade",
    ),
    fix=("set both headers in the location, then nginx -t && nginx -s reload",),
    prevent=("{lines}",),
    explains=EXPLAINS,
    supersedes=("proxy-upgrade-dropped",),
    look_alikes=(
        LookAlike(
            "proxy-upgrade-dropped",
            Command("nginx -T"),
            "the location sets one of the two headers: the other is missing or wrong; neither: both are missing",
        ),
        LookAlike(
            "proxy-nginx-headers-not-inherited",
            Command("nginx -T"),
            "the missing header is set nowhere: add it; in an outer block: it is not inherited",
        ),
    ),
    sources=(WEBSOCKET_DOC,),
    staged=("nginx/connection-missing", "nginx/upgrade-swapped"),
)
