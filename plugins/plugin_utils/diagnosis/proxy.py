# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in what stands in front of the server, told from the answer itself: layer proxy of the failure catalogue."""

from __future__ import annotations

from ..checks.websocket import outcome_words
from ..fingerprint import fingerprint
from .rule import Facts, Match, Rule

_CHECK = "ansible-playbook websocket.health.checklist --limit <host>"


def _location(facts: Facts) -> str:
    headers = facts.handshake.get("headers") or ()
    return next((str(pair[1]) for pair in headers if str(pair[0]).lower() == "location"), "")


def _redirect(facts: Facts) -> Match | None:
    """The handshake is answered by 301, 302, 303, 307 or 308."""
    if facts.handshake.get("status") not in (301, 302, 303, 307, 308):
        return None
    return Match(
        "certain",
        [
            "the handshake is answered by %s" % outcome_words(facts.handshake),
            "browsers do not follow redirects of a handshake",
        ],
        immediate=["dial the final URL: %s" % (_location(facts) or "see the Location header")],
        configuration=["exempt the WebSocket path from the redirect (scheme, trailing slash, login)"],
        testing=[_CHECK],
    )


def _spa(facts: Facts) -> Match | None:
    """The handshake is answered by 200 and an HTML page."""
    body = str(facts.handshake.get("body") or "").lower()
    if facts.handshake.get("status") != 200 or not ("<!doctype html" in body or "<html" in body):
        return None
    return Match(
        "likely",
        [
            "the handshake is answered by 200 and an HTML page",
            "answered by %s" % (fingerprint(facts.handshake) or "an unnamed web server"),
        ],
        immediate=["route the WebSocket path to the back end before the fallback to index.html"],
        configuration=["nginx: a location for the path with proxy_pass, above try_files … /index.html"],
        testing=[_CHECK],
    )


def _upgrade_stripped(facts: Facts) -> Match | None:
    """A complete handshake is answered by 426: the server saw no Upgrade header."""
    if facts.handshake.get("status") != 426:
        return None
    return Match(
        "likely",
        [
            "a handshake with Upgrade and Connection is answered by %s" % outcome_words(facts.handshake),
            "426 means that the server saw no Upgrade header: a hop on the way removes it",
        ],
        immediate=["pass the headers on in every hop in front of the server"],
        configuration=[
            "nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
        ],
        testing=[_CHECK],
    )


def _bad_gateway(facts: Facts) -> Match | None:
    """The handshake is answered by 502 or 503, in the words of a proxy."""
    if facts.handshake.get("status") not in (502, 503):
        return None
    return Match(
        "likely",
        [
            "the handshake is answered by %s" % outcome_words(facts.handshake),
            "so the port is that of a proxy whose back end does not answer",
        ],
        immediate=["start the back end behind this port, and compare its port with the proxy's upstream"],
        testing=[_CHECK],
    )


def _gateway_timeout(facts: Facts) -> Match | None:
    """The handshake is answered by 504, in the words of a proxy."""
    if facts.handshake.get("status") != 504:
        return None
    return Match(
        "likely",
        [
            "the handshake is answered by %s" % outcome_words(facts.handshake),
            "the proxy's back end accepts connections but does not answer",
        ],
        immediate=["look at the back end behind the proxy: is its event loop blocked, its upgrade handler silent?"],
        testing=[_CHECK],
    )


def _rule(rule_id: str, title: str, find: object, source: str) -> Rule:
    return Rule(
        id=rule_id,
        title=title,
        layer="proxy",
        explains=("websocket.*",),
        find=find,  # type: ignore[arg-type]
        source=(source,),
    )


RULES: tuple[Rule, ...] = (
    _rule(
        "redirect-on-upgrade",
        "The handshake is redirected, and browsers do not follow",
        _redirect,
        "https://websockets.spec.whatwg.org/",
    ),
    _rule(
        "spa-fallback-200",
        "A web server answers the WebSocket path with a page",
        _spa,
        "https://nginx.org/en/docs/http/websocket.html",
    ),
    _rule(
        "nginx-missing-upgrade-headers",
        "A hop in front of the server removes the Upgrade header",
        _upgrade_stripped,
        "https://nginx.org/en/docs/http/websocket.html",
    ),
    _rule(
        "nginx-upstream-refused-502",
        "A proxy answers in place of its back end, which is down",
        _bad_gateway,
        "https://nginx.org/en/docs/http/ngx_http_upstream_module.html",
    ),
    _rule(
        "nginx-upstream-mute-504",
        "A proxy's back end accepts connections but does not answer",
        _gateway_timeout,
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html",
    ),
)
