# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the configuration of HAProxy: layer proxy of the failure catalogue."""

from __future__ import annotations

from .._evidence.proxy import fix_lines, location_words, place, setting
from .._evidence.websocket import outcome_words
from .conditions import TURNED_BAD_BY_PROXY, always, never_sure, sure_where, through_proxy
from .facts import Facts
from .proxy_rule import CUT_OR_FORGOTTEN, cut_at, led_by, nobody_at, proxy_rule, route_of, silent_upstreams, turned
from .rule import CHECK_AGAIN, Condition, Match, Rival, Rule

_DOC = "https://docs.haproxy.org/2.6/configuration.html"
_RELOAD = "haproxy -c -f <file> && systemctl reload haproxy"


def _idle(facts: Facts) -> Match | None:
    """With the limit, and where it is set."""
    route = route_of(facts, "haproxy")
    hold = facts.proxy.get("hold") or {}
    limit = setting(route, "read_timeout_s")
    tunnel = setting(route, "timeout_tunnel_s")
    entry = (route.get("settings") or {}).get("read_timeout_s")
    if tunnel:
        words = "timeout tunnel is %s s (%s)" % (tunnel, place(entry))
    else:
        words = "there is no timeout tunnel: timeout client and timeout server count, the shorter is %s s (%s)" % (
            limit,
            place(entry),
        )
    return Match(
        "certain",
        ["an idle connection through HAProxy ended without a close frame after %s s" % hold.get("held_s"), words],
        immediate=["let the server send a ping more often than every %s s" % limit],
        configuration=fix_lines(route) or ["or a longer timeout tunnel in the backend; a time without a unit is in ms"],
        testing=["set websocket.hold above %s and run the checklist" % limit],
    )


def _unavailable(facts: Facts) -> Match | None:
    """With the address where nobody is, the health check, or the backend that is missing."""
    route = route_of(facts, "haproxy")
    silent = silent_upstreams(facts, "haproxy")
    nowhere = route.get("handler") == "return" and route.get("status") == 503
    check = setting(route, "httpchk")
    reasons = [
        nobody_at(silent),
        "no backend with a server takes the URL" if nowhere else "",
        "option httpchk (%s) asks for HTTP: a server that speaks only WebSocket answers 426 and counts as down" % check
        if check and not silent and not nowhere
        else "",
    ]
    if nowhere:
        steps = ["add a default_backend or a use_backend for the path, then %s" % _RELOAD]
    elif silent:
        steps = ["start the back end at that address, or correct the server line of %s" % location_words(route)]
    else:
        steps = ["see which server is down: echo 'show stat' | socat stdio <stats socket>"]
    return Match(
        "certain" if silent or nowhere else "likely",
        ["through HAProxy: %s" % outcome_words(facts.through), *reasons],
        immediate=steps,
        configuration=["http-check expect status 426, or a plain TCP check"] if check and not silent else [],
        testing=[CHECK_AGAIN],
    )


def _waited(facts: Facts) -> float:
    """Seconds until the first byte of the answer through the proxy."""
    return float(facts.through.get("first_byte_ms") or 0) / 1000.0


def _queued(facts: Facts) -> bool:
    """Whether 503 came when timeout queue was over: all slots of the server are taken."""
    route = route_of(facts, "haproxy")
    queue = setting(route, "timeout_queue_s")
    if facts.through.get("status") != 503 or not setting(route, "server_maxconn") or queue is None:
        return False
    return abs(_waited(facts) - float(queue)) < 1.0


def _not_taken(facts: Facts) -> bool:
    """Whether the connection is accepted by the kernel alone: all slots of the frontend are taken."""
    return facts.through.get("outcome") == "timeout" and bool(setting(route_of(facts, "haproxy"), "maxconn"))


def _queue(facts: Facts) -> Match | None:
    """With the limit that is reached, and where it is set."""
    route = route_of(facts, "haproxy")
    by_server, queue, waited = _queued(facts), setting(route, "timeout_queue_s"), _waited(facts)
    name = "server_maxconn" if by_server else "maxconn"
    where = place((route.get("settings") or {}).get(name))
    after = "503 after %.1f s, and timeout queue is %s s" % (waited, queue)
    return Match(
        "likely",
        [
            *turned(facts, "HAProxy"),
            after if by_server else "the connection is accepted by the kernel, and HAProxy does not take it",
            "maxconn is %s (%s): each WebSocket counts for as long as it is open" % (setting(route, name), where),
        ],
        immediate=["raise maxconn at %s above the number of sockets to be open at a time, then %s" % (where, _RELOAD)],
        configuration=["add servers, or let idle clients go: a timeout tunnel frees the slots of dead ones"],
        testing=["echo 'show info' | socat stdio <stats socket> | grep -i conn", CHECK_AGAIN],
    )


