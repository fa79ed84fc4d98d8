# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What a host's facts say about its services. Facts are in report.json as they came; they are only read here. Pure."""

from __future__ import annotations

from ..._model import is_number
from ..shapes import Host, Traits


def all_traits(host: Host) -> dict[str, dict[str, object]]:
    """Everything that is known of each service, by name: what ``_fleet_traits.py`` gathered."""
    services = host["facts"].get("services")
    found = services.items() if isinstance(services, dict) else ()
    return {str(name): traits for name, traits in found if isinstance(traits, dict)}


def service_traits(host: Host, service: str) -> Traits:
    """What is known of a service, as far as it is of the type that it should have."""
    found = all_traits(host).get(service, {})
    kept: Traits = {}
    port, unit, url = (found.get(name) for name in ("port", "unit", "public_url"))
    latency, days = (_number(found.get(name)) for name in ("latency_ms", "certificate_days"))
    if is_number(port):
        kept["port"] = port
    if isinstance(unit, str):
        kept["unit"] = unit
    if isinstance(url, str):
        kept["public_url"] = url
    if latency is not None:
        kept["latency_ms"] = latency
    if days is not None:
        kept["certificate_days"] = days
    return kept


def _number(value: object) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
