# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The process table by psutil: for systems without /proc, and wherever psutil is there anyway."""

from __future__ import annotations

import errno
import typing as t

from .base import ARGV_BYTES, Gone, NoAccess, Process, ProcessTable, user_name

psutil: t.Any
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
                uid = self._uid(process)
                return Process(
                    pid=pid,
                    ppid=process.ppid(),
                    name=_text(process.name()),
                    argv=self._argv(process),
                    state=_STATES.get(process.status(), "?"),
                    started=process.create_time(),
                    uid=uid,
                    # psutil's username() is that of the real user id; a process acts as its effective one.
                    user=user_name(uid),
                    cpu_seconds=times.user + times.system,
                    rss_bytes=process.memory_info().rss,
                    threads=process.num_threads(),
                )

        return self._guarded(read)

    def uid(self, pid: int) -> int:
        return self._guarded(lambda: self._uid(psutil.Process(pid)))

    def environ(self, pid: int) -> dict[str, str]:
        environ = self._guarded(lambda: psutil.Process(pid).environ())
        return {_text(name): _text(value) for name, value in environ.items()}

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
        # /proc shows it to every user; psutil asks prlimit(2), which shows it only to those who may change it.
        if self._procfs is not None:
            return self._procfs.fd_limit(pid)

        def read() -> int | None:
            if not hasattr(psutil, "RLIMIT_NOFILE"):
                return None
            soft = psutil.Process(pid).rlimit(psutil.RLIMIT_NOFILE)[0]
            return None if soft == psutil.RLIM_INFINITY else int(soft)

        return self._guarded(read)

    def run_delay(self, pid: int) -> float:
        return self._procfs.run_delay(pid) if self._procfs is not None else 0.0

    def open_files(self, pid: int) -> list[tuple[int, str]]:
        if self._procfs is not None:
            return self._procfs.open_files(pid)
        return self._guarded(lambda: sorted((entry.fd, entry.path) for entry in psutil.Process(pid).open_files()))

    def cgroup(self, pid: int) -> str:
        return self._procfs.cgroup(pid) if self._procfs is not None else ""

    def netns(self, pid: int) -> str:
        return self._procfs.netns(pid) if self._procfs is not None else ""

    def userns(self, pid: int) -> str:
        return self._procfs.userns(pid) if self._procfs is not None else ""

    def _uid(self, process: t.Any) -> int:
        """The effective user id. psutil looks for it in ``/proc/PID/status`` wherever it stands, in the name as well."""
        return int(process.uids().effective) if self._procfs is None else self._procfs.uid(process.pid)

    @staticmethod
    def _argv(process: t.Any) -> list[str]:
        try:
            words = process.cmdline()
        except psutil.ZombieProcess:
            return []
        kept: list[str] = []
        room = ARGV_BYTES
        for word in words:
            if room <= 0:
                break
            kept.append(_text(word[:room]))
            room -= len(word) + 1
        return kept

    @staticmethod
    def _guarded(read: t.Callable[[], t.Any]) -> t.Any:
        try:
            return read()
        except psutil.AccessDenied as error:
            raise NoAccess(str(error)) from error
        except (psutil.NoSuchProcess, OSError) as error:
            if getattr(error, "errno", None) in (errno.EACCES, errno.EPERM):
                raise NoAccess(str(error)) from error
            raise Gone(str(error)) from error


def _text(value: str) -> str:
    """psutil keeps undecodable bytes as lone surrogates, which no JSON may hold."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
