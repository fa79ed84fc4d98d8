# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-csp-blocks: no source in the page's connect-src matches the WebSocket's URL."""

from __future__ import annotations

import typing as t

from .....module_utils._protocol.web_url import dialled
from ...._evidence.browser import blocked_by_policy, policies
from ...._evidence.content_security_policy import allowance, deciding
from ...._evidence.frontend import View
from ...facts import Facts
from ...rule import Found, If, Look, LookAlike, Rule
from ._files import views
from ._seen_or_told import VERIFY, both, either
from ._sockets import SOCKET_CHECKS

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import Issue


def _enforced(facts: Facts) -> list[Issue]:
    """Reports of the page's policies about WebSockets of the service, where the browser did block them."""
    return [entry for entry in blocked_by_policy(facts.browser, facts.service) if entry.get("report_only") is False]


def _forbidding(facts: Facts) -> list[View]:
    """The front end as it is deployed or served, where a policy in it has no source that matches the WebSocket's URL."""
    return [view for view in views(facts) if view.forbidden()]


def _seen(facts: Facts) -> Found | None:
    reports = _enforced(facts)
    if not reports:
        return None
    where = dialled(reports[0].get("url"))
    source = "%s://%s%s" % (where.scheme, where.host, ":%s" % where.port if where.port not in (None, 80, 443) else "")
    headers = policies(facts.browser)
    return "certain", {
        "url": str(reports[0].get("url")),
        "headers": ["the page's header %s: %s" % tuple(pair) for pair in headers[:2]],
        "in_meta": not headers,
        "allowance": allowance(deciding(pair[1] for pair in headers), source),
    }


def _told(facts: Facts) -> Found | None:
    for view in _forbidding(facts):
        where, directive, url = view.forbidden()[0]
        return "certain" if "status" in view.seen else "likely", {
            "directive": directive[:300],
            "policy_place": where,
            "forbidden_url": url,
            "allowance": allowance(directive, "/".join(url.split("/")[:3])),
        }
    return None


def _find(facts: Facts) -> Found | None:
    more = ("headers", "in_meta", "allowance", "directive", "policy_place", "forbidden_url")
    return both(_seen(facts), _told(facts), *more)


RULE = Rule(
    id="browser-csp-blocks",
    layer="browser",
    title="The page's Content-Security-Policy blocks the WebSocket",
    users_see=(
        "browser console: `Connecting to 'wss://…' violates the following Content Security Policy directive: \"connect-src 'self'\". The "
        "action has been blocked.`",
        "older Chrome: `Refused to connect to 'wss://…' because it violates the following Content Security Policy directive`",
        "Firefox: `Content-Security-Policy: The page's settings blocked the loading of a resource`",
        "the script gets the event error and, in Chrome, no event close; the network panel shows no handshake",
    ),
    why="A page's Content-Security-Policy, a header or a meta element, lists where its scripts may connect: connect-src, or default-src "
    "where there is no connect-src. The browser compares a WebSocket's URL with that list before it sends anything, so the server "
    "never hears of it. `'self'` covers the page's own host and port alone, and neither `https:` nor a host name without a scheme covers "
    "wss:. Policies are often added for a site, by the proxy or a library such as helmet, long after its WebSocket worked.",
    needs=(
        either(
            "an enforced policy is violated: its connect-src, or its default-src where it has no connect-src",
            _enforced,
            "such a directive, in a header or meta element, has no source that matches the WebSocket's URL",
            _forbidding,
        ),
    ),
    find=_find,
    confidence={
        "certain": "seen in a browser, or the page was served with the policy",
        "likely": "found in the deployed files",
    },
    because=(
        "the browser blocks {url}",
        If("url", "its connect-src (or default-src, without one) has no source that allows it"),
        "{headers}",
        If("in_meta", "the policy is in a meta element of the page"),
        "{directive} of the page ({policy_place}) does not allow {forbidden_url}",
    ),
    fix=("change the policy: {allowance}",),
    prevent=(
        (
            If(
                "url",
                "name the WebSocket's origin with its scheme: 'self' covers only the page's own host and port, and https: never covers wss:",
            ),
            "name the WebSocket's origin with its scheme: neither https: nor a bare host covers wss:",
        ),
    ),
    verify=VERIFY,
    explains=(*SOCKET_CHECKS, "browser.csp", "frontend.csp"),
    look_alikes=(
        LookAlike(
            "browser-origin-rejected",
            Look("the browser's network panel"),
            "no handshake is listed: the policy; one with 403: the server refuses the page's Origin",
        ),
    ),
    sources=("https://www.w3.org/TR/CSP3/#directive-connect-src",),
    staged=("browser/policy", "frontend/policy", "frontend/policy-in-the-page"),
)
