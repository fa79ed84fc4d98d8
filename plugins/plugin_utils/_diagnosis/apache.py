# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the effective configuration of Apache httpd: layer proxy of the failure catalogue."""

from __future__ import annotations

import typing as t

from .._evidence.proxy import fix_lines, location_words, passes_upgrade, place, setting
from .._evidence.websocket import outcome_words
from .conditions import TURNED_BAD_BY_PROXY, always, sure_where, through_proxy
from .facts import Facts
from .proxy_rule import (
    CUT_OR_FORGOTTEN,
    by_apache,
    cut_at,
    led_by,
    nobody_at,
    proxy_rule,
    route_of,
    silent_upstreams,
    stripped,
    turned,
)
from .rule import CHECK_AGAIN, Condition, Match, Rival, Rule

_PROXY_DOC = "https://httpd.apache.org/docs/2.4/mod/mod_proxy.html"
_RELOAD = "apachectl configtest && apachectl graceful"


def _removes_upgrade(facts: Facts) -> bool:
    """Whether the worker that takes the URL is not told to upgrade, or an Apache elsewhere shows that its own is not."""
    route = route_of(facts, "apache")
    if not route:
        return by_apache(facts) and bool(stripped(facts))
    return facts.turned_bad_by_proxy and passes_upgrade(route) is False


def _no_upgrade(facts: Facts) -> Match | None:
    """With the worker, where the configuration was read."""
    route = route_of(facts, "apache")
    if not route:
        return Match(
            "likely",
            ["Apache on the way answers %s" % outcome_words(facts.first_refusal), stripped(facts)],
            immediate=["on Apache's host: ProxyPass … upgrade=websocket (2.4.47 and later), then %s" % _RELOAD],
            testing=[CHECK_AGAIN],
        )
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
    """With both ProxyPass."""
    route = route_of(facts, "apache")
    later = route.get("shadowed") or []
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


def _missed(facts: Facts) -> dict[str, t.Any]:
    """A RewriteRule for WebSockets that a condition keeps from being applied."""
    return (route_of(facts, "apache").get("missed") or [{}])[0]


def _condition(facts: Facts) -> Match | None:
    """With the rule, and the condition that keeps it from being applied."""
    missed = _missed(facts)
    rule, condition = missed.get("rule") or {}, missed.get("condition") or {}
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


def _is_unhandled(facts: Facts) -> bool:
    """Whether Apache has a back end for the URL and answers by itself all the same."""
    route = route_of(facts, "apache")
    return route.get("handler") == "return" and bool(route.get("upstream"))


def _no_handler(facts: Facts) -> Match | None:
    """With Apache's own message."""
    route = route_of(facts, "apache")
    errors = facts.proxy_errors("no-protocol-handler")
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
    """With the limit, and where it is set."""
    hold = facts.proxy.get("hold") or {}
    limit = setting(route_of(facts, "apache"), "read_timeout_s")
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


def _refusals(facts: Facts) -> list[dict[str, t.Any]]:
    """What Apache's log says of the answer that was given."""
    keys = {503: ("upstream-refused", "no-live-upstreams"), 403: ("denied",)}.get(facts.through.get("status") or 0, ())
    return facts.proxy_errors(*keys)


def _denied(facts: Facts) -> bool:
    """Whether an access rule refuses clients."""
    return facts.through.get("status") == 403 and route_of(facts, "apache").get("handler") == "return"


