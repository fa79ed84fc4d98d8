# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checklist costs over a fleet: against one ping, against builtin modules, and with a hung back end.

Prints ratios measured in one run on lab hosts over real SSH, and exits non-zero when a target is missed. Needs root.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tests.conftest import link_collection
from tests.interrupt import unwinding
from tests.lab.lab import Lab, to_yaml
from tests.servers.catalogue import SERVERS

PORT = 8080
#: What targets run: the Python of the distribution, as fleets do; and versions that the controller does not have.
DISTRIBUTION, FOREIGN = "/usr/bin/python3", ["3.9", "3.13"]
#: (a) checklist against ping, (b) builtin modules against checklist, (c) seconds past the deadline.
TARGETS = {"ping": 1.5, "builtin": 15.0, "late": 0.5}

PING = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.ping:
"""

#: The questions of checklist items 1 to 7 with builtin modules, one task each, as a careful user writes them today.
#: The handshake itself cannot be asked: no builtin module can (uri forces Connection: close).
BUILTIN_TASKS = [
    ("process", {"ansible.builtin.command": "pgrep -af ws_standalone"}),
    ("process_state", {"ansible.builtin.shell": "ps -o stat=,lstart=,etimes= -p $(pgrep -f ws_standalone)"}),
    (
        "process_exe",
        {"ansible.builtin.shell": "readlink /proc/$(pgrep -f ws_standalone)/exe /proc/$(pgrep -f ws_standalone)/cwd"},
    ),
    ("process_fds", {"ansible.builtin.shell": "ls /proc/$(pgrep -f ws_standalone)/fd | wc -l"}),
    ("process_limits", {"ansible.builtin.shell": "grep 'open files' /proc/$(pgrep -f ws_standalone)/limits"}),
    ("process_memory", {"ansible.builtin.shell": "grep VmRSS /proc/$(pgrep -f ws_standalone)/status"}),
    ("process_cpu", {"ansible.builtin.shell": "ps -o pcpu= -p $(pgrep -f ws_standalone)"}),
    ("script", {"ansible.builtin.stat": {"path": str(SERVERS["ws_standalone"].directory / "ws_standalone.js")}}),
    (
        "environment",
        {
            "ansible.builtin.shell": "tr '\\0' '\\n' < /proc/$(pgrep -f ws_standalone)/environ | grep -E 'NODE_ENV|PORT|HOST'"
        },
    ),
    ("log_file", {"ansible.builtin.stat": {"path": "/var/log/ws.log"}}),
    ("log_ready", {"ansible.builtin.command": "grep -n listening /var/log/ws.log"}),
    ("log_errors", {"ansible.builtin.shell": "grep -cE 'Error|Traceback|EADDRINUSE' /var/log/ws.log || true"}),
    ("log_events", {"ansible.builtin.shell": "grep -cE 'connection|message|close' /var/log/ws.log || true"}),
    ("listener", {"ansible.builtin.command": f"ss -ltnpH 'sport = :{PORT}'"}),
    ("second_listener", {"ansible.builtin.shell": f"ss -ltnH 'sport = :{PORT}' | wc -l"}),
    ("backlog", {"ansible.builtin.command": f"ss -ltnH 'sport = :{PORT}'"}),
    ("counters", {"ansible.builtin.command": "grep TcpExt /proc/net/netstat"}),
    ("port_ipv4", {"ansible.builtin.wait_for": {"host": "127.0.0.1", "port": PORT, "timeout": 5}}),
    ("plain_http", {"ansible.builtin.uri": {"url": f"http://127.0.0.1:{PORT}/", "status_code": [426]}}),
    ("port_outside", {"ansible.builtin.wait_for": {"host": "{{ ansible_host }}", "port": PORT, "timeout": 5}}),
]
#: Handshakes by hand: with Origin, without, on ::1, and ten in a row, each a task as in the checklist.
_CURL = (
    "curl -sS -m 2 -i -N --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' "
    "-H 'Sec-WebSocket-Key: SGVsbG8sIHdvcmxkIQ==' %s http://%s:" + str(PORT) + "/ | head -1; true"
)
BUILTIN_TASKS += [
    ("handshake_origin", {"ansible.builtin.shell": _CURL % ("-H 'Origin: http://localhost'", "127.0.0.1")}),
    ("handshake_no_origin", {"ansible.builtin.shell": _CURL % ("", "127.0.0.1")}),
    ("handshake_ipv6", {"ansible.builtin.shell": _CURL % ("", "[::1]")}),
] + [(f"handshake_{number}", {"ansible.builtin.shell": _CURL % ("", "127.0.0.1")}) for number in range(10)]


def builtin_play() -> list[dict[str, t.Any]]:
    """The play that asks with builtin modules."""
    tasks = [{"name": name, **action, "changed_when": False, "failed_when": False} for name, action in BUILTIN_TASKS]
    return [{"hosts": "all", "gather_facts": False, "tasks": tasks}]


class Bench:
    """Runs playbooks against the lab and keeps the figures."""

    def __init__(self, directory: pathlib.Path, lab: Lab, forks: int) -> None:
        self.directory = directory
        self.lab = lab
        self.forks = forks
        self.figures: dict[str, t.Any] = {}
        self.checklist = os.environ.get("WSH_BENCH_PLAYBOOK", "websocket.health.checklist")

    def write_inventory(self, python: str | list[str] = DISTRIBUTION) -> pathlib.Path:
        """An inventory of all lab hosts with the same service."""
        inventory = self.lab.inventory(python=python)
        common = {"name": "echo", "port": PORT, "websocket": {"path": "/", "dialect": "echo"}}
        for variables in inventory["all"]["hosts"].values():
            variables["websocket_health_services"] = [common]
        path = self.directory / "inventory.yml"
        path.write_text(to_yaml(inventory))
        return path

    def play(self, inventory: pathlib.Path, *arguments: str) -> tuple[float, str]:
        """Wall time of an ansible-playbook run, and what it printed."""
        environment = dict(
            self.lab.environment(),
            ANSIBLE_COLLECTIONS_PATH=str(link_collection()),
            ANSIBLE_PIPELINING="1",
            ANSIBLE_FORKS=str(self.forks),
            ANSIBLE_HOST_KEY_CHECKING="0",
            ANSIBLE_LOCALHOST_WARNING="0",
        )
        command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), "-i", str(inventory), *arguments]
        started = time.monotonic()
        run = subprocess.run(command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - started
        if run.returncode not in (0, 2):
            sys.exit(f"{' '.join(command)} failed ({run.returncode}):\n{run.stdout[-3000:]}\n{run.stderr[-2000:]}")
        return seconds, run.stdout

    def against_ping(self, rounds: int, python: str | list[str] = DISTRIBUTION, suffix: str = "") -> None:
        """(a): the two alternate, so that whatever else the machine does hits both."""
        inventory = self.write_inventory(python)
        ping = self.directory / "ping.yml"
        ping.write_text(PING)
        self.play(inventory, str(ping))  # opens the connections
        times: dict[str, list[float]] = {"ping": [], "checklist": []}
        for _round in range(rounds):
            times["ping"].append(self.play(inventory, str(ping))[0])
            times["checklist"].append(self.play(inventory, self.checklist, *self.options())[0])
        ping_s, checklist_s = (statistics.median(times[name]) for name in ("ping", "checklist"))
        self.figures["ping_s" + suffix] = ping_s
        self.figures["checklist_s" + suffix] = checklist_s
        self.figures["ratio_ping" + suffix] = checklist_s / ping_s

    def options(self) -> list[str]:
        """Extra variables of a checklist run: never fail for what is found."""
        return [
            "-e",
            json.dumps(
                {"websocket_health_report_dir": str(self.directory / "report"), "websocket_health_fail_on": "never"}
            ),
        ]

    def against_builtin(self) -> None:
        """(b): the same questions, one task each."""
        inventory = self.write_inventory()
        play = self.directory / "builtin.yml"
        play.write_text(json.dumps(builtin_play()))
        seconds, out = self.play(inventory, str(play))
        done = out.count("ok: [")
        if done < 0.95 * len(BUILTIN_TASKS) * len(self.lab.hosts):
            sys.exit(
                f"only {done} of the builtin tasks were carried out: a comparison would say nothing\n{out[-2000:]}"
            )
        self.figures.update(builtin_s=seconds, builtin_tasks=len(BUILTIN_TASKS))
        self.figures["ratio_builtin"] = seconds / self.figures["checklist_s"]

    def with_hung_host(self, deadline: float) -> None:
        """(c): one back end is stopped; when is its verdict there, and do the others wait for it?"""
        stopped = next(iter(self.lab.hosts))
        inventory = self.write_inventory()
        pid = self.pids[stopped]
        self.lab.host(stopped).kill(pid, 19)
        try:
            self.play(
                inventory, "websocket.health.checklist", *self.options(), "-e", f"websocket_health_deadline={deadline}"
            )
        finally:
            self.lab.host(stopped).kill(pid, 18)
        results = {}
        for path in (self.directory / "report" / "results").glob("*.json"):
            row = json.loads(path.read_text())
            results[row["host"]] = row
        hung = results.pop(stopped)
        self.figures["hung_deadline_s"] = deadline
        self.figures["hung_verdict_s"] = hung["facts"]["duration_ms"] / 1000.0
        self.figures["hung_cause"] = [entry["id"] for entry in hung["services"][0]["diagnoses"]][:1]
        self.figures["others_s"] = max(row["facts"]["duration_ms"] / 1000.0 for row in results.values())

    def start_servers(self) -> None:
        """A real WebSocket server on every host."""
        server = SERVERS["ws_standalone"]
        self.pids = {}
        for name, host in self.lab.hosts.items():
            self.pids[name] = host.start(
                server.command("0.0.0.0", PORT),
                env=server.environment("0.0.0.0", PORT),
                cwd=str(server.directory),
                stdout="/var/log/ws.log",
            )
        for host in self.lab.hosts.values():
            host.wait_port(PORT)


def main() -> int:
    """Run, print, compare with the targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--deadline", type=float, default=5.0)
    parser.add_argument("--only", choices=["ping", "foreign", "builtin", "hung"], action="append")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures here")
    arguments = parser.parse_args()
    wanted = arguments.only or ["ping", "foreign", "builtin", "hung"]
    with tempfile.TemporaryDirectory(prefix="wsh-bench-") as name:
        directory = pathlib.Path(name)
        with Lab(directory / "lab", arguments.hosts) as lab:
            bench = Bench(directory, lab, arguments.hosts)
            bench.start_servers()
            bench.against_ping(arguments.rounds)
            if "foreign" in wanted:
                bench.against_ping(arguments.rounds, FOREIGN, "_foreign")
            if "builtin" in wanted:
                bench.against_builtin()
            if "hung" in wanted:
                bench.with_hung_host(arguments.deadline)
    figures = {key: round(value, 2) if isinstance(value, float) else value for key, value in bench.figures.items()}
    print(json.dumps(figures, indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")
    return report(figures)


def report(figures: dict[str, t.Any]) -> int:
    """One line for each target; the number of targets missed."""
    rows = [("checklist / ping", figures["ratio_ping"], "<=", TARGETS["ping"])]
    if "ratio_ping_foreign" in figures:
        print(f"       the same on Python {' and '.join(FOREIGN)}: {figures['ratio_ping_foreign']:.2f} (no target)")
    if "ratio_builtin" in figures:
        rows.append(("builtin modules / checklist", figures["ratio_builtin"], ">=", TARGETS["builtin"]))
    if "hung_verdict_s" in figures:
        rows.append(
            (
                "hung back end: verdict (s)",
                figures["hung_verdict_s"],
                "<=",
                figures["hung_deadline_s"] + TARGETS["late"],
            )
        )
        rows.append(("the other hosts meanwhile (s)", figures["others_s"], "<=", figures["hung_deadline_s"]))
    missed = 0
    for name, value, sign, target in rows:
        good = value <= target if sign == "<=" else value >= target
        missed += not good
        print(f"{'met   ' if good else 'MISSED'} {name}: {value:.2f} (target {sign} {target:g})")
    return min(missed, 1)


if __name__ == "__main__":
    unwinding()
    sys.exit(main())
