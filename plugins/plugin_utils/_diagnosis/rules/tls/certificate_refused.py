# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-certificate-refused: the chain leads to a trusted root, and is refused for what else it says."""

from __future__ import annotations

from ...._evidence.tls import View
from ...._evidence.verify_codes import meaning_of
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Found, LookAlike, Rule
from ._openssl import ERRORS_DOC, s_client, session
from ._views import seen, wrong_views


def _refuses(view: View) -> bool:
    return view.leaf is not None and view.refusal is not None and not view.refusal.strict


def _find(facts: Facts) -> Found | None:
    """With OpenSSL's code, and what it means."""
    for view in wrong_views(facts, "tls.trust"):
        refusal = view.refusal
        if view.leaf is None or refusal is None or refusal.strict:
            continue
        meaning = meaning_of(refusal.code, refusal.message)
        return "certain", {
            "wrong": meaning.wrong,
            "openssl": "%s (code %d)" % (refusal.message, refusal.code),
            "store": refusal.store,
            "clients": meaning.clients or None,
            "fix": meaning.fix,
            "subject": view.leaf.subject,
            "issuer": view.leaf.issuer,
            **session(view),
        }
    return None


RULE = Rule(
    id="tls-certificate-refused",
    layer="tls",
    title="The certificate leads to a trusted root, but clients refuse it for what it says",
    users_see=(
        "curl, Python: `unsuitable certificate purpose` (older: `unsupported certificate purpose`), code 26; Node.js: `INVALID_PURPOSE`",
        "`permitted subtree violation` or `excluded subtree violation`; `path length constraint exceeded`; `invalid CA certificate`",
        "`CA md too weak`, `EE certificate key too weak`, `CA certificate key too weak`",
        "browser console: `net::ERR_CERT_INVALID`, `net::ERR_CERT_WEAK_SIGNATURE_ALGORITHM` or `net::ERR_CERT_REVOKED`",
    ),
    why="To have a trusted root is not enough. Every certificate of the chain says what it may be used for: for servers or for clients "
    "(extendedKeyUsage), to issue others (basicConstraints, keyUsage) and for which names (nameConstraints). A client that verifies "
    "stops at the first that does not allow what it is used for, and at a key or hash that is too weak. Public CAs make no such "
    "certificates; scripts with `openssl x509 -req` and company CAs do. Installing the root once more on the clients changes nothing.",
    needs=(
        seen(
            "a chain to a trusted root was found, and OpenSSL refuses it with a code of verification that is about something else",
            "tls.trust",
            _refuses,
        ),
    ),
    find=_find,
    confidence={"certain": "OpenSSL says so of this very chain"},
    because=(
        "OpenSSL with the store {store}: {openssl}",
        "that is: {wrong}",
        "{clients}",
        "the certificate is {subject}, issued by {issuer}",
    ),
    fix=(
        (
            "{fix}",
            "have a certificate issued that does not break the rule which the code names, and install it with its chain",
        ),
    ),
    prevent=(
        "let the CA's own tool or profile for servers issue certificates, and check each with openssl verify -purpose sslserver before it is installed",
    ),
    verify=(
        s_client(options=" -verify_return_error"),
        "openssl verify -purpose sslserver -CAfile <root's file> -untrusted <intermediates> <certificate>",
    ),
    explains=("tls.trust", *IN_BROWSER_TLS),
    look_alikes=(
        LookAlike(
            "tls-private-ca-untrusted",
            Command("openssl s_client -connect <host>:443 -servername <name> -CAfile <root's file> </dev/null"),
            "code 18 to 21: the root is not known; another code: the root is known, and something else is wrong",
        ),
    ),
    sources=(ERRORS_DOC, "https://docs.openssl.org/3.0/man1/openssl-verification-options/"),
    staged=(
        "tls/not-for-servers",
        "tls/outside-name-constraint",
        "tls/path-too-long",
    ),
)
