# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Looks at the processes of a service: how many, in which state, since when, and whether they are what is deployed."""

from __future__ import annotations

import functools
import os
import time
import typing as t

from .._run.context import Context
from .._run.evidence import BECOME, add_gap, new_evidence
from .._system import systemd_unit
from .._system.base import Found, Gone, NoAccess, Process
from .._system.main_script import main_script
from .._system.open_file import read_text
from .._system.waiting import boot_time, frozen, since_boot, wchan

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.process import FileAge, Outgoing, ProcessRow, Sought
    from .._evidence.process import Process as ProcessEvidence
    from .._evidence.service import Service

#: Processes that are described one by one; the rest is counted.
_DESCRIBED = 12
#: Seconds between two looks at the CPU time.
_SAMPLE = 0.4
#: Further looks while a process uses this much of it (percent): what the probes themselves ask of a server passes, a loop
#: that never ends does not. None of them begins in the last seconds of the deadline.
_LOOKS, _BUSY, _LAST = 4, 60.0, 3.0

#: Connections of one process that are named; seconds that a last look leaves of the deadline.
_NAMED, _LEFT = 6, 1.0

#: By pid: seconds of CPU time, and seconds of waiting for a processor.
_Looks = t.Dict[int, t.Tuple[float, float]]

_Seen = t.TypeVar("_Seen")


def probe(service: Service, context: Context) -> ProcessEvidence:
    """Describe the service's processes.

    :returns: ``found_by``, ``sought``, ``count``, ``instances`` (processes whose parent is no member),
        ``processes`` (the first twelve), ``unit`` (systemd's facts or None), ``memory_events`` of the
        control group, ``now``.
    """
    found = context.found(service)
    members = {process.pid for process in found.processes}
    evidence = new_evidence(
        "process",
        found_by=found.by,
        sought=_sought(service, context),
        count=len(members),
        instances=sum(1 for process in found.processes if process.ppid not in members),
        now=context.now(),
        table=context.system.table.name,
    )
    evidence["gaps"].extend(found.gaps)
    first = {process.pid: _busy(process, context) for process in found.processes[:_DESCRIBED]}
    started = time.monotonic()
    evidence["processes"] = [_describe(process, context, evidence) for process in found.processes[:_DESCRIBED]]
    _add_unit(evidence, found, context)
    if first:
        time.sleep(max(0.0, min(_SAMPLE - (time.monotonic() - started), context.deadline.remaining())))
        _add_cpu(evidence, first, time.monotonic() - started, context)
        _look_again(evidence, first, started, context)
        _look_at_end(evidence, service, found, context)
    return evidence


def _look_at_end(evidence: ProcessEvidence, service: Service, found: Found, context: Context) -> None:
    """What our own questions did to the processes: the handshake, or a message, may have ended them."""
    # Told when the last question is answered.
    context.told(service, "dialect", max(0.0, context.deadline.remaining() - _LEFT))
    silent = context.told(service, "spoken", 0.0) == "unknown"
    for row in evidence["processes"]:
        try:
            if abs(context.system.table.process(row["pid"]).started - row["started"]) > 1.0:
                row["gone"] = True
        except Gone:
            row["gone"] = True
        except NoAccess:
            continue
    if silent or not found.on_port:
        _add_outgoing(evidence, context)


def _add_outgoing(evidence: ProcessEvidence, context: Context) -> None:
    """Whom the processes speak to, or try to: a process that does not answer may wait for them."""
    # Most services answer.
    from .._system.client_sockets import client_sockets

    rows = client_sockets(("established", "syn-sent", "close-wait"))
    for row in evidence["processes"]:
        try:
            own = set(context.system.sockets_of(row["pid"]))
        except (Gone, NoAccess):
            continue
        mine = [one for one in rows if one.inode in own]
        outgoing: list[Outgoing] = [{"state": one.state, "peer": "%s:%d" % (one.peer, one.peer_port)} for one in mine]
        row["outgoing"] = outgoing[:_NAMED]


def _sought(service: Service, context: Context) -> Sought:
    wanted: dict[str, object] = {
        name: value for name, value in (service.get("process") or {}).items() if value is not None
    }
    places: t.Tuple[t.Literal["port", "socket"], ...] = ("port", "socket")
    wanted.update({name: service[name] for name in places if service.get(name)})
    sought: Sought = context.redactor.tree(wanted)
    return sought


def _describe(process: Process, context: Context, evidence: ProcessEvidence) -> ProcessRow:
    """One process; what cannot be seen of it is None and a gap."""
    table = context.system.table
    row: ProcessRow = {
        "pid": process.pid,
        "ppid": process.ppid,
        "name": context.redactor.text(process.name, 64),
        "command": context.redactor.command(process.argv),
        "state": process.state,
        "user": process.user,
        "started": round(process.started, 2),
        "age_s": round(max(0.0, evidence["now"] - process.started), 1),
        "rss_bytes": process.rss_bytes,
        "threads": process.threads,
        "cpu_percent": None,
    }
    row["exe"] = _look(functools.partial(table.exe, process.pid), "exe", evidence)
    row["cwd"] = _look(functools.partial(table.cwd, process.pid), "cwd", evidence)
    row["fds"] = _look(functools.partial(table.fd_count, process.pid), "fd_count", evidence)
    row["fd_limit"] = _look(functools.partial(table.fd_limit, process.pid), "fd_limit", evidence)
    _add_deployment(row, process, context, evidence)
    row["frozen"], row["wchan"] = frozen(process.pid), wchan(process.pid)
    row["after_asked_s"] = _after_asked(process, context)
    return row


