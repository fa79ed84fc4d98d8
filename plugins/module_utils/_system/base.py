# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The host as the probes see it: processes, listeners, and which of them belong to a service.

Two process tables offer the same calls: ``procfs`` (Linux, standard library only) and ``psutil_table``
(wherever psutil is). Listeners are always read per network namespace (``listeners``): psutil sees its own only.
"""

from __future__ import annotations

import pwd
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.common import Gap
    from .._evidence.service import Service

#: A command line may be a megabyte; no more than this of it is needed.
ARGV_BYTES = 65536


def user_name(uid: int) -> str:
    """The name of a user id, or the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


class NoAccess(Exception):
    """The operating system refuses to show it to this user; the message says what and why."""


class Gone(Exception):
    """The process ended while it was being looked at."""


class Process(t.NamedTuple):
    """One process, as cheap to read as possible; everything else is asked for by pid."""

    pid: int
    ppid: int
    name: str
    #: Undecodable bytes replaced; empty for kernel threads and zombies; cut to 64 KiB in all.
    argv: t.List[str]
    #: One letter as in proc(5): R S D T t Z X I.
    state: str
    #: Seconds since the epoch.
    started: float
    uid: int
    user: str
    #: CPU seconds used so far.
    cpu_seconds: float
    rss_bytes: int
    threads: int


class Listener(t.NamedTuple):
    """One listening socket."""

    family: str  # ipv4 | ipv6 | unix
    address: str  # "0.0.0.0", "::", "127.0.0.1"; the path of a unix socket
    port: int  # 0 for unix
    #: Of an IPv6 wildcard: True is v6-only, False is dual-stack, None is not known.
    v6only: t.Optional[bool]
    inode: int
    uid: int
    #: Connections waiting to be accepted, and how many may wait; None is not known.
    queued: t.Optional[int]
    backlog: t.Optional[int]
    #: "host" for the network namespace of the probe, else the namespace ("net:[4026532200]").
    netns: str
    pids: t.List[int]


class Found:
    """The processes, unit and listeners of one service."""

    def __init__(self) -> None:
        #: How the processes were found: command | unit | pidfile | user | port | none.
        self.by = "none"
        #: Members, oldest first; the first is taken as the main process.
        self.processes: list[Process] = []
        #: User ids that are the service's own.
        self.users: set[int] = set()
        #: The systemd unit, given or read from the main process's cgroup.
        self.unit: str | None = None
        #: Listeners on the service's port or socket, whichever process owns them.
        self.on_port: list[Listener] = []
        #: All listeners owned by the service's processes.
        self.owned: list[Listener] = []
        #: ``{"what", "reason", "remedy"}`` for what could not be seen in the process.
        self.gaps: list[Gap] = []

    @property
    def main(self) -> Process | None:
        """The main process, if any was found."""
        return self.processes[0] if self.processes else None

    @property
    def started(self) -> float | None:
        """When the service's current incarnation started, seconds since the epoch."""
        return self.main.started if self.main else None


class ProcessTable:
    """The calls both process tables offer. All raise Gone or NoAccess, and nothing else."""

    #: "procfs" or "psutil 5.9.4", for the evidence.
    name = ""

    def processes(self) -> list[Process]:
        """Every process that can be seen."""
        raise NotImplementedError

    def process(self, pid: int) -> Process:
        """One process, read now."""
        raise NotImplementedError

    def uid(self, pid: int) -> int:
        """The effective user ID of a process; -1: not known."""
        raise NotImplementedError

    def environ(self, pid: int) -> dict[str, str]:
        """The environment the process was started with (proc(5): later changes don't show)."""
        raise NotImplementedError

    def exe(self, pid: int) -> str:
        """The path of the executable; ends in `` (deleted)`` when the file has gone."""
        raise NotImplementedError

    def cwd(self, pid: int) -> str:
        """The working directory; ends in `` (deleted)`` when it has gone."""
        raise NotImplementedError

    def fd_count(self, pid: int) -> int:
        """Open file descriptors."""
        raise NotImplementedError

    def fd_limit(self, pid: int) -> int | None:
        """The soft limit on open file descriptors; None: unlimited."""
        raise NotImplementedError

    def run_delay(self, pid: int) -> float:
        """Seconds the main thread has waited for a processor while it could have run; 0 where that is not counted."""
        raise NotImplementedError

    def open_files(self, pid: int) -> list[tuple[int, str]]:
        """Regular files that are open: (descriptor, path); deleted ones end in `` (deleted)``.

        Descriptors 1 and 2 (stdout, stderr) come with whatever they point to, also ``pipe:[…]``,
        ``socket:[…]`` and ``/dev/…``.
        """
        raise NotImplementedError

    def cgroup(self, pid: int) -> str:
        """The control group path (empty where there is none)."""
        raise NotImplementedError

    def netns(self, pid: int) -> str:
        """The network namespace, ``net:[…]`` (empty where there is none)."""
        raise NotImplementedError

    def userns(self, pid: int) -> str:
        """The user namespace, ``user:[…]`` (empty where there is none)."""
        raise NotImplementedError


class System:
    """Processes and listeners of a host, with the search for a service's own (see find.py)."""

    table: ProcessTable

    @property
    def processes(self) -> t.Dict[int, Process]:
        """Every process by pid, as of the first look."""
        raise NotImplementedError

    @property
    def listeners(self) -> t.List[Listener]:
        """Every listener with its owners, as of the first look."""
        raise NotImplementedError

    def at(self, place: int | str) -> t.List[Listener]:
        """Who listens on a port of this host, or on a unix socket, by its path."""
        raise NotImplementedError

    def unit_of(self, pid: int) -> str | None:
        """The systemd service that a process runs in, from its control group."""
        raise NotImplementedError

    def sockets_of(self, pid: int) -> t.List[int]:
        """Inodes of the sockets that a process has open; raises Gone or NoAccess."""
        raise NotImplementedError

    def find(self, service: Service) -> Found:
        """What belongs to a service; never raises for what cannot be seen (it becomes a gap)."""
        raise NotImplementedError
