# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every benchmark and writes the figures to docs/benchmarks.md; fails when a target is missed."""

from __future__ import annotations

import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time
import typing as t

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.interrupt import unwinding

HERE = pathlib.Path(__file__).resolve().parent
#: What is said of the report's figures.
REPORT = (
    "Reports of large fleets: 15 of 100 hosts fail, process ids and times differ, and there is an earlier report. Produced by the action's own code in a separate",
    "process; the page in Chromium, from a file, medians of five visits. A search is timed from the changed address to the count, including layout:",
    "what a keystroke costs after the 120 ms for which the field waits for more.",
)
PAGE = HERE.parents[1] / "docs" / "benchmarks.md"


def main() -> int:
    """Run all, write the page."""
    if os.geteuid() != 0:
        print("SKIPPED: the fleet benchmarks need root for the lab", flush=True)
        return 1
    with tempfile.TemporaryDirectory() as name:
        target = pathlib.Path(name) / "figures.json"
        fleet, _printed = part("bench_fleet.py", "--json", str(target), shown=True)
        figures = json.loads(target.read_text())
    done = [part(f"bench_{name}.py") for name in ("log_scan", "nginx", "frontend", "report", "deadlines", "services")]
    PAGE.write_text(page(figures, *(printed.strip() for _code, printed in done)))
    print(f"written: {PAGE}")
    return int(any((fleet, *(code for code, _printed in done))))


def part(name: str, *arguments: str, shown: bool = False) -> tuple[int, str]:
    """Run one benchmark; returns its exit code and, unless it is shown as it comes, what it printed.

    Whoever stops this program stops the part, too, and waits until it has cleaned up.
    """
    output = None if shown else subprocess.PIPE
    with subprocess.Popen([sys.executable, str(HERE / name), *arguments], stdout=output, text=True) as process:
        try:
            printed = process.communicate()[0] or ""
        except BaseException:
            process.terminate()
            process.wait(60)
            raise
    print(printed, end="", flush=True)
    return process.returncode, printed


def page(
    figures: dict[str, t.Any], scan: str, nginx: str, frontend: str, report: str, deadlines: str, services: str
) -> str:
    """The figures as Markdown."""
    rows = [
        (
            "checklist over 20 hosts against one ping task",
            f"{figures['ratio_ping']:.2f} ×",
            "≤ 1.5 ×",
            f"{figures['checklist_s']:.1f} s against {figures['ping_s']:.1f} s",
        ),
        (
            "the same on targets whose Python the controller does not have (3.9, 3.13)",
            f"{figures['ratio_ping_foreign']:.2f} ×",
            "none",
            f"{figures['checklist_s_foreign']:.1f} s against {figures['ping_s_foreign']:.1f} s",
        ),
        (
            "the same checks with builtin modules, one task each",
            f"{figures['ratio_builtin']:.1f} × slower",
            "≥ 15 ×",
            f"{figures['builtin_s']:.0f} s for {figures['builtin_tasks']} tasks",
        ),
        (
            "verdict on a hung back end",
            f"{figures['hung_verdict_s']:.2f} s",
            f"≤ {figures['hung_deadline_s'] + 0.5:g} s",
            f"deadline {figures['hung_deadline_s']:g} s, cause named: {', '.join(figures['hung_cause'])}",
        ),
        (
            "the other hosts in the meantime",
            f"{figures['others_s']:.2f} s",
            f"≤ {figures['hung_deadline_s']:g} s",
            "the slowest of them, on the host",
        ),
    ]
    lines = [
        "# Benchmarks",
        "",
        "Produced by `make bench`: 20 lab hosts (network, PID, mount and UTS namespaces, an sshd each) on one machine, real SSH, pipelining on,",
        "forks 20, a Node `ws` server on every host, the distribution's own Python on the targets. Code travels compiled by the controller's Python",
        "and as source: a target of another version compiles for itself, which the second row shows (Python 3.9 and 3.13, half of the hosts each).",
        "Ping and checklist alternate in one run; the figures are medians. All hosts share the CPUs of one machine, so the ratio says more than the seconds.",
        "",
        f"Machine: {os.cpu_count()} processors, Python {platform.python_version()}, {time.strftime('%Y-%m-%d', time.gmtime())}.",
        "",
        "| what | figure | target | seconds |",
        "| --- | --- | --- | --- |",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "Log scan, 2 GB, against `grep -cE` with the same alternation:",
        "",
        "```",
        scan,
        "```",
        "",
        "An nginx configuration with thousands of servers, judged for one service:",
        "",
        "```",
        nginx,
        "```",
        "",
        "Front ends, made of published bundles:",
        "",
        "```",
        frontend,
        "```",
        "",
        *REPORT,
        "",
        "```",
        report,
        "```",
        "",
        "Past the deadline, with servers that do all to hold a probe up:",
        "",
        "```",
        deadlines,
        "```",
        "",
        "A host with many services and processes:",
        "",
        "```",
        services,
        "```",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    unwinding()
    sys.exit(main())
