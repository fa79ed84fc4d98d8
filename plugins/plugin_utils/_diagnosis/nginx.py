# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Causes in the effective configuration of nginx: layer proxy of the failure catalogue.

All of them begin with the same observation: on the host the server itself accepts the handshake, and by way of
nginx the answer is another.
"""

from __future__ import annotations

import typing as t

from .._evidence.proxy import (
    asked_proxy,
    fix_lines,
    hardcoded,
    location_words,
    old_workers,
    passes_upgrade,
    place,
    setting,
)
from .._evidence.websocket import outcome_words
from .conditions import TURNED_BAD_BY_PROXY, always, never_sure, proxy_logged, sure_where, through_proxy
from .facts import Facts
from .proxy_rule import CUT_OR_FORGOTTEN, cut_at, led_by, nobody_at, proxy_rule, route_of, silent_upstreams, turned
from .rule import CHECK_AGAIN, Condition, Match, Rival, Rule

_WEBSOCKET_DOC = "https://nginx.org/en/docs/http/websocket.html"
_PROXY_DOC = "https://nginx.org/en/docs/http/ngx_http_proxy_module.html"
_UPSTREAM_DOC = "https://nginx.org/en/docs/http/ngx_http_upstream_module.html"
_RELOAD = "nginx -t && nginx -s reload"


def _headers(route: dict[str, t.Any]) -> str:
    return "%s sends Upgrade %s, Connection %s" % (
        location_words(route),
        setting(route, "upgrade") or "not at all",
        setting(route, "connection") or "close",
    )


def _passes_not_both(facts: Facts) -> bool:
    return passes_upgrade(route_of(facts, "nginx")) is False


def _passes_one(facts: Facts) -> bool:
    """Whether one of Upgrade and Connection is there, with whatever value."""
    route = route_of(facts, "nginx")
    return bool(setting(route, "upgrade")) or "upgrade" in (setting(route, "connection") or "").lower()


def passes_neither(facts: Facts) -> bool:
    """Whether neither header is passed, and the server itself would accept the handshake."""
    return facts.turned_bad_by_proxy and _passes_not_both(facts) and not _passes_one(facts)


_NOT_BOTH = Condition("nginx's effective location does not pass both Upgrade and Connection on", _passes_not_both)


def _lost(facts: Facts) -> Match | None:
    """With the headers that are lost, and where."""
    route = route_of(facts, "nginx")
    return Match(
        "certain",
        [
            *turned(facts, "nginx"),
            _headers(route),
            "%s has a proxy_set_header of its own, so it inherits none: %s are lost"
            % (place(route.get("set_headers_at")), ", ".join(route.get("lost_headers") or ())),
        ],
        immediate=["repeat the lost headers in that block, then %s" % _RELOAD],
        configuration=fix_lines(route),
        testing=[CHECK_AGAIN],
    )


def _swapped(facts: Facts) -> Match | None:
    """With the values of both headers."""
    route = route_of(facts, "nginx")
    return Match(
        "certain",
        [
            *turned(facts, "nginx"),
            _headers(route),
            "a handshake needs Upgrade: websocket and Connection: upgrade, both",
        ],
        immediate=["set both headers, then %s" % _RELOAD],
        configuration=fix_lines(route),
        testing=[CHECK_AGAIN],
    )


def missing(facts: Facts) -> Match | None:
    """With the values of both headers, neither of which is passed on."""
    route = route_of(facts, "nginx")
    return Match(
        "certain",
        [
            *turned(facts, "nginx"),
            _headers(route),
            "hop-by-hop headers end at a proxy unless it is told to pass them on",
        ],
        immediate=["add the headers to the location, then %s" % _RELOAD],
        configuration=fix_lines(route),
        testing=[CHECK_AGAIN],
    )


def _http10(facts: Facts) -> Match | None:
    """With the answer of the server."""
    route = route_of(facts, "nginx")
    status = facts.through.get("status")
    return Match(
        "certain" if status == 505 else "likely",
        [
            *turned(facts, "nginx"),
            "%s has no proxy_http_version 1.1: nginx asks in HTTP/1.0" % location_words(route),
            "most servers accept that; this one answers %s" % status,
        ],
        immediate=["add proxy_http_version 1.1; to the location, then %s" % _RELOAD],
        configuration=fix_lines(route),
        testing=[CHECK_AGAIN],
    )


def refused(facts: Facts) -> Match | None:
    """502, because nothing listens where nginx connects to."""
    route = route_of(facts, "nginx")
    if facts.through.get("status") not in (502, 503):
        return None
    silent = silent_upstreams(facts, "nginx")
    errors = facts.proxy_errors("upstream-refused", "no-live-upstreams")
    if not silent and not errors:
        return None
    return Match(
        "certain" if silent else "likely",
        [
            "through nginx: %s" % outcome_words(facts.through),
            nobody_at(silent),
            *["%s: %s" % (line.get("source"), line.get("sample")) for line in errors[:1]],
        ],
        immediate=["start the back end at that address, or correct the upstream at %s" % location_words(route)],
        testing=[CHECK_AGAIN],
    )


def _socket_permission(facts: Facts) -> Match | None:
    """With the line of nginx's log."""
    errors = facts.proxy_errors("upstream-socket")
    return Match(
        "certain",
        [
            "through nginx: %s" % outcome_words(facts.through),
            "%s: %s" % (errors[0].get("source"), errors[0].get("sample")),
        ],
        immediate=["give the user of nginx's workers write permission on the socket and x on every directory above it"],
        testing=["sudo -u www-data test -w <socket> && echo writable", CHECK_AGAIN],
    )


