# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-client-certificate-required: the server requires a certificate that browsers do not send for a WebSocket."""

from __future__ import annotations

from ...._evidence.tls import view_place
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Found, LookAlike, Rule
from ._nginx import SSL_DOC
from ._openssl import s_client, session
from ._views import seen, wrong_views


def _find(facts: Facts) -> Found | None:
    """With how it answers who has none."""
    for view in wrong_views(facts, "tls.client_certificate"):
        if view.client_certificate.get("demanded") is not True:
            continue
        return "certain", {
            "endpoint": view_place(view.session),
            "answer": view.client_certificate.get("how"),
            **session(view),
        }
    return None


RULE = Rule(
    id="tls-client-certificate-required",
    layer="tls",
    title="The server requires a client certificate, which browsers do not send for a WebSocket",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: WebSocket opening handshake was canceled`",
        "nginx answers `400 Bad Request` with `No required SSL certificate was sent`; error.log at level info: "
        "`client sent no required SSL certificate`",
        "other servers, TLS 1.3: `tlsv13 alert certificate required`, `SSL alert number 116`",
        "the client in Node.js: `Unexpected server response: 400`",
    ),
    why="With mutual TLS the server requests a certificate during the handshake and refuses clients that have none. For a page the browser "
    "lets the user choose one; for a WebSocket it opens no such dialog, so Chromium cancels the opening handshake. A certificate that "
    "was chosen before for the same host and port, when the page was loaded, may be used again; from another name or port it is not.",
    needs=(
        seen(
            "the server requests a client certificate, and refuses clients without one",
            "tls.client_certificate",
            lambda view: view.client_certificate.get("demanded") is True,
        ),
    ),
    find=_find,
    confidence={"certain": "a handshake without one was refused for that reason"},
    because=(
        "{endpoint} requests a client certificate",
        "without one it answers: {answer}",
        "browsers do not let the user choose one for a WebSocket: the opening handshake is canceled",
    ),
    fix=("serve the WebSocket on a server name that requires none (nginx: ssl_verify_client off)",),
    prevent=(
        "authenticate WebSocket clients by cookie or token. ssl_verify_client optional, with a test of $ssl_client_verify in the "
        "locations that need it, works for browsers only where the page comes from the same name and port",
    ),
    verify=(s_client(options=" -msg", after=" | grep CertificateRequest   # prints nothing"),),
    explains=("tls.client_certificate", "websocket.*", "proxy.*", *IN_BROWSER_TLS),
    look_alikes=(
        LookAlike(
            "browser-client-certificate-asked",
            Command("curl --http1.1 -si https://<host>/"),
            "400 or a TLS alert without a certificate: it is required; an ordinary answer: it is only requested",
        ),
    ),
    sources=(SSL_DOC + "#ssl_verify_client",),
    staged=("tls/client-certificate",),
)
