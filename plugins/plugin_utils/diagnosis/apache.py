# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the effective configuration of Apache httpd: layer proxy of the failure catalogue."""

from __future__ import annotations

from ..checks.proxy import (
    fix_lines,
    location_words,
    passes_upgrade,
    place,
    setting,
)
from ..checks.websocket import outcome_words
from .proxy_rule import CHECK_AGAIN, by_apache, nobody_at, proxy_rule, route_of, silent_upstreams, stripped, turned
from .rule import Facts, Match, Rule

_PROXY_DOC = "https://httpd.apache.org/docs/2.4/mod/mod_proxy.html"
_RELOAD = "apachectl configtest && apachectl graceful"


def _no_upgrade(facts: Facts) -> Match | None:
    """The rule that takes the URL leads to http:// and its worker is not told to upgrade."""
    route = route_of(facts, "apache")
    if not route and by_apache(facts) and stripped(facts):
        return Match(
            "likely",
            ["Apache on the way answers %s" % outcome_words(facts.first_refusal), stripped(facts)],
            immediate=["on Apache's host: ProxyPass … upgrade=websocket (2.4.47 and later), then %s" % _RELOAD],
            testing=[CHECK_AGAIN],
        )
    if not facts.turned_bad_by_proxy or passes_upgrade(route) is not False:
        return None
    shares = route.get("shares") or {}
    return Match(
        "certain",
        [
            *turned(facts, "Apache"),
            "%s leads to http:// without upgrade=websocket: Upgrade is removed" % location_words(route),
            "its own upgrade= does not count: the worker is that of %s at %s" % (shares.get("text"), place(shares))
            if shares
            else "",
        ],
        immediate=["add the line, then %s" % _RELOAD],
        configuration=fix_lines(route) or ["ProxyPass … upgrade=websocket (2.4.47 and later), or ws:// in its URL"],
        testing=[CHECK_AGAIN],
    )


def _order(facts: Facts) -> Match | None:
    """A ProxyPass for the path stands after one for a shorter path."""
    route = route_of(facts, "apache")
    later = route.get("shadowed") or []
    if not facts.turned_bad_by_proxy or not later:
        return None
    return Match(
        "certain",
        [
            *turned(facts, "Apache"),
            "the first ProxyPass that fits wins: %s" % location_words(route),
            "%s at %s is never reached" % (later[0].get("text"), place(later[0])),
        ],
        immediate=["move it before %s, then %s" % (place(route.get("location")), _RELOAD)],
        configuration=["sort ProxyPass from the longest path to the shortest"],
        testing=[CHECK_AGAIN],
    )


def _condition(facts: Facts) -> Match | None:
    """A RewriteRule for WebSockets has a condition that a browser's headers do not fulfil."""
    missed = (route_of(facts, "apache").get("missed") or [{}])[0]
    rule, condition = missed.get("rule") or {}, missed.get("condition") or {}
    if not facts.turned_bad_by_proxy or not rule:
        return None
    return Match(
        "certain",
        [
            *turned(facts, "Apache"),
            "browsers send Upgrade: websocket and Connection: Upgrade (Firefox: keep-alive, Upgrade)",
            "%s at %s does not hold for that" % (condition.get("text"), place(condition)),
            "so %s at %s is not applied" % (rule.get("text"), place(rule)),
        ],
        immediate=["correct the condition, then %s" % _RELOAD],
        configuration=[
            "RewriteCond %{HTTP:Upgrade} websocket [NC]",
            "RewriteCond %{HTTP:Connection} upgrade [NC]",
        ],
        testing=[CHECK_AGAIN],
    )


def _no_handler(facts: Facts) -> Match | None:
    """500: no loaded module speaks the scheme of the rule's URL."""
    route = route_of(facts, "apache")
    errors = facts.proxy_errors("no-protocol-handler") if route else []
    unhandled = route.get("handler") == "return" and bool(route.get("upstream"))
    if facts.through.get("status") != 500 or not (errors or unhandled):
        return None
    return Match(
        "certain",
        [
            "through Apache: %s" % outcome_words(facts.through),
            *["%s: %s" % (line.get("source"), line.get("sample")) for line in errors[:1]],
            *[str(text) for text in (route.get("undecided") or [])[:1]],
        ],
        immediate=["load the module (Debian: a2enmod proxy_http), then %s" % _RELOAD],
        configuration=["mod_proxy_http leads http:// and, since 2.4.47, ws://; before that ws:// needs proxy_wstunnel"],
        testing=[CHECK_AGAIN],
    )


