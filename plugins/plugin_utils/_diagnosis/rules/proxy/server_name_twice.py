# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-server-name-twice: two servers of nginx have the same name and port, and the one that forwards to the service is ignored."""

from __future__ import annotations

import typing as t

from ...._evidence.proxy import effective_route, place
from ...conditions import TURNED_BAD_BY_PROXY
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ._proxy import EXPLAINS, turned

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import Ignored


def _ignored(facts: Facts) -> list[Ignored]:
    """Servers that are never chosen, and that would forward the URL to the service."""
    port = facts.service.get("port")
    return [
        row
        for row in effective_route(facts.proxy).get("ignored") or ()
        if any(address.get("port") == port for address in row.get("addresses") or ())
    ]


def _find(facts: Facts) -> Found:
    other = _ignored(facts)[0]
    return "certain", {
        "turned": turned(facts, "nginx"),
        "name": other.get("name"),
        "first": place(effective_route(facts.proxy).get("server")),
        "other": place(other),
    }


def _leads_nowhere(facts: Facts) -> bool:
    addresses = (effective_route(facts.proxy).get("upstream") or {}).get("addresses") or []
    return all(address.get("port") != facts.service.get("port") for address in addresses)


RULE = Rule(
    id="proxy-server-name-twice",
    layer="proxy",
    title="Two server blocks have the same name: the one that forwards to the service is ignored",
    users_see=(
        'nginx -t: `[warn] conflicting server name "chat.example.com" on 0.0.0.0:80, ignored`',
        "browser console: `Error during WebSocket handshake: Unexpected response code: 404` (or 200, 301)",
        "changes of a server block have no effect, though nginx -t and the reload succeed",
    ),
    why="Of server blocks with the same listen and the same server_name nginx takes the first that it reads, in the order "
    "of the files' names, and ignores the name in all later ones. It only warns of that when the configuration is "
    "loaded. A copy in sites-enabled, or a default that has the name as well, is enough.",
    needs=(
        TURNED_BAD_BY_PROXY,
        Condition("a later server with the same name and port would forward the URL to the service", _ignored),
        Condition("the server that takes the URL does not forward it to the service", _leads_nowhere),
    ),
    find=_find,
    confidence={"certain": "the effective configuration was computed"},
    because=(
        "{turned}",
        "the server at {first} has the name {name} first, and takes the URL",
        "the server at {other} has the same name and port, and would forward to the service: nginx ignores it",
    ),
    fix=("remove the name {name} from the server at {first}, or join the two, then nginx -t && nginx -s reload",),
    verify=("nginx -t shows no conflicting server name", RECHECK),
    explains=EXPLAINS,
    supersedes=(
        "proxy-configured-refusal",
        "proxy-default-server-answers",
        "proxy-page-fallback",
        "proxy-redirects",
        "proxy-upgrade-dropped",
    ),
    look_alikes=(
        LookAlike(
            "proxy-default-server-answers",
            Command("nginx -T 2>&1 | grep conflicting"),
            "a line: the name is there twice; nothing: no server has the name",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/server_names.html",),
    staged=("nginx/server-name-twice",),
)
