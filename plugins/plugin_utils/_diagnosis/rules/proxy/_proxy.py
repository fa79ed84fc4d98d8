# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the rules about all kinds of proxies have in common."""

from __future__ import annotations

import re
import typing as t

from ...._evidence.proxy import address_words, asked_proxy, backends_seen, effective_route, passes_upgrade, setting
from ...._evidence.refusal import own_words
from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import IN_BROWSER, Command, Condition, LookAlike

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import ErrorLine, OwnErrorLine, Route

#: What fails because of a proxy: what is seen by way of it, at the public URL, and in the browser.
EXPLAINS = ("proxy.*", "websocket.*", *IN_BROWSER)

#: What distinguishes a connection that a device in the path dropped from one that a proxy cut.
CUT_OR_FORGOTTEN = LookAlike(
    "network-idle-connections-dropped",
    Command("tcpdump -ni any 'tcp port <port> and tcp[tcpflags] & (tcp-fin|tcp-rst) != 0'"),
    "a FIN at the limit: the proxy; no packet: an intermediate device dropped the connection",
)


def route_of(facts: Facts, kind: str) -> Route:
    """The effective route where a proxy of this kind serves the URL, else an empty mapping."""
    return effective_route(facts.proxy) if asked_proxy(facts.proxy).get("kind") == kind else {}


def turned(facts: Facts, name: str) -> list[str]:
    """The observation that these rules begin with: the server accepts what the proxy makes something else of.

    For a template that is its name alone.
    """
    if facts.proxy_answers and not facts.behind and facts.proxy.get("role"):
        seen = "no back end is contacted"
    elif facts.behind:
        seen = "contacted directly, bypassing the proxy, %s accepts the handshake" % facts.behind.get("address")
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


def silent_upstreams(facts: Facts, kind: str) -> list[str]:
    """Addresses that a proxy of this kind sends the URL to, and where nothing answers.

    On this host nothing listens there; on another one no connection is accepted.
    """
    if not route_of(facts, kind):
        return []
    addresses = (effective_route(facts.proxy).get("upstream") or {}).get("addresses") or []
    here = [address_words(entry) for entry in addresses if entry.get("listeners") == 0]
    dead = ("unresolved", "connect-refused", "connect-timeout", "connect-error")
    there = [str(entry.get("address")) for entry in backends_seen(facts.proxy) if entry["outcome"] in dead]
    return list(dict.fromkeys(here + there))


def by_back_end(facts: Facts) -> bool:
    """Whether the back end itself gives the answer that comes through the proxy: asked past it, it says the same."""
    direct, through = facts.handshake, facts.through
    return direct.get("outcome") == "http" and direct.get("status") == through.get("status")


NOT_BY_BACK_END = Condition("the back end, tested bypassing the proxy, gives the same answer", by_back_end)


def leads_to_accepting(facts: Facts) -> bool:
    """Whether the proxy is configured to connect to the very server that accepts the handshake: that one is not down."""
    upstream = effective_route(facts.proxy).get("upstream") or {}
    ports = [entry.get("port") for entry in upstream.get("addresses") or () if entry.get("listeners")]
    return facts.handshake.get("outcome") == "open" and facts.service.get("port") in ports


def stripped(facts: Facts) -> str:
    """What shows that a hop in the path removed the Upgrade header; empty: nothing does."""
    answer, plain = facts.first_refusal, facts.plain
    if passes_upgrade(effective_route(facts.proxy)):
        return ""  # its configuration was read
    words = own_words(answer)
    if answer.get("status") == 426 and words and not re.search("websocket|upgrade|connection", words, re.IGNORECASE):
        return ""  # the server has another reason
    if answer.get("status") == 426:
        return "426 means that the server saw no Upgrade header: a hop in the path removes it"
    if facts.handshake.get("outcome") != "open" or not plain.get("body") or facts.proxy.get("role"):
        return ""
    if (answer.get("status"), answer.get("body")) != (plain.get("status"), plain.get("body")):
        return ""
    return "that is exactly what the server itself answers to a request without Upgrade"


def by_apache(facts: Facts) -> bool:
    """Whether an Apache that is not on this host passed the answer on: it names itself."""
    headers = facts.first_refusal.get("headers") or ()
    return any(str(pair[0]).lower() == "server" and str(pair[1]).startswith("Apache") for pair in headers)


def log_line(entry: ErrorLine | OwnErrorLine) -> str:
    """A line of the proxy's error log after the file that it is in: ``/var/log/nginx/error.log: …``."""
    return "%s: %s" % (entry.get("source"), entry.get("sample"))
