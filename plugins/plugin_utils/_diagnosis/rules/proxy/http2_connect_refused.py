# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-http2-connect-refused: the server offers WebSockets over HTTP/2 and refuses them, or HAProxy asks in HTTP/2."""

from __future__ import annotations

from ...._evidence.proxy import place, setting
from ...._evidence.websocket import http2_words, outcome_words
from ...._model import FAIL
from ...facts import Facts
from ...rule import Command, Condition, Found, If, LookAlike, Rule
from ._haproxy import RELOAD
from ._proxy import EXPLAINS, route_of, turned


def _haproxy_asks(facts: Facts) -> bool:
    """Whether HAProxy asks the server over HTTP/2, and the server accepts the handshake over HTTP/1.1 only."""
    return facts.turned_bad_by_proxy and setting(route_of(facts, "haproxy"), "http_version") == "2"


def _find(facts: Facts) -> Found:
    """With what came back over HTTP/2, or the line of HAProxy's configuration."""
    by_haproxy = _haproxy_asks(facts)
    seen = facts.public.get("http2") or {}
    told = seen.get("outcome") in ("answered", "reset")
    where = (route_of(facts, "haproxy").get("settings") or {}).get("http_version")
    return "certain" if by_haproxy or told else "likely", {
        "turned": turned(facts, "HAProxy") if by_haproxy else None,
        "where": place(where) if by_haproxy else None,
        "by_haproxy": by_haproxy,
        "by_clients": not by_haproxy,
        "url": None if by_haproxy else str(facts.public.get("url")),
        "answer": outcome_words(facts.public),
        "http2": None if by_haproxy else http2_words(seen),
    }


RULE = Rule(
    id="proxy-http2-connect-refused",
    layer="proxy",
    title="The server offers WebSockets over HTTP/2 and refuses them",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 405`",
        "command-line clients (`websocat`, `wscat`, `curl --http1.1`) connect to the same URL; browsers fail once a page of that name is loaded",
        "through HAProxy with `proto h2` on the server line no handshake succeeds; directly, every one does",
    ),
    why="Over HTTP/2 there is no Upgrade: a WebSocket is opened by an extended CONNECT (RFC 8441), which a server offers with the setting "
    "SETTINGS_ENABLE_CONNECT_PROTOCOL. Some libraries announce it whether or not the application handles CONNECT. A browser that "
    "already has an HTTP/2 connection to the name open then uses it for the WebSocket and is refused, while clients that speak HTTP/1.1 are "
    "accepted. HAProxy that speaks HTTP/2 to a server sends the same CONNECT.",
    needs=(
        Condition(
            "at the public URL the handshake is accepted over HTTP/1.1 and refused over HTTP/2, although the server offers "
            "WebSockets there with SETTINGS_ENABLE_CONNECT_PROTOCOL (`websocket.http2`); or HAProxy speaks HTTP/2 to the server, "
            "which accepts the handshake over HTTP/1.1",
            lambda facts: facts.status("websocket.http2", "public") == FAIL or _haproxy_asks(facts),
        ),
    ),
    find=_find,
    confidence={
        "certain": "the CONNECT was answered or reset, or HAProxy's configuration says so",
        "likely": "otherwise",
    },
    because=(
        "{turned}",
        "{where} speaks HTTP/2 to the server, where a WebSocket is an extended CONNECT (RFC 8441)",
        If("by_haproxy", "the server accepts the handshake over HTTP/1.1"),
        "at the public URL {url}: {answer}",
        "over HTTP/2: {http2}",
        If("by_clients", "browsers with an open HTTP/2 connection to the name fail, other clients do not"),
    ),
    fix=(
        "remove proto h2 from the server line at {where}, then " + RELOAD,
        If(
            "by_clients",
            "do not advertise it (Node: http2.createSecureServer without settings.enableConnectProtocol), or answer the CONNECT with 200",
        ),
    ),
    prevent=(
        If("by_haproxy", "alternatively, use a server that accepts WebSockets over HTTP/2 (extended CONNECT)"),
        If("by_clients", "HAProxy: h2-workaround-bogus-websocket-clients in global, or alpn http/1.1 on the bind line"),
        If(
            "by_clients",
            "Envoy: http2_protocol_options {allow_connect: true} together with upgrade_configs: [{upgrade_type: websocket}]",
        ),
    ),
    explains=EXPLAINS,
    supersedes=("proxy-upstream-down", "proxy-haproxy-no-server"),
    look_alikes=(
        LookAlike(
            "proxy-upgrade-dropped",
            Command(
                "curl -si -N --max-time 3 --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' "
                "-H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' https://<name><path>"
            ),
            "101: only HTTP/2 fails; no 101 over HTTP/1.1 either: a hop removes the Upgrade header",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc8441",),
    staged=(
        "edge/http2-refused",
        "haproxy/over-http-2",
        "two-hosts/haproxy-over-http-2",
        "two-hosts/haproxy-over-http-2-own-port",
    ),
)
