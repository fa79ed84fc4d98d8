# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-address-dead: one of the addresses of the public name accepts no connections."""

from __future__ import annotations

from ...._evidence.websocket import address_words, dead_addresses
from ...conditions import wrong
from ...facts import Facts
from ...rule import IN_BROWSER, Command, Condition, Found, LookAlike, Rule
from ._outside import host_of


def _find(facts: Facts) -> Found:
    """With each that does not answer, and how many do."""
    dead = dead_addresses(facts.public)
    rows = facts.public.get("addresses") or []
    refused = all(row.get("outcome") == "connect-refused" for row in dead)
    return "certain" if refused else "likely", {
        "url": facts.public.get("url"),
        "dead": ["%s: %s" % (row.get("address"), address_words(row)) for row in dead[:6]],
        "addresses": [row.get("address") for row in dead[:6]],
        "host": host_of(facts),
        "port": str(facts.public.get("address") or "").rpartition(":")[2],
        "answering": [row.get("address") for row in rows if row.get("outcome") == "connected"],
    }


RULE = Rule(
    id="network-address-dead",
    layer="network",
    title="An address of the public name does not accept connections",
    users_see=(
        "the same page connects at once for some users, for others after some seconds, or never",
        "`curl -v`: `connect to 203.0.113.9 port 443 failed: Connection refused`, then `Trying 203.0.113.7`",
        "Python, without a second attempt: `ConnectionRefusedError` or `TimeoutError`, every other time",
        "`curl -6` fails where `curl -4` works",
    ),
    why="A name may have several addresses, A and AAAA, and a client takes one. Browsers go on to the next after some hundred milliseconds, "
    "many programs wait for the connection's timeout first or try no other. An old server in DNS, an AAAA record without a listener for IPv6, or one "
    "of several balancers that is down so hurts a part of the clients only.",
    needs=(
        wrong("an address of the public name does not answer", "websocket.addresses", "public"),
        Condition("the controller was told so of at least one address", lambda facts: dead_addresses(facts.public)),
    ),
    find=_find,
    confidence={
        "certain": "the address itself refuses the connection",
        "likely": "no answer came: the path from the controller may be cut, too",
    },
    because=("{url} has these addresses that do not answer: {dead}", "these do: {answering}"),
    fix=("make what is meant to answer listen at {addresses}, or take the address out of DNS",),
    prevent=(
        "listen on IPv6 where the name has an AAAA record (nginx: listen [::]:443 ssl)",
        "watch each address on its own",
    ),
    verify=("getent ahosts {host}, then for each address: nc -vz <address> {port}",),
    explains=("websocket.addresses", "websocket.handshake", *IN_BROWSER),
    look_alikes=(
        LookAlike(
            "network-public-url-unanswered",
            Command("nc -vz <address> <port>"),
            "another address of the name connects: this one is dead; none does: the public URL",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc8305",),
    staged=("network/one-address-is-dead",),
)
