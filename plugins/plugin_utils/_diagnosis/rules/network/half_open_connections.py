# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-half-open-connections: clients have vanished without closing, and the server still holds their connections."""

from __future__ import annotations

from ...._model import WARN
from ...facts import Facts
from ...rule import IN_BROWSER, Command, Condition, Found, LookAlike, Rule
from ._stuck import STUCK, stuck


def _find(facts: Facts) -> Found:
    """With the connections that are stuck."""
    return "likely", {**stuck(facts), "port": facts.service.get("port")}


RULE = Rule(
    id="network-half-open-connections",
    layer="network",
    title="Clients have vanished, but their connections stay open",
    users_see=(
        "users are shown as online long after they have left, and messages to them get lost without an error",
        "`ss -tno` on the server: connections in ESTAB with `timer:(on,…)` and a Send-Q above 0",
        "Python websockets, server log: `keepalive ping timeout; no close frame received`, close code 1011",
        "Socket.IO: event `disconnect` with the reason `ping timeout`",
    ),
    why="A laptop that is shut, a phone that leaves its Wi-Fi or a machine that loses power sends neither FIN nor RST, so the server's "
    "kernel keeps the connection in ESTAB. While the server sends nothing, nothing notices. When it sends, the kernel retransmits the "
    "data for about 15 minutes (net.ipv4.tcp_retries2) before it gives up. Until then each such connection costs memory, a descriptor and "
    "a place in the server's list of clients. Only a ping that has to be answered finds them in time; the library ws for Node.js sends none on its own.",
    needs=(
        Condition(
            "at least one in a hundred established connections is stuck: the kernel keeps retransmitting, and nothing is "
            "acknowledged (`port.connections`)",
            lambda facts: facts.status("port.connections") == WARN,
        ),
    ),
    find=_find,
    confidence={"likely": "the peers themselves cannot be seen"},
    because=(STUCK, "neither FIN nor RST has arrived: to the server they look connected"),
    fix=("list them: ss -tnoi state established 'sport = :{port}' (timer:(on,…), backoff, Send-Q above 0)",),
    prevent=(
        "ping every client and drop it when no pong arrives (ws: terminate(), websockets: ping_interval and ping_timeout)",
        "make the kernel give up sooner: TCP_USER_TIMEOUT on the socket",
    ),
    verify=("ss -tno state established 'sport = :{port}' shows no timer:(on,…)",),
    explains=("port.connections", *IN_BROWSER),
    look_alikes=(
        LookAlike(
            "network-path-mtu-black-hole",
            Command("ping -M do -s 1472 <peer>"),
            "no answer to any size: the peer is gone; an answer to small ones only: packet size",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man7/tcp.7.html",),
    staged=("network/clients-vanished",),
)