def _denied(facts: Facts) -> Match | None:
    """With the line of nginx's log."""
    errors = facts.proxy_errors("upstream-denied")
    return Match(
        "likely",
        [
            "through nginx: %s" % outcome_words(facts.through),
            "%s: %s" % (errors[0].get("source"), errors[0].get("sample")),
            "errno 13 on connecting to a TCP port comes from SELinux or from a route of type prohibit",
        ],
        immediate=["setsebool -P httpd_can_network_connect 1, where getenforce says Enforcing"],
        testing=["ausearch -m avc -c nginx | tail; ip route get <address of the back end>"],
    )


def mute(facts: Facts) -> Match | None:
    """504, or no answer while the back end accepts connections."""
    errors = facts.proxy_errors("upstream-mute")
    if facts.through.get("status") != 504 or not errors:
        return None
    return Match(
        "certain",
        [
            "through nginx: %s" % outcome_words(facts.through),
            "%s: %s" % (errors[0].get("source"), errors[0].get("sample")),
        ],
        immediate=["look at the back end: is its event loop blocked, its upgrade handler silent?"],
        testing=[CHECK_AGAIN],
    )


def _scheme(facts: Facts) -> Match | None:
    """With what proxy_pass says, and what the back end speaks."""
    upstream = route_of(facts, "nginx").get("upstream") or {}
    refused = facts.proxy_errors("upstream-tls")
    closed = facts.proxy_errors("upstream-closed")
    own_tls = facts.own_tls
    line = (refused or closed)[0]
    wanted = "http" if refused else "https"
    return Match(
        "certain" if not own_tls or not refused else "likely",
        [
            *turned(facts, "nginx"),
            "%s: %s" % (line.get("source"), line.get("sample")),
            "proxy_pass says %s, the back end speaks %s" % (upstream.get("scheme"), "TLS" if own_tls else "no TLS"),
        ],
        immediate=["proxy_pass %s://… at %s, then %s" % (wanted, location_words(route_of(facts, "nginx")), _RELOAD)],
        testing=[CHECK_AGAIN],
    )


def _limited(facts: Facts) -> Match | None:
    """With the limits that are set."""
    errors = facts.proxy_errors("limited")
    route = route_of(facts, "nginx")
    return Match(
        "certain",
        [
            "through nginx: %s" % outcome_words(facts.through),
            "%s: %s" % (errors[0].get("source"), errors[0].get("sample")),
            "limit_conn %s, limit_req %s" % (setting(route, "limit_conn"), setting(route, "limit_req")),
        ],
        immediate=["raise the limit for the WebSocket location: each socket counts for as long as it is open"],
        testing=[CHECK_AGAIN],
    )


def _worker_connections(facts: Facts) -> Match | None:
    """With the line of nginx's log."""
    errors = facts.proxy_errors("worker-connections")
    return Match(
        "certain",
        ["%s: %s" % (errors[0].get("source"), errors[0].get("sample")), "a proxied WebSocket takes two of them"],
        immediate=["raise worker_connections in the events block (and worker_rlimit_nofile), then %s" % _RELOAD],
        testing=[CHECK_AGAIN],
    )


def _idle(facts: Facts) -> Match | None:
    """With the limit, and where it is set."""
    hold = facts.proxy.get("hold") or {}
    limit = setting(route_of(facts, "nginx"), "read_timeout_s")
    return Match(
        "certain",
        [
            "an idle connection through nginx ended without a close frame after %s s" % hold.get("held_s"),
            "proxy_read_timeout is %s s (%s)"
            % (limit, place((route_of(facts, "nginx").get("settings") or {}).get("read_timeout_s"))),
        ],
        immediate=["let the server send a ping more often than every %s s" % limit],
        configuration=["or proxy_read_timeout 1h; proxy_send_timeout 1h; in the WebSocket location"],
        testing=["set websocket.hold above %s and run the checklist" % limit],
    )


