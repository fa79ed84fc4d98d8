# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-plaintext-to-tls-port: clients dial ws://, and the port speaks TLS."""

from __future__ import annotations

from ...._model import FAIL
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Found, LookAlike, Rule
from ._views import dialled, seen, url_says, wrong_views


def _find(facts: Facts) -> Found | None:
    """With what the port speaks."""
    url = dialled(facts)
    for view in wrong_views(facts, "tls.protocol", (FAIL,)):
        if view.vantage != "host":
            continue
        return "certain", {
            "host": url.get("host"),
            "port": url.get("port"),
            "endpoint": view.session.get("endpoint"),
            "protocol": view.session.get("protocol") or "TLS",
        }
    return None


RULE = Rule(
    id="tls-plaintext-to-tls-port",
    layer="tls",
    title="Clients dial ws://, but the port speaks TLS",
    users_see=(
        "browser console: `WebSocket connection to 'ws://…' failed: Error during WebSocket handshake: Unexpected response code: 400`",
        "nginx answers `400 Bad Request` with `The plain HTTP request was sent to HTTPS port`",
        "with a Node.js https server, browser console: `Connection closed before receiving a handshake response`; the client in Node.js: "
        "`socket hang up`; the server's event `tlsClientError`: `ERR_SSL_HTTP_REQUEST`",
        "curl: `curl: (52) Empty reply from server`",
    ),
    why="With ws:// the client's first bytes are a plain HTTP request. A port that speaks TLS expects a ClientHello and cannot answer in "
    "the client's terms: nginx recognises the case and sends a plain 400, a Node.js https server closes the connection without a byte. "
    "Often ws:// is hard-coded, or set in a build variable, and the site has since moved to https.",
    needs=(
        url_says("ws"),
        seen("the port in it speaks TLS", "tls.protocol", lambda view: view.vantage == "host"),
    ),
    find=_find,
    confidence={"certain": "the port was tried with and without TLS"},
    because=("public_url says ws://{host}, port {port}", "{endpoint} speaks {protocol}"),
    fix=("use wss:// in the client and in public_url",),
    prevent=("derive the URL from the page: location.protocol === 'https:' ? 'wss:' : 'ws:'",),
    verify=("curl -skI https://{endpoint}/",),
    explains=("tls.protocol", "websocket.*", "proxy.*", *IN_BROWSER_TLS),
    look_alikes=(
        LookAlike(
            "tls-to-plaintext-port",
            Command("openssl s_client -connect <host>:<port> </dev/null"),
            "a certificate: the port speaks TLS; `wrong version number`: it is plaintext, and clients dial wss://",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-3",),
    staged=("tls/dialled-in-clear",),
)