def _unavailable(facts: Facts) -> Match | None:
    """With the address where nobody is, or the rule that refuses."""
    route = route_of(facts, "apache")
    status = facts.through.get("status")
    silent, errors = silent_upstreams(facts, "apache"), _refusals(facts)
    denied = _denied(facts)
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
        "proxy-apache-no-upgrade",
        "Apache leads the URL to http:// and removes the Upgrade header",
        _no_upgrade,
        "https://httpd.apache.org/docs/2.4/mod/mod_proxy_http.html",
        ("proxy-upgrade-dropped",),
        needs=(
            Condition(
                "the rule of Apache's that takes the URL leads to http://, and its worker is not told to upgrade, while the server "
                "itself accepts the handshake; or an Apache on the way passes it on without Upgrade",
                _removes_upgrade,
            ),
        ),
        sureness=sure_where("the configuration was read", "only the answer tells"),
        apart=(
            Rival(
                "proxy-apache-proxypass-order",
                "apachectl -t -D DUMP_CONFIG",
                "a ProxyPass for the path below the one that takes it: the order; none: upgrade=websocket is missing",
            ),
        ),
    ),
    proxy_rule(
        "proxy-apache-proxypass-order",
        "An earlier ProxyPass takes the WebSocket's path",
        _order,
        _PROXY_DOC + "#proxypass",
        ("proxy-apache-no-upgrade", "proxy-upgrade-dropped"),
        needs=(
            TURNED_BAD_BY_PROXY,
            Condition(
                "a ProxyPass for the path stands after the one for a shorter path that takes it",
                lambda facts: route_of(facts, "apache").get("shadowed"),
            ),
        ),
        sureness=always("the effective configuration was computed"),
    ),
    proxy_rule(
        "proxy-apache-rewritecond",
        "The RewriteCond for WebSockets does not fit what browsers send",
        _condition,
        "https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html#rewritecond",
        (
            *("proxy-apache-no-upgrade", "proxy-apache-proxypass-order", "proxy-upgrade-dropped"),
            *("proxy-page-fallback",),
        ),
        needs=(
            TURNED_BAD_BY_PROXY,
            Condition(
                "a RewriteRule for WebSockets has a condition that a browser's headers do not fulfil",
                lambda facts: _missed(facts).get("rule"),
            ),
        ),
        sureness=always("the condition was applied to what browsers send"),
    ),
    proxy_rule(
        "proxy-apache-module-missing",
        "No module of Apache leads this kind of URL on",
        _no_handler,
        "https://httpd.apache.org/docs/2.4/mod/mod_proxy_wstunnel.html",
        needs=(
            through_proxy(500),
            led_by("apache", "Apache"),
            Condition(
                "its log says that no protocol handler was valid, or no loaded module speaks the scheme of the rule's URL",
                lambda facts: facts.proxy_errors("no-protocol-handler") or _is_unhandled(facts),
            ),
        ),
        sureness=always("Apache, or the list of its modules, says so"),
    ),
    proxy_rule(
        "proxy-apache-idle-timeout",
        "Apache cuts the idle connection at its Timeout",
        _idle,
        "https://httpd.apache.org/docs/2.4/mod/core.html#timeout",
        needs=(
            Condition(
                "an idle connection through Apache ended by a FIN without a close frame, when Timeout was over",
                lambda facts: cut_at(facts, "apache", "eof"),
            ),
        ),
        sureness=always("time and limit agree"),
        apart=(CUT_OR_FORGOTTEN,),
    ),
    proxy_rule(
        "proxy-apache-answers",
        "Apache answers in place of its back end: it is down, or clients are denied",
        _unavailable,
        _PROXY_DOC,
        ("proxy-upstream-down",),
        needs=(
            through_proxy(403, 503),
            led_by("apache", "Apache"),
            Condition(
                "503, and its log or the listeners say that nobody answers at the back end's address; or 403, and its log or an "
                "access rule says that clients are refused",
                lambda facts: (
                    _refusals(facts)
                    or _denied(facts)
                    or (facts.through.get("status") == 503 and silent_upstreams(facts, "apache"))
                ),
            ),
        ),
        sureness=sure_where("nobody listens at the address, or the access rule was read", "only the log says so"),
        apart=(
            Rival(
                "server-credentials-required",
                "a handshake past the proxy, on the host itself",
                "101: Apache's access rule; 403 there as well: the server asks for credentials",
            ),
        ),
    ),
)
