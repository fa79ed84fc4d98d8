# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes that every kind of proxy on the host can have, told from what its configuration makes of the URL."""

from __future__ import annotations

import re
import typing as t

from ...module_utils._protocol.web_url import web_url
from .._evidence.proxy import (
    asked_proxy,
    backends_seen,
    effective_route,
    location_words,
    passes_upgrade,
    place,
    setting,
)
from .._evidence.websocket import outcome_words
from .._model import FAIL
from .conditions import TURNED_BAD_BY_PROXY, always, failed, never_sure, sure_where, through_proxy
from .facts import Facts
from .proxy_rule import proxy_rule, turned
from .rule import CHECK_AGAIN, Condition, Match, Rival, Rule

_KEY = re.compile(
    r"key values mismatch|cannot load certificate|inconsistencies between private key|unable to load SSL (?:private key|certificate)"
)


def _sent_path(facts: Facts) -> str:
    """The path for which the proxy asks the back end, as far as its configuration tells."""
    return str(effective_route(facts.proxy).get("upstream_path") or "")


def _path(facts: Facts) -> Match | None:
    """With the three paths: the client's, the proxy's, the server's."""
    route, kind = effective_route(facts.proxy), str(asked_proxy(facts.proxy).get("kind"))
    sent, asked, served = _sent_path(facts), str(facts.through.get("path") or ""), facts.served_path
    return Match(
        "certain" if sent != asked else "likely",
        [
            *turned(facts, kind),
            "clients ask for %s, %s asks the back end for %s, which serves %s"
            % (asked, location_words(route), sent, served),
        ],
        immediate=["align location, proxy_pass and the server's path, then reload %s" % kind],
        configuration=[
            "proxy_pass without a URI passes the path on as it is; with one (even /) it replaces the location's prefix"
        ],
        testing=[CHECK_AGAIN],
    )


def _server(facts: Facts) -> dict[str, t.Any]:
    """The server of the configuration that takes the URL."""
    return effective_route(facts.proxy).get("server") or {}


def _servers_that_lead(facts: Facts) -> list[dict[str, t.Any]]:
    """Other servers on the URL's port that lead to the service."""
    here = (_server(facts).get("file"), _server(facts).get("line"))
    port = web_url(str(facts.proxy.get("url"))).port
    return [
        entry
        for entry in asked_proxy(facts.proxy).get("leading") or ()
        if entry.get("port") == port and (entry.get("server_file"), entry.get("server_line")) != here
    ]


def _default_server(facts: Facts) -> Match | None:
    """With the server that answers, and the one that would lead to the service."""
    server, kind = _server(facts), str(asked_proxy(facts.proxy).get("kind"))
    others = _servers_that_lead(facts)
    return Match(
        "likely",
        [
            *turned(facts, kind),
            "no name matches %s: the default server at %s answers" % (facts.proxy.get("url"), place(server)),
            "the server at %s:%s would lead to the service"
            % (others[0].get("server_file"), others[0].get("server_line")),
        ],
        immediate=["add the name to the right server's names, then reload %s" % kind],
        testing=[CHECK_AGAIN],
    )


def _test_message(facts: Facts) -> str:
    """What the proxy would refuse of the configuration on disk."""
    return str((asked_proxy(facts.proxy).get("test") or {}).get("message") or "")


def _key(facts: Facts) -> Match | None:
    """With the message."""
    return Match(
        "certain",
        [
            "the proxy refuses this: %s" % _test_message(facts),
            "until it is mended the old certificate is served, and a restart fails",
        ],
        immediate=["let certificate and key be a pair, and readable for the proxy's master; then reload it"],
        testing=[
            "openssl x509 -noout -pubkey -in <certificate> | sha256sum; openssl pkey -pubout -in <key> | sha256sum",
            CHECK_AGAIN,
        ],
    )


def _accepted_by_name(facts: Facts) -> list[dict[str, t.Any]]:
    """Back ends that have a name in the configuration, and accept the handshake where it resolves to."""
    return [entry for entry in backends_seen(facts.proxy) if entry["outcome"] == "open" and entry.get("resolved")]


