# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-haproxy-maxconn: open WebSockets hold all connections that HAProxy's maxconn allows."""

from __future__ import annotations

import typing as t

from ...._evidence.proxy import place, setting
from ...conditions import TURNED_BAD_BY_PROXY
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ._haproxy import DOC, RELOAD
from ._proxy import EXPLAINS, led_by, route_of, turned

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import SettingName


def _waited(facts: Facts) -> float:
    """Seconds until the first byte of the answer through the proxy."""
    return float(facts.through.get("first_byte_ms") or 0) / 1000.0


def _queued(facts: Facts) -> bool:
    """Whether 503 came when timeout queue expired: all connections of the server are in use."""
    route = route_of(facts, "haproxy")
    queue = setting(route, "timeout_queue_s")
    if facts.through.get("status") != 503 or not setting(route, "server_maxconn") or queue is None:
        return False
    return abs(_waited(facts) - float(queue)) < 1.0


def _not_taken(facts: Facts) -> bool:
    """Whether the kernel alone accepts the connection: all connections of the frontend are in use."""
    return facts.through.get("outcome") == "timeout" and bool(setting(route_of(facts, "haproxy"), "maxconn"))


def _find(facts: Facts) -> Found:
    """With the limit that is reached, and where it is set."""
    route, by_server = route_of(facts, "haproxy"), _queued(facts)
    name: SettingName = "server_maxconn" if by_server else "maxconn"
    return "likely", {
        "turned": turned(facts, "HAProxy"),
        "waited": "%.1f" % _waited(facts) if by_server else None,
        "queue": setting(route, "timeout_queue_s"),
        "maxconn": setting(route, name),
        "place": place((route.get("settings") or {}).get(name)),
    }


RULE = Rule(
    id="proxy-haproxy-maxconn",
    layer="proxy",
    title="HAProxy is at its maxconn: open WebSockets hold every connection",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 503`, after a wait that is always as long as `timeout queue`",
        "or the browser waits without any answer, and connects as soon as another client disconnects",
        "HAProxy's log: `503` with the flags `sQ--`",
        "it works after a restart and with few users, and fails above a certain number of open sockets",
    ),
    why="maxconn counts connections, and a WebSocket is one for as long as it is open: a limit that is ample for short "
    "requests is used up by clients that stay connected. When the maxconn of a server line is reached, new requests "
    "wait in the queue, and get 503 once timeout queue expires. When the maxconn of the frontend, or the global one, "
    "is reached, HAProxy stops accepting: the kernel still completes the TCP handshake, and the client waits without "
    "receiving a byte.",
    needs=(
        TURNED_BAD_BY_PROXY,
        led_by("haproxy", "HAProxy"),
        Condition(
            "503 when timeout queue expires, where the server line has a maxconn; or no answer at all, where the "
            "frontend has one",
            lambda facts: _queued(facts) or _not_taken(facts),
        ),
    ),
    find=_find,
    confidence={"likely": "the open connections are not counted"},
    because=(
        "{turned}",
        (
            "503 after {waited} s, and timeout queue is {queue} s",
            "the kernel completes the connection, but HAProxy does not accept it",
        ),
        "maxconn is {maxconn} ({place}): each WebSocket counts for as long as it is open",
    ),
    fix=("raise maxconn at {place} above the number of sockets that are open at the same time, then " + RELOAD,),
    prevent=("add servers, or disconnect idle clients: timeout tunnel frees the connections of dead ones",),
    verify=("echo 'show info' | socat stdio <stats socket> | grep -i conn", RECHECK),
    explains=EXPLAINS,
    supersedes=("proxy-haproxy-no-server", "proxy-upstream-down", "proxy-haproxy-answers"),
    look_alikes=(
        LookAlike(
            "proxy-haproxy-no-server",
            Command("echo 'show stat' | socat stdio <stats socket>"),
            "all servers are UP and qcur is not 0: requests wait for maxconn; one is DOWN: no server is available",
        ),
    ),
    sources=(DOC + "#5.2-maxconn",),
    staged=("haproxy/is-full",),
)
