# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-local-network-access: a page from a public address dials a private one, which Chromium does not allow."""

from __future__ import annotations

import typing as t

from .....module_utils._protocol.web_url import dialled
from ...._evidence.browser import is_local
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._sockets import BROWSER_SAYS, DIALS, OUTCOME, REOPEN, SOCKET_CHECKS, attempt, failed

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import PageSocket


def _to_private_address(facts: Facts) -> list[PageSocket]:
    """WebSockets that Chromium refuses because a public page asks for a private address, not that of its own machine."""
    refused = [entry for entry in failed(facts) if "LOCAL_NETWORK_ACCESS" in str(entry.get("error"))]
    return [] if refused and is_local(dialled(refused[0]["url"]).host) else refused


def _find(facts: Facts) -> Found:
    page = facts.browser.get("page") or {}
    return "certain", {**attempt(_to_private_address(facts)[0]), "page_address": page.get("address")}


RULE = Rule(
    id="browser-local-network-access",
    layer="browser",
    title="A public page dials a private address, which browsers block",
    users_see=(
        "browser console: `WebSocket connection to 'ws://192.168.…' failed: Error in connection establishment: "
        "net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS`",
        "Chrome asks the visitor for permission first: `Look for and connect to any device on your local network`",
        "it worked until Chrome 147, works in Firefox, and works where the page comes from the private network as well",
    ),
    why="Pages of the internet could use a visitor's browser to attack routers and other devices in the visitor's network. From Chrome 147 on "
    "the browser therefore lets a page that came from a public address open a WebSocket to a private one only from a secure context (https), "
    "and after the visitor has agreed; a page in a frame also needs the attribute allow from the page around it. The address that "
    "a name resolves to counts, not the name: a public name with a private address, as split DNS or a VPN gives it, is blocked as well.",
    needs=(
        Condition(
            "Chromium reports ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS: a public page dials a private address",
            _to_private_address,
        ),
    ),
    find=_find,
    confidence=BROWSER_SAYS,
    because=(DIALS, OUTCOME, "the page came from {page_address}"),
    fix=("serve the WebSocket at a public address, behind the same proxy as the page",),
    prevent=(
        "from Chrome 147 on, a page from a public address may connect to a private one only in a secure context, and "
        'after its user has agreed (in a frame: allow="local-network")',
    ),
    verify=(REOPEN,),
    explains=SOCKET_CHECKS,
    look_alikes=(
        LookAlike(
            "browser-localhost-url",
            Look("the URL that is dialled"),
            "localhost: the visitor's own machine; a private address: a server on the visitor's network, which browsers protect",
        ),
    ),
    sources=("https://developer.chrome.com/blog/browser-local-network-access",),
    staged=("browser/private-address",),
)
