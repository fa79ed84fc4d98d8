# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-apache-rewritecond: a RewriteCond keeps browsers from the RewriteRule for WebSockets."""

from __future__ import annotations

import typing as t

from ...._evidence.proxy import place
from ...conditions import TURNED_BAD_BY_PROXY
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._apache import RELOAD
from ._proxy import EXPLAINS, route_of, turned

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import Missed


def _missed(facts: Facts) -> Missed:
    """A RewriteRule for WebSockets that a condition keeps from being applied."""
    return (route_of(facts, "apache").get("missed") or [{}])[0]


def _find(facts: Facts) -> Found:
    """With the rule, and the condition that keeps it from being applied."""
    missed = _missed(facts)
    rule, condition = missed.get("rule") or {}, missed.get("condition") or {}
    return "certain", {
        "turned": turned(facts, "Apache"),
        "condition": condition.get("text"),
        "condition_place": place(condition),
        "rule": rule.get("text"),
        "rule_place": place(rule),
    }


RULE = Rule(
    id="proxy-apache-rewritecond",
    layer="proxy",
    title="The RewriteCond for WebSockets does not match what browsers send",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 404` (or 426, or 200, where a page is served instead)",
        "Apache's access log: `404` for the WebSocket's URL where `101` should be; the RewriteRule with `ws://` seems "
        "to be ignored",
        "it works in one browser or test client, and not in another: their headers differ in upper and lower case, or "
        "contain further words",
    ),
    why="A RewriteRule is applied only if all RewriteCond lines directly above it match. The comparison is "
    "case-sensitive without `[NC]`, and browsers send `Upgrade: websocket` in lower case. Connection is a list: "
    "Chromium sends `Upgrade`, Firefox `keep-alive, Upgrade`, so `=Upgrade` or an anchored pattern misses some "
    "browsers. If the rule is not applied, the URL falls through to the next ProxyPass or to the document root, as an "
    "ordinary request.",
    needs=(
        TURNED_BAD_BY_PROXY,
        Condition(
            "a RewriteRule for WebSockets has a RewriteCond that a browser's headers do not match",
            lambda facts: _missed(facts).get("rule"),
        ),
    ),
    find=_find,
    confidence={"certain": "the condition was evaluated against the headers that browsers send"},
    because=(
        "{turned}",
        "browsers send Upgrade: websocket and Connection: Upgrade (Firefox: keep-alive, Upgrade)",
        "{condition} at {condition_place} does not match that",
        "so {rule} at {rule_place} is not applied",
    ),
    fix=("correct the condition, then " + RELOAD,),
    prevent=("RewriteCond %{HTTP:Upgrade} websocket [NC]", "RewriteCond %{HTTP:Connection} upgrade [NC]"),
    explains=EXPLAINS,
    supersedes=(
        "proxy-apache-no-upgrade",
        "proxy-apache-proxypass-order",
        "proxy-upgrade-dropped",
        "proxy-page-fallback",
    ),
    look_alikes=(
        LookAlike(
            "proxy-apache-no-upgrade",
            Command("grep -rn 'RewriteCond.*Upgrade' /etc/apache2 /etc/httpd"),
            "a condition above a RewriteRule to ws://: compare it with what browsers send; none: upgrade=websocket is "
            "missing",
        ),
    ),
    sources=("https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html#rewritecond",),
    staged=("apache/condition",),
)
