# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-to-plaintext-port: clients dial wss://, and the port does not speak TLS."""

from __future__ import annotations

import typing as t

from ...._model import FAIL
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Condition, Found, LookAlike, Rule
from ._views import dialled, url_says

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.tls import Place


def _place(facts: Facts) -> Place:
    """What was seen of the port that public_url names, on this host."""
    evidence, own = facts.tls, dialled(facts).get("port") == facts.service.get("port")
    place = evidence.get("own") if own else evidence.get("edge")
    return place if isinstance(place, dict) else {}


def _find(facts: Facts) -> Found:
    """With the place that answers without TLS."""
    url = dialled(facts)
    addresses = facts.tls.get("addresses") or ()
    here = next((row for row in addresses if isinstance(row, dict) and row.get("local") is True), None)
    return "certain" if here else "likely", {
        "host": url.get("host"),
        "port": url.get("port"),
        "endpoint": _place(facts).get("endpoint"),
        "address": here.get("address") if here else None,
    }


RULE = Rule(
    id="tls-to-plaintext-port",
    layer="tls",
    title="Clients dial wss://, but the port does not speak TLS",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: net::ERR_SSL_PROTOCOL_ERROR`",
        "Node.js: `write EPROTO … wrong version number`; Python: `[SSL: WRONG_VERSION_NUMBER] wrong version number`; curl: exit code 35 "
        "with `wrong version number`",
        r"nginx access.log: a request line that begins with `\x16\x03\x01`, and status 400",
        r"Python aiohttp, server log: `BadStatusLine` with `b'\x16\x03\x01'`",
    ),
    why="With wss:// the client's first bytes are a TLS ClientHello. A server that speaks plain HTTP on the port reads them as a malformed "
    "request and answers 400 in plain text, or closes. The client takes the first bytes of that answer for a TLS record, whose version "
    "makes no sense: hence `wrong version number`. Either TLS is not switched on for the port (`listen 443;` without `ssl`), or the URL names "
    "the port of the application instead of that of the proxy which terminates TLS.",
    needs=(
        url_says("wss"),
        Condition(
            "the port in it answers without TLS (`tls.protocol`)",
            lambda facts: facts.status("tls.protocol") == FAIL and _place(facts).get("speaks") == "plain",
        ),
    ),
    find=_find,
    confidence={
        "certain": "the name resolves to an address of this host",
        "likely": "something in front may terminate TLS on the same port number",
    },
    because=(
        "public_url says wss://{host}, port {port}",
        "{endpoint} answers without TLS",
        "{host} is {address}, an address of this host",
    ),
    fix=("enable TLS on the port (nginx: listen {port} ssl; ssl_certificate …)",),
    prevent=("alternatively, terminate TLS in a proxy on port 443, and use that port in public_url",),
    verify=("openssl s_client -connect {host}:{port} </dev/null",),
    explains=("tls.protocol", "websocket.*", "proxy.*", *IN_BROWSER_TLS),
    look_alikes=(
        LookAlike(
            "tls-plaintext-to-tls-port",
            Command("openssl s_client -connect <host>:<port> </dev/null"),
            "`wrong version number`: the port is plaintext; a certificate: it speaks TLS, and clients dial ws://",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-3",),
    staged=("tls/dialled-in-tls",),
)
