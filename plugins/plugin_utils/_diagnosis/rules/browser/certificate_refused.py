# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-certificate-refused: Chromium does not accept a certificate that the tools on the host accept."""

from __future__ import annotations

from ...._evidence.browser import certificate_errors
from ...._model import FAIL
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._sockets import BROWSER_SAYS, CHROMIUM, REOPEN, SOCKET_CHECKS

_MEANING = {
    "net::ERR_CERT_AUTHORITY_INVALID": "it is not signed by an authority that Chromium trusts; the same error hides a wrong name or date",
    "net::ERR_CERT_DATE_INVALID": "it has expired, or is not valid yet",
    "net::ERR_CERT_COMMON_NAME_INVALID": "the host name is not among its alternative names; a common name does not count",
    "net::ERR_SSL_PROTOCOL_ERROR": "what answers there does not speak TLS",
    "net::ERR_SSL_UNRECOGNIZED_NAME_ALERT": "the server rejects the requested host name (SNI)",
    "net::ERR_BAD_SSL_CLIENT_AUTH_CERT": "the server requires a client certificate",
}


def _refused(facts: Facts) -> list[tuple[str, str]]:
    """URLs whose TLS Chromium refuses, and why."""
    return certificate_errors(facts.browser, facts.service)


def _find(facts: Facts) -> Found:
    url, error = _refused(facts)[0]
    return "certain", {"url": url, "error": error, "meaning": _MEANING.get(error)}


RULE = Rule(
    id="browser-certificate-refused",
    layer="browser",
    title="Browsers reject the certificate",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: "
        "net::ERR_CERT_AUTHORITY_INVALID`, or `net::ERR_CERT_DATE_INVALID` or `net::ERR_CERT_COMMON_NAME_INVALID` in its place",
        "where the page itself is refused: Chrome shows `Your connection is not private` with the same name of the error",
        "curl, Python or Node on the server connect to the same URL, because they use a file of certificates that browsers do not have",
    ),
    why="A browser trusts the authorities of its own or the operating system's store, not those that a tool is given by an option "
    "or a variable such as SSL_CERT_FILE or NODE_EXTRA_CA_CERTS. It also looks for the host name in the certificate's alternative "
    "names only, where some tools still accept the common name. So a certificate that passes every test on the server can be refused "
    "by every visitor. A script gets no detail, only the event error and close code 1006, and unlike a page a WebSocket offers "
    "visitors no way to continue.",
    needs=(Condition("Chromium rejects the TLS certificate or handshake of the page or of its WebSocket", _refused),),
    against=(
        Condition(
            "a check without a browser fails as well (`tls.*`)",
            lambda facts: facts.failing(("tls.*",), (FAIL,)),
        ),
    ),
    find=_find,
    confidence=BROWSER_SAYS,
    because=("Chromium rejects {url}: {error}", "{meaning}"),
    fix=("inspect the certificate: openssl s_client -connect <host>:443 -servername <host> -showcerts",),
    prevent=("serve the full chain for exactly this name, from an authority that visitors' browsers trust",),
    verify=(REOPEN,),
    explains=(*SOCKET_CHECKS, "browser.certificate", "browser.page"),
    look_alikes=(
        LookAlike(
            "tls-private-ca-untrusted",
            Command("openssl s_client -connect <host>:443 -servername <host> -verify_return_error </dev/null"),
            "it ends with a verify error: no client trusts the authority; it connects: only browsers lack it",
        ),
        LookAlike(
            "tls-no-alternative-name",
            Command(
                "openssl s_client -connect <host>:443 -servername <host> </dev/null | openssl x509 -noout -ext subjectAltName"
            ),
            "no such extension: the certificate has a common name alone; the name is in it: browsers lack the authority",
        ),
    ),
    sources=(CHROMIUM + "net/base/net_error_list.h",),
    staged=("browser/certificate-of-the-tools",),
)
