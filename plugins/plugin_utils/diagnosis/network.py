# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes between the hosts: layer network of the failure catalogue."""

from __future__ import annotations

import typing as t

from ..checks.firewall import decision_words, remedies, telling
from ..checks.port import is_loopback
from ..checks.websocket import nowhere_known
from ..model import FAIL, WARN
from .rule import IN_BROWSER, Facts, Match, Rule

_NFT = "https://wiki.nftables.org/wiki-nftables/index.php/Main_Page"


def _stopped_outside(facts: Facts, outcomes: tuple[str, ...]) -> bool:
    """On the host all is well and bound to more than loopback, and the controller's connection is not accepted."""
    if facts.from_outside.get("outcome") not in outcomes or facts.handshake.get("outcome") != "open":
        return False
    if facts.status("port.reachable", "controller") != FAIL or facts.status("port.backlog") == FAIL:
        return False
    return not all(is_loopback(str(row.get("address"))) for row in facts.listeners)


def _decision(facts: Facts) -> dict[str, t.Any]:
    """What the host's own rules do with the controller's packets to the port; nothing where they were not seen."""
    firewall = facts.evidence.get("firewall") or {}
    decisions = [entry for entry in firewall.get("decisions") or () if entry.get("port") == facts.service.get("port")]
    return telling(decisions, str(firewall.get("source") or "")) if decisions else {}


def _seen(facts: Facts) -> list[str]:
    outside = facts.from_outside
    error = outside.get("errno") or outside.get("outcome")
    addresses = sorted({str(row.get("address")) for row in facts.listeners})
    return [
        "the controller's connection to %s: %s after %.0f ms" % (outside.get("address"), error, outside.get("ms") or 0),
        "on the host itself the handshake succeeds",
        "bound to %s" % ", ".join(addresses),
    ]


def _opened(facts: Facts) -> list[str]:
    return remedies(facts.evidence.get("firewall") or {}, facts.service.get("port"))


def _drop(facts: Facts) -> Match | None:
    """The SYN is swallowed on its way in, by a rule of the host or of something in front of it."""
    if not _stopped_outside(facts, ("connect-timeout",)):
        return None
    decision = _decision(facts)
    if decision.get("verdict") == "drop":
        return Match(
            "certain" if not decision.get("unsure") else "likely",
            [*_seen(facts), decision_words(decision)],
            immediate=_opened(facts),
            testing=["nc -vz <host> %s from the client's network" % facts.service.get("port")],
        )
    port = facts.service.get("port")
    led_on = decision.get("verdict") == "dnat"
    elsewhere = ["the host's own rules let the port through: it is dropped on the way"] if decision else []
    if led_on:
        elsewhere = ["the host leads the port on to another address: %s" % decision.get("rule")]
    return Match(
        "likely",
        [*_seen(facts), "accept queue has room", *elsewhere],
        immediate=[
            "look at the rules for forwarded packets: iptables -nvL FORWARD, and DOCKER-USER"
            if led_on
            else "look for the rule that drops: the cloud's security group, a router, a provider's firewall"
            if decision
            else "look for the rule that drops: nft list ruleset, iptables -nvL, ufw status, the cloud's security group"
        ],
        configuration=["allow TCP port %s from the networks of the clients (or of the proxy)" % port],
        testing=["nc -vz <host> %s from the client's network" % port],
    )


def _reject(facts: Facts) -> Match | None:
    """Refused at once although something listens: a rule answers in its place."""
    if not _stopped_outside(facts, ("connect-refused",)):
        return None
    decision = _decision(facts)
    if decision.get("verdict") != "reject":
        return None
    return Match(
        "certain" if not decision.get("unsure") else "likely",
        [*_seen(facts), decision_words(decision), "such a reject looks to clients as if nothing listened"],
        immediate=_opened(facts),
        testing=["nc -vz <host> %s from the client's network" % facts.service.get("port")],
    )


def _prohibited_six(outside: dict[str, t.Any]) -> bool:
    """Whether it is what connect(2) says when ICMPv6 brings "administratively prohibited"; ICMP brings EHOSTUNREACH."""
    return outside.get("errno") == "EACCES" and ":" in str(outside.get("numeric") or "")


