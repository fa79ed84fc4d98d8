# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist item 1: is the backend process running, stable, and the current build?"""

from __future__ import annotations

import typing as t

from .._evidence.process import describe
from .._model import (
    FAIL,
    PASS,
    SKIP,
    UNKNOWN,
    WARN,
    CheckDefinition,
    CheckResult,
    Verdicts,
    evidence_line,
    gap,
    is_number,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.process import FileAge, Process, ProcessRow, Unit
    from ...module_utils._evidence.service import Service

DEFINITIONS = (
    CheckDefinition(
        "process.running",
        "1",
        "The back end's process is running",
        "critical",
        "Fails when no process matches; unknown when the port's owner cannot be seen.",
    ),
    CheckDefinition(
        "process.count",
        "1",
        "As many instances as expected",
        "high",
        "Fails outside process.min and process.max; workers of one master count as one instance.",
    ),
    CheckDefinition(
        "process.state",
        "1",
        "No process is stopped, a zombie or stuck in the kernel",
        "critical",
        "Fails on the states T, t and Z as in proc(5), warns on D; fails where the control group is frozen.",
    ),
    CheckDefinition(
        "process.restarts",
        "1",
        "The process is not restarting over and over",
        "high",
        "Fails when systemd counts restarts and the process is younger than a minute, or the unit is failing.",
    ),
    CheckDefinition(
        "process.binary",
        "1",
        "Executable and working directory still exist",
        "high",
        "Fails when the kernel marks either as deleted, or the release symlink now points elsewhere.",
    ),
    CheckDefinition(
        "process.code",
        "1",
        "The process runs the code that is on disk",
        "high",
        "Warns when the main script, .env file or unit is newer than the process.",
    ),
    CheckDefinition(
        "process.descriptors",
        "1",
        "File descriptors are left",
        "high",
        "Fails at 95 % of the soft limit, warns at 80 %.",
    ),
    CheckDefinition(
        "process.cpu",
        "1",
        "The process does not spin on the CPU",
        "medium",
        "Warns when one process uses 90 % or more of a CPU core during the sample.",
    ),
    CheckDefinition(
        "process.memory",
        "1",
        "The kernel has not killed the process for lack of memory",
        "high",
        "Fails on an OOM kill in the unit's result or its control group.",
    ),
)

#: Younger than this, with restarts counted, is a process that does not stay up (seconds).
_YOUNG = 60.0
#: Clocks of file systems and of boot time are a second or two apart.
_CLOCK_SLACK = 3.0
_STATES = {"T": "stopped by a signal", "t": "stopped by a debugger", "Z": "a zombie", "D": "waiting in the kernel"}


def check(evidence: Process, service: Service) -> list[CheckResult]:
    """Judge the evidence of ``process_probe``.

    :returns: exactly one result for every definition.
    """
    verdicts = Verdicts(DEFINITIONS, evidence)
    if verdicts.not_observed():
        return verdicts.results
    processes = evidence.get("processes")
    if not isinstance(processes, list):
        verdicts.rest(UNKNOWN, "not observed: the evidence names no processes")
        return verdicts.results
    _running(verdicts, evidence, service, processes)
    _count(verdicts, evidence, service)
    _restarts(verdicts, evidence, processes)
    if not processes:
        verdicts.rest(UNKNOWN, "no process to look at (see process.running)")
        return verdicts.results
    _state(verdicts, processes)
    _binary(verdicts, evidence, processes)
    _code(verdicts, evidence, processes)
    _descriptors(verdicts, evidence, processes)
    _cpu(verdicts, processes)
    _memory(verdicts, evidence)
    return verdicts.results


def _lines(processes: list[ProcessRow]) -> list[dict[str, str]]:
    return [evidence_line("process table", describe(process)) for process in processes[:5]]


def _running(verdicts: Verdicts, evidence: Process, service: Service, processes: list[ProcessRow]) -> None:
    sought = ", ".join("%s %s" % pair for pair in sorted((evidence.get("sought") or {}).items()))
    alive = [process for process in processes if process.get("state") != "Z"]
    if alive:
        oldest = alive[0]
        summary = "%d running, found by %s; %s, up %s" % (
            len(alive),
            evidence.get("found_by"),
            describe(oldest),
            _age(oldest.get("age_s")),
        )
        verdicts.add("process.running", PASS, summary, evidence=_lines(alive), actual=len(alive))
        return
    hidden = gap(evidence, "owner")
    if hidden:
        verdicts.add("process.running", UNKNOWN, "not observed: %s" % hidden["reason"], remediation=[hidden["remedy"]])
        return
    unit = evidence.get("unit") or {}
    lines = [evidence_line("systemd", _unit_line(unit))] if unit else []
    verdicts.add(
        "process.running",
        FAIL,
        "no process found (looked for %s)" % (sought or "nothing: set port or process"),
        expected="a running process",
        actual=0,
        evidence=lines,
        remediation=["find out why it ended: last lines of its log, `systemctl status` or `docker ps -a`", "start it"],
    )


def _unit_line(unit: Unit) -> str:
    return "%s is %s/%s, result %s, exit status %s, %s restarts" % (
        unit.get("name"),
        unit.get("active"),
        unit.get("sub"),
        unit.get("result"),
        unit.get("exit_status"),
        unit.get("restarts"),
    )


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "for an unknown time"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return "%.1f %s" % (seconds / size, unit)
    return "%.0f s" % seconds


def _count(verdicts: Verdicts, evidence: Process, service: Service) -> None:
    wanted = service.get("process") or {}
    low, high = wanted.get("min", 1), wanted.get("max")
    count = evidence.get("instances")
    low = 1 if low is None else low
    expected = "%s to %s" % (low, "any number" if high is None else high)
    if evidence.get("found_by") in ("port", "none") and "min" not in wanted and high is None:
        verdicts.add("process.count", SKIP, "no number of instances is configured (process.min, process.max)")
    elif not is_number(count):
        verdicts.add("process.count", UNKNOWN, "not observed: the evidence has no number of instances")
    elif count < low or (high is not None and count > high):
        verdicts.add(
            "process.count",
            FAIL,
            "instances: %d, expected %s" % (count, expected),
            expected=expected,
            actual=count,
            evidence=_lines(evidence.get("processes") or []),
            remediation=["stop the surplus instances" if count >= low else "start the missing instances"],
        )
    else:
        verdicts.add("process.count", PASS, "instances: %d, expected %s" % (count, expected), actual=count)


def _state(verdicts: Verdicts, processes: list[ProcessRow]) -> None:
    frozen = next((process for process in processes if process.get("frozen")), None)
    if frozen is not None:
        verdicts.add(
            "process.state",
            FAIL,
            "the control group of pid %s is frozen" % frozen.get("pid"),
            expected="not frozen",
            actual="frozen",
            evidence=_lines([frozen]),
            remediation=["thaw it: docker unpause, podman unpause, systemctl thaw"],
        )
        return
    stuck = [process for process in processes if process.get("state") in _STATES]
    if not stuck:
        verdicts.add("process.state", PASS, "all %d runnable or sleeping" % len(processes))
        return
    worst = stuck[0]
    state = worst["state"]
    remedies = {
        "T": "resume it: kill -CONT %s; find out who sent SIGSTOP or pressed Ctrl-Z" % worst.get("pid"),
        "t": "detach the debugger or tracer from pid %s" % worst.get("pid"),
        "Z": "its parent (pid %s) has not reaped it: restart the parent" % worst.get("ppid"),
        "D": "it waits for a device or file system: look at dmesg and the mounts it uses",
    }
    verdicts.add(
        "process.state",
        # D comes and goes with every disk access; seen once, it proves nothing.
        WARN if state == "D" else FAIL,
        "pid %s is %s (state %s)" % (worst.get("pid"), _STATES[state], state),
        expected="R or S",
        actual=state,
        evidence=_lines(stuck),
        remediation=[remedies[state]],
    )


def _restarts(verdicts: Verdicts, evidence: Process, processes: list[ProcessRow]) -> None:
    unit = evidence.get("unit")
    if not unit:
        verdicts.add("process.restarts", SKIP, "the process belongs to no systemd unit, so restarts are not counted")
        return
    restarts = unit.get("restarts") or 0
    age = processes[0].get("age_s") if processes else None
    line = [evidence_line("systemd", _unit_line(unit))]
    looping = unit.get("sub") == "auto-restart" or unit.get("active") == "failed"
    if looping or (restarts >= 3 and age is not None and age < _YOUNG):
        verdicts.add(
            "process.restarts",
            FAIL,
            "%s: %d restarts, now %s"
            % (unit.get("name"), restarts, "up %s" % _age(age) if processes else unit.get("sub")),
            evidence=line,
            remediation=["journalctl -u %s -n 50" % unit.get("name")],
        )
    else:
        verdicts.add("process.restarts", PASS, "%d restarts" % restarts, evidence=line)


def _binary(verdicts: Verdicts, evidence: Process, processes: list[ProcessRow]) -> None:
    hidden = gap(evidence, "exe")
    stale = [
        p for p in processes if p.get("exe_deleted") is True or p.get("cwd_deleted") is True or p.get("cwd_moved_to")
    ]
    if stale:
        one = stale[0]
        if one.get("exe_deleted"):
            what = "its executable %s was deleted%s" % (
                one.get("exe"),
                " and replaced" if one.get("exe_replaced") else "",
            )
        elif one.get("cwd_deleted"):
            what = "its working directory %s was deleted" % one.get("cwd")
        else:
            what = "it was started in a release symlink that now points to %s, but its working directory is %s" % (
                one.get("cwd_moved_to"),
                one.get("cwd"),
            )
        verdicts.add(
            "process.binary",
            FAIL,
            "pid %s: %s" % (one.get("pid"), what),
            evidence=_lines(stale),
            remediation=["restart the service, so that it runs what was deployed"],
        )
    elif hidden:
        verdicts.add("process.binary", UNKNOWN, "not observed: %s" % hidden["reason"], remediation=[hidden["remedy"]])
    else:
        verdicts.add("process.binary", PASS, "%s in %s" % (processes[0].get("exe"), processes[0].get("cwd")))


def _code(verdicts: Verdicts, evidence: Process, processes: list[ProcessRow]) -> None:
    newer: list[tuple[ProcessRow, FileAge]] = []
    known = False
    for process in processes:
        for entry in (process.get("script"), process.get("env_file")):
            known = known or bool(entry)
            if entry and (entry.get("newer_by_s") or 0) > _CLOCK_SLACK:
                newer.append((process, entry))
    unit = evidence.get("unit") or {}
    if newer:
        process, entry = newer[0]
        verdicts.add(
            "process.code",
            WARN,
            "%s was changed %s after pid %s started"
            % (entry.get("path"), _age(entry["newer_by_s"]), process.get("pid")),
            expected="older than the process",
            actual="newer by %.0f s" % entry["newer_by_s"],
            evidence=[
                evidence_line(str(e.get("path")), "newer than pid %s by %.0f s" % (p.get("pid"), e["newer_by_s"]))
                for p, e in newer[:5]
            ],
            remediation=["restart the service, so that it loads the changed file"],
        )
    elif unit.get("need_daemon_reload"):
        verdicts.add(
            "process.code",
            WARN,
            "%s was changed on disk, but systemd has not reloaded it" % unit.get("name"),
            remediation=["systemctl daemon-reload && systemctl restart %s" % unit.get("name")],
        )
    elif known:
        verdicts.add("process.code", PASS, "the main script is older than the process")
    else:
        verdicts.add("process.code", SKIP, "the command line does not show the main script")


def _descriptors(verdicts: Verdicts, evidence: Process, processes: list[ProcessRow]) -> None:
    measured = [
        (process, fds, limit)
        for process in processes
        if is_number(fds := process.get("fds")) and is_number(limit := process.get("fd_limit")) and limit
    ]
    hidden = gap(evidence, "fd_count") or gap(evidence, "fd_limit")
    if not measured:
        if hidden:
            verdicts.add(
                "process.descriptors", UNKNOWN, "not observed: %s" % hidden["reason"], remediation=[hidden["remedy"]]
            )
        else:
            verdicts.add("process.descriptors", SKIP, "no limit on file descriptors")
        return
    fullest, fds, limit = max(measured, key=lambda entry: entry[1] / entry[2])
    share = fds / limit
    status = FAIL if share >= 0.95 else WARN if share >= 0.8 else PASS
    verdicts.add(
        "process.descriptors",
        status,
        "pid %s has %d of %d file descriptors open (%.0f %%)" % (fullest.get("pid"), fds, limit, 100 * share),
        expected="below 80 % of the soft limit",
        actual=round(share, 3),
        remediation=[]
        if status == PASS
        else ["raise LimitNOFILE in the unit and restart", "look for sockets that are never closed: ss -tnp"],
    )


def _cpu(verdicts: Verdicts, processes: list[ProcessRow]) -> None:
    measured = [(process, used) for process in processes if (used := process.get("cpu_percent")) is not None]
    if not measured:
        verdicts.add("process.cpu", UNKNOWN, "the process ended while it was being watched")
        return
    busiest, used = max(measured, key=lambda entry: entry[1])
    spins = used >= 90.0
    verdicts.add(
        "process.cpu",
        WARN if spins else PASS,
        "pid %s used %.0f %% of a CPU core" % (busiest.get("pid"), used),
        expected="below 90 %",
        actual=used,
        evidence=_lines([busiest]) if spins else [],
        remediation=["profile it by PID: py-spy dump, node --prof or perf top"] if spins else [],
    )


def _memory(verdicts: Verdicts, evidence: Process) -> None:
    unit = evidence.get("unit") or {}
    kills = (evidence.get("memory_events") or {}).get("oom_kill")
    rss = sum(process.get("rss_bytes") or 0 for process in evidence.get("processes") or [])
    if unit.get("result") == "oom-kill" or kills:
        verdicts.add(
            "process.memory",
            FAIL,
            "the kernel killed the process for lack of memory (%s kills in the control group, unit result %s)"
            % (kills, unit.get("result")),
            remediation=["raise MemoryMax= or find the leak; see dmesg for what was killed"],
        )
    else:
        verdicts.add("process.memory", PASS, "%.0f MiB resident, no OOM kill seen" % (rss / 1048576.0))