def _stale_name(facts: Facts) -> Match | None:
    """With the address that the name has now, and the one that the proxy asks."""
    good = _accepted_by_name(facts)
    name, now = str(good[0].get("address")).rpartition(":")[0], str(good[0]["resolved"])
    lines = [
        line
        for line in facts.proxy_errors("upstream-refused", "upstream-mute", "upstream-unreachable")
        if line.get("upstream") and now not in str(line["upstream"])
    ]
    kind = str(asked_proxy(facts.proxy).get("kind"))
    return Match(
        "certain" if lines else "likely",
        [
            "%s resolves to %s now, where the handshake is accepted" % (name, now),
            "through %s: %s" % (kind, outcome_words(facts.through)),
            *["%s: %s" % (line.get("source"), line.get("sample")) for line in lines[:1]],
            "a name in the configuration is resolved once, when it is loaded",
        ],
        immediate=["reload %s: it resolves the name again" % kind],
        configuration=[
            "nginx: resolver <address> valid=10s; and the name in a variable (set $backend …; proxy_pass http://$backend)",
            "HAProxy: a resolvers section and server … resolvers <its name>; Apache: disablereuse=on",
        ],
        testing=["getent hosts %s" % name, CHECK_AGAIN],
    )


def _origin_words(facts: Facts) -> list[str]:
    return [
        "through the proxy with Origin %s: %s" % (facts.through.get("origin"), outcome_words(facts.through)),
        "through the proxy without an Origin: accepted",
        "the server itself accepts the same Origin",
    ]


def _authority(facts: Facts) -> str:
    return str(facts.proxy.get("url") or "").split("://", 1)[-1].split("/", 1)[0].lower()


def _sent_host(facts: Facts) -> str | None:
    """The Host that the back end gets, as far as the configuration tells."""
    return setting(effective_route(facts.proxy), "host")


def _host_kept(facts: Facts) -> bool:
    """Whether the back end gets the client's Host; a TypeError where the configuration was not read."""
    host = _sent_host(facts)
    if host is None:
        raise TypeError("nobody knows which Host is sent")
    return host.lower() == _authority(facts)


def _port_is_missing(facts: Facts) -> bool:
    name, colon, _port = _authority(facts).rpartition(":")
    return bool(colon) and str(_sent_host(facts)).lower() == name


_ONLY_WITH_ORIGIN = (
    TURNED_BAD_BY_PROXY,
    failed("through the proxy it is refused with the page's Origin, and accepted without one", "proxy.origin", "proxy"),
)
_SERVERS_LIST = Rival(
    "server-origin-rejected",
    "a handshake past the proxy with the page's Origin",
    "accepted: the proxy changes what the server compares with; refused there as well: the server's list",
)


def _host_rewritten(facts: Facts) -> Match | None:
    """With the Host that the server gets."""
    return Match(
        "certain",
        [*_origin_words(facts), "the proxy sends Host %s instead of %s" % (_sent_host(facts), _authority(facts))],
        immediate=[
            "nginx: proxy_set_header Host $http_host; in the location, then nginx -t && nginx -s reload",
            "Apache: ProxyPreserveHost On, then apachectl graceful",
        ],
        configuration=["or add the page's Origin to the server's list of allowed origins"],
        testing=[CHECK_AGAIN],
    )


def _port_dropped(facts: Facts) -> Match | None:
    """With the Host that the server gets."""
    return Match(
        "certain",
        [*_origin_words(facts), "the proxy sends Host %s instead of %s" % (_sent_host(facts), _authority(facts))],
        immediate=["nginx: proxy_set_header Host $http_host; ($host has no port), then nginx -t && nginx -s reload"],
        testing=[CHECK_AGAIN],
    )


def _proto_missing(facts: Facts) -> Match | None:
    """With the headers that are passed on."""
    return Match(
        "likely",
        [*_origin_words(facts), "Host is passed on, X-Forwarded-Proto is not: the server compares with http://"],
        immediate=["nginx: proxy_set_header X-Forwarded-Proto $scheme; and let the server trust it"],
        testing=[CHECK_AGAIN],
    )


