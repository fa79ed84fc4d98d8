# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Hosts that differ from their peers: the same service elsewhere says what is usual. Pure."""

from __future__ import annotations

import collections
import statistics
import time

from ..._run.plain_data import natural
from ..shapes import Difference, Drift, Host
from .traits import all_traits

#: Fewer hosts than this have no usual value; it must be that of so large a part of them.
_FEWEST, _USUAL = 3, 2.0 / 3.0
#: What is a host's own, and what is compared as a number.
_OWN = ("port", "public_url", "started", "code", "latency_ms", "certificate_days")
#: Milliseconds, and times the median, by which a handshake is slower than elsewhere.
_SLOWER_MS, _TIMES = 50.0, 5.0
#: Seconds within which hosts count as started, or deployed, together.
_TOGETHER = 3600.0

_WORDS = {
    "executable": "program",
    "unit": "unit",
    "proxy_version": "proxy",
    "configuration": "effective configuration of the proxy (digest)",
    "certificate": "certificate (digest)",
    "started": "start time of the process",
    "code": "modification time of the code",
    "latency_ms": "duration of the handshake",
}


def find_drift(hosts: list[Host]) -> list[Drift]:
    """Every value in which a host differs from most of its peers, by service and trait.

    :param hosts: the hosts of report.json; their ``facts.services`` have the values (see plugin_utils/_fleet_traits.py).
    """
    rows: list[Drift] = []
    for service, traits in sorted(_by_service(hosts).items()):
        for trait in sorted({name for values in traits.values() for name in values}):
            values = {host: found[trait] for host, found in traits.items() if trait in found}
            if len(values) >= _FEWEST:
                rows += [
                    {"service": service, "trait": trait, "what": _what(trait), **row}
                    for row in _different(trait, values)
                ]
    return rows


def _by_service(hosts: list[Host]) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = collections.defaultdict(dict)
    for host in hosts:
        for name, traits in all_traits(host).items():
            found[name][host["host"]] = traits
    return found


def _what(trait: str) -> str:
    return _WORDS.get(trait) or trait.replace("environment.", "environment variable ")


def _different(trait: str, values: dict[str, object]) -> list[Difference]:
    numbers = {host: float(value) for host, value in values.items() if isinstance(value, (int, float))}
    if trait == "latency_ms":
        return _slower(numbers)
    if trait in ("started", "code"):
        return _at_another_time(numbers)
    return [] if trait in _OWN else _unusual({host: str(value) for host, value in values.items()})


def _unusual(values: dict[str, str]) -> list[Difference]:
    usual, count = collections.Counter(values.values()).most_common(1)[0]
    if count < len(values) * _USUAL:
        return []
    return _rows({host: value for host, value in values.items() if value != usual}, usual, count)


def _slower(values: dict[str, float]) -> list[Difference]:
    if len(values) < _FEWEST:
        return []
    median = statistics.median(values.values())
    slow = {host: value for host, value in values.items() if value > median * _TIMES and value > median + _SLOWER_MS}
    words = {host: "%.0f ms" % value for host, value in slow.items()}
    return _rows(words, "about %.1f ms" % median, len(values) - len(slow))


def _at_another_time(values: dict[str, float]) -> list[Difference]:
    """Who was not restarted, or did not get the deployment, with the others."""
    if len(values) < _FEWEST:
        return []
    median = statistics.median(values.values())
    others = {host: value for host, value in values.items() if abs(value - median) > _TOGETHER}
    together = len(values) - len(others)
    if together < len(values) * _USUAL:
        return []
    return _rows({host: _time(value) for host, value in others.items()}, "about " + _time(median), together)


def _time(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%MZ", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        # The owner of a file can set its time.
        return "%.0f s after 1970" % seconds


def _rows(values: dict[str, str], usual: str, peers: int) -> list[Difference]:
    return [
        {"host": host, "value": values[host], "usual": usual, "peers": peers} for host in sorted(values, key=natural)
    ]
