# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-leads-to-another-program: the proxy forwards the URL to a port on which another program listens."""

from __future__ import annotations

import typing as t

from ...._evidence.proxy import address_words, asked_proxy, effective_route, location_words, name_of
from ...conditions import TURNED_BAD_BY_PROXY, failed
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ._proxy import EXPLAINS, turned

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import UpstreamAddress


def _others(facts: Facts) -> list[UpstreamAddress]:
    """Addresses of this host that the URL is forwarded to, where a program listens that is not the service."""
    addresses = (effective_route(facts.proxy).get("upstream") or {}).get("addresses") or []
    own = {process.get("pid") for process in facts.processes}
    if asked_proxy(facts.proxy).get("next") or any(row.get("port") == facts.service.get("port") for row in addresses):
        return []
    return [
        row for row in addresses if row.get("owner") and not any("(pid %s)" % pid in str(row["owner"]) for pid in own)
    ]


def _find(facts: Facts) -> Found:
    row = _others(facts)[0]
    return "certain", {
        "turned": turned(facts, name_of(asked_proxy(facts.proxy))),
        "location": location_words(effective_route(facts.proxy)),
        "address": address_words(row),
        "owner": row.get("owner"),
        "port": facts.service.get("port"),
    }


RULE = Rule(
    id="proxy-leads-to-another-program",
    layer="proxy",
    title="The proxy forwards the URL to the port of another program",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 404` (or 200, 400, 426), though the server itself is fine",
        "the server's log shows no request at all",
        "an answer that looks like another program's: its page, its 404, its Server header",
    ),
    why="The proxy connects to the port that its configuration names, whatever listens there. After a port was changed or "
    "given to another program, or a block was copied, the request reaches a program that knows nothing of the "
    "WebSocket, and that one answers. The server itself never sees the request.",
    needs=(
        TURNED_BAD_BY_PROXY,
        failed("the URL is not routed to the service", "proxy.route", "proxy"),
        Condition(
            "an answer comes through the proxy, and none that says that no back end gave one",
            lambda facts: 200 <= (facts.through.get("status") or 0) < 500,
        ),
        Condition("another program of this host listens where the proxy connects to", _others),
    ),
    find=_find,
    confidence={"certain": "the effective configuration was computed, and the owner of the port was seen"},
    because=(
        "{turned}",
        "{location} forwards to {address}, where {owner} listens; the service is on port {port}",
    ),
    fix=("forward {location} to port {port}, then reload the proxy",),
    verify=("ss -ltnp 'sport = :{port}' shows the server that the proxy names", RECHECK),
    explains=EXPLAINS,
    supersedes=(
        "proxy-page-fallback",
        "proxy-path-mismatch",
        "proxy-upgrade-dropped",
        "proxy-upstream-down",
        "proxy-redirects",
    ),
    look_alikes=(
        LookAlike(
            "proxy-path-mismatch",
            Command("ss -ltnp 'sport = :<port of the upstream>'"),
            "another program: the port; the server itself: the path",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",),
    staged=("nginx/port-of-another-program",),
)
