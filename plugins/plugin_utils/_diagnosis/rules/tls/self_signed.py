# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-self-signed: the certificate is its own issuer, and no trust store has it."""

from __future__ import annotations

from ...._evidence.tls import SELF_SIGNED, View
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Found, LookAlike, Rule
from ._openssl import ERRORS_DOC, s_client, session, verdicts
from ._views import seen, wrong_views


def _is_self_signed(view: View) -> bool:
    return view.leaf is not None and view.leaf.self_signed and SELF_SIGNED in view.codes.values()


def _find(facts: Facts) -> Found | None:
    """With what the stores say of it."""
    for view in wrong_views(facts, "tls.trust"):
        leaf = view.leaf
        if leaf is None or not _is_self_signed(view):
            continue
        return "certain", {
            "subject": leaf.subject,
            "verdict_of_openssl_with_each_store": verdicts(view),
            **session(view),
        }
    return None


RULE = Rule(
    id="tls-self-signed",
    layer="tls",
    title="The certificate is self-signed, so clients do not trust it",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: net::ERR_CERT_AUTHORITY_INVALID`",
        "Node.js: `self-signed certificate` (older: `self signed certificate`), code `DEPTH_ZERO_SELF_SIGNED_CERT`",
        "curl: `SSL certificate problem: self-signed certificate` (60); Python: `certificate verify failed: self-signed certificate`",
    ),
    why="A self-signed certificate names itself as its issuer, so no CA vouches for it and every client refuses it unless it was given "
    "that very certificate. A page offers a way to continue; a WebSocket has no such dialog and just fails. An exception that a user "
    "has made for the page holds for its host and port only, so a socket to another port or name still fails.",
    needs=(
        seen(
            "the only certificate names itself as its issuer, and no trust store has it (OpenSSL's code 18)",
            "tls.trust",
            _is_self_signed,
        ),
    ),
    find=_find,
    confidence={"certain": "issuer and subject were read"},
    because=("issuer and subject are the same: {subject}", "{verdict_of_openssl_with_each_store}"),
    fix=("install a certificate from a CA that the clients trust: certbot certonly -d <name>",),
    prevent=(
        "alternatively, install it on the clients (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, update-ca-certificates) and set tls.ca_path to it",
    ),
    verify=(s_client(options=" -verify_return_error -CAfile <its file>"),),
    explains=("tls.trust", *IN_BROWSER_TLS),
    look_alikes=(
        LookAlike(
            "tls-private-ca-untrusted",
            Command(
                "openssl s_client -connect <host>:443 -servername <name> </dev/null | openssl x509 -noout -subject -issuer"
            ),
            "the same name twice: self-signed; another issuer: a private CA",
        ),
    ),
    sources=(ERRORS_DOC,),
    staged=("tls/self-signed",),
)
