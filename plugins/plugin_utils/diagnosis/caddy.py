# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the configuration of Caddy: layer proxy of the failure catalogue."""

from __future__ import annotations

from ..checks.proxy import location_words
from ..checks.websocket import outcome_words
from .proxy_rule import CHECK_AGAIN, nobody_at, proxy_rule, route_of, silent_upstreams, turned
from .rule import Facts, Match, Rule

_RELOAD = "caddy validate --config <file> && systemctl reload caddy"


def _caddy(facts: Facts) -> Match | None:
    """No site or path takes the URL: an empty 200. Or the back end is down: an empty 502."""
    route = route_of(facts, "caddy")
    status = facts.through.get("status")
    words = "through Caddy: %s" % outcome_words(facts.through)
    if status == 200 and facts.turned_bad_by_proxy and (route.get("handler"), route.get("status")) == ("return", 200):
        return Match(
            "certain",
            [*turned(facts, "Caddy"), "no site or path of Caddy's leads the URL on"],
            immediate=["add a site or a path with reverse_proxy for the URL, then %s" % _RELOAD],
            testing=[CHECK_AGAIN],
        )
    silent = silent_upstreams(facts, "caddy")
    if status not in (502, 503) or not route:
        return None
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
        "caddy",
        "Caddy answers by itself: nothing takes the URL, or its back end is down",
        _caddy,
        "https://caddyserver.com/docs/caddyfile/directives/reverse_proxy",
        ("nginx-upstream-refused-502",),
    ),
)
