# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""A report seen from several sides: by item of the checklist, by path, by measurement. Pure; what the pages show and count."""

from __future__ import annotations

import statistics
import typing as t

from ..._model import STATUSES, worst
from ..._run.plain_data import unique
from ..model.normalise import FAILING, WRONG
from ..text.sentences import hops

_Row = dict[str, t.Any]

#: The items of the checklist, in its words.
ITEMS = {
    "1": "Backend server process",
    "2": "Environment verification",
    "3": "Server logs",
    "4": "Port verification",
    "5": "WebSocket server configuration",
    "6": "Port conflict check",
    "7": "Event verification",
    "8": "Frontend WebSocket URL",
    "9": "Browser network tab",
    "10": "Browser console",
    "11": "Reverse proxy configuration",
    "12": "HTTPS and WSS",
    "13": "Electron",
    "D1": "Handshake by hand",
    "D2": "Traffic capture and firewall",
    "D3": "Handshake headers and frame log",
}
#: Bars of a plot: the worst ones; more would not be read.
_BARS = 20
#: Different texts of one check that are shown.
_SAID = 3


def by_item(hosts: list[_Row]) -> list[_Row]:
    """The items with what was asked for them.

    :returns: ``item``, ``title``, ``status`` (skip: nothing applied), ``counts`` by status, and ``wrong``: one row for each
        check and status, with ``hosts`` and ``said``, some of the summaries.
    """
    rows = {item: _item(item, title) for item, title in ITEMS.items()}
    for host in hosts:
        for service in host["services"]:
            for check in service["checks"]:
                row = rows.setdefault(check["item"], _item(check["item"], "Other checks"))
                row["counts"][check["status"]] += 1
                if check["status"] in WRONG:
                    _wrong(row["found"], host["host"], check)
    for row in rows.values():
        row["status"] = worst([status for status, number in row["counts"].items() if number], empty="skip")
        row["wrong"] = sorted(row.pop("found").values(), key=lambda found: (found["status"] == "warn", found["id"]))
    return list(rows.values())


def _item(item: str, title: str) -> _Row:
    return {"item": item, "title": title, "counts": dict.fromkeys(STATUSES, 0), "found": {}}


def _wrong(found: dict[tuple[str, str, str], _Row], host: str, check: _Row) -> None:
    key = (check["id"], check["status"], check["vantage"])
    entry = found.setdefault(
        key,
        {
            "id": check["id"], "title": check["title"], "status": check["status"], "vantage": check["vantage"],
            "hosts": [], "said": [],
        },
    )  # fmt: skip
    if not entry["hosts"] or entry["hosts"][-1] != host:
        entry["hosts"].append(host)
    if len(entry["said"]) < _SAID and check["summary"] not in entry["said"]:
        entry["said"].append(check["summary"])


def by_path(hosts: list[_Row]) -> list[_Row]:
    """Services whose connections pass, and fail, at the same hops.

    :returns: ``hops`` (see :func:`hops`), ``places`` (host, service), ``turns`` (the first hop that fails, or nothing) and
        ``said``, some of the summaries there; what fails comes first, what many services share before the rest.
    """
    groups: dict[tuple[tuple[str, str], ...], _Row] = {}
    for host in hosts:
        for service in host["services"]:
            path = hops(service)
            if not path:
                continue
            key = tuple((hop["name"], hop["status"]) for hop in path)
            turn = next((hop for hop in path if hop["turns"]), None)
            group = groups.setdefault(
                key, {"hops": path, "places": [], "turns": turn["name"] if turn else "", "said": []}
            )
            group["places"].append((host["host"], service["name"]))
            if turn and len(group["said"]) < _SAID:
                group["said"] = unique([*group["said"], turn["summary"]])
    return sorted(groups.values(), key=lambda group: (_weight(group), -len(group["places"])))


def _weight(group: _Row) -> int:
    found = [hop["status"] for hop in group["hops"]]
    return 0 if any(status in FAILING for status in found) else 1 if any(status != "pass" for status in found) else 2


def by_measurement(hosts: list[_Row]) -> list[_Row]:
    """Plots: time of the handshake, and days that certificates are still valid.

    :returns: ``title``, ``unit``, ``text`` (a sentence), ``marked`` (where trouble begins, or None), ``bars`` (``host``,
        ``service``, ``value``, ``part`` of the longest, ``bad``) and ``count``, of how many values.
    """
    found = []
    for trait, title, unit, reverse in (
        ("latency_ms", "Time of a handshake on the host", "ms", True),
        ("certificate_days", "Days until certificates end", "days", False),
    ):
        values = _values(hosts, trait)
        if values:
            found.append(_plot(values, title, unit, reverse))
    return found


#: Days before a certificate's end at which the checklist warns, where tls.min_days says nothing else.
_SOON = 21.0


def _plot(values: list[tuple[float, str, str]], title: str, unit: str, reverse: bool) -> _Row:
    shown = sorted(values, key=lambda value: -value[0] if reverse else value[0])[:_BARS]
    numbers = [number for number, _host, _service in values]
    longest = max(max(number for number, _host, _service in shown), 1e-9)
    what = "slowest" if reverse else "first to end"
    some = "all of them" if len(values) == len(shown) else "the %d %s of %d" % (len(shown), what, len(values))
    return {
        "title": title,
        "unit": unit,
        "text": "Median %s %s, from %s to %s; shown: %s."
        % (_short(statistics.median(numbers)), unit, _short(min(numbers)), _short(max(numbers)), some),
        "count": len(values),
        "bars": [
            {
                "host": host, "service": service, "value": _short(number), "bad": not reverse and number < _SOON,
                "part": round(max(number, 0.0) / longest, 4),
            }
            for number, host, service in shown
        ],
    }  # fmt: skip


def _values(hosts: list[_Row], trait: str) -> list[tuple[float, str, str]]:
    found = []
    for host in hosts:
        services = host["facts"].get("services")
        for name, traits in services.items() if isinstance(services, dict) else ():
            value = traits.get(trait) if isinstance(traits, dict) else None
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                found.append((float(value), host["host"], str(name)))
    return found


def _short(value: float) -> str:
    return "%.0f" % value if abs(value) >= 100 else "%.1f" % value
