# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-configured-refusal: a directive of the proxy's effective configuration refuses the handshake."""

from __future__ import annotations

import typing as t

from ...._evidence.proxy import asked_proxy, name_of, place, routes_of
from ...conditions import TURNED_BAD_BY_PROXY
from ...facts import Facts
from ...rule import RECHECK, Condition, Found, If, Look, LookAlike, Rule
from ._proxy import EXPLAINS, log_line, turned

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import Refusal

#: What a client of HTTP/1.1 sees of a port that speaks HTTP/2 alone.
_NOT_HTTP1 = ("not-http", "eof", "reset", "timeout")


def _fits(row: Refusal, facts: Facts) -> bool:
    """Whether a directive gives the very answer that came."""
    if row.get("status") is None:
        return facts.through.get("outcome") in _NOT_HTTP1
    return row["status"] == facts.through.get("status")


def _refusals(facts: Facts) -> list[Refusal]:
    return [row for route in routes_of(facts.proxy) for row in route.get("refusals") or () if _fits(row, facts)]


def _find(facts: Facts) -> Found:
    """With the line of the configuration, and what the log says beside it."""
    first = min(_refusals(facts), key=lambda row: not row.get("sure"))
    logged = [log_line(line) for line in facts.own_errors if line.get("named")]
    denied = bool(facts.proxy_errors("denied")) and first["status"] == 403
    text = str(first.get("text"))
    return "certain" if first.get("sure") or denied else "likely", {
        "turned": turned(facts, name_of(asked_proxy(facts.proxy))),
        "text": text,
        "place": place(first),
        "answer": first.get("status") or "no HTTP/1.1",
        "sure": first.get("sure"),
        "log_lines": logged[:1],
        "credentials": first.get("status") == 401,
        "subrequest": text.startswith("auth_request"),
        "http2": first.get("status") is None,
    }


RULE = Rule(
    id="proxy-configured-refusal",
    layer="proxy",
    title="The proxy's configuration refuses the handshake",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 401` (or `403`)",
        'curl: `WWW-Authenticate: Basic realm="…"` in the proxy\'s answer, and 101 from the server itself',
        "nginx's error.log: `access forbidden by rule`",
        "with `listen … http2` in plaintext: `Invalid frame header`, or an answer that is not HTTP",
    ),
    why="A proxy itself answers a request where its configuration says so: it asks for credentials (auth_basic, Require "
    "valid-user, http-request auth, basic_auth), denies the client's address (allow, deny, Require ip), asks another "
    "server first (auth_request), returns a status, or speaks another protocol on the port. Browsers send no credentials "
    "of their own with a WebSocket, and the page cannot add headers to it. The request never reaches the back end.",
    needs=(
        TURNED_BAD_BY_PROXY,
        Condition(
            "a directive of the effective configuration gives the very answer that came through the proxy", _refusals
        ),
    ),
    find=_find,
    confidence={
        "certain": "the directive refuses every handshake like this one, or the proxy's log says that a rule did",
        "likely": "whether it refuses depends on the client's address, or on another server",
    },
    because=(
        "{turned}",
        (
            If("sure", "{place}: {text} – the proxy itself answers {answer}"),
            "{place}: {text} – the proxy itself may answer {answer}",
        ),
        "{log_lines}",
    ),
    fix=(
        (
            If("http2", "remove http2 from the listen at {place}, or give HTTP/1.1 clients a port of their own"),
            If(
                "subrequest",
                "look at the answer of the server that auth_request asks, and let it see no upgrade: proxy_set_header "
                'Upgrade ""; proxy_set_header Connection ""; in its location',
            ),
            If(
                "credentials",
                "exempt the WebSocket path from {text} ({place}), and let the server check a cookie or ticket instead",
            ),
            "exempt the WebSocket path from {text} ({place}), or admit the clients",
        ),
    ),
    verify=("the same handshake through the proxy gets 101", RECHECK),
    explains=EXPLAINS,
    supersedes=("proxy-upgrade-dropped", "proxy-apache-no-upgrade"),
    look_alikes=(
        LookAlike(
            "server-credentials-required",
            Look("a handshake that bypasses the proxy, on the host itself"),
            "101: the proxy's directive; 401 or 403 there as well: the server requires credentials",
        ),
    ),
    sources=(
        "https://nginx.org/en/docs/http/ngx_http_access_module.html",
        "https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html",
    ),
    staged=(
        "apache/valid-user",
        "caddy/basic-auth",
        "haproxy/auth",
        "haproxy/denied-behind-nginx",
        "nginx/address-is-denied",
        "nginx/auth-basic",
        "nginx/http2-in-clear",
        "nginx/location-returns-403",
    ),
)
