# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-default-server-answers: no virtual host of the proxy matches the name, so the default one answers."""

from __future__ import annotations

import typing as t

from .....module_utils._protocol.web_url import web_url
from ...._evidence.proxy import asked_proxy, effective_route, place
from ...conditions import TURNED_BAD_BY_PROXY, failed
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._proxy import EXPLAINS, turned

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import Leading, Server


def _server(facts: Facts) -> Server:
    """The server of the configuration that takes the URL."""
    return effective_route(facts.proxy).get("server") or {}


def _servers_for_it(facts: Facts) -> list[Leading]:
    """Other servers on the URL's port that proxy to the service."""
    here = (_server(facts).get("file"), _server(facts).get("line"))
    port = web_url(str(facts.proxy.get("url"))).port
    return [
        entry
        for entry in asked_proxy(facts.proxy).get("leading") or ()
        if entry.get("port") == port and (entry.get("server_file"), entry.get("server_line")) != here
    ]


def _find(facts: Facts) -> Found:
    kind, other = str(asked_proxy(facts.proxy).get("kind")), _servers_for_it(facts)[0]
    return "likely", {
        "turned": turned(facts, kind),
        "url": facts.proxy.get("url"),
        "place": place(_server(facts)),
        "other": "%s:%s" % (other.get("server_file"), other.get("server_line")),
        "kind": kind,
    }


RULE = Rule(
    id="proxy-default-server-answers",
    layer="proxy",
    title="No virtual host of the proxy matches the name: the default one answers",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 404` (or 301, 403, 200)",
        "browser console, where the default server has `return 444`: `Connection closed before receiving a handshake "
        "response`",
        "another site's page, or the proxy's welcome page, at the service's URL",
    ),
    why="nginx chooses the server block by the Host header, and Apache its virtual host. Where none has the name, the "
    "default one answers: in nginx the one marked `default_server`, otherwise the first for that address and port, as "
    "in Apache. Requests by IP address, by a new domain or by `www.` end there, and it knows nothing of the WebSocket "
    "path.",
    needs=(
        TURNED_BAD_BY_PROXY,
        failed("the URL is not routed to the service", "proxy.route", "proxy"),
        Condition(
            "no server block matches its name, so the default one answers",
            lambda facts: _server(facts).get("by") == "default",
        ),
        Condition("another server on the same port would proxy to the service", _servers_for_it),
    ),
    find=_find,
    confidence={"likely": "only the operator knows whether that server is the intended one"},
    because=(
        "{turned}",
        "no name matches {url}: the default server at {place} answers",
        "the server at {other} would proxy to the service",
    ),
    fix=("add the name to the right server (nginx: server_name; Apache: ServerAlias), then reload {kind}",),
    prevent=("list every public name, with and without www., in the server block that proxies to the service",),
    explains=EXPLAINS,
    supersedes=("proxy-configured-refusal", "proxy-upgrade-dropped", "proxy-page-fallback", "proxy-redirects"),
    look_alikes=(
        LookAlike(
            "proxy-page-fallback",
            Look("the handshake through the proxy with the other server's name"),
            "101: the name is missing; the page again: the fallback takes the path",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/request_processing.html",),
    staged=("apache/default-host", "nginx/default-server"),
)
