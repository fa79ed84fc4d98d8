# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-caddy-answers: Caddy itself answers, because nothing handles the URL or the back end is down."""

from __future__ import annotations

from ...._evidence.proxy import location_words
from ...._evidence.websocket import outcome_words
from ...conditions import through_proxy
from ...facts import Facts
from ...rule import Command, Condition, Found, If, LookAlike, Rule
from ._proxy import EXPLAINS, NOT_BY_BACK_END, leads_to_accepting, led_by, route_of, silent_upstreams, turned

_RELOAD = "caddy validate --config <file> && systemctl reload caddy"


def _takes_nothing(facts: Facts) -> bool:
    """Whether no site or path of Caddy's takes the URL, which it answers by an empty 200."""
    route = route_of(facts, "caddy")
    empty = (route.get("handler"), route.get("status")) == ("return", 200)
    return facts.through.get("status") == 200 and facts.turned_bad_by_proxy and empty


def _find(facts: Facts) -> Found | None:
    """With what is missing, or the address where nothing answers."""
    if _takes_nothing(facts):
        return "certain", {"turned": turned(facts, "Caddy"), "unmatched": True}
    silent = silent_upstreams(facts, "caddy")
    if not silent and (facts.through.get("body") or leads_to_accepting(facts)):
        return None  # Caddy's own answer has no body, and what accepts the handshake is not down
    return "certain" if silent else "likely", {
        "through": outcome_words(facts.through),
        "silent": silent[:3],
        "location": location_words(route_of(facts, "caddy")),
        "elsewhere": facts.handshake.get("outcome") == "open",
    }


RULE = Rule(
    id="proxy-caddy-answers",
    layer="proxy",
    title="Caddy answers on its own: nothing handles the URL, or its back end is down",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 502` (or `200`, where no site or path handles the URL)",
        "Caddy's log, with 502: `dial tcp 127.0.0.1:8080: connect: connection refused`",
        "`curl` gets an empty body with `Server: Caddy`",
    ),
    why="reverse_proxy handles WebSockets without further options, so with Caddy the headers are hardly ever the "
    "problem. A request that no site and no handler matches gets an empty 200, which looks like success to everything "
    "but a WebSocket client. Common reasons are a path matcher such as `/ws`, which does not cover `/ws/…`, and a "
    "configuration that was loaded through the admin API and differs from the Caddyfile. 502 means that Caddy could "
    "not connect to the back end's address, 503 that no back end was available.",
    needs=(
        led_by("caddy", "Caddy"),
        through_proxy(200, 502, 503),
        Condition(
            "it is an empty 200, because no Caddy site or path handles the URL; or it is 502 or 503, because the back "
            "end does not answer",
            lambda facts: facts.through.get("status") != 200 or _takes_nothing(facts),
        ),
    ),
    against=(NOT_BY_BACK_END,),
    find=_find,
    confidence={
        "certain": "nothing handles the URL, or nothing listens at the back end's address",
        "likely": "otherwise",
    },
    because=(
        "{turned}",
        If("unmatched", "no Caddy site or path proxies the URL"),
        "through Caddy: {through}",
        "nothing answers at {silent}",
        If(
            "through",
            "Caddy proxies WebSockets without further configuration: the back end that it connects to does not answer",
        ),
    ),
    fix=(
        (
            If("unmatched", "add a site or path with reverse_proxy for the URL, then " + _RELOAD),
            "start the back end at that address, or correct the reverse_proxy address in {location}",
        ),
    ),
    prevent=(
        (
            If(
                "unmatched",
                "cover every path of the WebSocket: reverse_proxy /ws* <back end>:<port>; the matcher /ws does not "
                "match /ws/…",
            ),
            If("elsewhere", "configure the server's address and reverse_proxy from one place, or use a unix socket"),
            "start the back end at boot and restart it on failure (systemctl enable <unit>, Restart=on-failure)",
        ),
    ),
    explains=EXPLAINS,
    supersedes=("proxy-upstream-down",),
    look_alikes=(
        LookAlike(
            "proxy-stale-upstream-address",
            Command("getent hosts <name of the back end>"),
            "an address other than the one in Caddy's log: a stale name; the same: nothing listens there",
        ),
    ),
    sources=("https://caddyserver.com/docs/caddyfile/directives/reverse_proxy",),
    staged=(
        "caddy/dead",
        "caddy/loaded-by-the-api",
        "caddy/unmatched",
        "two-hosts/caddy-dead",
        "two-hosts/caddy-dead-own-port",
    ),
)
