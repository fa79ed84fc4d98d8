# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-nothing-in-common: the server insists on a version, cipher, key or protocol that browsers do not offer."""

from __future__ import annotations

from ...._evidence.tls import View
from ...._model import FAIL, WARN
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Condition, Found, LookAlike, Rule
from ._openssl import s_client, session
from ._views import wrong_views


def _views(facts: Facts) -> list[View]:
    return [view for view in wrong_views(facts, "tls.protocol", (FAIL, WARN)) if view.mismatch is not None]


def _find(facts: Facts) -> Found | None:
    """With what the server insists on."""
    for view in _views(facts):
        mismatch = view.mismatch
        if mismatch is None:
            continue
        return "certain" if mismatch.shown else "likely", {
            "only": mismatch.only,
            "browsers": mismatch.browsers,
            "fix": mismatch.fix,
            **session(view),
        }
    return None


RULE = Rule(
    id="tls-nothing-in-common",
    layer="tls",
    title="The server's TLS has no version, cipher, key or protocol that browsers offer",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH`",
        "Firefox: `SSL_ERROR_NO_CYPHER_OVERLAP` or `SSL_ERROR_UNSUPPORTED_VERSION`",
        "curl: `alert handshake failure`, `tlsv1 alert no application protocol`, `dh key too small` (35); Node.js: `EPROTO … handshake failure`",
        "`openssl s_client` connects, or does so with `-cipher ALL:@SECLEVEL=0`",
    ),
    why="Client and server have to agree on a version of TLS, a cipher suite, a kind of key and, where ALPN is used, on a protocol. Each side "
    "has a list. Browsers have none below TLS 1.2, no suites without encryption of today, no keys for Ed25519, although OpenSSL has, and for a "
    "WebSocket they offer http/1.1 alone unless the server said over HTTP/2 that it takes WebSockets. If nothing is on both lists the server "
    "ends the handshake with an alert, before any request.",
    needs=(
        Condition(
            "what the server insists on in TLS is not what browsers offer (`tls.protocol`)",
            _views,
        ),
    ),
    find=_find,
    confidence={
        "certain": "a client that takes what browsers do not got a session, and one like a browser did not",
        "likely": "no other client was tried",
    },
    because=("the server has {only}", "{browsers}"),
    fix=(
        (
            "{fix}",
            "let the server offer what browsers speak: TLS 1.2 or 1.3, a cipher suite and a key type that they have, and HTTP/1.1 in ALPN",
        ),
    ),
    prevent=("take the list of a generator such as ssl-config.mozilla.org, intermediate",),
    verify=(s_client(options=" -tls1_2 -sigalgs ECDSA+SHA256:RSA+SHA256:RSA-PSS+SHA256 -alpn http/1.1"),),
    explains=("tls.protocol", "websocket.handshake", "proxy.handshake", *IN_BROWSER_TLS),
    supersedes=("server-credentials-required", "server-refuses-handshake"),
    look_alikes=(
        LookAlike(
            "tls-client-certificate-required",
            Command("openssl s_client -connect <host>:443 -servername <name> -msg </dev/null"),
            "`CertificateRequest` before the alert: a client certificate; none: nothing in common",
        ),
    ),
    sources=("https://wiki.mozilla.org/Security/Server_Side_TLS", "https://www.rfc-editor.org/rfc/rfc7301#section-3.2"),
    staged=("tls/old-version-only", "tls/old-cipher-only", "tls/ed25519-key", "tls/http2-only"),
)
