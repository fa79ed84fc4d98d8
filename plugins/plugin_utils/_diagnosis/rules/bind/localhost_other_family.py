# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""bind-localhost-other-family: the server bound localhost as ::1, and its clients connect to 127.0.0.1."""

from __future__ import annotations

from ...._model import WARN
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ._listeners import addresses


def _find(facts: Facts) -> Found:
    """With the address to use on both sides."""
    return "certain", {"errno": facts.attempt("ipv4").get("errno"), "port": facts.service.get("port")}


RULE = Rule(
    id="bind-localhost-other-family",
    layer="bind",
    title="localhost means ::1 to the server and 127.0.0.1 to its clients",
    users_see=(
        "nginx with `proxy_pass http://127.0.0.1:8080`: 502 Bad Gateway, and `connect() failed (111: Connection "
        "refused) while connecting to upstream` in error.log",
        "IPv4 clients: `connect ECONNREFUSED 127.0.0.1:8080`; the other way round, with a server on 127.0.0.1: "
        "`connect ECONNREFUSED ::1:8080`",
        "`curl http://localhost:8080/` works on the same host, because it tries both addresses",
        "`ss -ltn` shows `[::1]:8080` and no `127.0.0.1:8080`",
    ),
    why="The name localhost stands for two addresses, ::1 and 127.0.0.1. listen(port, 'localhost') binds only the "
    "first of them, and since Node 17 the order is the resolver's, in which ::1 often comes first. A client or proxy "
    "that connects to 127.0.0.1 is then refused, while one that tries both addresses in turn connects, so the fault "
    "seems to depend on the client.",
    needs=(
        Condition("the listener is bound to ::1 alone", lambda facts: set(addresses(facts)) == {"::1"}),
        Condition(
            "127.0.0.1 is refused on the host (`websocket.loopback`)",
            lambda facts: facts.status("websocket.loopback") == WARN,
        ),
    ),
    find=_find,
    confidence={"certain": "both the address and the refusal were seen"},
    because=(
        "bound to ::1 only: listen(port, 'localhost') binds only the first address of localhost",
        "127.0.0.1 is refused on the host ({errno})",
    ),
    fix=("bind to 127.0.0.1 instead of localhost, and restart",),
    prevent=("use 127.0.0.1 on both sides: in listen() and in the proxy's upstream",),
    verify=("ss -ltn 'sport = :{port}' shows 127.0.0.1", RECHECK),
    explains=("websocket.loopback", "port.family", "port.reachable"),
    supersedes=("bind-other-address-family",),
    look_alikes=(
        LookAlike(
            "bind-other-address-family",
            Command("ss -ltn 'sport = :<port>'"),
            "[::1]: localhost was resolved; another address of one family: that family was chosen",
        ),
    ),
    sources=("https://github.com/nodejs/node/issues/40702",),
    staged=("bind/localhost-is-ipv6",),
)