RULES: tuple[Rule, ...] = (
    proxy_rule(
        "proxy-path-mismatch",
        "The proxy asks the server for another path than it serves",
        _path,
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",
        needs=(
            TURNED_BAD_BY_PROXY,
            Condition("the proxy passes Upgrade on", lambda facts: passes_upgrade(effective_route(facts.proxy))),
            Condition(
                "it asks the back end for another path than the one that was found to open",
                lambda facts: _sent_path(facts) and _sent_path(facts) != facts.served_path,
            ),
        ),
        against=(through_proxy(301, 302, 307, 308, 502, 503, 504, 505),),
        sureness=sure_where(
            "the proxy changes the path", "the path is the client's own: one of the two is wrong about the other"
        ),
        apart=(
            Rival(
                "proxy-upgrade-dropped",
                "the path in the server's own log",
                "the one that it serves: the headers; another: the path",
            ),
        ),
    ),
    proxy_rule(
        "proxy-default-server-answers",
        "No server of the proxy has this name: the default one answers",
        _default_server,
        "https://nginx.org/en/docs/http/request_processing.html",
        ("proxy-upgrade-dropped", "proxy-page-fallback", "proxy-redirects"),
        needs=(
            TURNED_BAD_BY_PROXY,
            failed("the URL is not led to the service", "proxy.route", "proxy"),
            Condition(
                "no server has its name, so the default one answers",
                lambda facts: _server(facts).get("by") == "default",
            ),
            Condition("another server on the same port would lead to the service", _servers_that_lead),
        ),
        sureness=never_sure("whether that server is meant is for people to say"),
        apart=(
            Rival(
                "proxy-page-fallback",
                "the handshake through the proxy with the other server's name",
                "101: the name; the page again: the fallback takes the path",
            ),
        ),
    ),
    Rule(
        id="tls-proxy-key-mismatch",
        title="Certificate and key of the proxy are no pair, or cannot be read",
        layer="tls",
        explains=("proxy.config",),
        find=_key,
        supersedes=("proxy-nginx-config-not-loaded",),
        source=("https://nginx.org/en/docs/http/configuring_https_servers.html",),
        needs=(
            Condition(
                "the configuration on disk would be refused for a certificate or its key",
                lambda facts: _KEY.search(_test_message(facts)),
            ),
        ),
        sureness=always("the two files were read, or the proxy's own test says so"),
    ),
    proxy_rule(
        "proxy-stale-upstream-address",
        "The proxy asks an address that its back end's name no longer has",
        _stale_name,
        "https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
        (
            "proxy-upstream-down",
            "proxy-upstream-silent",
            "proxy-apache-answers",
            "proxy-haproxy-no-server",
            "proxy-caddy-answers",
        ),
        needs=(
            through_proxy(502, 503, 504),
            Condition("the back end's name resolves to an address where the handshake is accepted", _accepted_by_name),
        ),
        sureness=sure_where("the proxy's log names another address"),
        apart=(
            Rival(
                "proxy-upstream-down",
                "getent hosts <name of the back end>",
                "an address that the proxy does not ask: a stale name; the same: nobody listens there",
            ),
        ),
    ),
    proxy_rule(
        "proxy-host-rewritten",
        "The server refuses the page's Origin because the proxy changes the Host",
        _host_rewritten,
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",
        needs=(
            *_ONLY_WITH_ORIGIN,
            Condition("the back end gets another Host than the client sent", lambda facts: not _host_kept(facts)),
        ),
        sureness=always("the effective configuration was computed"),
        apart=(_SERVERS_LIST,),
    ),
    proxy_rule(
        "proxy-host-without-port",
        "The proxy drops the port from Host, so the page's Origin does not fit it",
        _port_dropped,
        "https://nginx.org/en/docs/http/ngx_http_core_module.html#var_host",
        ("proxy-host-rewritten",),
        needs=(
            *_ONLY_WITH_ORIGIN,
            Condition("the Host that the back end gets lacks only the port of the client's", _port_is_missing),
        ),
        sureness=always("the effective configuration was computed"),
        apart=(_SERVERS_LIST,),
    ),
    proxy_rule(
        "proxy-forwarded-proto-missing",
        "The server takes the page for http: the proxy does not say that TLS ends at it",
        _proto_missing,
        "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-Proto",
        needs=(
            TURNED_BAD_BY_PROXY,
            Condition(
                "the server itself refuses what comes without X-Forwarded-Proto: https; or through the proxy the handshake is "
                "refused with the page's Origin, and accepted without one",
                lambda facts: facts.websocket.get("forwarded_proto") or facts.status("proxy.origin", "proxy") == FAIL,
            ),
            Condition("the Origin is one of https", lambda facts: str(facts.through["origin"]).startswith("https:")),
            Condition("the back end gets the client's Host", _host_kept),
        ),
        against=(
            Condition(
                "X-Forwarded-Proto is sent", lambda facts: setting(effective_route(facts.proxy), "x_forwarded_proto")
            ),
        ),
        sureness=never_sure("what the server compares is not seen"),
        apart=(_SERVERS_LIST,),
    ),
)