def _after_asked(process: Process, context: Context) -> float | None:
    """Seconds from the start of this run to the start of a process. The host's clock is not asked: it may be set meanwhile."""
    booted, now = boot_time(), since_boot()
    if booted is None or now is None:
        return None
    return round(process.started - booted - (now - context.deadline.elapsed()), 2)


def _look(read: t.Callable[[], _Seen], what: str, evidence: ProcessEvidence) -> _Seen | None:
    try:
        return read()
    except NoAccess as error:
        add_gap(evidence, what, str(error), BECOME)
    except Gone:
        pass
    return None


def _add_deployment(row: ProcessRow, process: Process, context: Context, evidence: ProcessEvidence) -> None:
    """Is the running code what lies on the disk now?"""
    row["exe_deleted"], row["exe_replaced"], row["exe"] = _deleted(row["exe"])
    row["cwd_deleted"], _replaced, row["cwd"] = _deleted(row["cwd"])
    row["cwd_moved_to"] = _moved(process, row["cwd"], context)
    script = main_script(process.argv, row["cwd"] or "/") if row["cwd"] and not row["cwd_deleted"] else None
    row["script"] = _newer(script, process.started) if script else None
    # A .env file is read once, at the start, just like the code.
    env_file = os.path.join(row["cwd"] or "/nonexistent", ".env")
    row["env_file"] = _newer(env_file, process.started) if os.path.isfile(env_file) else None


def _deleted(path: str | None) -> tuple[bool, bool, str | None]:
    """(deleted, something else is there now, the path without the kernel's mark)."""
    if not path or not path.endswith(" (deleted)"):
        return False, False, path
    plain = path[: -len(" (deleted)")]
    return True, os.path.exists(plain), plain


def _moved(process: Process, cwd: str | None, context: Context) -> str | None:
    """The present target of a symbolic link that the process was started in, if that has changed.

    Releases are switched by a link (``current``); PWD of the start environment still names the link.
    """
    try:
        named = context.system.table.environ(process.pid).get("PWD")
    except (Gone, NoAccess):
        return None
    if not named or not cwd or not os.path.isabs(named) or named == cwd or not os.path.isdir(named):
        return None
    leads_to = os.path.realpath(named)
    # Only a working directory that was once reached through this very link counts.
    links = any(os.path.islink(named[:at]) for at in range(1, len(named) + 1) if at == len(named) or named[at] == "/")
    return leads_to if links and leads_to != os.path.realpath(cwd) and os.path.basename(named) != "" else None


def _newer(path: str, started: float) -> FileAge | None:
    try:
        modified = os.stat(path).st_mtime
    except OSError:
        return None
    return {"path": path, "modified": round(modified, 2), "newer_by_s": round(modified - started, 1)}


def _busy(process: Process, context: Context) -> tuple[float, float]:
    """Processor seconds used, and seconds waited for a processor, so far."""
    try:
        return process.cpu_seconds, context.system.table.run_delay(process.pid)
    except (Gone, NoAccess):
        return process.cpu_seconds, 0.0


def _look_again(evidence: ProcessEvidence, first: _Looks, started: float, context: Context) -> None:
    """Watch on while a process is busy, and count from the first look: one that waits for a processor during a whole look has
    its waiting booked in the next."""
    for _look in range(_LOOKS):
        if not any(map(_is_busy, evidence["processes"])) or context.deadline.remaining() < _LAST:
            return
        time.sleep(_SAMPLE)
        _add_cpu(evidence, first, time.monotonic() - started, context)


def _is_busy(row: ProcessRow) -> bool:
    """Whether a process uses a processor, waits for one, or would go on at this moment if it had one."""
    return row.get("state") == "R" or (row.get("cpu_percent") or 0.0) + (row.get("cpu_wait_percent") or 0.0) >= _BUSY


def _add_cpu(evidence: ProcessEvidence, first: _Looks, seconds: float, context: Context) -> None:
    for row in evidence["processes"]:
        try:
            again = context.system.table.process(row["pid"])
        except (Gone, NoAccess):
            row["gone"] = True
            continue
        used, waited = _busy(again, context)
        before = first[row["pid"]]
        # On a busy machine a process that computes all the time gets a share only, and waits for the rest.
        row["cpu_percent"] = round(100.0 * (used - before[0]) / max(seconds, 0.01), 1)
        row["cpu_wait_percent"] = round(100.0 * (waited - before[1]) / max(seconds, 0.01), 1)
        row["state"] = again.state


def _add_unit(evidence: ProcessEvidence, found: Found, context: Context) -> None:
    evidence["unit"] = None
    evidence["memory_events"] = None
    if found.unit:
        evidence["unit"] = systemd_unit.facts(systemd_unit.show(context, found.unit), found.unit)
    if found.main is None:
        return
    try:
        group = context.system.table.cgroup(found.main.pid)
        events = read_text("/sys/fs/cgroup%s/memory.events" % group, 4096)
        pairs = dict(line.split() for line in events.splitlines())
        evidence["memory_events"] = {"oom_kill": int(pairs.get("oom_kill", 0))}
    except (OSError, ValueError, Gone, NoAccess):
        return
