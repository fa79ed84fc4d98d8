# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-protocol-unexpected: HAProxy sends the PROXY protocol to a server that does not expect it."""

from __future__ import annotations

from ...._evidence.proxy import effective_route, place
from ...._evidence.websocket import outcome_words
from ...conditions import TURNED_BAD_BY_PROXY
from ...facts import Facts
from ...rule import RECHECK, Condition, Found, Look, LookAlike, Rule
from ._haproxy import DOC, RELOAD
from ._proxy import EXPLAINS, turned


def _find(facts: Facts) -> Found | None:
    line, with_it = effective_route(facts.proxy)["sends_proxy"], facts.proxy.get("with_proxy_line") or {}
    if with_it.get("outcome") == "open":
        return None
    return "certain" if with_it.get("outcome") else "likely", {
        "turned": turned(facts, "HAProxy"),
        "place": place(line),
        "text": line.get("text"),
        "with_it": outcome_words(with_it) if with_it.get("outcome") else None,
    }


RULE = Rule(
    id="proxy-protocol-unexpected",
    layer="proxy",
    title="The proxy sends the PROXY protocol to a server that does not expect it",
    users_see=(
        "browser console: `Error during WebSocket handshake: Unexpected response code: 400` (or `502`)",
        "HAProxy's log: `502` with the flags `PH--` or `SH--`, or `400` from the server",
        "the server's log: `did not receive a valid HTTP request`, `Invalid HTTP request received.`, `Parse Error`",
    ),
    why="With send-proxy the connection to the server begins with a line such as `PROXY TCP4 192.0.2.1 192.0.2.2 40000 443`, "
    "which tells the client's address. A server that does not expect it takes it for the request line, and refuses or "
    "closes. Both sides have to agree.",
    needs=(
        TURNED_BAD_BY_PROXY,
        Condition(
            "the effective server line of HAProxy has send-proxy",
            lambda facts: effective_route(facts.proxy)["sends_proxy"],
        ),
    ),
    find=_find,
    confidence={
        "certain": "the server accepts the handshake without the line, and refuses it with one",
        "likely": "the handshake with the line was not tried",
    },
    because=(
        "{turned}",
        "{place}: {text}",
        "the same handshake with the server itself, after a line of the PROXY protocol: {with_it}",
    ),
    fix=(
        "remove send-proxy from the server line at {place}, or let the server expect the PROXY protocol, then "
        + RELOAD,
    ),
    verify=("the handshake through HAProxy gets 101", RECHECK),
    explains=EXPLAINS,
    supersedes=("proxy-upstream-down", "proxy-haproxy-no-server", "proxy-upstream-silent", "proxy-error-at-handshake"),
    look_alikes=(
        LookAlike(
            "proxy-upstream-down",
            Look("a handshake that bypasses the proxy, on the host itself"),
            "101: the PROXY protocol; nothing: the server is down",
        ),
    ),
    sources=(DOC + "#5.2-send-proxy",),
    staged=("haproxy/send-proxy",),
)
