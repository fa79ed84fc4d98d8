# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-path-mtu-black-hole: packets above the path's MTU are dropped, and so is the ICMP message that would report it."""

from __future__ import annotations

from ...._evidence.websocket import only_small_packets
from ...facts import Facts
from ...rule import IN_BROWSER, Command, Condition, Found, If, LookAlike, Rule
from ._outside import where_lost
from ._stuck import STUCK, stuck


def _host(facts: Facts) -> str:
    """The address behind the public URL."""
    return str(facts.public.get("address") or "<host>").rpartition(":")[0].strip("[]")


def _find(facts: Facts) -> Found:
    """With the sizes that get through and do not."""
    outside, stuck_ones = where_lost(facts, "websocket.large"), stuck(facts)
    large = outside.get("large") or {}
    small = outside is facts.public and only_small_packets(facts.public)
    return "certain" if stuck_ones or small else "likely", {
        "url": facts.public.get("url") if outside is facts.public else None,
        "first_byte_time": outside.get("first_byte_ms") if large else None,
        "bytes": large.get("bytes"),
        "wait": "%.1f" % ((large.get("ms") or 0) / 1000.0) if large else None,
        "lost_from_the_first": not large,
        "small": small,
        **stuck_ones,
        "host": str(outside.get("address") or "<host>").partition(" port ")[0]
        if outside is not facts.public
        else _host(facts),
    }


RULE = Rule(
    id="network-path-mtu-black-hole",
    layer="network",
    title="Large packets are silently dropped in the path (MTU black hole)",
    users_see=(
        "the handshake gets 101 and short messages arrive; the first large one hangs until the connection ends with close code 1006",
        "over TLS nothing opens at all: `curl -v` stops after `TLS handshake, Client hello (1):`, because the certificate does not fit "
        "into a small packet",
        "`ss -ti` on the sender shows the connection with `timer:(on,…)`, `retrans:` and a Send-Q that does not shrink",
        "`ping -M do -s 1472 <host>` is lost while `ping <host>` is answered",
    ),
    why="A link in the path, often a VPN, a tunnel, an overlay network or PPPoE, carries smaller packets than the interfaces at the ends. "
    "The router in front of it drops larger ones and sends ICMP fragmentation needed (ICMPv6 packet too big), from which the sender "
    "learns the size. Where a firewall drops that ICMP message, the sender repeats the same large packet until it gives up. Everything "
    "that fits into one small packet works, so it looks like a bug in the application.",
    needs=(
        Condition(
            "from the controller, at the port or at the public URL, a small request is answered, one larger than a packet is not, and a "
            "small one is again; or nothing is answered but in small packets (`websocket.large`)",
            lambda facts: where_lost(facts, "websocket.large"),
        ),
    ),
    find=_find,
    confidence={
        "certain": "the kernel keeps retransmitting data that is never acknowledged, or the same in small packets is answered",
        "likely": "otherwise",
    },
    because=(
        "it is seen at {url}",
        "the controller's handshake is answered within {first_byte_time} ms",
        If("lost_from_the_first", "the controller connects, and TLS or the handshake gets no answer"),
        "the same handshake with {bytes} more bytes gets no answer for {wait} s",
        If("bytes", "without them it is answered again"),
        If(
            "small",
            "the same in packets of 576 bytes at most (TCP_MAXSEG 536) is answered with 101, and in usual ones again not",
        ),
        STUCK,
    ),
    fix=("find the largest packet that gets through: tracepath {host}; ping -M do -s 1472 {host}",),
    prevent=(
        "let ICMP type 3 code 4 (ICMPv6 type 2) through every firewall in the path",
        "or clamp the MSS on the router: nft add rule inet filter forward tcp flags syn tcp option maxseg size set rt mtu, or lower the interface's MTU",
    ),
    verify=("ping -M do -s 1472 {host} is answered, or reports that fragmentation is needed",),
    explains=("websocket.large", "websocket.handshake", "port.connections", *IN_BROWSER),
    supersedes=("network-half-open-connections",),
    look_alikes=(
        LookAlike(
            "network-half-open-connections",
            Command("ping -M do -s 1472 <peer>"),
            "no answer, but small pings are answered: packet size; no answer to any: the peer is gone",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc2923#section-2.1",),
    staged=(
        "network/large-packets-vanish",
        "network/large-packets-vanish-and-a-client-waits",
        "network/certificates-vanish-at-public-url",
        "network/large-packets-vanish-at-public-url",
    ),
)
