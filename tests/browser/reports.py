# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports for the page to show: fleets with faults, fleets without anything, and texts that attack it."""

from __future__ import annotations

import copy
import functools
import itertools
import typing as t

from ansible_collections.websocket.health.plugins.plugin_utils._report.model.assemble import assemble
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.waivers import read_waivers
from ansible_collections.websocket.health.plugins.plugin_utils._report.store.snapshot import snapshot

from tests.unit.report import sample

Row = dict[str, t.Any]

WAIVERS: list[Row] = [
    {"check": "process.code", "host": "web5", "reason": "deployed in the window of Sunday", "until": "2026-12-31"},
    {
        "cause": "process-not-running",
        "host": "web7",
        "reason": "out of service until it is moved",
        "until": "2026-12-31",
    },
    {"check": "port.backlog", "reason": "forgotten", "until": "2026-01-01"},
    {"check": "tls.*", "reason": "fits nothing", "until": "2026-12-31"},
]
#: What was not yet wrong in the run before.
NEW_FAULTS = ("web9", "web12", "web13")


def _built(results: list[Row], names: t.Sequence[str] = (), **more: t.Any) -> Row:
    return assemble(results, names, sample.GENERATED, sample.RUN, **more)


def _measured(results: list[Row]) -> list[Row]:
    """With what the probes bring along to be compared and plotted."""
    for number, row in enumerate(results, 1):
        for service in row["services"]:
            traits = {"latency_ms": 2.0 + number % 7, "certificate_days": 90 if number % 6 else 9, "build": "4f1c"}
            row["facts"].setdefault("services", {})[service["name"]] = traits
    return results


@functools.cache
def fleet(size: int = 20) -> Row:
    """A fleet with faults, waivers and earlier runs: causes that are new, still there, and mended. Read only."""
    results, names = sample.fleet(size)
    before, _names = sample.fleet(size)
    for number, row in enumerate(before):
        if row["host"] in NEW_FAULTS:
            before[number] = sample.result(row["host"], sample.healthy(number))
    before[0] = sample.result("web1", sample.hidden_owner(1))
    before[1] = sample.result("web2", sample.differing_answers(2))
    earlier = [
        dict(snapshot(_built(before, names)), run_id=f"run-{day}", generated=f"2026-11-{day}T02:00:00Z")
        for day in (20, 21, 22)
    ]
    waivers = read_waivers(WAIVERS, [])
    return _built(_measured(results), names, history=earlier, baseline=earlier[-1], waivers=waivers)


def nobody() -> Row:
    """No host at all."""
    return _built([])


def one_healthy() -> Row:
    """One host, and all is well."""
    return _built([sample.result("web1", sample.healthy(1))], ["web1"])


def all_unreachable() -> Row:
    """Nobody answered; of some there is not even a result."""
    results = [sample.result(f"web{number}", **sample.SSH_DOWN) for number in range(1, 8)]
    return _built(results, [f"web{number}" for number in range(1, 13)])


def three_services() -> Row:
    """Three services on each host, of which one has a fault; two are called the same."""
    results = []
    for number in range(1, 31):
        services = [
            *sample.healthy(number),
            sample.service(sample.healthy_checks(number + 100), name="notify"),
            dict((sample.missing_upgrade if number % 3 == 0 else sample.healthy)(number)[0], name="feed"),
        ]
        results.append(sample.result(f"web{number}", services))
    return _built(_measured(results))


def no_checks() -> Row:
    """A service of which nothing was asked, beside one that was."""
    results = [sample.result("web1", [sample.service([], name="empty"), *sample.not_running(1)])]
    return _built([*results, sample.result("web2", [sample.service([], name="empty")])])


#: Names that are properties of every object of a script, and that mean something in an address or a search.
ODD_NAMES = (
    "__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "a b", "a,b", 'a"b', "a&q=b", "a#b%20", "is:new", "-x", "w*b?", "[x](y)",
    "ÄÖ", "İstanbul", "🙂", "Web1", "web1", "wab1",
)  # fmt: skip


