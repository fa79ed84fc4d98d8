# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-client-certificate-asked: the server asks for a client certificate, for which a WebSocket cannot prompt."""

from __future__ import annotations

import typing as t

from .....module_utils._protocol.web_url import dialled
from ...._evidence.tls import views
from ...facts import Facts
from ...rule import Command, Condition, Found, If, Look, LookAlike, Rule
from ._sockets import ASKED_RAW, CHROMIUM, DIALS, OUTCOME, REOPEN, SOCKET_CHECKS, attempt, failed

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import PageSocket


def _is_asked_for(facts: Facts, entry: PageSocket) -> bool | None:
    """Whether the server asks clients for a certificate; None: not known.

    What a proxy is asked for by the back end is none of the browser's business.
    """
    asked = [
        view.client_certificate.get("requested")
        for view in views(facts.tls, facts.service)
        if not view.hop and view.name == dialled(entry.get("url")).host
    ]
    return True if True in asked else False if False in asked else None


def _canceled(facts: Facts) -> list[PageSocket]:
    """WebSockets that Chromium cancels as it does where it is asked for a certificate, and that other clients open."""
    tried = [entry for entry in failed(facts) if "opening handshake was canceled" in str(entry.get("error"))]
    accepted = [entry for entry in tried if (entry.get("raw") or {}).get("outcome") == "open"]
    return [entry for entry in accepted if _is_asked_for(facts, entry) is not False]


def _find(facts: Facts) -> Found:
    """Certain where TLS shows the request. A browser that has answered it for a page of the same server does so again for
    its WebSockets, so the same URL may work from another page."""
    entry = _canceled(facts)[0]
    asked = _is_asked_for(facts, entry)
    return "certain" if asked else "likely", {**attempt(entry), "asked": asked}


RULE = Rule(
    id="browser-client-certificate-asked",
    layer="browser",
    title="The server requests a client certificate, so browsers cancel the WebSocket",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: WebSocket opening handshake was canceled`",
        "curl and other clients without a certificate open the same URL",
        "it works where the page comes from the same name and port as the WebSocket, and fails from any other page",
    ),
    why="With `ssl_verify_client optional` (nginx), `SSLVerifyClient optional` (Apache) or the like, the server asks every client for "
    "a certificate in the TLS handshake and accepts clients that send none. A browser that is asked on behalf of a page lets the user "
    "choose; on behalf of a WebSocket it has no window for that, and Chromium cancels the handshake. Once the user has answered for a "
    "page from the same name and port, the browser remembers the answer and its WebSockets open.",
    needs=(
        Condition(
            "Chromium cancels the opening handshake of a WebSocket, and the same handshake without a browser is accepted",
            _canceled,
        ),
    ),
    find=_find,
    confidence={
        "certain": "the TLS handshake shows that the server requests a client certificate",
        "likely": "otherwise",
    },
    because=(
        DIALS,
        OUTCOME,
        ASKED_RAW,
        (
            If("asked", "the server requests a client certificate in TLS, and accepts clients without one"),
            "Chromium does this when a server requests a client certificate in TLS",
        ),
    ),
    fix=(
        "give the WebSocket a host name that requests no client certificate (nginx: ssl_verify_client off in its server block)",
    ),
    prevent=(
        "or serve the page from the same name and port: the browser then asks its user for the page, before the WebSocket",
    ),
    verify=(REOPEN,),
    explains=SOCKET_CHECKS,
    look_alikes=(
        LookAlike(
            "browser-closed-before-open",
            Look("the words in the console"),
            "opening handshake was canceled: a certificate; closed before the connection is established: the page",
        ),
        LookAlike(
            "tls-client-certificate-required",
            Command("curl -sv --http1.1 https://<host>/ -o /dev/null"),
            "an alert, or 400 `No required SSL certificate was sent`: no client gets in without one; any other answer: it is optional",
        ),
    ),
    sources=(CHROMIUM + "net/websockets/websocket_stream.cc",),
    staged=("tls/client-certificate-is-asked-for",),
)
