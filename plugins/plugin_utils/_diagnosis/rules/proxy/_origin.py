# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the rules share that explain why an Origin is refused behind a proxy, and nowhere else."""

from __future__ import annotations

from ...._evidence.proxy import effective_route, setting
from ...._evidence.websocket import outcome_words
from ...conditions import TURNED_BAD_BY_PROXY, failed
from ...facts import Facts
from ...rule import Look, LookAlike

ONLY_WITH_ORIGIN = (
    TURNED_BAD_BY_PROXY,
    failed("through the proxy it is refused with the page's Origin, and accepted without one", "proxy.origin", "proxy"),
)
#: The same, as observations; ``origin_values`` has their values.
ORIGIN_SENTENCES = (
    "through the proxy with Origin {origin}: {through}",
    "through the proxy without an Origin: accepted",
    "the server itself accepts the same Origin",
)
SERVERS_LIST = LookAlike(
    "server-origin-rejected",
    Look("a handshake that bypasses the proxy, with the page's Origin"),
    "accepted: the proxy changes what the server compares it with; rejected there as well: the server's list",
)


def origin_values(facts: Facts) -> dict[str, object]:
    """The Origin that is refused, and how."""
    return {"origin": facts.through.get("origin"), "through": outcome_words(facts.through)}


def authority(facts: Facts) -> str:
    """The host and port of the URL: what clients send as Host."""
    return str(facts.proxy.get("url") or "").split("://", 1)[-1].split("/", 1)[0].lower()


def sent_host(facts: Facts) -> str | None:
    """The Host that the back end gets, as far as the configuration shows."""
    return setting(effective_route(facts.proxy), "host")


def host_kept(facts: Facts) -> bool:
    """Whether the back end gets the client's Host; a TypeError where the configuration was not read."""
    host = sent_host(facts)
    if host is None:
        raise TypeError("which Host is sent is not known")
    return host.lower() == authority(facts)
