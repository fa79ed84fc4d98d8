# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-idle-connections-dropped: a NAT or firewall between client and host drops the state of idle connections."""

from __future__ import annotations

import typing as t

from ...facts import Facts
from ...rule import IN_BROWSER, Command, Condition, Found, If, LookAlike, Rule
from ._outside import where_lost

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.websocket import Hold


def _held_here(facts: Facts) -> Hold:
    return facts.conversation.get("hold") or {}


def _held_outside(facts: Facts) -> Hold:
    return where_lost(facts, "websocket.hold").get("hold") or {}


def _find(facts: Facts) -> Found:
    """With the seconds of silence after which it was gone."""
    here, hold = _held_here(facts), _held_outside(facts)
    opens_again = hold.get("again") == "open"
    return "certain" if opens_again else "likely", {
        "silence": "%.0f" % (hold.get("held_s") or 0),
        "silence_on_host": "%.0f" % (here.get("held_s") or 0),
        "reset": (hold.get("ended") or {}).get("how") == "reset",
        "opens_again": opens_again,
    }


RULE = Rule(
    id="network-idle-connections-dropped",
    layer="network",
    title="A device in the path silently drops idle connections",
    users_see=(
        "after some minutes without traffic the next message gets no answer, and no `close` event comes for minutes; then close code 1006",
        "Python websockets: `ConnectionClosedError: sent 1011 (internal error) keepalive ping timeout; no close frame received`",
        "`read ECONNRESET` or `Connection reset by peer` at the first message after a pause, where the device answers it with a reset",
        "server and client both list the connection as ESTAB, one of them with data in Send-Q and `timer:(on,…)` (`ss -tno`)",
    ),
    why="NAT gateways, load balancers, cloud firewalls and connection tracking keep an entry for each connection and delete it after a "
    "time without packets: AWS Network Load Balancers after 350 seconds, Azure after 4 minutes by default. Neither end is informed. Both "
    "still consider the connection open until one sends; that packet then belongs to no known connection and is dropped, or answered with a "
    "reset. A reverse proxy behaves otherwise: at its idle timeout it closes the connection with a FIN, which both ends see at once.",
    needs=(
        Condition(
            "from the controller an idle connection to the port or to the public URL is lost (`websocket.hold`)",
            _held_outside,
        ),
        Condition("the ping after the silence was sent", lambda facts: _held_outside(facts)["pinged"] is True),
        Condition(
            "on the host itself an idle connection still answers a ping",
            lambda facts: _held_here(facts).get("pong_ms") is not None,
        ),
    ),
    against=(
        Condition("the idle connection ends on the host as well", lambda facts: _held_here(facts).get("ended")),
        Condition(
            "from the controller it ends with a FIN, as it does at a proxy's idle timeout",
            lambda facts: (_held_outside(facts).get("ended") or {"how": "reset"})["how"] != "reset",
        ),
    ),
    find=_find,
    confidence={"certain": "a new handshake from the controller succeeds at once", "likely": "otherwise"},
    because=(
        (
            If("reset", "from the controller: after {silence} s of silence the first ping is answered with a reset"),
            "from the controller: after {silence} s of silence the first ping is lost: no answer, no FIN, no RST",
        ),
        "on the host itself a ping is still answered after {silence_on_host} s of silence",
        If("opens_again", "a new handshake from the controller succeeds"),
        "a proxy with an idle timeout would have closed it with a FIN",
    ),
    fix=("send a WebSocket ping from client or server more often than every {silence} s",),
    prevent=(
        "find the stateful device in the path and its limit: conntrack -L, sysctl net.netfilter.nf_conntrack_tcp_timeout_established, "
        "the idle timeout of the NAT gateway, load balancer or cloud firewall",
        "TCP keepalive below that limit works too: net.ipv4.tcp_keepalive_time and SO_KEEPALIVE",
    ),
    verify=("set websocket.hold above the limit and run the checklist",),
    explains=("websocket.hold", *IN_BROWSER),
    look_alikes=(
        LookAlike(
            "proxy-nginx-read-timeout",
            Command("tcpdump -ni any 'tcp port <port> and tcp[tcpflags] & (tcp-fin|tcp-rst) != 0'"),
            "a FIN at the limit: a proxy; no packet: a device in the path dropped the connection",
        ),
    ),
    sources=("https://docs.kernel.org/networking/nf_conntrack-sysctl.html",),
    staged=("network/state-expires", "network/state-expires-at-public-url"),
)
