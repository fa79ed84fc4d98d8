# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-no-alternative-name: the certificate has its name only in the subject, where browsers do not look."""

from __future__ import annotations

from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Found, LookAlike, Rule
from ._openssl import session, shows_dates
from ._views import seen, wrong_views


def _find(facts: Facts) -> Found | None:
    """With the common name, which browsers do not look at."""
    for view in wrong_views(facts, "tls.name"):
        leaf = view.leaf
        if leaf is None or leaf.names or not leaf.common_name:
            continue
        return "certain", {"common_name": leaf.common_name, "name": view.name, **session(view)}
    return None


RULE = Rule(
    id="tls-no-alternative-name",
    layer="tls",
    title="The certificate has no subject alternative name: browsers reject it, other clients accept it",
    users_see=(
        "Chrome, console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: net::ERR_CERT_COMMON_NAME_INVALID`",
        "Firefox, opening the site: `SSL_ERROR_BAD_CERT_DOMAIN`",
        "Go: `x509: certificate relies on legacy Common Name field, use SANs instead`",
        "curl and scripts in Python or Node.js open the same URL without complaint",
    ),
    why="Browsers compare the host with the subject alternative names of a certificate only; they ignore the common name of the subject "
    "(Chrome since version 58). Older rules allowed clients to fall back on it, and OpenSSL still does where a certificate has no alternative name at all, so "
    "curl, Python and Node.js accept what browsers refuse. Such certificates come from openssl req without an extension, or from old "
    "internal CAs.",
    needs=(
        seen(
            "the server's certificate has a common name but no subject alternative name: Python and curl fall back on it, browsers do not",
            "tls.name",
            lambda view: view.leaf is not None and not view.leaf.names and view.leaf.common_name,
        ),
    ),
    find=_find,
    confidence={"certain": "the certificate was read"},
    because=(
        "the certificate has the common name {common_name} and no subjectAltName",
        "browsers fail with ERR_CERT_COMMON_NAME_INVALID, while Python, Node.js and curl accept it",
    ),
    fix=("reissue it with a subjectAltName: openssl req … -addext subjectAltName=DNS:{name}",),
    prevent=("have the CA copy or set subjectAltName in every server certificate",),
    verify=(shows_dates(),),
    explains=("tls.name", *IN_BROWSER_TLS),
    look_alikes=(
        LookAlike(
            "tls-wrong-name",
            Command(
                "openssl s_client -connect <host>:443 -servername <name> </dev/null | openssl x509 -noout -ext subjectAltName"
            ),
            "no list: there is no alternative name; a list of other names: it was issued for another name",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc9525#section-2",),
    staged=("tls/no-alternative-name",),
)
