# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-private-ca-untrusted: the chain ends in a root that clients do not trust."""

from __future__ import annotations

from ...._evidence.tls import ISSUER_UNKNOWN, LEAF_ONLY, ROOT_UNKNOWN, View
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Found, If, LookAlike, Rule
from ._openssl import ERRORS_DOC, s_client, session, verdicts
from ._views import seen, wrong_views


def _root_unknown(view: View) -> bool:
    """Whether the chain is complete and ends at a root that no store here has."""
    if view.leaf is None or view.leaf.self_signed or view.missing_intermediate or view.anchored:
        return False
    if view.refusal is not None:
        return False
    return bool({ROOT_UNKNOWN, ISSUER_UNKNOWN, LEAF_ONLY} & set(view.codes.values()))


def _find(facts: Facts) -> Found | None:
    """With the root at which the chain ends."""
    for view in wrong_views(facts, "tls.trust"):
        if not _root_unknown(view):
            continue
        root = view.path[-1]
        return "certain" if root.self_signed else "likely", {
            "root": root.subject if root.self_signed else root.issuer,
            "ca_path": (facts.service.get("tls") or {}).get("ca_path"),
            "roots_in_file": [one.subject for one in view.own_roots[:3]],
            "verdict_of_openssl_with_each_store": verdicts(view),
            **session(view),
        }
    return None


RULE = Rule(
    id="tls-private-ca-untrusted",
    layer="tls",
    title="The certificate is from a private CA that this host does not trust",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: net::ERR_CERT_AUTHORITY_INVALID`",
        "Node.js: `unable to get local issuer certificate`, code `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`; where the root is sent, too: "
        "`self-signed certificate in certificate chain`, code `SELF_SIGNED_CERT_IN_CHAIN`",
        "curl: `SSL certificate problem: unable to get local issuer certificate` (60); Python: `certificate verify failed: unable to get "
        "local issuer certificate`",
        "Java: `PKIX path building failed` … `unable to find valid certification path to requested target`",
    ),
    why="The chain is complete, but it ends in the root of a company or of a TLS-inspecting proxy, which is not in the client's trust store. "
    "There is more than one store on a machine: Node.js brings its own list of roots and does not look at /etc/ssl, Java has its "
    "cacerts file, Python's requests uses certifi. So curl may succeed where the application on the same host fails.",
    needs=(
        seen(
            "the chain is complete and ends in a root that no trust store of this host has", "tls.trust", _root_unknown
        ),
    ),
    find=_find,
    confidence={"certain": "the root itself was sent", "likely": "only the issuer's name is known"},
    because=(
        "the chain ends in {root}",
        "tls.ca_path {ca_path} has {roots_in_file}",
        "{verdict_of_openssl_with_each_store}",
    ),
    fix=(
        (
            If(
                "ca_path",
                "the file tls.ca_path has another CA: have the certificate issued by that one, or add {root} to {ca_path} and to the clients' stores",
            ),
            "set tls.ca_path to the root's file, and check whether the clients trust that root",
        ),
    ),
    prevent=(
        "install the root on every client: Node.js NODE_EXTRA_CA_CERTS, Python SSL_CERT_FILE (requests: REQUESTS_CA_BUNDLE), Java keytool "
        "-importcert -cacerts, the system update-ca-certificates",
    ),
    verify=(s_client(options=" -verify_return_error -CAfile <root's file>"),),
    explains=("tls.trust", *IN_BROWSER_TLS),
    look_alikes=(
        LookAlike(
            "tls-missing-intermediate",
            Command("openssl s_client -connect <host>:443 -servername <name> -showcerts </dev/null"),
            "the whole chain: the root is unknown; one certificate whose issuer is not a root: the intermediate is missing",
        ),
        LookAlike(
            "tls-self-signed",
            Command(
                "openssl s_client -connect <host>:443 -servername <name> </dev/null | openssl x509 -noout -subject -issuer"
            ),
            "another issuer: a private CA; the same name twice: self-signed",
        ),
    ),
    sources=("https://nodejs.org/api/cli.html#node_extra_ca_certsfile", ERRORS_DOC),
    staged=(
        "browser/private-authority",
        "tls/private-authority",
    ),
)
