# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-upstream-silent: a proxy answers 504, because its back end accepts connections and sends no answer."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import Command, Condition, Found, If, LookAlike, Rule
from ._proxy import EXPLAINS, log_line


def _find(facts: Facts) -> Found:
    """From nginx's log, or else from the answer."""
    errors = facts.proxy_errors("upstream-mute")
    if facts.through.get("status") == 504 and errors:
        return "certain", {"through": outcome_words(facts.through), "log_lines": [log_line(errors[0])]}
    return "likely", {"answer": outcome_words(facts.first_refusal)}


RULE = Rule(
    id="proxy-upstream-silent",
    layer="proxy",
    title="A proxy's back end accepts connections but does not answer",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 504`, after about a minute",
        "a page with `504 Gateway Time-out`",
        "nginx's error.log: `upstream timed out (110: Connection timed out) while reading response header from "
        "upstream`",
    ),
    why="The proxy has connected to its back end and sent the handshake, but no response header arrived within its "
    "timeout (proxy_read_timeout in nginx, 60 seconds by default). The kernel completes connections even for a process "
    "that does not accept or read them: its event loop is blocked, every worker is busy, or the process is stopped. Or "
    "the upgrade handler returns without sending an answer.",
    needs=(
        Condition(
            "where it is first refused, or through the proxy on the host, the handshake is answered with 504",
            lambda facts: 504 in (facts.first_refusal.get("status"), facts.through.get("status")),
        ),
    ),
    find=_find,
    confidence={"certain": "nginx's log reports that the back end was silent", "likely": "otherwise"},
    because=(
        "through nginx: {through}",
        "{log_lines}",
        "the handshake is answered with {answer}",
        If("answer", "the proxy's back end accepts connections but does not answer"),
    ),
    fix=(
        (
            If(
                "answer",
                "check the back end behind the proxy: is its event loop blocked, or its upgrade handler silent?",
            ),
            "check the back end: is its event loop blocked, or its upgrade handler silent?",
        ),
    ),
    prevent=("accept the handshake before any slow work, and keep long computations off the event loop",),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "network-firewall-drops",
            Command("nc -vz <back end> <port>"),
            "run on the proxy's host; connected: the back end accepts and does not answer; no answer: a firewall",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_proxy_module.html",),
    staged=(
        "nginx/upstream-is-mute",
        "two-hosts/nginx-upstream-is-mute",
        "two-hosts/nginx-upstream-is-mute-own-port",
    ),
)
