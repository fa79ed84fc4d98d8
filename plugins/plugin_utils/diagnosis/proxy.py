# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in what stands in front of the server, told from the answer itself: layer proxy of the failure catalogue."""

from __future__ import annotations

import typing as t

from ..checks.proxy import effective_route, setting
from ..checks.websocket import outcome_words
from ..fingerprint import fingerprint
from ..model import FAIL
from . import apache, caddy, haproxy, nginx
from .proxy_rule import CHECK_AGAIN, proxy_rule
from .rule import Facts, Match, Rule


def _answer(facts: Facts) -> dict[str, t.Any]:
    """The answer to explain: the server's own, or where that is right, the one by way of the proxy."""
    return facts.through if facts.turned_bad_by_proxy else facts.handshake


def _location(facts: Facts) -> str:
    headers = _answer(facts).get("headers") or ()
    return next((str(pair[1]) for pair in headers if str(pair[0]).lower() == "location"), "")


def _redirect(facts: Facts) -> Match | None:
    """The handshake is answered by 301, 302, 303, 307 or 308."""
    if _answer(facts).get("status") not in (301, 302, 303, 307, 308):
        return None
    return Match(
        "certain",
        [
            "the handshake is answered by %s" % outcome_words(_answer(facts)),
            "browsers do not follow redirects of a handshake",
        ],
        immediate=["dial the final URL: %s" % (_location(facts) or "see the Location header")],
        configuration=["exempt the WebSocket path from the redirect (scheme, trailing slash, login)"],
        testing=[CHECK_AGAIN],
    )


def _spa(facts: Facts) -> Match | None:
    """The handshake is answered by 200 and an HTML page."""
    body = str(_answer(facts).get("body") or "").lower()
    if _answer(facts).get("status") != 200 or not ("<!doctype html" in body or "<html" in body):
        return None
    return Match(
        "likely",
        [
            "the handshake is answered by 200 and an HTML page",
            "answered by %s" % (fingerprint(_answer(facts)) or "an unnamed web server"),
        ],
        immediate=["route the WebSocket path to the back end before the fallback to index.html"],
        configuration=["nginx: a location for the path with proxy_pass, above try_files … /index.html"],
        testing=[CHECK_AGAIN],
    )


def _upgrade_stripped(facts: Facts) -> Match | None:
    """Neither header is in nginx's effective location; or a complete handshake is answered by 426."""
    found = nginx.missing(facts)
    if found is not None:
        return found
    if _answer(facts).get("status") != 426:
        return None
    return Match(
        "likely",
        [
            "a handshake with Upgrade and Connection is answered by %s" % outcome_words(_answer(facts)),
            "426 means that the server saw no Upgrade header: a hop on the way removes it",
        ],
        immediate=["pass the headers on in every hop in front of the server"],
        configuration=[
            "nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
        ],
        testing=[CHECK_AGAIN],
    )


def _bad_gateway(facts: Facts) -> Match | None:
    """502 or 503 in the words of a proxy; the log or the listeners say that nothing listens behind it."""
    found = nginx.refused(facts)
    if found is not None:
        return found
    if _answer(facts).get("status") not in (502, 503):
        return None
    return Match(
        "likely",
        [
            "the handshake is answered by %s" % outcome_words(_answer(facts)),
            "so the port is that of a proxy whose back end does not answer",
        ],
        immediate=["start the back end behind this port, and compare its port with the proxy's upstream"],
        testing=[CHECK_AGAIN],
    )


def _gateway_timeout(facts: Facts) -> Match | None:
    """504 in the words of a proxy; its log says that the back end was silent."""
    found = nginx.mute(facts)
    if found is not None:
        return found
    if _answer(facts).get("status") != 504:
        return None
    return Match(
        "likely",
        [
            "the handshake is answered by %s" % outcome_words(_answer(facts)),
            "the proxy's back end accepts connections but does not answer",
        ],
        immediate=["look at the back end behind the proxy: is its event loop blocked, its upgrade handler silent?"],
        testing=[CHECK_AGAIN],
    )


def _header_too_large(facts: Facts) -> Match | None:
    """431, or nginx's 400 that says so: the request's head does not fit the buffers."""
    answer = _answer(facts)
    words = "Request Header Or Cookie Too Large" in str(answer.get("body") or "")
    if answer.get("status") != 431 and not (answer.get("status") == 400 and words):
        return None
    return Match(
        "certain",
        ["the handshake is answered by %s" % outcome_words(answer), "the request's headers are too large for it"],
        immediate=["shrink the cookies and tokens that clients send"],
        configuration=["nginx: large_client_header_buffers 4 16k; Node: --max-http-header-size=32768"],
        testing=[CHECK_AGAIN],
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
        "redirect-on-upgrade",
        "The handshake is redirected, and browsers do not follow",
        _redirect,
        "https://websockets.spec.whatwg.org/",
    ),
    proxy_rule(
        "spa-fallback-200",
        "A web server answers the WebSocket path with a page",
        _spa,
        "https://nginx.org/en/docs/http/websocket.html",
    ),
    proxy_rule(
        "nginx-missing-upgrade-headers",
        "A hop in front of the server removes the Upgrade header",
        _upgrade_stripped,
        "https://nginx.org/en/docs/http/websocket.html",
    ),
    proxy_rule(
        "nginx-upstream-refused-502",
        "A proxy answers in place of its back end, which is down",
        _bad_gateway,
        "https://nginx.org/en/docs/http/ngx_http_upstream_module.html",
    ),
    proxy_rule(
        "nginx-upstream-mute-504",
        "A proxy's back end accepts connections but does not answer",
        _gateway_timeout,
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html",
    ),
    proxy_rule(
        "header-too-large",
        "The request's headers are too large for a hop on the way",
        _header_too_large,
        "https://nginx.org/en/docs/http/ngx_http_core_module.html#large_client_header_buffers",
    ),
    *nginx.RULES,
    *apache.RULES,
    *haproxy.RULES,
    *caddy.RULES,
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
