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

HERE = pathlib.Path(__file__).resolve().parent
#: What is said of the report's figures.
REPORT = (
    "Reports of large fleets: 15 of 100 hosts fail, process ids and times differ, an earlier report lies beside. Made by the action's own path in a process",
    "of its own; the page in Chromium, from a file, medians of five visits. A search is timed from the changed address to the count, layout included:",
    "what a keystroke costs after the pause of 120 ms that the field waits for more.",
)
PAGE = HERE.parents[1] / "docs" / "benchmarks.md"


def main() -> int:
    """Run all, write the page."""
    with tempfile.TemporaryDirectory() as name:
        target = pathlib.Path(name) / "figures.json"
        if os.geteuid() == 0:
            fleet = subprocess.run(
                [sys.executable, str(HERE / "bench_fleet.py"), "--json", str(target)], check=False
            ).returncode
        else:
            print("SKIPPED: the fleet benchmarks need root for the lab", flush=True)
            return 1
        figures = json.loads(target.read_text())
    scan = subprocess.run(
        [sys.executable, str(HERE / "bench_log_scan.py")], capture_output=True, text=True, check=False
    )
    nginx = subprocess.run([sys.executable, str(HERE / "bench_nginx.py")], capture_output=True, text=True, check=False)
    frontend = subprocess.run(
        [sys.executable, str(HERE / "bench_frontend.py")], capture_output=True, text=True, check=False
    )
    report = subprocess.run(
        [sys.executable, str(HERE / "bench_report.py")], capture_output=True, text=True, check=False
    )
    for done in (scan, nginx, frontend, report):
        print(done.stdout, end="")
        sys.stderr.write(done.stderr)
    PAGE.write_text(
        page(figures, scan.stdout.strip(), nginx.stdout.strip(), frontend.stdout.strip(), report.stdout.strip())
    )
    print(f"written: {PAGE}")
    return int(any((fleet, *(done.returncode for done in (scan, nginx, frontend, report)))))


def page(figures: dict[str, t.Any], scan: str, nginx: str, frontend: str, report: str) -> str:
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
            "the same questions with builtin modules, one task each",
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
            "the other hosts meanwhile",
            f"{figures['others_s']:.2f} s",
            f"≤ {figures['hung_deadline_s']:g} s",
            "the slowest of them, on the host",
        ),
    ]
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench`: 20 lab hosts (network, PID, mount and UTS namespaces, an sshd each) on one machine, real SSH, pipelining on,",
        "forks 20, a Node `ws` server on every host, the distribution's own Python on the targets. Code travels compiled by the controller's Python",
        "and as source: a target of another version compiles for itself, which the second row shows (Python 3.9 and 3.13, half of the hosts each).",
        "Ping and checklist alternate in one run; the figures are medians. All hosts share the processors of one machine, so the ratio says more than the seconds.",
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
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
