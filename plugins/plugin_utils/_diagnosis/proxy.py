# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in what stands in front of the server, told from the answer itself: layer proxy of the failure catalogue."""

from __future__ import annotations

from .._evidence.websocket import outcome_words
from .._evidence.who_answered import fingerprint
from . import any_proxy, apache, caddy, edge, haproxy, nginx
from .conditions import REDIRECTS, always, never_sure, refused_by, sure_where
from .facts import Facts
from .proxy_rule import by_apache, proxy_rule, stripped
from .rule import CHECK_AGAIN, Condition, Match, Rival, Rule


def _location(facts: Facts) -> str:
    headers = facts.first_refusal.get("headers") or ()
    return next((str(pair[1]) for pair in headers if str(pair[0]).lower() == "location"), "")


def _redirect(facts: Facts) -> Match | None:
    """With the URL that it is sent to."""
    return Match(
        "certain",
        [
            "the handshake is answered by %s" % outcome_words(facts.first_refusal),
            "browsers do not follow redirects of a handshake",
        ],
        immediate=["dial the final URL: %s" % (_location(facts) or "see the Location header")],
        configuration=["exempt the WebSocket path from the redirect (scheme, trailing slash, login)"],
        testing=[CHECK_AGAIN],
    )


def _is_page(facts: Facts) -> bool:
    body = str(facts.first_refusal.get("body") or "").lower()
    return "<!doctype html" in body or "<html" in body


def _spa(facts: Facts) -> Match | None:
    """With who answers."""
    return Match(
        "likely",
        [
            "the handshake is answered by 200 and an HTML page",
            "answered by %s" % (fingerprint(facts.first_refusal) or "an unnamed web server"),
        ],
        immediate=["route the WebSocket path to the back end before the fallback to index.html"],
        configuration=["nginx: a location for the path with proxy_pass, above try_files … /index.html"],
        testing=[CHECK_AGAIN],
    )


def _upgrade_stripped(facts: Facts) -> Match | None:
    """From nginx's effective location, or else from the answer."""
    if nginx.passes_neither(facts):
        return nginx.missing(facts)
    return Match(
        "likely",
        [
            "a handshake with Upgrade and Connection is answered by %s" % outcome_words(facts.first_refusal),
            stripped(facts),
        ],
        immediate=["pass the headers on in every hop in front of the server"],
        configuration=[
            "nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
        ],
        testing=[CHECK_AGAIN],
    )


def _bad_gateway(facts: Facts) -> Match | None:
    """From nginx's configuration and log, or else from the answer."""
    found = nginx.refused(facts)
    if found is not None:
        return found
    here = facts.handshake.get("outcome") == "open"
    return Match(
        "likely",
        [
            "the handshake is answered by %s" % outcome_words(facts.first_refusal),
            "the server itself accepts it: a proxy on the way does not reach it"
            if here
            else "so the port is that of a proxy whose back end does not answer",
        ],
        immediate=[
            "compare the proxy's upstream with %s, and look for a firewall between them" % _where(facts)
            if here
            else "start the back end behind this port, and compare its port with the proxy's upstream"
        ],
        testing=[CHECK_AGAIN],
    )


def _where(facts: Facts) -> str:
    """Where the service really listens."""
    rows = ["%s port %s" % (row.get("address"), facts.service.get("port")) for row in facts.listeners]
    return ", ".join(sorted(set(rows))[:3]) or "where the service listens"


def _gateway_timeout(facts: Facts) -> Match | None:
    """From nginx's log, or else from the answer."""
    found = nginx.mute(facts)
    if found is not None:
        return found
    return Match(
        "likely",
        [
            "the handshake is answered by %s" % outcome_words(facts.first_refusal),
            "the proxy's back end accepts connections but does not answer",
        ],
        immediate=["look at the back end behind the proxy: is its event loop blocked, its upgrade handler silent?"],
        testing=[CHECK_AGAIN],
    )


def _is_too_large(facts: Facts) -> bool:
    answer = facts.first_refusal
    words = "Request Header Or Cookie Too Large" in str(answer.get("body") or "")
    return answer.get("status") == 431 or (answer.get("status") == 400 and words)


def _header_too_large(facts: Facts) -> Match | None:
    """With the answer."""
    answer = facts.first_refusal
    return Match(
        "certain",
        ["the handshake is answered by %s" % outcome_words(answer), "the request's headers are too large for it"],
        immediate=["shrink the cookies and tokens that clients send"],
        configuration=["nginx: large_client_header_buffers 4 16k; Node: --max-http-header-size=32768"],
        testing=[CHECK_AGAIN],
    )


