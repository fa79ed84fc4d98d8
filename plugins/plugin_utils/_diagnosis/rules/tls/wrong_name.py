# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-wrong-name: the name that clients dial is not in the certificate."""

from __future__ import annotations

from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Found, If, LookAlike, Rule
from ._openssl import ERRORS_DOC, session, shows_dates
from ._views import seen, wrong_views


def _find(facts: Facts) -> Found | None:
    """With the name that is dialled, and those of the certificate."""
    for view in wrong_views(facts, "tls.name"):
        leaf = view.leaf
        if leaf is None or not leaf.names or leaf.covers(view.name):
            continue
        return "certain", {
            "name": view.name,
            "names_of_certificate": list(leaf.names[:8]),
            "as_dns_name": view.name in leaf.address_as_dns_name,
            "wildcard": leaf.too_deep(view.name) or None,
            **session(view),
        }
    return None


RULE = Rule(
    id="tls-wrong-name",
    layer="tls",
    title="The certificate is for another name",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: net::ERR_CERT_COMMON_NAME_INVALID`",
        "Node.js: `Hostname/IP does not match certificate's altnames`, code `ERR_TLS_CERT_ALTNAME_INVALID`",
        "curl: `no alternative certificate subject name matches target` (60); Python: `Hostname mismatch, certificate is not valid for`",
    ),
    why="Clients compare the host in the URL with the subject alternative names of the certificate. It must be there as it is dialled: a "
    "wildcard such as *.example.com stands for one label, so it covers neither example.com nor a.b.example.com, and an IP address counts "
    "only where the certificate lists it as an IP address. Often a new subdomain was added to DNS and to the proxy, but not to the certificate.",
    needs=(
        seen(
            "the name that clients dial is not among the certificate's subject alternative names",
            "tls.name",
            lambda view: view.leaf is not None and view.leaf.names and not view.leaf.covers(view.name),
        ),
    ),
    find=_find,
    confidence={"certain": "the names were read"},
    because=(
        "clients dial {name}",
        (
            If("as_dns_name", "the certificate lists {name} as a DNS name; an address counts only as an IP address"),
            "the certificate is for {names_of_certificate}",
        ),
        "{wildcard} stands for one label only",
    ),
    fix=(
        (
            If(
                "as_dns_name",
                "issue the certificate with the address as an IP address: subjectAltName = IP:{name}, not DNS:{name}",
            ),
            "get a certificate for the name that clients dial: certbot certonly -d {name}",
        ),
    ),
    prevent=("list every public name as subjectAltName, or have clients dial a name that is listed",),
    verify=(shows_dates(),),
    explains=("tls.name", "tls.sni", *IN_BROWSER_TLS),
    look_alikes=(
        LookAlike(
            "tls-default-virtual-host",
            Command("openssl s_client -connect <host>:443 -servername nobody.invalid </dev/null"),
            "another certificate: it was issued for another name; the same one: the default virtual host answers",
        ),
        LookAlike(
            "tls-no-alternative-name",
            Command(
                "openssl s_client -connect <host>:443 -servername <name> </dev/null | openssl x509 -noout -ext subjectAltName"
            ),
            "a list of other names: it was issued for another name; no list: there is no alternative name",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc9525#section-6", ERRORS_DOC),
    staged=("tls/for-another-name", "tls/address-as-dns-name"),
)
