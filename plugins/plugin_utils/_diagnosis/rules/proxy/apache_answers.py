# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-apache-answers: Apache itself answers 503 for a back end that is down, or 403 for clients that it denies."""

from __future__ import annotations

import typing as t

from ...._evidence.proxy import location_words
from ...._evidence.websocket import outcome_words
from ...conditions import through_proxy
from ...facts import Facts
from ...rule import Command, Condition, Found, If, Look, LookAlike, Rule
from ._apache import PROXY_DOC, RELOAD
from ._proxy import EXPLAINS, led_by, log_line, route_of, silent_upstreams

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import ErrorLine

#: Kinds of lines in the error log that say why, by the status of the answer.
_KEYS = {503: ("upstream-refused", "no-live-upstreams"), 403: ("denied",)}


def _refusals(facts: Facts) -> list[ErrorLine]:
    """What Apache's log says of the answer that was given."""
    return facts.proxy_errors(*_KEYS.get(facts.through.get("status") or 0, ()))


def _denies(facts: Facts) -> bool:
    """Whether an access rule refuses clients."""
    route = route_of(facts, "apache")
    return facts.through.get("status") == route.get("status") == 403 and route.get("handler") == "return"


def _find(facts: Facts) -> Found:
    """With the address where nothing answers, or the rule that refuses."""
    silent, denies = silent_upstreams(facts, "apache"), _denies(facts)
    return "certain" if silent or denies else "likely", {
        "through": outcome_words(facts.through),
        "silent": silent[:3],
        "denies": denies,
        "log_lines": [log_line(line) for line in _refusals(facts)[:1]],
        "location": location_words(route_of(facts, "apache")),
        "forbidden": facts.through.get("status") == 403,
        "unavailable": facts.through.get("status") == 503,
    }


RULE = Rule(
    id="proxy-apache-answers",
    layer="proxy",
    title="Apache answers instead of its back end: the back end is down, or clients are denied",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 503` (or `403`)",
        "Apache's error log, with 503: `(111)Connection refused: AH00957: HTTP: attempt to connect to 127.0.0.1:8080 "
        "(127.0.0.1) failed` and `AH01114: HTTP: failed to make connection to backend: 127.0.0.1`",
        "Apache's error log, with 403: `AH01630: client denied by server configuration: proxy:ws://…`",
    ),
    why="Apache answers 503 if it cannot connect to the back end's address: nothing listens there, or the back end "
    "listens on another address or port. After such a failure the worker is in the error state, and Apache answers 503 "
    "for another 60 seconds (retry=) without trying again. 403 comes from an access rule (Require, or the older Deny) "
    "in a Location, Proxy or Directory block that covers the URL; the request never reaches the back end.",
    needs=(
        through_proxy(403, 503),
        led_by("apache", "Apache"),
        Condition(
            "503, and its log or the list of listeners shows that nothing answers at the back end's address; or 403, "
            "and its log or an access rule shows that clients are denied",
            lambda facts: (
                _refusals(facts)
                or _denies(facts)
                or (facts.through.get("status") == 503 and silent_upstreams(facts, "apache"))
            ),
        ),
    ),
    find=_find,
    confidence={
        "certain": "nothing listens at the address, or the access rule was read",
        "likely": "only the log shows it",
    },
    because=(
        "through Apache: {through}",
        "nothing answers at {silent}",
        If("denies", "{location} denies clients"),
        "{log_lines}",
    ),
    fix=(
        (
            If("forbidden", "allow clients: Require all granted for {location}, then " + RELOAD),
            "start the back end at that address, or correct {location}",
        ),
    ),
    prevent=(
        If(
            "unavailable",
            "after a failure Apache does not retry the worker for 60 s, so 503 may outlast the outage; retry=5 on the "
            "ProxyPass shortens that",
        ),
    ),
    explains=EXPLAINS,
    supersedes=("proxy-upstream-down", "proxy-configured-refusal"),
    look_alikes=(
        LookAlike(
            "server-credentials-required",
            Look("a handshake that bypasses the proxy, on the host itself"),
            "101: Apache's access rule; 403 there as well: the server requires credentials",
        ),
        LookAlike(
            "proxy-stale-upstream-address",
            Command("getent hosts <name of the back end>"),
            "an address other than the one in Apache's log: a stale name; the same: nothing listens there",
        ),
    ),
    sources=(PROXY_DOC,),
    staged=("apache/dead", "apache/denied", "two-hosts/apache-dead", "two-hosts/apache-dead-own-port"),
)
