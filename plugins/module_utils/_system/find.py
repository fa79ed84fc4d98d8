# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Which processes, listeners and unit of a host belong to a service."""

from __future__ import annotations

import os
import re
import sys
import threading
import typing as t

from .._run.evidence import BECOME
from . import listeners as listener_tables
from .base import Found, Gone, Listener, NoAccess, Process, ProcessTable, System
from .forwarders import FORWARDERS
from .local_address import is_refused
from .open_file import read_text

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.service import ProcessOptions, Service

#: Networks that ordinary users made for themselves which are looked into.
MOST_PRIVATE = 100
#: Where the system's manager looks for units (systemd.unit(5)).
UNIT_PATH = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/run/systemd/transient",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)

psutil: t.Any
try:
    import psutil
except ImportError:
    psutil = None


def make_system(prefer_psutil: bool = True) -> System:
    """The host this runs on; with psutil where it is installed, else with /proc.

    :raises RuntimeError: a system that has neither.
    """
    procfs: t.Any = None
    if os.path.exists("/proc/self/stat"):
        from .procfs import Procfs

        procfs = Procfs()
    if psutil is not None and prefer_psutil:
        from .psutil_table import PsutilTable

        return Host(PsutilTable(procfs), procfs)
    if procfs is None:
        raise RuntimeError(
            "this system has no /proc; install psutil for this host's Python so that its processes can be seen"
        )
    return Host(procfs, procfs)


