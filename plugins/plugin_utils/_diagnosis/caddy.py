# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the configuration of Caddy: layer proxy of the failure catalogue."""

from __future__ import annotations

from .._evidence.proxy import location_words
from .._evidence.websocket import outcome_words
from .conditions import sure_where, through_proxy
from .facts import Facts
from .proxy_rule import led_by, nobody_at, proxy_rule, route_of, silent_upstreams, turned
from .rule import CHECK_AGAIN, Condition, Match, Rule

_RELOAD = "caddy validate --config <file> && systemctl reload caddy"


def _takes_nothing(facts: Facts) -> bool:
    """Whether no site or path of Caddy's takes the URL, which it answers by an empty 200."""
    route = route_of(facts, "caddy")
    empty = (route.get("handler"), route.get("status")) == ("return", 200)
    return facts.through.get("status") == 200 and facts.turned_bad_by_proxy and empty


def _caddy(facts: Facts) -> Match | None:
    """With what is missing, or the address where nobody is."""
    route = route_of(facts, "caddy")
    words = "through Caddy: %s" % outcome_words(facts.through)
    if _takes_nothing(facts):
        return Match(
            "certain",
            [*turned(facts, "Caddy"), "no site or path of Caddy's leads the URL on"],
            immediate=["add a site or a path with reverse_proxy for the URL, then %s" % _RELOAD],
            testing=[CHECK_AGAIN],
        )
    silent = silent_upstreams(facts, "caddy")
    return Match(
        "certain" if silent else "likely",
        [
            words,
            nobody_at(silent),
            "Caddy passes WebSockets on by itself: the back end it dials does not answer",
        ],
        immediate=["start the back end at that address, or correct reverse_proxy of %s" % location_words(route)],
        testing=[CHECK_AGAIN],
    )


RULES: tuple[Rule, ...] = (
    proxy_rule(
        "proxy-caddy-answers",
        "Caddy answers by itself: nothing takes the URL, or its back end is down",
        _caddy,
        "https://caddyserver.com/docs/caddyfile/directives/reverse_proxy",
        ("proxy-upstream-down",),
        needs=(
            led_by("caddy", "Caddy"),
            through_proxy(200, 502, 503),
            Condition(
                "it is an empty 200, for which no site or path of Caddy's takes the URL; or it is 502 or 503, for which the back "
                "end does not answer",
                lambda facts: facts.through.get("status") != 200 or _takes_nothing(facts),
            ),
        ),
        sureness=sure_where("nothing takes the URL, or nobody listens at the back end's address"),
    ),
)
