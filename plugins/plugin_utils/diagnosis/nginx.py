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

from ..checks.proxy import (
    asked_proxy,
    fix_lines,
    hardcoded,
    location_words,
    old_workers,
    passes_upgrade,
    place,
    setting,
)
from ..checks.websocket import outcome_words
from .proxy_rule import CHECK_AGAIN, nobody_at, proxy_rule, route_of, silent_upstreams, turned
from .rule import Facts, Match, Rule

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


def _lost(facts: Facts) -> Match | None:
    """The location has a proxy_set_header of its own, and so inherits none of the outer ones."""
    route = route_of(facts, "nginx")
    lost = {str(name).lower() for name in route.get("lost_headers") or ()}
    if not facts.turned_bad_by_proxy or passes_upgrade(route) is not False or not lost & {"upgrade", "connection"}:
        return None
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
    """One of the two headers is passed, the other is not, or has the wrong value."""
    route = route_of(facts, "nginx")
    if not facts.turned_bad_by_proxy or passes_upgrade(route) is not False:
        return None
    upgrade, connection = setting(route, "upgrade"), setting(route, "connection")
    if not upgrade and (not connection or "upgrade" not in connection.lower()):
        return None
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
    """Neither header is passed."""
    route = route_of(facts, "nginx")
    if not facts.turned_bad_by_proxy or passes_upgrade(route) is not False:
        return None
    if setting(route, "upgrade") or "upgrade" in (setting(route, "connection") or "").lower():
        return None
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
    """Both headers are passed, in a request of HTTP/1.0, and the server refuses that version."""
    route = route_of(facts, "nginx")
    if not facts.turned_bad_by_proxy or not passes_upgrade(route) or setting(route, "http_version") != "1.0":
        return None
    status = facts.through.get("status")
    if status not in (400, 426, 505):
        return None
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
    """The unix socket is missing, or the worker's user may not use it."""
    errors = facts.proxy_errors("upstream-socket")
    if facts.through.get("status") != 502 or not errors:
        return None
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
    """connect(2) is refused with EACCES to a TCP port: SELinux, or a prohibiting route."""
    errors = facts.proxy_errors("upstream-denied")
    if facts.through.get("status") != 502 or not errors:
        return None
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
    """The proxy speaks TLS to a back end that does not, or the other way round."""
    upstream = route_of(facts, "nginx").get("upstream") or {}
    refused = facts.proxy_errors("upstream-tls")
    closed = facts.proxy_errors("upstream-closed")
    own_tls = facts.own_tls
    if not facts.turned_bad_by_proxy or not (refused or (closed and own_tls and upstream.get("scheme") == "http")):
        return None
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
    """A limit of nginx refuses the connection."""
    errors = facts.proxy_errors("limited")
    if facts.through.get("status") not in (503, 429) or not errors:
        return None
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
    """All connections of a worker are in use."""
    errors = facts.proxy_errors("worker-connections")
    if not errors or facts.through.get("outcome") == "open":
        return None
    return Match(
        "certain",
        ["%s: %s" % (errors[0].get("source"), errors[0].get("sample")), "a proxied WebSocket takes two of them"],
        immediate=["raise worker_connections in the events block (and worker_rlimit_nofile), then %s" % _RELOAD],
        testing=[CHECK_AGAIN],
    )


def _idle(facts: Facts) -> Match | None:
    """The idle connection ends without a close frame when proxy_read_timeout is over."""
    hold = facts.proxy.get("hold") or {}
    ended = hold.get("ended") or {}
    limit = setting(route_of(facts, "nginx"), "read_timeout_s")
    if ended.get("how") != "eof" or limit is None or abs(float(hold.get("held_s") or 0) - float(limit)) > 1.5:
        return None
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
    """More workers of older configurations than of the present one: WebSockets keep them alive after a reload."""
    words = old_workers(asked_proxy(facts.proxy)) if route_of(facts, "nginx") else ""
    if not words:
        return None
    return Match(
        "certain",
        [words, "a worker that is to end waits for its open connections, and serves them as it was configured"],
        immediate=["see how old they are: ps -C nginx -o pid,lstart,args"],
        configuration=["worker_shutdown_timeout 10m; and clients that reconnect when their socket is closed"],
        testing=[CHECK_AGAIN],
    )