def _old_workers(facts: Facts) -> Match | None:
    """With how many there are."""
    return Match(
        "certain",
        [
            old_workers(asked_proxy(facts.proxy)),
            "a worker that is to end waits for its open connections, and serves them as it was configured",
        ],
        immediate=["see how old they are: ps -C nginx -o pid,lstart,args"],
        configuration=["worker_shutdown_timeout 10m; and clients that reconnect when their socket is closed"],
        testing=[CHECK_AGAIN],
    )


def _hardcoded(facts: Facts) -> Match | None:
    """With the location, and the map that mends it."""
    route = route_of(facts, "nginx")
    return Match(
        "certain",
        [
            "%s sends Connection: upgrade with every request" % location_words(route),
            "WebSockets work; strict servers refuse ordinary requests that say so, and no connection is kept open",
        ],
        immediate=[],
        configuration=[
            'map $http_upgrade $connection_upgrade { default upgrade; "" close; }',
            "%s: proxy_set_header Connection $connection_upgrade;" % place(route.get("set_headers_at")),
        ],
        testing=[CHECK_AGAIN],
    )


def _test(facts: Facts) -> dict[str, t.Any]:
    return asked_proxy(facts.proxy).get("test") or {}


def _not_loaded(facts: Facts) -> Match | None:
    """With the reason."""
    return Match(
        "certain",
        [
            "nginx refuses this: %s" % _test(facts).get("message"),
            "a refused reload leaves the old configuration running",
        ],
        immediate=["correct the line that nginx -t names, then %s" % _RELOAD],
        testing=["nginx -t", CHECK_AGAIN],
    )