RULES: tuple[Rule, ...] = (
    # Those that know who answered come before those that know the answer.
    *edge.RULES,
    proxy_rule(
        "proxy-redirects",
        "The handshake is redirected, and browsers do not follow",
        _redirect,
        "https://websockets.spec.whatwg.org/",
        needs=(refused_by(*REDIRECTS),),
        sureness=always("browsers follow no redirect of a handshake"),
    ),
    proxy_rule(
        "proxy-page-fallback",
        "A web server answers the WebSocket path with a page",
        _spa,
        "https://nginx.org/en/docs/http/websocket.html",
        needs=(refused_by(200), Condition("the body is an HTML page", _is_page)),
        sureness=never_sure("the rule that leads to the page is not seen"),
        apart=(
            Rival(
                "browser-other-port-or-path",
                "the path that the server serves",
                "the same: the proxy's fallback takes it; another: the client's URL is wrong",
            ),
        ),
    ),
    proxy_rule(
        "proxy-upgrade-dropped",
        "A hop in front of the server removes the Upgrade header",
        _upgrade_stripped,
        "https://nginx.org/en/docs/http/websocket.html",
        needs=(
            Condition(
                "nginx's effective location passes on neither Upgrade nor Connection while the server itself accepts the "
                "handshake; or a complete handshake is answered by 426, or by the server's own answer to a request without "
                "Upgrade",
                lambda facts: nginx.passes_neither(facts) or (stripped(facts) and not by_apache(facts)),
            ),
        ),
        sureness=sure_where("nginx's configuration was read", "only the answer tells"),
        apart=(
            Rival(
                "server-websocket-not-attached",
                "a handshake past the proxy, on the host itself",
                "101: a hop on the way removes Upgrade; 404 there as well: no WebSocket server is attached",
            ),
            Rival(
                "server-uvicorn-no-websocket-library",
                "a handshake past the proxy, on the host itself",
                "101: a hop on the way removes Upgrade; 404 there as well: the server has no library",
            ),
            Rival(
                "proxy-nginx-headers-not-inherited",
                "nginx -T",
                "the headers stand in an outer block: they are not inherited; nowhere: they are missing",
            ),
        ),
    ),
    proxy_rule(
        "proxy-upstream-down",
        "A proxy answers in place of its back end, which is down",
        _bad_gateway,
        "https://nginx.org/en/docs/http/ngx_http_upstream_module.html",
        needs=(
            Condition(
                "the handshake, at the first place where it is refused or through nginx, is answered by 502 or 503",
                lambda facts: {facts.first_refusal.get("status"), facts.through.get("status")} & {502, 503},
            ),
        ),
        sureness=sure_where("nginx's configuration leads to an address where nobody listens"),
        apart=(
            Rival(
                "proxy-stale-upstream-address",
                "getent hosts <name of the back end>",
                "an address that the proxy does not ask: a stale name; the same: nobody listens there",
            ),
            Rival(
                "proxy-selinux-denied",
                "ausearch -m avc -c nginx | tail",
                "denied: the proxy may not connect; nothing: the back end refuses",
            ),
        ),
    ),
    proxy_rule(
        "proxy-upstream-silent",
        "A proxy's back end accepts connections but does not answer",
        _gateway_timeout,
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html",
        needs=(
            Condition(
                "the handshake, at the first place where it is refused or through nginx, is answered by 504",
                lambda facts: 504 in (facts.first_refusal.get("status"), facts.through.get("status")),
            ),
        ),
        sureness=sure_where("nginx's log says that the back end was silent"),
        apart=(
            Rival(
                "network-firewall-drops",
                "nc -vz <back end> <port> on the proxy's host",
                "connected: it accepts and does not answer; no answer: a firewall",
            ),
        ),
    ),
    proxy_rule(
        "proxy-headers-too-large",
        "The request's headers are too large for a hop on the way",
        _header_too_large,
        "https://nginx.org/en/docs/http/ngx_http_core_module.html#large_client_header_buffers",
        needs=(
            Condition(
                "the handshake is answered by 431, or by nginx's 400 that says Request Header Or Cookie Too Large",
                _is_too_large,
            ),
        ),
        sureness=always("the answer says so"),
    ),
    *nginx.RULES,
    *apache.RULES,
    *haproxy.RULES,
    *caddy.RULES,
    *any_proxy.RULES,
)
