# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-mixed-content: a page over https opens ws://, which browsers refuse."""

from __future__ import annotations

import typing as t

from ...._evidence.browser import mixed_sockets
from ...._evidence.frontend import View
from ...facts import Facts
from ...rule import Found, If, Look, LookAlike, Rule
from ._files import has, told
from ._seen_or_told import CONFIDENCE, VERIFY, both, either
from ._sockets import DIALS, OUTCOME, SOCKET_CHECKS, attempt

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import PageSocket


def _mixed(facts: Facts) -> list[PageSocket]:
    """WebSockets that the page may not open because it is served over https and they are not."""
    return mixed_sockets(facts.browser, facts.service)


def _seen(facts: Facts) -> Found | None:
    sockets = _mixed(facts)
    if not sockets:
        return None
    return "certain", {"page": (facts.browser.get("page") or {}).get("url"), **attempt(sockets[0])}


def _find(facts: Facts) -> Found | None:
    return both(_seen(facts), told(facts, View.insecure), "page")


RULE = Rule(
    id="browser-mixed-content",
    layer="browser",
    title="The page is served over https but dials ws://",
    users_see=(
        "browser console: `Mixed Content: The page at 'https://…' was loaded over HTTPS, but attempted to connect to the insecure "
        "WebSocket endpoint 'ws://…'`",
        "Chrome: `SecurityError: Failed to construct 'WebSocket': An insecure WebSocket connection may not be initiated from a page "
        "loaded over HTTPS.`",
        "Firefox: `SecurityError: The operation is insecure.`",
        "it works in development over http://, and from a page on localhost",
    ),
    why="What a page over https loads must come over TLS as well, or anyone who can change the unprotected part controls the page. "
    "Browsers therefore refuse ws:// in such a page before anything is sent: the server and its log see nothing. Only the visitor's own "
    "machine (localhost, 127.0.0.1) is exempt, so the fault often shows only in production. It appears when TLS is switched on "
    "for a site whose script has ws:// written in it.",
    needs=(
        either(
            "the constructor throws SecurityError on an https page, which may open ws:// to localhost only",
            _mixed,
            "the page is served over https, and a WebSocket constructor gets a fixed ws:// URL",
            has(View.insecure),
        ),
    ),
    find=_find,
    confidence=CONFIDENCE,
    because=("the page is {page}", DIALS, OUTCOME, "{findings}"),
    fix=(("change ws:// to wss:// at {place}, rebuild and deploy", "dial wss:// instead of {url}"),),
    prevent=(
        (
            If(
                "url",
                "build the URL from the page's own: location.protocol === 'https:' ? 'wss://' : 'ws://', then location.host",
            ),
            'derive the scheme: location.protocol === "https:" ? "wss:" : "ws:"',
        ),
        If(
            "url",
            "let the proxy that serves the page forward the WebSocket's path to the back end, so that both use TLS",
        ),
    ),
    verify=VERIFY,
    explains=(*SOCKET_CHECKS, "browser.mixed_content", "frontend.scheme"),
    look_alikes=(
        LookAlike(
            "tls-plaintext-to-tls-port",
            Look("the words in the console"),
            "`Mixed Content` or insecure WebSocket connection: the browser refuses ws:// before it sends anything; "
            "`Unexpected response code: 400`: it was sent, to a port that requires TLS",
        ),
    ),
    sources=("https://www.w3.org/TR/mixed-content/",),
    staged=("browser/mixed-content", "frontend/mixed"),
)