def _idle(facts: Facts) -> Match | None:
    """The idle connection ends when Timeout is over."""
    hold = facts.proxy.get("hold") or {}
    ended = hold.get("ended") or {}
    limit = setting(route_of(facts, "apache"), "read_timeout_s")
    if ended.get("how") != "eof" or limit is None or abs(float(hold.get("held_s") or 0) - float(limit)) > 1.5:
        return None
    entry = (route_of(facts, "apache").get("settings") or {}).get("read_timeout_s")
    return Match(
        "certain",
        [
            "an idle connection through Apache ended without a close frame after %s s" % hold.get("held_s"),
            "the longer one of Timeout and ProxyTimeout is %s s (%s)" % (limit, place(entry)),
        ],
        immediate=["let the server send a ping more often than every %s s" % limit],
        configuration=["or ProxyTimeout 3600 in the virtual host, or timeout=3600 on the WebSocket's ProxyPass"],
        testing=["set websocket.hold above %s and run the checklist" % limit],
    )


def _unavailable(facts: Facts) -> Match | None:
    """503: the back end refuses, or its worker rests after that; 403: an access rule refuses."""
    route = route_of(facts, "apache")
    status = facts.through.get("status")
    silent = silent_upstreams(facts, "apache")
    keys = {503: ("upstream-refused", "no-live-upstreams"), 403: ("denied",)}.get(status or 0, ())
    errors = facts.proxy_errors(*keys) if route else []
    denied = status == 403 and route.get("handler") == "return"
    if not (errors or denied or (status == 503 and silent)):
        return None
    if status == 403:
        steps = ["let clients in: Require all granted for %s, then %s" % (location_words(route), _RELOAD)]
    else:
        steps = ["start the back end at that address, or correct %s" % location_words(route)]
    return Match(
        "certain" if silent or denied else "likely",
        [
            "through Apache: %s" % outcome_words(facts.through),
            nobody_at(silent),
            "%s refuses clients" % location_words(route) if denied else "",
            *["%s: %s" % (line.get("source"), line.get("sample")) for line in errors[:1]],
        ],
        immediate=steps,
        configuration=["a worker that failed rests for retry=60 seconds: 503 may outlive the outage by that"]
        if status == 503
        else [],
        testing=[CHECK_AGAIN],
    )


RULES: tuple[Rule, ...] = (
    proxy_rule(
        "apache-no-upgrade-handling",
        "Apache leads the URL to http:// and removes the Upgrade header",
        _no_upgrade,
        "https://httpd.apache.org/docs/2.4/mod/mod_proxy_http.html",
        ("nginx-missing-upgrade-headers",),
    ),
    proxy_rule(
        "apache-proxypass-order",
        "An earlier ProxyPass takes the WebSocket's path",
        _order,
        _PROXY_DOC + "#proxypass",
        ("apache-no-upgrade-handling", "nginx-missing-upgrade-headers"),
    ),
    proxy_rule(
        "apache-rewritecond",
        "The RewriteCond for WebSockets does not fit what browsers send",
        _condition,
        "https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html#rewritecond",
        (
            *("apache-no-upgrade-handling", "apache-proxypass-order", "nginx-missing-upgrade-headers"),
            *("spa-fallback-200",),
        ),
    ),
    proxy_rule(
        "apache-wstunnel-missing",
        "No module of Apache leads this kind of URL on",
        _no_handler,
        "https://httpd.apache.org/docs/2.4/mod/mod_proxy_wstunnel.html",
    ),
    proxy_rule(
        "apache-idle-timeout",
        "Apache cuts the idle connection at its Timeout",
        _idle,
        "https://httpd.apache.org/docs/2.4/mod/core.html#timeout",
    ),
    proxy_rule(
        "apache-503",
        "Apache answers in place of its back end: it is down, or clients are denied",
        _unavailable,
        _PROXY_DOC,
        ("nginx-upstream-refused-502",),
    ),
)
