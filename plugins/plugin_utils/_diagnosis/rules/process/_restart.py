# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What starts the service, and the words that restart it."""

from __future__ import annotations

from ...facts import Facts

#: How to restart the service whose unit, if systemctl can restart it, is the value ``unit`` (see service_unit).
RESTART: tuple[str, str] = ("systemctl restart {unit}", "restart the process")


def unit_name(facts: Facts) -> str | None:
    """The systemd unit that the service runs in: as seen, or else as the inventory names it."""
    unit = facts.process.get("unit") or {}
    return unit.get("name") or (facts.service.get("process") or {}).get("unit")


def service_unit(facts: Facts) -> str | None:
    """The same where systemctl can restart it: scopes and slices have no start of their own."""
    unit = unit_name(facts) or ""
    return unit if unit.endswith(".service") else None


def restart_words(facts: Facts) -> str:
    """What to do to restart the service: ``systemctl restart chat.service``."""
    unit = service_unit(facts)
    return "systemctl restart %s" % unit if unit else "restart the process"
