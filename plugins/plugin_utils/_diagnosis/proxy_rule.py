# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the rules about all kinds of proxies have in common."""

from __future__ import annotations

import typing as t

from .._evidence.proxy import address_words, asked_proxy, backends_seen, effective_route, passes_upgrade, setting
from .._evidence.websocket import outcome_words
from .facts import Facts
from .rule import IN_BROWSER, Condition, Match, Rival, Rule


def route_of(facts: Facts, kind: str) -> dict[str, t.Any]:
    """The effective route where a proxy of this kind serves the URL, else an empty mapping."""
    return effective_route(facts.proxy) if asked_proxy(facts.proxy).get("kind") == kind else {}


def turned(facts: Facts, name: str) -> list[str]:
    """The observation that these rules begin with: the server accepts what the proxy makes something else of."""
    if facts.proxy_answers and not facts.behind and facts.proxy.get("role"):
        seen = "no back end is asked"
    elif facts.behind:
        seen = "asked past the proxy, %s accepts the handshake" % facts.behind.get("address")
    else:
        seen = "on the host itself the handshake is accepted"
    return [seen, "through %s: %s" % (name, outcome_words(facts.through))]


def led_by(kind: str, name: str) -> Condition:
    """A proxy of this kind serves the URL on this host."""
    return Condition("%s on this host serves the URL" % name, lambda facts: route_of(facts, kind))


def cut_at(facts: Facts, kind: str, *how: str) -> bool:
    """Whether the idle connection through this kind of proxy ended, in one of these ways, at its limit for that."""
    hold = facts.proxy.get("hold") or {}
    limit = setting(route_of(facts, kind), "read_timeout_s")
    if (hold.get("ended") or {}).get("how") not in how or limit is None:
        return False
    return abs(float(hold.get("held_s") or 0) - float(limit)) <= 1.5


#: What kind of answer tells that a connection was forgotten on the way, and not cut by a proxy.
CUT_OR_FORGOTTEN = Rival(
    "network-idle-connections-dropped",
    "tcpdump -ni any 'tcp port <port> and tcp[tcpflags] & (tcp-fin|tcp-rst) != 0'",
    "a FIN at the limit: the proxy; no packet: something on the way forgot the connection",
)


def silent_upstreams(facts: Facts, kind: str) -> list[str]:
    """Addresses to which a proxy of this kind leads the URL, and where nobody is.

    On this host nobody listens there; on another one no connection is accepted.
    """
    if not route_of(facts, kind):
        return []
    addresses = (effective_route(facts.proxy).get("upstream") or {}).get("addresses") or []
    here = [address_words(entry) for entry in addresses if entry.get("listeners") == 0]
    dead = ("unresolved", "connect-refused", "connect-timeout", "connect-error")
    there = [str(entry.get("address")) for entry in backends_seen(facts.proxy) if entry["outcome"] in dead]
    return list(dict.fromkeys(here + there))


def nobody_at(silent: list[str]) -> str:
    """The same as an observation."""
    return "nothing answers at %s" % ", ".join(silent[:3]) if silent else ""


def stripped(facts: Facts) -> str:
    """What shows that a hop on the way removed the Upgrade header; empty: nothing does."""
    answer, plain = facts.first_refusal, facts.plain
    if passes_upgrade(effective_route(facts.proxy)):
        return ""  # its configuration was read
    if answer.get("status") == 426:
        return "426 means that the server saw no Upgrade header: a hop on the way removes it"
    if facts.handshake.get("outcome") != "open" or not plain.get("body") or facts.proxy.get("role"):
        return ""
    if (answer.get("status"), answer.get("body")) != (plain.get("status"), plain.get("body")):
        return ""
    return "that is, word for word, what the server itself answers to a request without Upgrade"


def by_apache(facts: Facts) -> bool:
    """Whether an Apache that is not on this host passed the answer on: it names itself."""
    headers = facts.first_refusal.get("headers") or ()
    return any(str(pair[0]).lower() == "server" and str(pair[1]).startswith("Apache") for pair in headers)


def proxy_rule(
    rule_id: str,
    title: str,
    find: t.Callable[[Facts], Match | None],
    source: str,
    supersedes: tuple[str, ...] = (),
    **more: t.Any,
) -> Rule:
    """A rule of layer proxy, which explains what is seen by way of the proxy and at the public URL.

    :param source: where the cause is documented.
    :param more: its conditions, how sure it is, and its look-alikes.
    """
    return Rule(
        id=rule_id,
        title=title,
        layer="proxy",
        explains=("proxy.*", "websocket.*", *IN_BROWSER),
        find=find,
        supersedes=supersedes,
        source=(source,),
        **more,
    )
