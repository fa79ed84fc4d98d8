# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report of 1000 and of 10 000 hosts costs: seconds and memory to make it, and how fast the page is in Chromium."""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / ".cache" / "tree")]

from ansible_collections.websocket.health.plugins.action import report as action
from ansible_collections.websocket.health.plugins.module_utils._browser import chromium
from ansible_collections.websocket.health.plugins.plugin_utils._report.store import results

from tests.browser.tab import Tab
from tests.interrupt import unwinding
from tests.unit.report import sample

CHECKS = 25
#: Seconds, peak memory, size of the page, first paint and one search: at most.
TARGETS: dict[int, dict[str, float]] = {
    1000: {"seconds": 2.0, "page_mb": 2.0, "paint_ms": 300.0, "search_ms": 50.0},
    10_000: {"seconds": 25.0, "peak_mb": 1024.0},
}
#: The formats that are written where nothing else is said.
COMMON = ("json", "html", "markdown")
QUERIES = ("status:fail host:web* check:port", "status:fail", "refused", "is:new", "cause:proc -host:web1*", "")
_TIMES = 5


def write_results(directory: pathlib.Path, size: int) -> None:
    """Result files of a fleet in which 15 of 100 hosts fail, each with its own process ids, times and evidence."""
    for number in range(1, size + 1):
        services = _services(number)
        for service in services:
            service["checks"] = service["checks"][:CHECKS]
            for place, check in enumerate(service["checks"]):
                check["summary"] = re.sub(r"[\d.]+ ms", f"{(number * 7 + place) % 997 / 10} ms", check["summary"])
                check["duration_ms"] = (number * 13 + place) % 400 / 10
        facts = {
            "hostname": f"web{number}",
            "services": {"chat": {"latency_ms": 1 + number % 90 / 10, "certificate_days": number % 300}},
        }
        results.write_result(str(directory), sample.result(f"web{number}", services, facts=facts))


def _services(number: int) -> list[dict[str, t.Any]]:
    kind = number % 20
    faults = {3: sample.not_running, 9: sample.missing_upgrade, 11: sample.not_running, 5: sample.stale_code}
    return faults.get(kind, sample.healthy)(number)[:1]


def make_report(directory: pathlib.Path, size: int) -> dict[str, t.Any]:
    """What the action does, a format at a time; what each step took."""
    began, took = time.monotonic(), {}

    def done(step: str) -> None:
        nonlocal began
        took[step] = time.monotonic() - began
        began = time.monotonic()

    names = [f"web{number}" for number in range(1, size + 1)]
    options = {
        "hosts": names,
        "run_id": sample.RUN,
        "history": 30,
        "baseline": None,
        "waivers": None,
        "templates": None,
    }
    problems: list[str] = []
    report = action._report(str(directory), options, problems, [])
    done("assemble")
    for name in action.FORMATS:
        action._write(report, str(directory), {**options, "formats": [name]}, problems)
        done(name)
        if name == COMMON[-1]:
            took["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if problems:
        raise SystemExit("; ".join(problems))
    took["peak_all_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took["seconds"] = sum(took[step] for step in ("assemble", *COMMON))
    sizes = {name: (directory / file_name).stat().st_size / 1e6 for name, (file_name, _) in action.FORMATS.items()}
    return {"took": took, "sizes": sizes}


def in_chromium(page: pathlib.Path) -> dict[str, float]:
    """Milliseconds to the first paint and for a search, and how many elements there are."""
    figures: dict[str, list[float]] = {"paint_ms": [], "ready_ms": []}
    searches: list[float] = []
    with chromium.running(chromium.find(None)) as protocol:
        for _time in range(_TIMES):
            tab = Tab(protocol)
            tab.open(page)
            tab.until("performance.getEntriesByName('first-contentful-paint').length", 60.0)
            figures["paint_ms"].append(tab.run("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            figures["ready_ms"].append(tab.run("performance.getEntriesByType('navigation')[0].loadEventEnd"))
            elements = tab.count("*")
            searches += [
                tab.run(_SEARCH % (view, json.dumps(query)), 60.0)
                for view in ("causes", "hosts", "matrix")
                for query in QUERIES
            ]
            tab.close()
    return {
        **{name: statistics.median(found) for name, found in figures.items()},
        "search_ms": statistics.median(searches),
        "slowest_ms": max(searches),
        "elements": elements,
    }


#: The time from a changed address to the count, layout included: what a keystroke costs after its pause of 120 ms.
_SEARCH = """new Promise((done) => {
    const began = performance.now();
    addEventListener("hashchange", () => { document.body.offsetHeight; done(performance.now() - began); }, { once: true });
    location.hash = new URLSearchParams({ view: "%s", q: %s, r: Math.random() });
})"""


def measure(size: int) -> dict[str, t.Any]:
    """All figures of a fleet; the report is made in a process of its own, so that its memory is its own."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        # The browser is not root, and opens the page as a file.
        directory.chmod(0o755)
        write_results(directory, size)
        command = [sys.executable, __file__, "--make", str(directory), "--size", str(size)]
        # The second report has a first one beside it, as every one but the first has.
        for _time in range(2):
            made = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        (directory / "report.html").chmod(0o644)
        return {
            **made["took"],
            "sizes": made["sizes"],
            "page_mb": made["sizes"]["html"],
            **in_chromium(directory / "report.html"),
        }


def line(size: int, found: dict[str, t.Any]) -> tuple[str, bool]:
    """The figures in words, and whether the targets are met."""
    targets = TARGETS[size]
    missed = [name for name, most in targets.items() if found[name] > most]

    def shown(name: str, unit: str, digits: int = 0) -> str:
        most = f" (at most {targets[name]:g})" if name in targets else ""
        return f"{found[name]:.{digits}f}{most} {unit}"

    others = ", ".join(f"{name} {found[name]:.2f} s" for name in action.FORMATS)
    sizes = ", ".join(f"{name} {found['sizes'][name]:.1f}" for name in action.FORMATS)
    text = (
        f"{size} hosts x {CHECKS} checks: json, html and markdown in {shown('seconds', 's', 2)}, peak {shown('peak_mb', 'MiB')}: "
        f"{'MISSED: ' + ', '.join(missed) if missed else 'ok'}\n"
        f"  reading, assembling and history {found['assemble']:.2f} s, {others}; peak with all formats {found['peak_all_mb']:.0f} MiB\n"
        f"  MB: {sizes}\n"
        f"  page of {shown('page_mb', 'MB', 2)}: first paint {shown('paint_ms', 'ms')}, ready after {found['ready_ms']:.0f} ms, "
        f"search {shown('search_ms', 'ms', 1)}, slowest {found['slowest_ms']:.0f} ms, {found['elements']} elements"
    )
    return text, not missed


def main() -> int:
    """Print the figures; 1 if a target is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--make", type=pathlib.Path)
    parser.add_argument("--size", type=int)
    arguments = parser.parse_args()
    if arguments.make:
        print(json.dumps(make_report(arguments.make, arguments.size)))
        return 0
    found = {size: measure(size) for size in TARGETS if arguments.size in (None, size)}
    lines = [line(size, figures) for size, figures in found.items()]
    for text, _ok in lines:
        print(text)
    if len(found) == 2:
        small, large = found.values()
        print(
            f"ten times the hosts: {large['seconds'] / small['seconds']:.1f} times the seconds, {large['peak_mb'] / small['peak_mb']:.1f} times the memory"
        )
    return int(not all(ok for _text, ok in lines))


if __name__ == "__main__":
    unwinding()
    sys.exit(main())
