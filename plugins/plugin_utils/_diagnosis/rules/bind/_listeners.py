# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""The addresses that the service's port is bound to."""

from __future__ import annotations

import typing as t

from ...facts import Facts

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.port import ListenerRow


def rows(facts: Facts) -> list[ListenerRow]:
    """Listeners on the port; a unix socket has no address."""
    return [row for row in facts.listeners if row.get("family") != "unix"]


def addresses(facts: Facts) -> list[str]:
    """The addresses of these."""
    return [str(row.get("address")) for row in rows(facts)]


def is_refused_outside(facts: Facts) -> bool:
    """Whether the controller's connection to the port is refused."""
    return facts.from_outside.get("outcome") == "connect-refused"


def ms_outside(facts: Facts) -> str:
    """How many milliseconds that took: a refusal by the host itself takes one round trip."""
    return "%.0f" % (facts.from_outside.get("ms") or 0)
