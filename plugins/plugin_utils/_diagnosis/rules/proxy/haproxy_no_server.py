# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-haproxy-no-server: HAProxy answers 503, because no server is up or no backend handles the URL."""

from __future__ import annotations

from ...._evidence.proxy import location_words, setting
from ...._evidence.websocket import outcome_words
from ...._evidence.who_answered import fingerprint
from ...conditions import through_proxy
from ...facts import Facts
from ...rule import Command, Found, If, LookAlike, Rule
from ._haproxy import DOC, RELOAD
from ._proxy import EXPLAINS, NOT_BY_BACK_END, led_by, route_of, silent_upstreams


def _find(facts: Facts) -> Found | None:
    """With the address where nothing answers, the health check, or the backend that is missing."""
    route = route_of(facts, "haproxy")
    silent = silent_upstreams(facts, "haproxy")
    nowhere = route.get("handler") == "return" and route.get("status") == 503
    if not silent and not nowhere and fingerprint(facts.through) not in ("", "HAProxy"):
        return None  # another server wrote it
    check = setting(route, "httpchk") if not silent else None
    return "certain" if silent or nowhere else "likely", {
        "through": outcome_words(facts.through),
        "silent": silent[:3],
        "nowhere": nowhere,
        "check": None if nowhere else check,
        "checked": bool(check),
        "location": location_words(route),
    }


RULE = Rule(
    id="proxy-haproxy-no-server",
    layer="proxy",
    title="HAProxy has no available server for the URL",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 503`",
        "a page with `503 Service Unavailable` and `No server is available to handle this request.`",
        "HAProxy's log: `503` with `<NOSRV>`, or with the flags `SC--`",
        "HAProxy's log, shortly before: `Server chat/one is DOWN, reason: Layer4 connection problem, info: "
        '"Connection refused"`, or `Layer7 wrong status`',
    ),
    why="HAProxy answers 503 on its own if it has no server for a request: no backend handles the URL, the health "
    "checks have marked every server DOWN, or the connection to the server failed even after the retries. Without "
    "health checks a dead server costs a few seconds of retries first; once a check has failed, 503 is immediate. "
    "option httpchk sends an ordinary HTTP request, which a server that speaks only WebSocket answers with 426: "
    "HAProxy then marks a healthy server DOWN.",
    needs=(through_proxy(503), led_by("haproxy", "HAProxy")),
    against=(NOT_BY_BACK_END,),
    find=_find,
    confidence={
        "certain": "nothing listens at the server's address, or no backend handles the URL",
        "likely": "otherwise",
    },
    because=(
        "through HAProxy: {through}",
        "nothing answers at {silent}",
        If("nowhere", "no backend with a server handles the URL"),
        "option httpchk ({check}) sends an ordinary HTTP request: a server that speaks only WebSocket answers 426 and "
        "is marked DOWN",
    ),
    fix=(
        (
            If("nowhere", "add a default_backend or a use_backend for the path, then " + RELOAD),
            If("silent", "start the back end at that address, or correct the server line of {location}"),
            "find the server that is DOWN: echo 'show stat' | socat stdio <stats socket>",
        ),
    ),
    prevent=(If("checked", "http-check expect status 426, or a TCP check (server … check, without option httpchk)"),),
    explains=EXPLAINS,
    supersedes=("proxy-upstream-down",),
    look_alikes=(
        LookAlike(
            "proxy-haproxy-maxconn",
            Command("echo 'show stat' | socat stdio <stats socket>"),
            "a server is DOWN: no server is available; all are UP and qcur is not 0: requests wait for maxconn",
        ),
    ),
    sources=(DOC + "#8.5",),
    staged=("haproxy/dead", "haproxy/nowhere"),
)
