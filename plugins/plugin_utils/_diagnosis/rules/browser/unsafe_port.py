# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-unsafe-port: the port is on the list of those that browsers never dial."""

from __future__ import annotations

import typing as t

from .....module_utils._protocol.web_url import dialled
from ...._evidence.frontend import View
from ...facts import Facts
from ...rule import Found, If, Look, LookAlike, Rule
from ._files import has, told
from ._seen_or_told import CONFIDENCE, VERIFY, both, either
from ._sockets import ASKED_RAW, DIALS, OUTCOME, SOCKET_CHECKS, attempt, failed, right_url

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import PageSocket


def _to_unsafe_port(facts: Facts) -> list[PageSocket]:
    """WebSockets to a port that Chromium refuses."""
    return [entry for entry in failed(facts) if "ERR_UNSAFE_PORT" in str(entry.get("error"))]


def _seen(facts: Facts) -> Found | None:
    sockets = _to_unsafe_port(facts)
    if not sockets:
        return None
    port = dialled(sockets[0].get("url")).port
    return "certain", {**attempt(sockets[0]), "port": str(port), "right_url": right_url(facts)}


def _find(facts: Facts) -> Found | None:
    return both(_seen(facts), told(facts, View.unsafe), "port", "right_url")


RULE = Rule(
    id="browser-unsafe-port",
    layer="browser",
    title="The front end dials a port that browsers block",
    users_see=(
        "browser console: `WebSocket connection to 'ws://…:6000/ws' failed: Error in connection establishment: net::ERR_UNSAFE_PORT`",
        "opened as a page, `http://…:6000/`: Chrome shows `ERR_UNSAFE_PORT`, Firefox `This address is restricted`",
        "curl, wscat and every other client that is not a browser connect",
    ),
    why="The Fetch standard lists some 80 ports of other protocols, such as 25 (SMTP), 6000 (X11), 6665 to 6669 (IRC) and 10080 "
    "(Amanda). Browsers open no connection to them, so that a page cannot make a visitor send commands to such a server. The refusal "
    "happens before anything is sent, so firewall, proxy and server see nothing, and no setting of theirs helps.",
    needs=(
        either(
            "Chromium blocks the port (ERR_UNSAFE_PORT)",
            _to_unsafe_port,
            "the port is one that browsers never dial, although other clients do",
            has(View.unsafe),
        ),
    ),
    find=_find,
    confidence=CONFIDENCE,
    because=(DIALS, OUTCOME, "Chromium never opens a connection to port {port}", ASKED_RAW, "{findings}"),
    fix=(("use another port than the one at {place}, such as the page's own", "dial {right_url}"),),
    prevent=(
        (
            If("url", "keep the WebSocket's path and port in one place, for the page, the proxy and the server"),
            "let a reverse proxy on port 443 forward to the service",
        ),
    ),
    verify=VERIFY,
    explains=(*SOCKET_CHECKS, "frontend.port", "frontend.url"),
    supersedes=("browser-other-port-or-path",),
    look_alikes=(
        LookAlike(
            "browser-other-port-or-path",
            Look("the words after `failed:` in the console"),
            "net::ERR_UNSAFE_PORT: the browser itself refuses the port; any other: it tried, and something else is there",
        ),
    ),
    sources=("https://fetch.spec.whatwg.org/#port-blocking",),
    staged=("browser/unsafe-port", "frontend/unsafe-port"),
)
