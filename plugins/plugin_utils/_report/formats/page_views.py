# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Views of a report: by item of the checklist, by path, by measurement. Pure; what the pages show and count."""

from __future__ import annotations

import collections
import statistics
import typing as t

from ..._model import SKIP, STATUSES, worst
from ..._run.plain_data import unique
from ..model.normalise import FAILING, WRONG
from ..model.traits import all_traits, service_traits
from ..shapes import Check, Host
from ..text.sentences import Hop, hops

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


class WrongCheck(t.TypedDict):
    """A check that is wrong in one way."""

    id: str
    title: str
    status: str
    vantage: str
    hosts: list[str]
    #: Some of the summaries.
    said: list[str]


class Item(t.TypedDict):
    """An item of the checklist with what was asked for it."""

    item: str
    title: str
    #: ``skip``: nothing applied.
    status: str
    #: How many results there are of each status.
    counts: dict[str, int]
    wrong: list[WrongCheck]


class PathGroup(t.TypedDict):
    """Services whose connections pass, and fail, at the same hops."""

    hops: list[Hop]
    #: Host and service.
    places: list[tuple[str, str]]
    #: The first hop that fails, or nothing.
    turns: str
    #: Some of the summaries there.
    said: list[str]


class Bar(t.TypedDict):
    """A value of a plot."""

    host: str
    service: str
    value: str
    bad: bool
    #: Of the longest bar.
    part: float


class Plot(t.TypedDict):
    """Values of one measurement."""

    title: str
    unit: str
    #: A sentence.
    text: str
    #: Of how many values these are the bars.
    count: int
    bars: list[Bar]


def by_item(hosts: list[Host]) -> list[Item]:
    """The items with what was asked for them."""
    rows: dict[str, Item] = {item: _item(item, title) for item, title in ITEMS.items()}
    found: dict[str, dict[tuple[str, str, str], WrongCheck]] = collections.defaultdict(dict)
    for host in hosts:
        for service in host["services"]:
            for check in service["checks"]:
                row = rows.setdefault(check["item"], _item(check["item"], "Other checks"))
                row["counts"][check["status"]] += 1
                if check["status"] in WRONG:
                    _wrong(found[check["item"]], host["host"], check)
    for item, row in rows.items():
        row["status"] = worst([status for status, number in row["counts"].items() if number], empty="skip")
        row["wrong"] = sorted(found[item].values(), key=lambda entry: (entry["status"] == "warn", entry["id"]))
    return list(rows.values())


def _item(item: str, title: str) -> Item:
    return {"item": item, "title": title, "status": SKIP, "counts": dict.fromkeys(STATUSES, 0), "wrong": []}


def _wrong(found: dict[tuple[str, str, str], WrongCheck], host: str, check: Check) -> None:
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
    if len(entry["said"]) < _SAID:
        entry["said"] = unique([*entry["said"], check["summary"]])


def by_path(hosts: list[Host]) -> list[PathGroup]:
    """Services by their paths; what fails comes first, what many services share before the rest."""
    groups: dict[tuple[tuple[str, str], ...], PathGroup] = {}
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


def _weight(group: PathGroup) -> int:
    found = [hop["status"] for hop in group["hops"]]
    return 0 if any(status in FAILING for status in found) else 1 if any(status != "pass" for status in found) else 2


def by_measurement(hosts: list[Host]) -> list[Plot]:
    """Plots: time of the handshake, and days that certificates are still valid."""
    plots = (
        (_values(hosts, "latency_ms"), "Time of a handshake on the host", "ms", True),
        (_values(hosts, "certificate_days"), "Days until certificates expire", "days", False),
    )
    return [_plot(values, title, unit, reverse) for values, title, unit, reverse in plots if values]


#: Days before a certificate's end at which the checklist warns, where tls.min_days says nothing else.
_SOON = 21.0


def _plot(values: list[tuple[float, str, str]], title: str, unit: str, reverse: bool) -> Plot:
    shown = sorted(values, key=lambda value: -value[0] if reverse else value[0])[:_BARS]
    numbers = [number for number, _host, _service in values]
    longest = max(max(number for number, _host, _service in shown), 1e-9)
    what = "slowest" if reverse else "first to expire"
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


def _values(hosts: list[Host], trait: t.Literal["latency_ms", "certificate_days"]) -> list[tuple[float, str, str]]:
    found = []
    for host in hosts:
        for name in all_traits(host):
            value = service_traits(host, name).get(trait)
            if value is not None:
                found.append((float(value), host["host"], name))
    return found


def _short(value: float) -> str:
    return "%.0f" % value if abs(value) >= 100 else "%.1f" % value