def odd_names() -> Row:
    """Hosts, services, checks and causes with such names."""
    results = []
    for number, name in enumerate(ODD_NAMES, 1):
        service = sample.missing_upgrade(number)[0]
        service["name"] = name
        # On hosts one name is another one's part: to find it exactly is the harder half.
        service["checks"][3].update(id=name, title=name, item=name, status="fail", severity="high")
        service["diagnoses"][0].update(id=name, title=name, explains=[name])
        results.append(sample.result(name, [service]))
    return _built(results, baseline=snapshot(_built(copy.deepcopy(results))))


#: Runs, if any of it is taken for anything but text.
ATTACK = (
    "</script><script>window.marker = 1; alert(1)</script></style></title></textarea>"
    "<img src=x onerror=\"window.marker = 2; alert(2)\"><svg onload='window.marker = 3'><iframe srcdoc='<p>x'></iframe>"
    "<a href=javascript:window.marker=4>x</a><!-- \" ' ` ]]> \\u003cscript\\u003e ${window.marker=5} {{ 7*7 }} "
    "\x00\x07\x1b[31mred\x1b[0m\x85\u202e\u2066\u200f\ufeff\ud800\u2028 __proto__ constructor \r\n# x\n```\n"
)
LINKS = [
    "javascript:window.marker=6",
    "data:text/html,<script>window.marker=7</script>",
    "JaVaScRiPt:x",
    "//evil.example",
]
_KEPT = ("schema", "status", "severity", "role", "confidence", "generated", "run_id", "until")
_MEGABYTE = "<img src=x onerror=alert(1)> " * 36158


def hostile() -> Row:
    """Every text of every result, waiver, earlier run and inventory is an attack; one host's are a megabyte each as well."""
    results, names = sample.fleet()
    poisoned = [_poison(row, itertools.count(1)) for row in _measured(results)]
    for row in poisoned:
        for service in row["services"]:
            for diagnosis in service["diagnoses"]:
                diagnosis["links"] = [*LINKS, "https://example.com/" + ATTACK]
            for check in service["checks"]:
                if check["status"] == "fail":
                    check["expected"] = {ATTACK: [ATTACK, 1, None], "__proto__": {"x": 1}}
    _enlarge(poisoned[2])
    earlier = snapshot(_built([_poison(row, itertools.count(1)) for row in sample.fleet()[0]]))
    entries = [
        {"check": "process.*", "host": "*", "reason": ATTACK, "until": "2026-12-31"},
        {"cause": ATTACK, "reason": ATTACK, "until": "2026-12-31"},
    ]
    return _built(
        poisoned, [name + ATTACK for name in names[-1:]], history=[dict(earlier, run_id=ATTACK, generated="2026-11-22T00:00:00Z" + ATTACK[:9])],
        baseline=dict(earlier, run_id=ATTACK, generated=ATTACK), collection=ATTACK, waivers=read_waivers(entries, []), inventory=[ATTACK],
    )  # fmt: skip


def _poison(value: t.Any, numbers: t.Iterator[int], key: str = "") -> t.Any:
    if isinstance(value, dict):
        return {name: _poison(entry, numbers, name) for name, entry in value.items()}
    if isinstance(value, list):
        return [_poison(entry, numbers, key) for entry in value]
    if not isinstance(value, str) or key in _KEPT or (not value and key in ("reason", "remedy")):
        return value
    return value + ATTACK if key in ("id", "explains", "host") else f"{next(numbers):04d}{value}{ATTACK}"


def _enlarge(row: Row) -> None:
    """A megabyte in every field of a host's first check that fails, and of its cause."""
    service = row["services"][0]
    check = next(check for check in service["checks"] if check["status"] == "fail")
    check.update(
        summary=_MEGABYTE,
        expected=_MEGABYTE,
        actual=_MEGABYTE,
        remediation=[_MEGABYTE],
        instance=_MEGABYTE,
        title=_MEGABYTE,
    )
    check["evidence"] = [{"source": _MEGABYTE, "text": _MEGABYTE}]
    service["diagnoses"][0].update(title=_MEGABYTE, because=[_MEGABYTE], next_steps={"immediate": [_MEGABYTE]})


REPORTS: dict[str, t.Callable[[], Row]] = {
    "fleet": fleet,
    "large": functools.partial(fleet, 140),
    "nobody": nobody,
    "one healthy": one_healthy,
    "all unreachable": all_unreachable,
    "three services": three_services,
    "no checks": no_checks,
    "odd names": odd_names,
    "hostile": hostile,
}
