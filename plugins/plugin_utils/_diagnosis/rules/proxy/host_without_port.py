# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-host-without-port: the proxy drops the port from Host, so the page's Origin does not match."""

from __future__ import annotations

from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._origin import ONLY_WITH_ORIGIN, ORIGIN_SENTENCES, SERVERS_LIST, authority, origin_values, sent_host
from ._proxy import EXPLAINS


def _port_is_missing(facts: Facts) -> bool:
    name, colon, _port = authority(facts).rpartition(":")
    return bool(colon) and str(sent_host(facts)).lower() == name


def _find(facts: Facts) -> Found:
    return "certain", {**origin_values(facts), "sent": sent_host(facts), "asked": authority(facts)}


RULE = Rule(
    id="proxy-host-without-port",
    layer="proxy",
    title="The proxy drops the port from Host, so the page's Origin does not match",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…:8443/…' failed: Error during WebSocket handshake: "
        "Unexpected response code: 403` (or 404), only where the URL has a port",
        "body of the answer, from Tornado and Jupyter: `Cross origin websockets not allowed`; from gorilla/websocket: "
        "`Forbidden`",
        "the same site on the standard port 443 works",
    ),
    why="A page at `https://chat.example.com:8443` sends `Origin: https://chat.example.com:8443`. nginx's variable "
    "`$host` has the name without the port, so with `proxy_set_header Host $host` the server gets `Host: "
    "chat.example.com`. A server that compares Origin and Host sees two origins and refuses. `$http_host` is the Host "
    "header as the client sent it.",
    needs=(
        *ONLY_WITH_ORIGIN,
        Condition("the Host that the back end gets is the client's, without its port", _port_is_missing),
    ),
    find=_find,
    confidence={"certain": "the effective configuration was computed"},
    because=(
        *ORIGIN_SENTENCES,
        "the proxy sends Host {sent} instead of {asked}",
    ),
    fix=("nginx: proxy_set_header Host $http_host; ($host has no port), then nginx -t && nginx -s reload",),
    prevent=("or add the page's Origin, with its port, to the server's list of allowed origins",),
    explains=EXPLAINS,
    supersedes=("proxy-host-rewritten",),
    look_alikes=(
        SERVERS_LIST,
        LookAlike(
            "proxy-host-rewritten",
            Look("the Host header that the server gets"),
            "the public name without its port: the port is dropped; another name: the Host is rewritten",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_core_module.html#var_host",),
    staged=("nginx/port-is-dropped",),
)
