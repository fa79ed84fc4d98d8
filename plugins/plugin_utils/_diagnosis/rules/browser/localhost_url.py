# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-localhost-url: the deployed page dials localhost, or another host that only developers reach."""

from __future__ import annotations

import typing as t

from .....module_utils._protocol.web_url import dialled
from ...._evidence.browser import is_local, outcome, page_url
from ...._evidence.frontend import View, host_kind
from ...facts import Facts
from ...rule import Found, If, Look, LookAlike, Rule
from ._files import has, problems_of, told
from ._seen_or_told import NOT_SURE, VERIFY, both, either
from ._sockets import DIALS, OUTCOME, SOCKET_CHECKS, attempt, own, reaches_service, right_url

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import PageSocket


def _to_own_machine(facts: Facts) -> list[PageSocket]:
    """WebSockets to localhost, of a page that comes from elsewhere and does not get to the service by another one.

    That they open here says nothing: the browser of the checklist runs on the controller, a visitor's somewhere else.
    """
    page = page_url(facts.browser).host
    if not page or is_local(page) or reaches_service(facts):
        return []
    return [entry for entry in own(facts) if is_local(dialled(entry.get("url")).host)]


def _seen(facts: Facts) -> Found | None:
    sockets = _to_own_machine(facts)
    if not sockets:
        return None
    return "certain" if outcome(sockets[0]) != "open" else "likely", {
        "page_host": page_url(facts.browser).host,
        "right_url": right_url(facts),
        **attempt(sockets[0]),
    }


def _told(facts: Facts) -> Found | None:
    found = told(facts, View.hardcoded)
    if found is None:
        return None
    host = problems_of(facts, View.hardcoded)[0].finding.get("host")
    return found[0], {**found[1], "loopback": host_kind(str(host)) == "loopback"}


def _find(facts: Facts) -> Found | None:
    return both(_seen(facts), _told(facts), "page_host", "right_url", "loopback")


RULE = Rule(
    id="browser-localhost-url",
    layer="browser",
    title="The front end dials a development host",
    users_see=(
        "browser console: `WebSocket connection to 'ws://localhost:3000/ws' failed: Error in connection establishment: "
        "net::ERR_CONNECTION_REFUSED`, on a page that comes from a server",
        "since Chrome 147: `net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS`, or a prompt for access to the visitor's device",
        "it works on the developer's machine and in a browser on the server itself, and for no other machine",
        "a name of a container, such as `ws://backend:3000`: `net::ERR_NAME_NOT_RESOLVED`",
    ),
    why="The script runs in the visitor's browser, so localhost is the visitor's machine and not the server. The same holds for private "
    "addresses and for names of containers, which only the server's own network knows. Such a URL is a default for development that "
    "the build kept, because the variable for production was not set or the code never reads one.",
    needs=(
        either(
            "a page from another host dials localhost, and reaches the service by no other WebSocket",
            _to_own_machine,
            "a WebSocket constructor gets a URL with localhost, a private address or a development host",
            has(View.hardcoded),
        ),
    ),
    find=_find,
    confidence={
        "certain": "it fails in a browser",
        "likely": "it opens in the checklist's own browser, or was found in the files",
        "possible": NOT_SURE,
    },
    because=(
        "the page comes from {page_host}",
        DIALS,
        If("url", "for a visitor, that is the visitor's own machine"),
        OUTCOME,
        "{findings}",
        If("loopback", "a browser on the server itself does not show the fault"),
    ),
    fix=(("derive the URL at {place} from window.location, rebuild and deploy", "dial {right_url}"),),
    prevent=(
        (
            If(
                "url",
                "take host and scheme from window.location, or set the production URL at build time",
            ),
            "pass the WebSocket's URL to the build in an environment variable, with its own value for each stage",
        ),
    ),
    verify=VERIFY,
    explains=(*SOCKET_CHECKS, "frontend.hardcoded"),
    supersedes=("browser-other-port-or-path",),
    look_alikes=(
        LookAlike(
            "browser-undefined-host",
            Look("the URL in the console's message"),
            "localhost: the code has a default for development; undefined, null or NaN: the variable was not set",
        ),
        LookAlike(
            "browser-local-network-access",
            Look("the host of the URL that is dialled"),
            "localhost: the visitor's own machine; another private address: a server on the visitor's network, which browsers protect",
        ),
    ),
    sources=("https://developer.chrome.com/blog/browser-local-network-access",),
    staged=(
        "browser/localhost",
        "frontend/container",
        "frontend/fallback",
        "frontend/inline",
        "frontend/lazy",
        "frontend/localhost",
        "frontend/settings",
        "frontend/socketio",
        "frontend/source-map",
    ),
)
