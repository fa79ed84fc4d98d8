# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes between the hosts: layer network of the failure catalogue."""

from __future__ import annotations

import typing as t

from .._evidence.firewall import decision_words, remedies, telling
from .._evidence.port import is_loopback
from .._evidence.websocket import nowhere_known
from .._model import WARN
from .conditions import ACCEPT_QUEUE_FULL, ACCEPTED_DIRECTLY, failed, never_sure, sure_where
from .facts import Facts
from .rule import IN_BROWSER, Condition, Match, Rival, Rule

#: Milliseconds within which only a rule answers that there is no way; a missing neighbour takes seconds.
_AT_ONCE = 1000.0
_NFT = "https://wiki.nftables.org/wiki-nftables/index.php/Main_Page"


def _outside(text: str, *outcomes: str) -> Condition:
    """The controller's connection to the port came to one of these ends."""
    return Condition(text, lambda facts: facts.from_outside["outcome"] in outcomes)


#: On the host all is well, and a client that can reach it otherwise is not let to the port.
_STOPPED_OUTSIDE = (
    ACCEPTED_DIRECTLY,
    failed("the controller, which reaches the host, cannot connect to the port", "port.reachable", "controller"),
)
#: What else keeps clients out, without anything's being wrong between the hosts.
_ON_THE_HOST = (
    ACCEPT_QUEUE_FULL,
    Condition(
        "no listener is bound to more than loopback",
        lambda facts: all(is_loopback(str(row["address"])) for row in facts.evidence["port"]["listeners"]),
    ),
)


def _verdict(text: str, *verdicts: str) -> Condition:
    """The host's own rules do this with the controller's packets to the port."""
    return Condition(text, lambda facts: _decision(facts).get("verdict") in verdicts)


_STOPPED_BY_HOST = _verdict(
    "the host's own rules drop or reject what the controller sends to the port", "drop", "reject"
)


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
    """With the rule, where it is one of the host's own."""
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
    """With the rule that answers in the listener's place."""
    decision = _decision(facts)
    return Match(
        "certain" if not decision.get("unsure") else "likely",
        [*_seen(facts), decision_words(decision), "such a reject looks to clients as if nothing listened"],
        immediate=_opened(facts),
        testing=["nc -vz <host> %s from the client's network" % facts.service.get("port")],
    )


def _prohibited_six(outside: dict[str, t.Any]) -> bool:
    """Whether it is what connect(2) says when ICMPv6 brings "administratively prohibited"; ICMP brings EHOSTUNREACH."""
    return outside.get("errno") == "EACCES" and ":" in str(outside.get("numeric") or "")


def _says_prohibited(facts: Facts) -> bool:
    """Whether connect(2) failed with what an ICMP message of a firewall makes of it."""
    # The others are the controller's own routes as a rule (network-no-route-to-host); a rule of the host that rejects is seen.
    told = ("ENETUNREACH", "EACCES") if _decision(facts).get("verdict") == "reject" else ()
    return facts.from_outside.get("errno") in ("EHOSTUNREACH", *told) or _prohibited_six(facts.from_outside)


def _prohibited(facts: Facts) -> Match | None:
    """With the rule, where it is one of the host's own."""
    decision = _decision(facts)
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


def _nobody_there(facts: Facts) -> bool:
    """Whether connect(2) failed for want of a neighbour, or of a route."""
    outside = facts.from_outside
    if outside.get("errno") == "EHOSTUNREACH":
        return float(outside["ms"]) > _AT_ONCE
    return outside.get("errno") in _NO_WAY and not _prohibited_six(outside)


def _host_down(facts: Facts) -> Match | None:
    """With what the error says about the way."""
    outside = facts.from_outside
    words = _NO_WAY.get(
        str(outside.get("errno")),
        "a router, or the controller itself, found nobody at the address: a firewall would have answered at once",
    )
    address = str(outside.get("address") or "").partition(" port ")[0]
    return Match(
        "likely",
        [*_seen(facts), words, "Ansible reaches the host all the same, by another way or a connection that it kept"],
        immediate=["on the controller: ip route get %s; ip neigh show %s" % (address, address)],
        configuration=["give clients an address at which the host answers, or the route that is missing"],
        testing=["nc -vz %s %s" % (address, facts.service.get("port"))],
    )


def _egress(facts: Facts) -> Match | None:
    """With the controller's rule."""
    rules = facts.from_outside.get("own_rules") or {}
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
    return facts.websocket.get("controller") or {}


