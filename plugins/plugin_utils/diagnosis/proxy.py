# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in what stands in front of the server, told from the answer itself: layer proxy of the failure catalogue."""

from __future__ import annotations

from ..checks.websocket import outcome_words
from ..fingerprint import fingerprint
from . import any_proxy, apache, caddy, edge, haproxy, nginx
from .proxy_rule import CHECK_AGAIN, by_apache, proxy_rule, stripped
from .rule import Facts, Match, Rule


def _location(facts: Facts) -> str:
    headers = facts.first_refusal.get("headers") or ()
    return next((str(pair[1]) for pair in headers if str(pair[0]).lower() == "location"), "")


def _redirect(facts: Facts) -> Match | None:
    """The handshake is answered by 301, 302, 303, 307 or 308."""
    if facts.first_refusal.get("status") not in (301, 302, 303, 307, 308):
        return None
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


def _spa(facts: Facts) -> Match | None:
    """The handshake is answered by 200 and an HTML page."""
    body = str(facts.first_refusal.get("body") or "").lower()
    if facts.first_refusal.get("status") != 200 or not ("<!doctype html" in body or "<html" in body):
        return None
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
    """Neither header is in nginx's effective location; or a complete handshake is answered by 426."""
    found = nginx.missing(facts)
    if found is not None:
        return found
    proof = stripped(facts)
    if not proof or by_apache(facts):
        return None
    return Match(
        "likely",
        [
            "a handshake with Upgrade and Connection is answered by %s" % outcome_words(facts.first_refusal),
            proof,
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
    if facts.first_refusal.get("status") not in (502, 503):
        return None
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
    """504 in the words of a proxy; its log says that the back end was silent."""
    found = nginx.mute(facts)
    if found is not None:
        return found
    if facts.first_refusal.get("status") != 504:
        return None
    return Match(
        "likely",
        [
            "the handshake is answered by %s" % outcome_words(facts.first_refusal),
            "the proxy's back end accepts connections but does not answer",
        ],
        immediate=["look at the back end behind the proxy: is its event loop blocked, its upgrade handler silent?"],
        testing=[CHECK_AGAIN],
    )


def _header_too_large(facts: Facts) -> Match | None:
    """431, or nginx's 400 that says so: the request's head does not fit the buffers."""
    answer = facts.first_refusal
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


RULES: tuple[Rule, ...] = (
    # Those that know who answered come before those that know the answer.
    *edge.RULES,
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
    *any_proxy.RULES,
)
