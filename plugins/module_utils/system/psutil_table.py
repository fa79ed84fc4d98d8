# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The process table by psutil: for systems without /proc, and wherever psutil is there anyway."""

from __future__ import annotations

import typing as t

from .base import Gone, NoAccess, Process, ProcessTable

try:
    import psutil
except ImportError:
    psutil = None

_STATES = {
    "running": "R",
    "sleeping": "S",
    "disk-sleep": "D",
    "stopped": "T",
    "tracing-stop": "t",
    "zombie": "Z",
    "dead": "X",
    "idle": "I",
}


class PsutilTable(ProcessTable):
    """See ProcessTable; what psutil does not offer on a platform reads as absent.

    :param procfs: the /proc reader where there is one. psutil cuts the kernel's mark off a deleted executable,
        leaves pipes and sockets out of the open files, and knows neither control groups nor namespaces.
    """

    def __init__(self, procfs: ProcessTable | None = None) -> None:
        self.name = "psutil %s" % psutil.__version__
        self._procfs = procfs

    def processes(self) -> list[Process]:
        found = []
        for pid in psutil.pids():
            try:
                found.append(self.process(pid))
            except (Gone, NoAccess):
                continue
        return found

    def process(self, pid: int) -> Process:
        def read() -> Process:
            process = psutil.Process(pid)
            with process.oneshot():
                times = process.cpu_times()
                return Process(
                    pid=pid,
                    ppid=process.ppid(),
                    name=process.name(),
                    argv=self._argv(process),
                    state=_STATES.get(process.status(), "?"),
                    started=process.create_time(),
                    uid=process.uids().effective,
                    user=process.username(),
                    cpu_seconds=times.user + times.system,
                    rss_bytes=process.memory_info().rss,
                    threads=process.num_threads(),
                )

        return self._guarded(read)

    def environ(self, pid: int) -> dict[str, str]:
        return self._guarded(lambda: dict(psutil.Process(pid).environ()))

    def exe(self, pid: int) -> str:
        if self._procfs is not None:
            return self._procfs.exe(pid)
        return self._guarded(lambda: psutil.Process(pid).exe())

    def cwd(self, pid: int) -> str:
        if self._procfs is not None:
            return self._procfs.cwd(pid)
        return self._guarded(lambda: psutil.Process(pid).cwd())

    def fd_count(self, pid: int) -> int:
        return self._guarded(lambda: psutil.Process(pid).num_fds())

    def fd_limit(self, pid: int) -> int | None:
        def read() -> int | None:
            if not hasattr(psutil, "RLIMIT_NOFILE"):
                return None
            soft = psutil.Process(pid).rlimit(psutil.RLIMIT_NOFILE)[0]
            return None if soft == psutil.RLIM_INFINITY else int(soft)

        return self._guarded(read)

    def open_files(self, pid: int) -> list[tuple[int, str]]:
        if self._procfs is not None:
            return self._procfs.open_files(pid)
        return self._guarded(lambda: sorted((entry.fd, entry.path) for entry in psutil.Process(pid).open_files()))

    def cgroup(self, pid: int) -> str:
        return self._procfs.cgroup(pid) if self._procfs is not None else ""

    def netns(self, pid: int) -> str:
        return self._procfs.netns(pid) if self._procfs is not None else ""

    @staticmethod
    def _argv(process: t.Any) -> list[str]:
        try:
            return process.cmdline()
        except psutil.ZombieProcess:
            return []

    @staticmethod
    def _guarded(read: t.Callable[[], t.Any]) -> t.Any:
        try:
            return read()
        except psutil.AccessDenied as error:
            raise NoAccess(str(error)) from error
        except (psutil.NoSuchProcess, OSError) as error:
            raise Gone(str(error)) from error