def _prohibited(facts: Facts) -> Match | None:
    """EHOSTUNREACH at once: no router says so that fast, a reject with an ICMP message does."""
    outside = facts.from_outside
    if not _stopped_outside(facts, ("connect-error",)) or (outside.get("ms") or 0) > 1000:
        return None
    decision = _decision(facts)
    # The others are the controller's own routes as a rule (net-host-down); a rule of the host that rejects is seen.
    told = ("ENETUNREACH", "EACCES") if decision.get("verdict") == "reject" else ()
    if outside.get("errno") not in ("EHOSTUNREACH", *told) and not _prohibited_six(outside):
        return None
    shown = [decision_words(decision)] if decision.get("verdict") == "reject" else []
    return Match(
        "certain" if shown else "likely",
        [*_seen(facts), *shown, "a missing neighbour takes seconds to be noticed; a rule answers at once"],
        immediate=_opened(facts),
        testing=["nc -vz <host> %s from the client's network" % facts.service.get("port")],
    )


#: What connect(2) says without a packet of the host's having come, and what it means.
_NO_WAY = {
    "ENETUNREACH": "no route leads from the controller to the address",
    "EACCES": "a route of kind prohibit, or a routing policy, keeps the controller from the address",
    "EINVAL": "a route of kind blackhole swallows what the controller sends to the address",
}


def _host_down(facts: Facts) -> Match | None:
    """Nobody answers for the address on the last link, which takes seconds to be noticed, or no route leads there."""
    outside = facts.from_outside
    if not _stopped_outside(facts, ("connect-error",)) or _decision(facts).get("verdict") in ("drop", "reject"):
        return None
    errno = outside.get("errno")
    if errno == "EHOSTUNREACH" and (outside.get("ms") or 0) > 1000:
        words = (
            "a router, or the controller itself, found nobody at the address: a firewall would have answered at once"
        )
    elif errno in _NO_WAY and not _prohibited_six(outside):
        words = _NO_WAY[errno]
    else:
        return None
    address = str(outside.get("address") or "").partition(" port ")[0]
    return Match(
        "likely",
        [*_seen(facts), words, "Ansible reaches the host all the same, by another way or a connection that it kept"],
        immediate=["on the controller: ip route get %s; ip neigh show %s" % (address, address)],
        configuration=["give clients an address at which the host answers, or the route that is missing"],
        testing=["nc -vz %s %s" % (address, facts.service.get("port"))],
    )


def _egress(facts: Facts) -> Match | None:
    """The controller's own rules stop what it sends: read there, and the host's rules let it in."""
    rules = facts.from_outside.get("own_rules") or {}
    if rules.get("verdict") not in ("drop", "reject"):
        return None
    if not _stopped_outside(facts, ("connect-timeout", "connect-refused", "connect-error")):
        return None
    if _decision(facts).get("verdict") in ("drop", "reject"):
        return None
    return Match(
        "certain" if not rules.get("unsure") else "likely",
        [
            *_seen(facts),
            "the controller's own firewall: %s" % decision_words(rules),
            "the host's rules let the port through",
        ],
        immediate=["on the controller: nft list ruleset, and let TCP port %s out" % facts.service.get("port")],
        configuration=["other clients are not concerned unless their own rules are like the controller's"],
        testing=["nc -vz <host> %s from the controller, and from another machine" % facts.service.get("port")],
    )


def _outside_handshake(facts: Facts) -> dict[str, t.Any]:
    return (facts.evidence.get("websocket") or {}).get("controller") or {}


