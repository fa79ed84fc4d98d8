# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-strict-clients-refuse: the chain is verified, but not by clients that hold certificates to RFC 5280."""

from __future__ import annotations

from ...._evidence.tls import View
from ...._evidence.verify_codes import meaning_of
from ...facts import Facts
from ...rule import Command, Found, LookAlike, Rule
from ._openssl import ERRORS_DOC, s_client, session
from ._views import seen, wrong_views


def _only_strict(view: View) -> bool:
    return view.leaf is not None and view.refusal is not None and view.refusal.strict


def _find(facts: Facts) -> Found | None:
    """With OpenSSL's code, and what it means."""
    for view in wrong_views(facts, "tls.trust"):
        refusal = view.refusal
        if view.leaf is None or refusal is None or not refusal.strict:
            continue
        meaning = meaning_of(refusal.code, refusal.message)
        return "certain", {
            "wrong": meaning.wrong,
            "openssl": "%s (code %d)" % (refusal.message, refusal.code),
            "store": refusal.store,
            "fix": meaning.fix,
            "subject": view.leaf.subject,
            "issuer": view.leaf.issuer,
            **session(view),
        }
    return None


RULE = Rule(
    id="tls-strict-clients-refuse",
    layer="tls",
    title="The certificate is verified, but strict clients refuse it",
    users_see=(
        "Python 3.13 and newer: `certificate verify failed: Missing Authority Key Identifier`, or `CA cert does not include key usage "
        "extension`, or `Basic Constraints of CA cert not marked critical`",
        "Python 3.12, Node.js, curl and browsers connect with the same root",
        "after an update of Python, of a container image or of a library for HTTP, clients of a private CA stop connecting",
    ),
    why="RFC 5280 demands fields that most clients do not miss: the identifier of the issuer's key, what a CA's key is for, that it is "
    "critical whether a certificate is one of a CA. OpenSSL looks for them with X509_V_FLAG_X509_STRICT, which Python sets since 3.13 in "
    "ssl.create_default_context, and so every library that uses it. Certificates of private CAs that scripts made with `openssl req` and "
    "`openssl x509 -req` often lack them.",
    needs=(
        seen(
            "OpenSSL verifies the chain, but not with X509_V_FLAG_X509_STRICT: each was tried",
            "tls.trust",
            _only_strict,
        ),
    ),
    find=_find,
    confidence={"certain": "one flag was changed, and the same chain was refused"},
    because=(
        "OpenSSL with the store {store} verifies the chain; as strict clients do it says: {openssl}",
        "that is: {wrong}",
        "the certificate is {subject}, issued by {issuer}",
    ),
    fix=(("{fix}", "have the CA issue its certificates anew with the extensions that RFC 5280 asks for"),),
    prevent=(
        "check what your CA issues: openssl verify -x509_strict -CAfile <root's file> <certificate>",
        "until then a client in Python: context.verify_flags &= ~ssl.VERIFY_X509_STRICT",
    ),
    verify=(s_client(options=" -verify_return_error -x509_strict -CAfile <root's file>"),),
    explains=("tls.trust",),
    look_alikes=(
        LookAlike(
            "tls-certificate-refused",
            Command(
                "openssl s_client -connect <host>:443 -servername <name> -verify_return_error -CAfile <root's file> </dev/null"
            ),
            "it connects without -x509_strict: only strict clients refuse it; it does not: all do",
        ),
    ),
    sources=(
        "https://docs.python.org/3/whatsnew/3.13.html#ssl",
        "https://docs.openssl.org/3.0/man1/openssl-verification-options/",
        ERRORS_DOC,
    ),
    staged=("tls/no-authority-key-identifier",),
)
