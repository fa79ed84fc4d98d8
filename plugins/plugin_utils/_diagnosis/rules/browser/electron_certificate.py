# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-electron-certificate: no root that the Electron app has verifies the server's certificate."""

from __future__ import annotations

from ...conditions import failed
from ...facts import Facts
from ...rule import Command, Found, If, LookAlike, Rule
from ._electron import electron


def _find(facts: Facts) -> Found:
    """Chromium has roots of its own in the pages, Node.js others in the main process."""
    seen = electron(facts)
    trust = seen.get("trust") or {}
    return "likely", {
        "url": str(trust.get("url")),
        "problem": str(trust.get("message")),
        "roles": " and the ".join(sorted({str(entry.get("role")) for entry in seen.get("sockets") or ()})),
        "no_root": trust.get("code") in (2, 19, 20, 21),
    }


RULE = Rule(
    id="browser-electron-certificate",
    layer="browser",
    title="The Electron app trusts no root that verifies the certificate",
    users_see=(
        "in a page of the app: `WebSocket connection to 'wss://…' failed: Error in connection establishment: "
        "net::ERR_CERT_AUTHORITY_INVALID`; with a handler of certificate-error: `WebSocket opening handshake was canceled`",
        "in the main process: `Error: unable to get local issuer certificate`, code `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`, or "
        "`self-signed certificate in certificate chain`, code `SELF_SIGNED_CERT_IN_CHAIN`",
        "one of the two works while the other fails, for the same URL on the same machine",
    ),
    why="An Electron app has two TLS clients. Its pages are Chromium, which asks the operating system's store (on Linux the user's NSS "
    "database); its main process is Node.js, which has a list of public authorities compiled in. A private authority that was "
    "installed for one is unknown to the other, and neither reads the system's file that curl and Python use. A missing intermediate "
    "certificate has the same effect: the chain ends before a root.",
    needs=(
        failed(
            "this host's roots do not verify the certificate, and the app gives neither its pages nor its main process any "
            "others",
            "electron.certificate",
        ),
    ),
    find=_find,
    confidence={"likely": "the roots on the users' machines cannot be seen"},
    because=(
        "{url}: {problem}",
        "the app opens its WebSockets in the {roles} process",
        If(
            "no_root",
            "a page then gets net::ERR_CERT_AUTHORITY_INVALID, the main process UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        ),
    ),
    fix=("serve a certificate from a public authority, with its intermediate",),
    prevent=(
        "for pages: import the authority into the user's store (Linux: certutil -d sql:$HOME/.pki/nssdb -A -t C,,)",
        "for the main process: start the app with NODE_EXTRA_CA_CERTS, or give the package ws the option ca",
    ),
    verify=("openssl s_client -connect <host>:443 -servername <host> -showcerts </dev/null",),
    explains=("electron.certificate",),
    look_alikes=(
        LookAlike(
            "tls-missing-intermediate",
            Command("openssl s_client -connect <host>:443 -servername <host> -showcerts </dev/null"),
            "one certificate of a public authority: its intermediate is missing; a private issuer: the app needs that root",
        ),
    ),
    sources=("https://www.electronjs.org/docs/latest/api/app#event-certificate-error",),
    staged=("electron/private-authority",),
)
