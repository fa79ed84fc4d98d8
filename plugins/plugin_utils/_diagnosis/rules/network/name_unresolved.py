# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-name-unresolved: no resolver knows the host name of the public URL."""

from __future__ import annotations

from ...._evidence.websocket import nowhere_known
from ...conditions import failed
from ...facts import Facts
from ...rule import IN_BROWSER, Condition, Found, Look, LookAlike, Rule


def _find(facts: Facts) -> Found:
    """What both resolvers answer; both may use servers that do not serve public names."""
    seen = facts.public
    return "likely", {
        "url": seen.get("url"),
        "name": nowhere_known(seen),
        "error": (seen.get("lookup") or {}).get("error"),
        "error_on_host": (seen.get("host_lookup") or {}).get("error"),
    }


RULE = Rule(
    id="network-name-unresolved",
    layer="network",
    title="The host name of the public URL does not resolve",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: net::ERR_NAME_NOT_RESOLVED`",
        "Node.js: `Error: getaddrinfo ENOTFOUND chat.example.com`",
        "Python: `socket.gaierror: [Errno -2] Name or service not known`",
        "curl: `curl: (6) Could not resolve host: chat.example.com`",
        "`dig chat.example.com` prints `status: NXDOMAIN`, or no answer section",
    ),
    why="A client first asks its resolver for the A and AAAA records of the name in the URL. Without either there is no address to "
    "connect to, so the attempt ends before a single packet is sent to the server, which logs nothing. Usual reasons: a typo in the URL, "
    "a record that was never created or only in a private zone, a subdomain that was deleted with its deployment, or a domain that has "
    "expired and was taken out of the parent zone.",
    needs=(
        failed("the handshake at the public URL fails", "websocket.handshake", "public"),
        Condition(
            "neither the controller's resolver nor the host's knows its host name",
            lambda facts: nowhere_known(facts.public),
        ),
    ),
    find=_find,
    confidence={"likely": "both may use resolvers that do not serve public names"},
    because=(
        "the public URL is {url}",
        "the controller's resolver answers {error} for {name}",
        "the host's resolver answers {error_on_host}",
    ),
    fix=("dig +trace {name}; getent ahosts {name}", "correct the host name in public_url if it is misspelled"),
    prevent=("create the A and AAAA records for {name}, or renew the domain",),
    verify=("getent ahosts {name} on a machine that uses the clients' resolver",),
    explains=("websocket.handshake", *IN_BROWSER),
    look_alikes=(
        LookAlike(
            "browser-undefined-host",
            Look("the host name in the URL that the browser console prints"),
            "`undefined` or an unfilled placeholder: the page builds a wrong URL; the name that you meant: DNS does not have it",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man3/getaddrinfo.3.html",),
    staged=("network/no-such-name",),
)