def asks_in_http2(facts: Facts) -> bool:
    """Whether HAProxy asks the server over HTTP/2, which accepts the handshake over HTTP/1.1 and not so."""
    return facts.turned_bad_by_proxy and setting(route_of(facts, "haproxy"), "http_version") == "2"


def http2_server(facts: Facts) -> Match:
    """With the server line that says HTTP/2, so that the handshake goes out as an extended CONNECT."""
    route = route_of(facts, "haproxy")
    where = place((route.get("settings") or {}).get("http_version"))
    return Match(
        "certain",
        [
            *turned(facts, "HAProxy"),
            "%s speaks HTTP/2 to the server, where a WebSocket is an extended CONNECT (RFC 8441)" % where,
            "the server accepts the handshake over HTTP/1.1",
        ],
        immediate=["take proto h2 from the server line at %s, then %s" % (where, _RELOAD)],
        configuration=["or a server that takes WebSockets over HTTP/2 (extended CONNECT)"],
        testing=[CHECK_AGAIN],
    )


def _denied(facts: Facts) -> bool:
    """Whether a rule of HAProxy gives the answer that was seen."""
    route, status = route_of(facts, "haproxy"), facts.through.get("status")
    return bool(status) and route.get("handler") == "return" and route.get("status") == status != 503


def _by_itself(facts: Facts) -> Match | None:
    """With the rule that denies, or the time that the back end is given."""
    route = route_of(facts, "haproxy")
    status, denied = facts.through.get("status"), _denied(facts)
    if denied:
        words = "an http-request rule of HAProxy answers %s for this URL" % status
        steps = ["exempt the WebSocket path from the rule, then %s" % _RELOAD]
    else:
        words = "the back end did not answer within timeout server (%s s)" % setting(route, "timeout_server_s")
        steps = ["look at the back end: is its event loop blocked, its upgrade handler silent?"]
    return Match(
        "certain" if denied else "likely",
        ["through HAProxy: %s" % outcome_words(facts.through), words, *(route.get("undecided") or [])[:2]],
        immediate=steps,
        testing=[CHECK_AGAIN],
    )


RULES: tuple[Rule, ...] = (
    proxy_rule(
        "proxy-haproxy-tunnel-timeout",
        "HAProxy cuts the idle connection: timeout tunnel is missing, or short",
        _idle,
        _DOC + "#4.2-timeout%20tunnel",
        needs=(
            Condition(
                "an idle connection through HAProxy ended without a close frame, when timeout tunnel, or without one the shorter "
                "of timeout client and timeout server, was over",
                lambda facts: cut_at(facts, "haproxy", "eof", "reset"),
            ),
        ),
        sureness=always("time and limit agree"),
        apart=(CUT_OR_FORGOTTEN,),
    ),
    proxy_rule(
        "proxy-haproxy-no-server",
        "HAProxy has no server to lead the URL to",
        _unavailable,
        _DOC + "#8.5",
        ("proxy-upstream-down",),
        needs=(through_proxy(503), led_by("haproxy", "HAProxy")),
        sureness=sure_where("nobody listens at the server's address, or no backend takes the URL"),
        apart=(
            Rival(
                "proxy-haproxy-maxconn",
                "echo 'show stat' | socat stdio <stats socket>",
                "a server is DOWN: that; all are UP and qcur is not 0: the queue",
            ),
        ),
    ),
    proxy_rule(
        "proxy-haproxy-maxconn",
        "HAProxy has no connection left: open WebSockets hold all that maxconn allows",
        _queue,
        _DOC + "#5.2-maxconn",
        ("proxy-haproxy-no-server", "proxy-upstream-down", "proxy-haproxy-answers"),
        needs=(
            TURNED_BAD_BY_PROXY,
            led_by("haproxy", "HAProxy"),
            Condition(
                "503 when timeout queue was over, where the server has a maxconn; or no answer, where the frontend has one",
                lambda facts: _queued(facts) or _not_taken(facts),
            ),
        ),
        sureness=never_sure("the connections that are open are not counted"),
        apart=(
            Rival(
                "proxy-haproxy-no-server",
                "echo 'show stat' | socat stdio <stats socket>",
                "all servers are UP and qcur is not 0: the queue; one is DOWN: that",
            ),
        ),
    ),
    proxy_rule(
        "proxy-haproxy-answers",
        "HAProxy answers by itself: a rule denies the request, or the back end is too slow",
        _by_itself,
        _DOC + "#8.5",
        ("proxy-upstream-silent",),
        needs=(
            led_by("haproxy", "HAProxy"),
            Condition(
                "through it the handshake is answered by 504; or a rule of it gives the very answer, where the server itself accepts",
                lambda facts: facts.through.get("status") == 504 or (_denied(facts) and facts.turned_bad_by_proxy),
            ),
        ),
        sureness=sure_where("the rule was read", "it is 504"),
    ),
)
