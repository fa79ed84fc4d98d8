# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the configuration of HAProxy: layer proxy of the failure catalogue."""

from __future__ import annotations

from ..checks.proxy import fix_lines, location_words, place, setting
from ..checks.websocket import outcome_words
from .proxy_rule import CHECK_AGAIN, nobody_at, proxy_rule, route_of, silent_upstreams, turned
from .rule import Facts, Match, Rule

_DOC = "https://docs.haproxy.org/2.6/configuration.html"
_RELOAD = "haproxy -c -f <file> && systemctl reload haproxy"


def _idle(facts: Facts) -> Match | None:
    """The idle connection ends when timeout tunnel, or without one the shorter of client and server, is over."""
    route = route_of(facts, "haproxy")
    hold = facts.proxy.get("hold") or {}
    ended = hold.get("ended") or {}
    limit = setting(route, "read_timeout_s")
    if ended.get("how") not in ("eof", "reset") or limit is None:
        return None
    if abs(float(hold.get("held_s") or 0) - float(limit)) > 1.5:
        return None
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
    """503: no server of the backend is up, or there is no backend for the URL."""
    route = route_of(facts, "haproxy")
    if not route or facts.through.get("status") != 503:
        return None
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


def _queue(facts: Facts) -> Match | None:
    """503 after timeout queue, or no answer at all: all connections that maxconn allows are in use."""
    route = route_of(facts, "haproxy")
    if not route or not facts.turned_bad_by_proxy:
        return None
    waited = float(facts.through.get("first_byte_ms") or 0) / 1000.0
    queue = setting(route, "timeout_queue_s")
    by_server = facts.through.get("status") == 503 and setting(route, "server_maxconn") and queue is not None
    by_front = facts.through.get("outcome") == "timeout" and setting(route, "maxconn")
    if not (by_front or (by_server and abs(waited - float(queue or 0)) < 1.0)):
        return None
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


def http2_server(facts: Facts) -> Match | None:
    """The server line says HTTP/2, so the handshake goes out as an extended CONNECT, and the server takes none."""
    route = route_of(facts, "haproxy")
    if not facts.turned_bad_by_proxy or setting(route, "http_version") != "2":
        return None
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


def _by_itself(facts: Facts) -> Match | None:
    """504 at timeout server; or a rule denies the request."""
    route = route_of(facts, "haproxy")
    status = facts.through.get("status")
    denied = bool(status) and route.get("handler") == "return" and route.get("status") == status != 503
    if not route or not (status == 504 or (denied and facts.turned_bad_by_proxy)):
        return None
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
        "haproxy-no-tunnel-timeout",
        "HAProxy cuts the idle connection: timeout tunnel is missing, or short",
        _idle,
        _DOC + "#4.2-timeout%20tunnel",
    ),
    proxy_rule(
        "haproxy-503",
        "HAProxy has no server to lead the URL to",
        _unavailable,
        _DOC + "#8.5",
        ("nginx-upstream-refused-502",),
    ),
    proxy_rule(
        "haproxy-maxconn-queue",
        "HAProxy has no connection left: open WebSockets hold all that maxconn allows",
        _queue,
        _DOC + "#5.2-maxconn",
        ("haproxy-503", "nginx-upstream-refused-502", "haproxy-504"),
    ),
    proxy_rule(
        "haproxy-504",
        "HAProxy answers by itself: a rule denies the request, or the back end is too slow",
        _by_itself,
        _DOC + "#8.5",
        ("nginx-upstream-mute-504",),
    ),
)
