# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-haproxy-answers: HAProxy itself answers: a rule denies the request, or the back end is too slow."""

from __future__ import annotations

from ...._evidence.proxy import setting
from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import Command, Condition, Found, If, Look, LookAlike, Rule
from ._haproxy import DOC, RELOAD
from ._proxy import EXPLAINS, led_by, route_of


def _denies(facts: Facts) -> bool:
    """Whether a rule of HAProxy gives the answer that was seen."""
    route, status = route_of(facts, "haproxy"), facts.through.get("status")
    return bool(status) and route.get("handler") == "return" and route.get("status") == status != 503


def _find(facts: Facts) -> Found:
    """With the rule that denies, or the time that the back end is given."""
    route, denies = route_of(facts, "haproxy"), _denies(facts)
    return "certain" if denies else "likely", {
        "through": outcome_words(facts.through),
        "denies": denies,
        "status": facts.through.get("status"),
        "limit": setting(route, "timeout_server_s"),
        "undecided": (route.get("undecided") or [])[:2],
    }


RULE = Rule(
    id="proxy-haproxy-answers",
    layer="proxy",
    title="HAProxy answers on its own: a rule denies the request, or the back end is too slow",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 403` (or `504`)",
        "HAProxy's log: `403` with the flags `PR--`, or `504` with the flags `sH--`",
        "a page with `504 Gateway Time-out` and `The server didn't respond in time.`",
    ),
    why="Rules such as http-request deny and http-request return apply before a server is chosen, so such a request "
    "never appears in the server's own log. HAProxy answers 504 if the server has accepted the connection but sends no "
    "response header within timeout server: its event loop is blocked, all its workers are busy, or its upgrade "
    "handler never answers.",
    needs=(
        led_by("haproxy", "HAProxy"),
        Condition(
            "through it the handshake is answered with 504; or one of its rules gives exactly this answer, and the "
            "server itself accepts the handshake",
            lambda facts: facts.through.get("status") == 504 or (_denies(facts) and facts.turned_bad_by_proxy),
        ),
    ),
    find=_find,
    confidence={"certain": "the rule was read", "likely": "the answer is 504"},
    because=(
        "through HAProxy: {through}",
        (
            If("denies", "an http-request rule in HAProxy answers {status} for this URL"),
            "the back end did not answer within timeout server ({limit} s)",
            "the back end did not answer within timeout server",
        ),
        "{undecided}",
    ),
    fix=(
        (
            If("denies", "exempt the WebSocket path from the rule, then " + RELOAD),
            "check the back end: is its event loop blocked, or its upgrade handler silent?",
        ),
    ),
    prevent=(
        (
            If("denies", "keep the exception in the rule: http-request deny if <condition> !{ path_beg /ws }"),
            "accept the handshake before any slow work; a longer timeout server only hides the wait",
        ),
    ),
    explains=EXPLAINS,
    supersedes=("proxy-upstream-silent", "proxy-configured-refusal"),
    look_alikes=(
        LookAlike(
            "server-credentials-required",
            Look("a handshake that bypasses the proxy, on the host itself"),
            "101: a rule in HAProxy; 403 there as well: the server requires credentials",
        ),
        LookAlike(
            "process-event-loop-blocked",
            Command("top -b -n 1 -p <pid>"),
            "100 % CPU all the time: the event loop is blocked; next to nothing: the upgrade handler does not answer",
        ),
    ),
    sources=(DOC + "#8.5",),
    staged=("haproxy/denied", "haproxy/mute", "two-hosts/haproxy-mute", "two-hosts/haproxy-mute-own-port"),
)
