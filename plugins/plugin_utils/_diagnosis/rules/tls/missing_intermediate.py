# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-missing-intermediate: the server sends its own certificate without the one that links it to the root."""

from __future__ import annotations

from ...._evidence.tls import urls_of_issuer
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Found, If, LookAlike, Rule
from ._nginx import RELOAD
from ._openssl import ERRORS_DOC, s_client, session, verdicts
from ._views import seen, wrong_views


def _find(facts: Facts) -> Found | None:
    """With what was sent, and the trace of what was not."""
    for view in wrong_views(facts, "tls.chain"):
        reason = view.missing_intermediate
        if not reason:
            continue
        last = view.path[-1]
        return "likely", {
            "sent": len(view.chain),
            "only_one": len(view.chain) == 1,
            "issuer": last.issuer,
            "trace_of_a_higher_ca": reason,
            "verdict_of_openssl_with_each_store": verdicts(view),
            "issuer_url": next(iter(urls_of_issuer(last)), None),
            **session(view),
        }
    return None


RULE = Rule(
    id="tls-missing-intermediate",
    layer="tls",
    title="The server does not send the intermediate certificate",
    users_see=(
        "Node.js: `unable to verify the first certificate`, code `UNABLE_TO_VERIFY_LEAF_SIGNATURE`",
        "curl: `SSL certificate problem: unable to get local issuer certificate` (60); Python: `certificate verify failed: unable to get "
        "local issuer certificate`",
        "some browsers: `net::ERR_CERT_AUTHORITY_INVALID`, while Chrome on a desktop opens the same site",
        "`openssl s_client -showcerts` prints one certificate only",
    ),
    why="Public CAs sign with an intermediate certificate, and clients have only the root in their store. The server has to send the "
    "intermediate along with its own certificate; otherwise the client cannot build the path. Desktop browsers hide the fault: they cache "
    "intermediates from other sites or fetch the missing one from the URL in the certificate, which Node.js, Python, curl and many phones "
    "do not. Usually cert.pem was configured instead of fullchain.pem.",
    needs=(
        seen(
            "the certificates that were sent do not reach a root, and there is a trace of the missing one: the URL where it is "
            "published, or a trusted root of the same organization",
            "tls.chain",
            lambda view: view.missing_intermediate,
        ),
    ),
    find=_find,
    confidence={"likely": "OpenSSL reports the same code (20) for a root that it does not know"},
    because=(
        (
            If("only_one", "the server sent 1 certificate, issued by {issuer}"),
            "the server sent {sent} certificates, the last one issued by {issuer}",
        ),
        "the last certificate is not a root; {trace_of_a_higher_ca}",
        "{verdict_of_openssl_with_each_store}",
        (
            If(
                "issuer_url",
                "browsers fetch the missing one from {issuer_url}, or know it from other sites; programs do not",
            ),
            "the certificate names no URL where the missing one can be had: browsers that have not met it elsewhere fail as well",
        ),
    ),
    fix=("serve the full chain (nginx: ssl_certificate …/fullchain.pem), then " + RELOAD,),
    prevent=(
        (
            "without a fullchain.pem: get the intermediate certificate (curl -sO {issuer_url}) and append it to the server's own, as PEM",
            "without a fullchain.pem: get the intermediate certificate from the CA and append it to the server's own, as PEM",
        ),
    ),
    verify=(s_client(after=" | grep -c BEGIN   # 2 or more"),),
    explains=("tls.chain", "tls.trust", *IN_BROWSER_TLS),
    look_alikes=(
        LookAlike(
            "tls-private-ca-untrusted",
            Command("openssl s_client -connect <host>:443 -servername <name> -showcerts </dev/null"),
            "one certificate whose issuer is not a root: the intermediate is missing; the whole chain: the root is unknown",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2", ERRORS_DOC),
    staged=("tls/intermediate-is-missing",),
)
