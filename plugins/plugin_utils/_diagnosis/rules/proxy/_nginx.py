# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What nginx makes of the two headers of a handshake: Upgrade and Connection."""

from __future__ import annotations

import typing as t

from ...._evidence.proxy import location_words, passes_upgrade, setting
from ...facts import Facts
from ...rule import Condition
from ._proxy import route_of

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import Route

#: How nginx is configured to pass them on.
WEBSOCKET_DOC = "https://nginx.org/en/docs/http/websocket.html"


def headers_words(route: Route) -> str:
    """What the effective location sends of them, as an observation."""
    return "%s sends Upgrade %s, Connection %s" % (
        location_words(route),
        setting(route, "upgrade") or "not at all",
        setting(route, "connection") or "close",
    )


def _passes_not_both(facts: Facts) -> bool:
    return passes_upgrade(route_of(facts, "nginx")) is False


def passes_one(facts: Facts) -> bool:
    """Whether one of Upgrade and Connection is there, with whatever value."""
    route = route_of(facts, "nginx")
    return bool(setting(route, "upgrade")) or "upgrade" in (setting(route, "connection") or "").lower()


def passes_neither(facts: Facts) -> bool:
    """Whether neither header is passed, and the server itself would accept the handshake."""
    return facts.turned_bad_by_proxy and _passes_not_both(facts) and not passes_one(facts)


NOT_BOTH = Condition("nginx's effective location does not pass both Upgrade and Connection on", _passes_not_both)