def _reset_on_payload(facts: Facts) -> Match | None:
    """The connection opens from outside, and is reset as soon as a request goes over it; on the host it is answered."""
    seen = _outside_handshake(facts)
    if seen.get("outcome") != "reset" or facts.handshake.get("outcome") != "open":
        return None
    if facts.status("websocket.handshake", "controller") != FAIL or facts.from_outside.get("outcome") != "connected":
        return None
    port = facts.service.get("port")
    return Match(
        "likely",
        [
            "the controller connects to %s in %.0f ms" % (seen.get("address"), facts.from_outside.get("ms") or 0),
            "its request is answered by a reset after %.0f ms" % (seen.get("total_ms") or 0),
            "on the host itself the same handshake succeeds",
        ],
        immediate=[
            "look for an intrusion prevention system, a web application firewall or a rule on payloads between client and host",
            "see who resets: tcpdump -ni any 'tcp port %s and tcp[tcpflags] & tcp-rst != 0' on the host; what the host did "
            "not send itself comes from the way between" % port,
        ],
        configuration=["let the WebSocket handshake (GET with Upgrade: websocket) to TCP port %s through" % port],
        testing=["curl --http1.1 -v http://<host>:%s/ from the client's network" % port],
    )


def _large_lost(facts: Facts) -> Match | None:
    """From outside small requests are answered and one of more than a packet is not."""
    if facts.status("websocket.large", "controller") != FAIL:
        return None
    large = _outside_handshake(facts).get("large") or {}
    stuck = _connections(facts).get("stuck") or 0
    address = str(_outside_handshake(facts).get("address") or "<host>").partition(" port ")[0]
    return Match(
        "certain" if stuck else "likely",
        [
            "the controller's handshake is answered within %s ms" % _outside_handshake(facts).get("first_byte_ms"),
            "the same with %s bytes more gets no answer for %.1f s"
            % (large.get("bytes"), (large.get("ms") or 0) / 1000.0),
            "asked again without them it is answered",
            _stuck_words(facts) if stuck else "",
        ],
        immediate=["find the largest packet that passes: tracepath %s; ping -M do -s 1472 %s" % (address, address)],
        configuration=[
            "let ICMP type 3 code 4 (ICMPv6 type 2) through every firewall on the way",
            "or clamp: nft add rule inet filter forward tcp flags syn tcp option maxseg size set rt mtu, or lower the "
            "interface's MTU",
        ],
        testing=["ping -M do -s 1472 %s is answered, or says that fragmentation is needed" % address],
    )


def _idle_forgotten(facts: Facts) -> Match | None:
    """After the idle time the controller's ping is not answered although nobody ended the connection; the host's is."""
    here = facts.conversation.get("hold") or {}
    hold = _outside_handshake(facts).get("hold") or {}
    if facts.status("websocket.hold", "controller") != FAIL or hold.get("pinged") is not True:
        return None
    if here.get("ended") or here.get("pong_ms") is None:
        return None
    reset = (hold.get("ended") or {}).get("how") == "reset"
    if hold.get("ended") and not reset:
        return None
    held = hold.get("held_s") or 0
    fate = "is answered by a reset" if reset else "vanishes: no answer, no FIN, no RST"
    return Match(
        "certain" if hold.get("again") == "open" else "likely",
        [
            "from the controller: after %.0f s of silence the first ping %s" % (held, fate),
            "on the host itself the connection carries a ping after %.0f s of silence" % (here.get("held_s") or 0),
            "a new handshake from the controller succeeds" if hold.get("again") == "open" else "",
            "a proxy that ends idle connections would have closed it",
        ],
        immediate=["let client or server send a ping more often than every %.0f s" % held],
        configuration=[
            "find what keeps state on the way and its limit: conntrack -L, sysctl net.netfilter.nf_conntrack_tcp_timeout_established, "
            "the idle time-out of NAT gateway, load balancer or cloud firewall",
            "TCP keepalive below that limit does as well: net.ipv4.tcp_keepalive_time and SO_KEEPALIVE",
        ],
        testing=["set websocket.hold above the limit and run the checklist"],
    )


def _connections(facts: Facts) -> dict[str, t.Any]:
    return (facts.evidence.get("port") or {}).get("connections") or {}


def _stuck_words(facts: Facts) -> str:
    seen = _connections(facts)
    return "%s of %s established connections are stuck: %s bytes to one of %s were sent again %s times" % (
        seen.get("stuck"),
        seen.get("established"),
        seen.get("unacknowledged"),
        ", ".join(str(peer) for peer in seen.get("peers") or ["?"]),
        seen.get("repeated"),
    )