class Host(System):
    """See System. The tables are read once and then serve every service of the run.

    :param table: processes.
    :param procfs: the /proc reader, which knows the owners of sockets; None where there is no /proc.
    """

    def __init__(self, table: ProcessTable, procfs: t.Any) -> None:
        self.table = table
        self.procfs = procfs
        self._lock = threading.Lock()
        self._processes: dict[int, Process] | None = None
        self._listeners: list[Listener] | None = None
        self._found: dict[int, Found] = {}
        self._commands: dict[int, str] = {}
        self._units: dict[int, str | None] = {}
        self._on_port: dict[t.Any, list[Listener]] = {}
        self._refused: dict[int, bool] = {}
        self._finding = threading.Lock()
        #: Networks that ordinary users made for themselves.
        self._private = 0

    @property
    def processes(self) -> dict[int, Process]:
        """Every process by pid, as of the first look."""
        with self._lock:
            if self._processes is None:
                self._processes = {process.pid: process for process in self.table.processes()}
            return self._processes

    @property
    def listeners(self) -> list[Listener]:
        """Every listener with its owners, as of the first look."""
        processes = self.processes
        with self._lock:
            if self._listeners is None:
                self._listeners = self._read_listeners(processes)
            return self._listeners

    def find(self, service: Service) -> Found:
        key = id(service)
        # Probes of one service ask at once: each would search all processes anew.
        with self._finding:
            if key not in self._found:
                self._found[key] = self._find(service)
            return self._found[key]

    def sockets_of(self, pid: int) -> list[int]:
        """Inodes of the sockets that a process has open; none where there is no /proc."""
        inodes: list[int] = self.procfs.sockets(pid) if self.procfs is not None else []
        return inodes

    def unit_of(self, pid: int) -> str | None:
        """The systemd service that a process runs in, from its control group."""
        if pid not in self._units:
            self._units[pid] = self._unit_of(pid)
        return self._units[pid]

    def _unit_of(self, pid: int) -> str | None:
        try:
            parts = [part for part in self.table.cgroup(pid).split("/") if part.endswith(".service")]
        except (Gone, NoAccess):
            return None
        # A user's own service is nested below user@1000.service: the innermost counts.
        return parts[-1] if parts and parts[-1] not in ("ssh.service", "sshd.service", "cron.service") else None

    def _own_unit(self, pid: int) -> str | None:
        """unit_of, where what the system's manager says by that name is about this process."""
        unit = self.unit_of(pid)
        return unit if unit is not None and self._is_in(unit, pid) else None

    def _is_in(self, unit: str | None, pid: int) -> bool:
        """Whether a process runs in a unit. Any user names units of his own manager as he likes: they do not count where the
        system has one of that name."""
        return unit is not None and self.unit_of(pid) == unit and not (has_unit(unit) and self._is_users(pid))

    def _is_users(self, pid: int) -> bool:
        """Whether a process was started by a user's own manager (systemd.special(7): user@.service)."""
        try:
            parts = self.table.cgroup(pid).split("/")
        except (Gone, NoAccess):
            return True
        return any(part.startswith("user@") and part.endswith(".service") for part in parts)

    def at(self, place: int | str) -> list[Listener]:
        """Who listens on a port of this host, or on a unix socket.

        Another network namespace of the host has ports of its own: who listens on the same number there counts only where a
        forwarder (a container engine's, a relay) listens on the host's port, or where the host's port accepts connections although
        nothing listens on it here, as it is where packets are redirected (iptables-extensions(8): DNAT).
        """
        rows = list(self._by_place().get(place, ()))
        here = [row for row in rows if row.netns == "host"]
        if isinstance(place, str) or len(here) == len(rows):
            return rows
        names = {self.processes[pid].name for row in here for pid in row.pids if pid in self.processes}
        if here and names and not names & FORWARDERS:
            return here
        if not here and place not in self._refused:
            self._refused[place] = is_refused(place)
        return [] if not here and self._refused[place] else rows

    # Searching.

    def _find(self, service: Service) -> Found:
        found = Found()
        found.on_port = self.at(service.get("socket") or service.get("port") or 0)
        wanted = service.get("process") or {}
        found.by, found.processes = self._search(wanted, found)
        found.processes.sort(key=lambda process: (process.started, process.pid))
        found.users = {process.uid for process in found.processes}
        if found.by == "command":
            # Any user's process may have such a command line: the user who listens is the service's user.
            found.users &= {process.uid for process in self._owners(found.on_port)}
        pids = {process.pid for process in found.processes}
        found.owned = [listener for listener in self.listeners if pids.intersection(listener.pids)]
        found.unit = unit_name(wanted.get("unit")) or (self._own_unit(found.main.pid) if found.main else None)
        if self._private > MOST_PRIVATE and not found.on_port:
            reason = "of %d network namespaces created by users, only %d were examined" % (self._private, MOST_PRIVATE)
            remedy = "end the processes that created them (lsns -t net), or limit them (sysctl user.max_net_namespaces)"
            found.gaps.append({"what": "networks", "reason": reason, "remedy": remedy})
        if found.on_port and not any(listener.pids for listener in found.on_port):
            found.gaps.append(
                {
                    "what": "owner",
                    "reason": "the owner of the port cannot be seen by user id %d" % os.geteuid(),
                    "remedy": BECOME,
                }
            )
        return found

    def _search(self, wanted: ProcessOptions, found: Found) -> tuple[str, list[Process]]:
        own = self._own_ancestors()
        candidates = [process for process in self.processes.values() if process.pid not in own]
        by = ""
        pidfile, unit = wanted.get("pidfile"), unit_name(wanted.get("unit"))
        command, user = wanted.get("command"), wanted.get("user")
        if pidfile:
            by, candidates = "pidfile", self._from_pidfile(pidfile, found)
        elif unit:
            by, candidates = "unit", [process for process in candidates if self._is_in(unit, process.pid)]
        if command:
            pattern = re.compile(command)
            by = by or "command"
            candidates = [process for process in candidates if pattern.search(self._command(process))]
        if user:
            by = by or "user"
            candidates = [process for process in candidates if process.user == user]
        if by:
            return by, candidates
        owners = self._owners(found.on_port)
        return ("port", owners) if owners else ("none", [])

    def _owners(self, rows: list[Listener]) -> list[Process]:
        """The processes behind a port. Any user may listen on the same one at another address, or in their own network: of
        several users the one counts whom connections to this host reach first, and besides him root, and containers."""
        owned = [row for row in rows if any(pid in self.processes for pid in row.pids)]
        likely = min(owned, key=self._distance, default=None)
        if likely is None:
            return []
        uids = {0} | {self.processes[pid].uid for pid in likely.pids if pid in self.processes}
        found: dict[int, Process] = {}
        for row in owned:
            for process in (self.processes[pid] for pid in row.pids if pid in self.processes):
                if process.uid in uids or (row.netns != "host" and not self._is_private(row)):
                    found[process.pid] = process
        return list(found.values())

    def _distance(self, row: Listener) -> tuple[bool, bool, bool, bool]:
        """How far a listener is from being the one that probes ask (as endpoints_of sorts them)."""
        loopback = row.address in ("127.0.0.1", "0.0.0.0") or (row.address == "::" and not row.v6only)
        return row.netns != "host", self._is_private(row), not loopback, ":" in row.address

    def _is_private(self, row: Listener) -> bool:
        """Whether a listener is in a network that an ordinary user may make for himself: that takes a user namespace."""
        return row.netns != "host" and (not row.pids or self._has_own_users(row.pids[0]))

    def _has_own_users(self, pid: int) -> bool:
        """Whether a process lives in a user namespace that is not this process's."""
        try:
            return self.table.userns(pid) != self.table.userns(os.getpid())
        except (Gone, NoAccess):
            return True

    def _from_pidfile(self, path: str, found: Found) -> list[Process]:
        try:
            pid = int(read_text(path, 32).strip())
        except (OSError, ValueError) as error:
            reason = "%s: %s" % (path, error.strerror if isinstance(error, OSError) else "contains no process ID")
            found.gaps.append({"what": "pidfile", "reason": reason, "remedy": "check process.pidfile"})
            return []
        return [self.processes[pid]] if pid in self.processes else []

    def _command(self, process: Process) -> str:
        """The command line as one text; of thousands of processes it is joined once for all services."""
        if process.pid not in self._commands:
            self._commands[process.pid] = " ".join(process.argv)
        return self._commands[process.pid]

    def _by_place(self) -> dict[t.Any, list[Listener]]:
        """Listeners by port, or by the path of a unix socket."""
        if not self._on_port:
            for row in self.listeners:
                self._on_port.setdefault(row.address if row.family == "unix" else row.port, []).append(row)
        return self._on_port

    def _own_ancestors(self) -> set[int]:
        """This process and those that started it: their command lines may well contain the pattern."""
        chain: set[int] = set()
        pid = os.getpid()
        while pid > 0 and pid not in chain:
            chain.add(pid)
            process = self.processes.get(pid)
            pid = process.ppid if process else os.getppid() if len(chain) == 1 else 0
        return chain

    # Reading.

    def _read_listeners(self, processes: dict[int, Process]) -> list[Listener]:
        if not sys.platform.startswith("linux"):
            return self._listeners_by_psutil()
        try:
            rows = listener_tables.own_listeners()
        except OSError:
            rows = listener_tables.from_proc("/proc/self/net")
        rows += listener_tables.unix_listeners()
        for pid, name in self._other_namespaces(processes).items():
            if self._has_own_users(pid):
                # Any user may make thousands of these, and to enter one takes milliseconds.
                self._private += 1
                if self._private > MOST_PRIVATE:
                    continue
            rows += listener_tables.listeners_of(pid, name)
        return self._with_owners(rows, processes)

    def _other_namespaces(self, processes: dict[int, Process]) -> dict[int, str]:
        """One process of every network namespace that is not this one."""
        try:
            known = {self.table.netns(os.getpid())}
        except (Gone, NoAccess):
            return {}
        others: dict[int, str] = {}
        for pid in processes:
            try:
                name = self.table.netns(pid)
            except (Gone, NoAccess):
                continue
            if name not in known:
                known.add(name)
                others[pid] = name
        return others

    def _with_owners(self, rows: list[Listener], processes: dict[int, Process]) -> list[Listener]:
        wanted: dict[int, list[int]] = {row.inode: [] for row in rows if row.inode}
        for pid in processes:
            try:
                inodes = self.procfs.sockets(pid)
            except (Gone, NoAccess):
                continue
            for inode in set(inodes):
                if inode in wanted:
                    wanted[inode].append(pid)
        return [row._replace(pids=sorted(wanted.get(row.inode, []))) for row in rows]

    @staticmethod
    def _listeners_by_psutil() -> list[Listener]:
        rows = []
        for row in psutil.net_connections(kind="tcp"):
            if row.status == psutil.CONN_LISTEN:
                family = "ipv6" if ":" in row.laddr.ip else "ipv4"
                pids = [row.pid] if row.pid else []
                rows.append(Listener(family, row.laddr.ip, row.laddr.port, None, 0, -1, None, None, "host", pids))
        return rows


def has_unit(unit: str) -> bool:
    """Whether the system's manager has a unit of this name (systemd.unit(5)), its instances included."""
    stem, at, rest = unit.partition("@")
    names = (unit, stem + "@." + rest.rpartition(".")[2]) if at else (unit,)
    return any(os.path.lexists(os.path.join(folder, name)) for folder in UNIT_PATH for name in names)


def unit_name(given: str | None) -> str | None:
    """The unit's full name: systemctl takes ``chat`` for ``chat.service``, and so do people."""
    if not given or given.endswith((".service", ".scope", ".slice")):
        return given
    return given + ".service"
