# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes that every kind of proxy on the host can have, told from what its configuration makes of the URL."""

from __future__ import annotations

import re

from ...module_utils.web_url import web_url
from ..checks.proxy import asked_proxy, backends_seen, effective_route, location_words, passes_upgrade, place, setting
from ..checks.websocket import outcome_words
from ..model import FAIL
from .proxy_rule import CHECK_AGAIN, proxy_rule, turned
from .rule import Facts, Match, Rule

_KEY = re.compile(
    r"key values mismatch|cannot load certificate|inconsistencies between private key|unable to load SSL (?:private key|certificate)"
)


def _path(facts: Facts) -> Match | None:
    """The back end is asked for another path than the client."""
    route, kind = effective_route(facts.proxy), str(asked_proxy(facts.proxy).get("kind"))
    if not facts.turned_bad_by_proxy or not passes_upgrade(route):
        return None
    sent, asked = str(route.get("upstream_path") or ""), str(facts.through.get("path") or "")
    served = facts.served_path
    if not sent or sent == served or facts.through.get("status") in (301, 302, 307, 308, 502, 503, 504, 505):
        return None
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


def _default_server(facts: Facts) -> Match | None:
    """No server has the name: the default server answers."""
    route, kind = effective_route(facts.proxy), str(asked_proxy(facts.proxy).get("kind"))
    server = route.get("server") or {}
    if not facts.turned_bad_by_proxy or server.get("by") != "default":
        return None
    if facts.status("proxy.route", "proxy") != FAIL:
        return None
    here = (server.get("file"), server.get("line"))
    leading = asked_proxy(facts.proxy).get("leading") or ()
    port = web_url(str(facts.proxy.get("url"))).port
    others = [
        entry
        for entry in leading
        if entry.get("port") == port and (entry.get("server_file"), entry.get("server_line")) != here
    ]
    if not others:
        return None
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


def _key(facts: Facts) -> Match | None:
    """The configuration's own test fails at a certificate or its key: a reload is refused, a restart would fail."""
    message = str((asked_proxy(facts.proxy).get("test") or {}).get("message") or "")
    if not _KEY.search(message):
        return None
    return Match(
        "certain",
        ["the proxy's own test: %s" % message, "until it is mended the old certificate is served, and a restart fails"],
        immediate=["let certificate and key be a pair, and readable for the proxy's master; then reload it"],
        testing=[
            "openssl x509 -noout -pubkey -in <certificate> | sha256sum; openssl pkey -pubout -in <key> | sha256sum",
            CHECK_AGAIN,
        ],
    )


def _stale_name(facts: Facts) -> Match | None:
    """The back end's name resolves to where the handshake is accepted; the proxy asks an address it had before."""
    good = [entry for entry in backends_seen(facts.proxy) if entry["outcome"] == "open" and entry.get("resolved")]
    if not good or facts.through.get("status") not in (502, 503, 504):
        return None
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


def _origin_refused(facts: Facts) -> bool:
    return facts.turned_bad_by_proxy and facts.status("proxy.origin", "proxy") == FAIL


def _origin_words(facts: Facts) -> list[str]:
    return [
        "through the proxy with Origin %s: %s" % (facts.through.get("origin"), outcome_words(facts.through)),
        "through the proxy without an Origin: accepted",
        "the server itself accepts the same Origin",
    ]


def _authority(facts: Facts) -> str:
    return str(facts.proxy.get("url") or "").split("://", 1)[-1].split("/", 1)[0].lower()


def _host_rewritten(facts: Facts) -> Match | None:
    """Only the handshake with an Origin is refused, and the back end is given another Host than the client sent."""
    host = setting(effective_route(facts.proxy), "host")
    if not _origin_refused(facts) or host is None or host.lower() == _authority(facts):
        return None
    return Match(
        "certain",
        [*_origin_words(facts), "the proxy sends Host %s instead of %s" % (host, _authority(facts))],
        immediate=[
            "nginx: proxy_set_header Host $http_host; in the location, then nginx -t && nginx -s reload",
            "Apache: ProxyPreserveHost On, then apachectl graceful",
        ],
        configuration=["or add the page's Origin to the server's list of allowed origins"],
        testing=[CHECK_AGAIN],
    )


def _port_dropped(facts: Facts) -> Match | None:
    """As above, and the Host differs from the client's by its port alone."""
    host = setting(effective_route(facts.proxy), "host")
    name, colon, _port = _authority(facts).rpartition(":")
    if not _origin_refused(facts) or not colon or host is None or host.lower() != name:
        return None
    return Match(
        "certain",
        [*_origin_words(facts), "the proxy sends Host %s instead of %s" % (host, _authority(facts))],
        immediate=["nginx: proxy_set_header Host $http_host; ($host has no port), then nginx -t && nginx -s reload"],
        testing=[CHECK_AGAIN],
    )


def _proto_missing(facts: Facts) -> Match | None:
    """Only the handshake with an https Origin is refused, the Host is right, and no X-Forwarded-Proto is sent."""
    route = effective_route(facts.proxy)
    host = setting(route, "host")
    if not _origin_refused(facts) or not str(facts.through.get("origin")).startswith("https:"):
        return None
    if host is None or host.lower() != _authority(facts) or setting(route, "x_forwarded_proto"):
        return None
    return Match(
        "likely",
        [*_origin_words(facts), "Host is passed on, X-Forwarded-Proto is not: the server compares with http://"],
        immediate=["nginx: proxy_set_header X-Forwarded-Proto $scheme; and let the server trust it"],
        testing=[CHECK_AGAIN],
    )


RULES: tuple[Rule, ...] = (
    proxy_rule(
        "nginx-path-mismatch",
        "The proxy asks the server for another path than it serves",
        _path,
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",
    ),
    proxy_rule(
        "wrong-vhost-default-server",
        "No server of the proxy has this name: the default one answers",
        _default_server,
        "https://nginx.org/en/docs/http/request_processing.html",
        ("nginx-missing-upgrade-headers", "spa-fallback-200", "redirect-on-upgrade"),
    ),
    Rule(
        id="tls-key-mismatch-or-unreadable",
        title="Certificate and key of the proxy are no pair, or cannot be read",
        layer="tls",
        explains=("proxy.config",),
        find=_key,
        supersedes=("nginx-config-not-loaded",),
        source=("https://nginx.org/en/docs/http/configuring_https_servers.html",),
    ),
    proxy_rule(
        "dns-stale-upstream",
        "The proxy asks an address that its back end's name no longer has",
        _stale_name,
        "https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
        ("nginx-upstream-refused-502", "nginx-upstream-mute-504", "apache-503", "haproxy-503", "caddy"),
    ),
    proxy_rule(
        "proxy-host-rewritten-origin-check",
        "The server refuses the page's Origin because the proxy changes the Host",
        _host_rewritten,
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",
    ),
    proxy_rule(
        "proxy-host-drops-port",
        "The proxy drops the port from Host, so the page's Origin does not fit it",
        _port_dropped,
        "https://nginx.org/en/docs/http/ngx_http_core_module.html#var_host",
        ("proxy-host-rewritten-origin-check",),
    ),
    proxy_rule(
        "proxy-xforwarded-proto-missing",
        "The server takes the page for http: the proxy does not say that TLS ends at it",
        _proto_missing,
        "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-Proto",
    ),
)