def _half_open(facts: Facts) -> Match | None:
    """The kernel sends to peers again and again, and nothing is acknowledged: they have gone without a word."""
    if facts.status("port.connections") != WARN:
        return None
    port = facts.service.get("port")
    return Match(
        "likely",
        [_stuck_words(facts), "neither a FIN nor a RST has come: to the server they look connected"],
        immediate=["ss -tnoi state established 'sport = :%s' shows them: timer:(on,…), backoff, Send-Q" % port],
        configuration=[
            "ping every client and drop it when no pong comes (ws: terminate(), websockets: ping_interval and ping_timeout)",
            "let the kernel give up sooner: TCP_USER_TIMEOUT on the socket",
        ],
        testing=["ss -tno state established 'sport = :%s' shows no timer:(on,…)" % port],
    )


def _name_unknown(facts: Facts) -> Match | None:
    """Neither the controller's resolver nor the host's knows the name of the public URL."""
    seen = (facts.evidence.get("websocket") or {}).get("public") or {}
    name = nowhere_known(seen)
    if not name or facts.status("websocket.handshake", "public") != FAIL:
        return None
    return Match(
        # Both may ask resolvers that keep names of the world from them.
        "likely",
        [
            "the public URL is %s" % seen.get("url"),
            "the controller's resolver says %s to %s" % ((seen.get("lookup") or {}).get("error"), name),
            "the host's resolver says %s" % (seen.get("host_lookup") or {}).get("error"),
        ],
        immediate=["dig +trace %s; getent ahosts %s" % (name, name), "correct public_url if it is misspelt"],
        configuration=["create the A and AAAA records of %s, or renew its domain" % name],
        testing=["getent ahosts %s, asked at a resolver of the clients" % name],
    )


def _rule(rule_id: str, title: str, find: t.Callable[[Facts], Match | None], **more: t.Any) -> Rule:
    return Rule(
        id=rule_id,
        title=title,
        layer="network",
        explains=(*more.pop("explains", ("port.reachable", "websocket.handshake", "firewall.input")), *IN_BROWSER),
        find=find,
        source=more.pop("source", (_NFT,)),
        **more,
    )


RULES: tuple[Rule, ...] = (
    _rule(
        "dns-nxdomain",
        "The name of the public URL does not exist",
        _name_unknown,
        explains=("websocket.handshake",),
        source=("https://man7.org/linux/man-pages/man3/getaddrinfo.3.html",),
    ),
    _rule("fw-drop-input", "A firewall drops connections to the port", _drop),
    _rule("fw-reject-input", "A firewall refuses connections to the port", _reject),
    _rule("fw-reject-prohibited", "A firewall answers that the host is not to be reached", _prohibited),
    _rule(
        "fw-egress-client",
        "The controller's own firewall keeps it from the port",
        _egress,
        supersedes=("fw-drop-input", "fw-reject-prohibited", "net-host-down"),
    ),
    _rule(
        "net-host-down",
        "No way leads from the controller to the address of the host",
        _host_down,
        explains=("port.reachable", "websocket.handshake"),
        source=("https://man7.org/linux/man-pages/man2/connect.2.html",),
    ),
    _rule(
        "net-rst-on-payload",
        "Something on the way resets connections at their first data",
        _reset_on_payload,
        explains=("websocket.handshake",),
        source=("https://www.rfc-editor.org/rfc/rfc3360",),
    ),
    _rule(
        "net-pmtu-blackhole",
        "Large packets are lost on the way, and nobody says so",
        _large_lost,
        explains=("websocket.large", "port.connections"),
        supersedes=("net-half-open",),
        source=("https://www.rfc-editor.org/rfc/rfc2923#section-2.1",),
    ),
    _rule(
        "net-conntrack-idle-expiry",
        "Something on the way forgets idle connections without a word",
        _idle_forgotten,
        explains=("websocket.hold",),
        source=("https://docs.kernel.org/networking/nf_conntrack-sysctl.html",),
    ),
    _rule(
        "net-half-open",
        "Clients have vanished, and their connections stay open",
        _half_open,
        explains=("port.connections",),
        source=("https://man7.org/linux/man-pages/man7/tcp.7.html",),
    ),
)