def _hardcoded(facts: Facts) -> Match | None:
    """Connection: upgrade is a constant in a location for a whole site."""
    route = route_of(facts, "nginx")
    if not route or not hardcoded(facts.proxy):
        return None
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


def _not_loaded(facts: Facts) -> Match | None:
    """The configuration on disk is refused, so what runs is older."""
    proxy = asked_proxy(facts.proxy)
    test = proxy.get("test") or {}
    if proxy.get("kind") != "nginx" or test.get("ok") is not False:
        return None
    return Match(
        "certain",
        ["nginx -t: %s" % test.get("message"), "a refused reload leaves the old configuration running"],
        immediate=["correct the line that nginx -t names, then %s" % _RELOAD],
        testing=["nginx -t", CHECK_AGAIN],
    )


RULES: tuple[Rule, ...] = (
    proxy_rule(
        "nginx-proxy_set_header-inheritance-lost",
        "A proxy_set_header in the location drops all inherited ones, Upgrade among them",
        _lost,
        _PROXY_DOC + "#proxy_set_header",
        ("nginx-missing-upgrade-headers", "nginx-connection-missing-or-swapped"),
    ),
    proxy_rule(
        "nginx-connection-missing-or-swapped",
        "nginx passes one of Upgrade and Connection, or the wrong value",
        _swapped,
        _WEBSOCKET_DOC,
        ("nginx-missing-upgrade-headers",),
    ),
    proxy_rule(
        "nginx-http10-upstream",
        "nginx asks the server in HTTP/1.0, which this server refuses",
        _http10,
        _PROXY_DOC + "#proxy_http_version",
    ),
    proxy_rule(
        "nginx-unix-socket-permission",
        "nginx may not use the back end's unix socket, or it is missing",
        _socket_permission,
        _UPSTREAM_DOC,
        ("nginx-upstream-refused-502",),
    ),
    proxy_rule(
        "selinux-httpd-connect",
        "The proxy is not allowed to connect to the back end",
        _denied,
        "https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/9/html/using_selinux/index",
        ("nginx-upstream-refused-502",),
    ),
    proxy_rule(
        "tls-backend-scheme-mismatch",
        "nginx and its back end disagree about TLS between them",
        _scheme,
        _PROXY_DOC + "#proxy_pass",
        ("nginx-upstream-refused-502",),
    ),
    proxy_rule(
        "nginx-limit",
        "A limit of nginx refuses the connection",
        _limited,
        "https://nginx.org/en/docs/http/ngx_http_limit_conn_module.html",
        ("nginx-upstream-refused-502",),
    ),
    proxy_rule(
        "nginx-worker-connections",
        "nginx has no worker connections left",
        _worker_connections,
        "https://nginx.org/en/docs/ngx_core_module.html#worker_connections",
    ),
    proxy_rule(
        "nginx-idle-timeout-60s",
        "nginx cuts the idle connection at proxy_read_timeout",
        _idle,
        _PROXY_DOC + "#proxy_read_timeout",
    ),
    proxy_rule(
        "nginx-config-not-loaded",
        "nginx refuses the configuration on disk: what runs is older",
        _not_loaded,
        "https://nginx.org/en/docs/switches.html",
    ),
    proxy_rule(
        "nginx-old-workers-after-reload",
        "Workers of older configurations outlive reloads: open WebSockets hold them",
        _old_workers,
        "https://nginx.org/en/docs/ngx_core_module.html#worker_shutdown_timeout",
    ),
    proxy_rule(
        "nginx-connection-hardcoded-upgrade",
        "nginx sends Connection: upgrade with ordinary requests too",
        _hardcoded,
        _WEBSOCKET_DOC,
    ),
)