RULES: tuple[Rule, ...] = (
    proxy_rule(
        "proxy-nginx-headers-not-inherited",
        "A proxy_set_header in the location drops all inherited ones, Upgrade among them",
        _lost,
        _PROXY_DOC + "#proxy_set_header",
        ("proxy-upgrade-dropped", "proxy-nginx-connection-header"),
        needs=(
            TURNED_BAD_BY_PROXY,
            _NOT_BOTH,
            Condition(
                "the block has a proxy_set_header of its own, and an outer one sets what is missing",
                lambda facts: (
                    {str(name).lower() for name in route_of(facts, "nginx").get("lost_headers") or ()}
                    & {"upgrade", "connection"}
                ),
            ),
        ),
        sureness=always("the effective configuration was computed"),
        apart=(
            Rival(
                "proxy-upgrade-dropped",
                "nginx -T",
                "the headers stand in an outer block: they are not inherited; nowhere: they are missing",
            ),
        ),
    ),
    proxy_rule(
        "proxy-nginx-connection-header",
        "nginx passes one of Upgrade and Connection, or the wrong value",
        _swapped,
        _WEBSOCKET_DOC,
        ("proxy-upgrade-dropped",),
        needs=(
            TURNED_BAD_BY_PROXY,
            _NOT_BOTH,
            Condition("one of the two is there, alone or with the wrong value", _passes_one),
        ),
        sureness=always("the effective configuration was computed"),
    ),
    proxy_rule(
        "proxy-nginx-http10",
        "nginx asks the server in HTTP/1.0, which this server refuses",
        _http10,
        _PROXY_DOC + "#proxy_http_version",
        needs=(
            TURNED_BAD_BY_PROXY,
            through_proxy(400, 426, 505),
            Condition(
                "nginx passes Upgrade and Connection on, in a request of HTTP/1.0",
                lambda facts: (
                    passes_upgrade(route_of(facts, "nginx"))
                    and setting(route_of(facts, "nginx"), "http_version") == "1.0"
                ),
            ),
        ),
        sureness=sure_where("it is 505: the server says that it is the version"),
    ),
    proxy_rule(
        "proxy-nginx-unix-socket",
        "nginx may not use the back end's unix socket, or it is missing",
        _socket_permission,
        _UPSTREAM_DOC,
        ("proxy-upstream-down",),
        needs=(
            through_proxy(502),
            proxy_logged(
                "nginx's log says that it may not use the unix socket, or that it is missing", "upstream-socket"
            ),
        ),
        sureness=always("nginx says so at the time of the handshake"),
        apart=(
            Rival(
                "proxy-selinux-denied",
                "the address in nginx's log",
                "unix:/…: the socket's permission; a port: SELinux",
            ),
        ),
    ),
    proxy_rule(
        "proxy-selinux-denied",
        "The proxy is not allowed to connect to the back end",
        _denied,
        "https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/9/html/using_selinux/index",
        ("proxy-upstream-down",),
        needs=(
            through_proxy(502),
            proxy_logged("nginx's log says that connect(2) to a TCP port was denied (errno 13)", "upstream-denied"),
        ),
        sureness=never_sure("a route of type prohibit gives the same error"),
        apart=(
            Rival(
                "proxy-nginx-unix-socket",
                "the address in nginx's log",
                "a port: SELinux; unix:/…: the socket's permission",
            ),
        ),
    ),
    proxy_rule(
        "proxy-upstream-scheme-mismatch",
        "nginx and its back end disagree about TLS between them",
        _scheme,
        _PROXY_DOC + "#proxy_pass",
        ("proxy-upstream-down",),
        needs=(
            TURNED_BAD_BY_PROXY,
            Condition(
                "nginx's log says that TLS to the back end failed, or that a back end which speaks TLS hung up on a request in "
                "clear",
                lambda facts: (
                    facts.proxy_errors("upstream-tls")
                    or (
                        facts.proxy_errors("upstream-closed")
                        and facts.own_tls
                        and (route_of(facts, "nginx").get("upstream") or {}).get("scheme") == "http"
                    )
                ),
            ),
        ),
        sureness=sure_where("what the back end speaks is the other one", "the back end speaks TLS, and still it fails"),
    ),
    proxy_rule(
        "proxy-nginx-limit",
        "A limit of nginx refuses the connection",
        _limited,
        "https://nginx.org/en/docs/http/ngx_http_limit_conn_module.html",
        ("proxy-upstream-down",),
        needs=(through_proxy(503, 429), proxy_logged("nginx's log says that a limit was reached", "limited")),
        sureness=always("nginx says so at the time of the handshake"),
    ),
    proxy_rule(
        "proxy-nginx-worker-connections",
        "nginx has no worker connections left",
        _worker_connections,
        "https://nginx.org/en/docs/ngx_core_module.html#worker_connections",
        needs=(proxy_logged("nginx's log says that worker_connections are not enough", "worker-connections"),),
        against=(
            Condition("the handshake through nginx is accepted", lambda facts: facts.through.get("outcome") == "open"),
        ),
        sureness=always("nginx says so at the time of the handshake"),
        apart=(
            Rival(
                "process-descriptors-used-up",
                "the words of nginx's log",
                "worker_connections are not enough: those; Too many open files: descriptors",
            ),
        ),
    ),
    proxy_rule(
        "proxy-nginx-read-timeout",
        "nginx cuts the idle connection at proxy_read_timeout",
        _idle,
        _PROXY_DOC + "#proxy_read_timeout",
        needs=(
            Condition(
                "an idle connection through nginx ended by a FIN without a close frame, when proxy_read_timeout was over",
                lambda facts: cut_at(facts, "nginx", "eof"),
            ),
        ),
        sureness=always("time and limit agree"),
        apart=(CUT_OR_FORGOTTEN,),
    ),
    proxy_rule(
        "proxy-nginx-config-not-loaded",
        "nginx refuses the configuration on disk: what runs is older",
        _not_loaded,
        "https://nginx.org/en/docs/switches.html",
        needs=(
            Condition("nginx serves the URL", lambda facts: asked_proxy(facts.proxy).get("kind") == "nginx"),
            Condition("the configuration on disk would be refused", lambda facts: _test(facts).get("ok") is False),
        ),
        sureness=always(
            "what it refuses was read: a directive that no program knows, a key that does not fit; or nginx -t says so"
        ),
    ),
    proxy_rule(
        "proxy-nginx-old-workers",
        "Workers of older configurations outlive reloads: open WebSockets hold them",
        _old_workers,
        "https://nginx.org/en/docs/ngx_core_module.html#worker_shutdown_timeout",
        needs=(
            led_by("nginx", "nginx"),
            Condition(
                "more workers of older configurations run than of the present one",
                lambda facts: old_workers(asked_proxy(facts.proxy)),
            ),
        ),
        sureness=always("the workers were counted"),
    ),
    proxy_rule(
        "proxy-nginx-connection-hardcoded",
        "nginx sends Connection: upgrade with ordinary requests too",
        _hardcoded,
        _WEBSOCKET_DOC,
        needs=(
            led_by("nginx", "nginx"),
            Condition(
                "Connection: upgrade is a constant in a location for a whole site", lambda facts: hardcoded(facts.proxy)
            ),
        ),
        sureness=always("the effective configuration was computed"),
    ),
)