def _reset_on_payload(facts: Facts) -> Match | None:
    """With the time after which the reset came."""
    seen = _outside_handshake(facts)
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
    """With the sizes that pass and do not pass."""
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


def _held_here(facts: Facts) -> dict[str, t.Any]:
    return facts.conversation.get("hold") or {}


def _held_outside(facts: Facts) -> dict[str, t.Any]:
    return _outside_handshake(facts).get("hold") or {}


def _idle_forgotten(facts: Facts) -> Match | None:
    """With the seconds of silence after which it was forgotten."""
    here, hold = _held_here(facts), _held_outside(facts)
    reset = (hold.get("ended") or {}).get("how") == "reset"
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
    """With the connections that are stuck."""
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
    """With what both resolvers say."""
    seen = facts.public
    name = nowhere_known(seen)
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
        "network-name-unresolved",
        "The name of the public URL does not exist",
        _name_unknown,
        explains=("websocket.handshake",),
        source=("https://man7.org/linux/man-pages/man3/getaddrinfo.3.html",),
        needs=(
            failed("the handshake at the public URL fails", "websocket.handshake", "public"),
            Condition(
                "neither the controller's resolver nor the host's knows its name",
                lambda facts: nowhere_known(facts.public),
            ),
        ),
        sureness=never_sure("both may ask resolvers that keep names of the world from them"),
    ),
    _rule(
        "network-firewall-drops",
        "A firewall drops connections to the port",
        _drop,
        needs=(*_STOPPED_OUTSIDE, _outside("its SYN is swallowed: no answer in time", "connect-timeout")),
        against=_ON_THE_HOST,
        sureness=sure_where(
            "the host's own rules show the one that drops",
            "they do not, or one of them may match that was not understood",
        ),
        apart=(
            Rival(
                "process-accept-queue-full",
                "ss -ltn 'sport = :<port>'",
                "Recv-Q 0: dropped; above Send-Q: the queue is full",
            ),
            Rival(
                "network-controller-firewall",
                "nc -vz <host> <port> from another machine",
                "no answer there either: the host's side; an answer: the controller's",
            ),
        ),
    ),
    _rule(
        "network-firewall-rejects",
        "A firewall refuses connections to the port",
        _reject,
        needs=(
            *_STOPPED_OUTSIDE,
            _outside("it is refused at once, although something listens", "connect-refused"),
            _verdict("the host's own rules reject it", "reject"),
        ),
        against=_ON_THE_HOST,
        sureness=sure_where("the rule was read", "a rule before it may match that was not understood"),
        apart=(
            Rival("bind-loopback-only", "ss -ltn 'sport = :<port>'", "0.0.0.0 or *: a rule; 127.0.0.1: the binding"),
        ),
    ),
    _rule(
        "network-firewall-prohibits",
        "A firewall answers that the host is not to be reached",
        _prohibited,
        needs=(
            *_STOPPED_OUTSIDE,
            _outside("connect(2) fails with an error of its own", "connect-error"),
            Condition(
                "that error is what an ICMP message of a firewall makes: EHOSTUNREACH as a rule", _says_prohibited
            ),
            Condition(
                "it came within a second: a missing neighbour takes longer to be noticed",
                lambda facts: float(facts.from_outside["ms"]) <= _AT_ONCE,
            ),
        ),
        against=_ON_THE_HOST,
        sureness=sure_where("the host's own rules show the one that rejects", "they do not"),
        apart=(
            Rival(
                "network-no-route-to-host",
                "ip neigh show <host> on the controller",
                "REACHABLE: a firewall; FAILED: nobody is there",
            ),
        ),
    ),
    _rule(
        "network-controller-firewall",
        "The controller's own firewall keeps it from the port",
        _egress,
        supersedes=("network-firewall-drops", "network-firewall-prohibits", "network-no-route-to-host"),
        needs=(
            *_STOPPED_OUTSIDE,
            _outside("no connection comes about", "connect-timeout", "connect-refused", "connect-error"),
            Condition(
                "the controller's own rules drop or reject what it sends to the port",
                lambda facts: (facts.from_outside.get("own_rules") or {}).get("verdict") in ("drop", "reject"),
            ),
        ),
        against=(*_ON_THE_HOST, _STOPPED_BY_HOST),
        sureness=sure_where("the rule was read", "a rule before it may match that was not understood"),
        apart=(
            Rival(
                "network-firewall-drops",
                "nc -vz <host> <port> from another machine",
                "an answer there: the controller's rules; none: the host's side",
            ),
        ),
    ),
    _rule(
        "network-no-route-to-host",
        "No way leads from the controller to the address of the host",
        _host_down,
        explains=("port.reachable", "websocket.handshake"),
        source=("https://man7.org/linux/man-pages/man2/connect.2.html",),
        needs=(
            *_STOPPED_OUTSIDE,
            _outside("connect(2) fails with an error of its own", "connect-error"),
            Condition(
                "that error says, after more than a second, that nobody answers for the address (EHOSTUNREACH), or at once that "
                "no route leads there (ENETUNREACH, EACCES, EINVAL)",
                _nobody_there,
            ),
        ),
        against=(*_ON_THE_HOST, _STOPPED_BY_HOST),
        sureness=never_sure("routes and neighbours of the way are not seen"),
        apart=(
            Rival(
                "network-firewall-prohibits",
                "ip neigh show <host> on the controller",
                "FAILED: nobody is there; REACHABLE: a firewall",
            ),
        ),
    ),
    _rule(
        "network-reset-at-first-data",
        "Something on the way resets connections at their first data",
        _reset_on_payload,
        explains=("websocket.handshake",),
        source=("https://www.rfc-editor.org/rfc/rfc3360",),
        needs=(
            ACCEPTED_DIRECTLY,
            _outside("the controller's connection opens", "connected"),
            failed("its handshake fails", "websocket.handshake", "controller"),
            Condition("by a reset", lambda facts: _outside_handshake(facts).get("outcome") == "reset"),
        ),
        sureness=never_sure("who resets is not seen"),
    ),
    _rule(
        "network-path-mtu-black-hole",
        "Large packets are lost on the way, and nobody says so",
        _large_lost,
        explains=("websocket.large", "port.connections"),
        supersedes=("network-half-open-connections",),
        source=("https://www.rfc-editor.org/rfc/rfc2923#section-2.1",),
        needs=(
            failed(
                "from the controller a small request is answered, one of more than a packet is not, and a small one again is",
                "websocket.large",
                "controller",
            ),
        ),
        sureness=sure_where("the kernel sends data again and again that nobody acknowledges"),
        apart=(
            Rival(
                "network-half-open-connections",
                "ping -M do -s 1472 <peer>",
                "no answer, while a small one is answered: packet sizes; no answer to any: the peer is gone",
            ),
        ),
    ),
    _rule(
        "network-idle-connections-dropped",
        "Something on the way forgets idle connections without a word",
        _idle_forgotten,
        explains=("websocket.hold",),
        source=("https://docs.kernel.org/networking/nf_conntrack-sysctl.html",),
        needs=(
            failed("from the controller an idle connection is lost", "websocket.hold", "controller"),
            Condition("its ping was sent", lambda facts: _held_outside(facts)["pinged"] is True),
            Condition(
                "on the host itself an idle connection still answers a ping",
                lambda facts: _held_here(facts).get("pong_ms") is not None,
            ),
        ),
        against=(
            Condition("the idle connection is ended on the host, too", lambda facts: _held_here(facts).get("ended")),
            Condition(
                "from the controller it is ended by a FIN, as a proxy's idle time-out does",
                lambda facts: (_held_outside(facts).get("ended") or {"how": "reset"})["how"] != "reset",
            ),
        ),
        sureness=sure_where("a new handshake from the controller succeeds at once"),
        apart=(
            Rival(
                "proxy-nginx-read-timeout",
                "tcpdump -ni any 'tcp port <port> and tcp[tcpflags] & (tcp-fin|tcp-rst) != 0'",
                "a FIN at the limit: a proxy; no packet: something on the way forgot the connection",
            ),
        ),
    ),
    _rule(
        "network-half-open-connections",
        "Clients have vanished, and their connections stay open",
        _half_open,
        explains=("port.connections",),
        source=("https://man7.org/linux/man-pages/man7/tcp.7.html",),
        needs=(
            Condition(
                "one in a hundred established connections or more are stuck: the kernel sends again and again, and nothing is "
                "acknowledged (`port.connections`)",
                lambda facts: facts.status("port.connections") == WARN,
            ),
        ),
        sureness=never_sure("the peers themselves are not seen"),
        apart=(
            Rival(
                "network-path-mtu-black-hole",
                "ping -M do -s 1472 <peer>",
                "no answer to any size: the peer is gone; an answer to small ones: packet sizes",
            ),
        ),
    ),
)
