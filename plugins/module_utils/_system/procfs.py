# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The process table of Linux, read from /proc (proc(5)) with the standard library only."""

from __future__ import annotations

import errno
import os
import typing as t

from .._run.digits import number
from .._run.evidence import os_reason
from .base import ARGV_BYTES, Gone, NoAccess, Process, ProcessTable, user_name
from .only_root import ids_in
from .open_file import read_bytes, read_of_process


class Procfs(ProcessTable):
    """See ProcessTable.

    :param root: where proc is mounted.
    """

    name = "procfs"

    def __init__(self, root: str = "/proc") -> None:
        self._root = root
        self._ticks = float(os.sysconf("SC_CLK_TCK"))
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._boot = self._boot_time()
        self._users: dict[int, str] = {}

    def processes(self) -> list[Process]:
        found = []
        for entry in os.listdir(self._root):
            pid = number(entry)
            if pid is not None:
                try:
                    found.append(self.process(pid))
                except (Gone, NoAccess):
                    continue
        return found

    def process(self, pid: int) -> Process:
        stat = self._read(pid, "stat", 4096).decode("utf-8", "replace")
        # The name stands in parentheses and may itself contain any of ") S 1 (".
        name = stat[stat.index("(") + 1 : stat.rindex(")")]
        fields = stat[stat.rindex(")") + 2 :].split()
        uid = self.uid(pid)
        return Process(
            pid=pid,
            ppid=int(fields[1]),
            name=name,
            argv=self._argv(pid),
            state=fields[0],
            started=self._boot + int(fields[19]) / self._ticks,
            uid=uid,
            user=self._user(uid),
            cpu_seconds=(int(fields[11]) + int(fields[12])) / self._ticks,
            rss_bytes=int(fields[21]) * self._page,
            threads=int(fields[17]),
        )

    def environ(self, pid: int) -> dict[str, str]:
        raw = self._read(pid, "environ", 1 << 21).decode("utf-8", "replace")
        pairs = (entry.partition("=") for entry in raw.split("\0") if "=" in entry)
        return {name: value for name, _equals, value in pairs}

    def exe(self, pid: int) -> str:
        return self._link(pid, "exe")

    def cwd(self, pid: int) -> str:
        return self._link(pid, "cwd")

    def fd_count(self, pid: int) -> int:
        return len(self._list(pid, "fd"))

    def fd_limit(self, pid: int) -> int | None:
        for line in self._read(pid, "limits", 8192).decode("ascii", "replace").splitlines():
            if line.startswith("Max open files"):
                return number(line.split()[3])
        return None

    def run_delay(self, pid: int) -> float:
        try:
            fields = self._read(pid, "schedstat", 256).split()
        except Gone:
            return 0.0  # a kernel without scheduler statistics
        return int(fields[1]) / 1e9 if len(fields) > 1 else 0.0

    def open_files(self, pid: int) -> list[tuple[int, str]]:
        files = []
        for entry in self._list(pid, "fd"):
            try:
                target = os.readlink("%s/%d/fd/%s" % (self._root, pid, entry))
            except OSError:
                continue
            number = int(entry)
            if number in (1, 2) or (target.startswith("/") and not target.startswith(("/dev/", "/proc/", "/sys/"))):
                files.append((number, target))
        return sorted(files)

    def cgroup(self, pid: int) -> str:
        # Users who may create control groups name them: of the line ends only the line feed cannot be in a name.
        lines = self._read(pid, "cgroup", 65536).decode("utf-8", "replace").split("\n")
        paths = {line.split(":", 2)[1]: line.split(":", 2)[2] for line in lines if line.count(":") >= 2}
        return paths.get("name=systemd") or paths.get("") or ""

    def netns(self, pid: int) -> str:
        return self._link(pid, "ns/net")

    def userns(self, pid: int) -> str:
        return self._link(pid, "ns/user")

    def sockets(self, pid: int) -> list[int]:
        """Inodes of the sockets a process has open."""
        inodes = []
        folder = "%s/%d/fd" % (self._root, pid)
        for entry in self._list(pid, "fd"):
            try:
                target = os.readlink("%s/%s" % (folder, entry))
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.append(int(target[8:-1]))
        return inodes

    def uid(self, pid: int) -> int:
        """The effective user ID of a process; -1: not known."""
        ids = ids_in(self._read(pid, "status", 4096).decode("utf-8", "replace"))
        return ids[1] if len(ids) > 1 else -1

    # Reading.

    def _boot_time(self) -> float:
        for line in read_bytes("%s/stat" % self._root, 1 << 20).splitlines():
            if line.startswith(b"btime "):
                return float(line.split()[1])
        return 0.0

    def _argv(self, pid: int) -> list[str]:
        raw = self._read(pid, "cmdline", ARGV_BYTES).decode("utf-8", "replace").rstrip("\0")
        return raw.split("\0") if raw else []

    def _user(self, uid: int) -> str:
        if uid not in self._users:
            self._users[uid] = user_name(uid)
        return self._users[uid]

    def _read(self, pid: int, name: str, size: int) -> bytes:
        return self._guarded(pid, name, lambda: read_of_process("%s/%d/%s" % (self._root, pid, name), size))

    def _link(self, pid: int, name: str) -> str:
        return self._guarded(pid, name, lambda: os.readlink("%s/%d/%s" % (self._root, pid, name)))

    def _list(self, pid: int, name: str) -> list[str]:
        return self._guarded(pid, name, lambda: os.listdir("%s/%d/%s" % (self._root, pid, name)))

    def _guarded(self, pid: int, name: str, read: t.Callable[[], t.Any]) -> t.Any:
        try:
            return read()
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                raise NoAccess("%s/%d/%s: %s" % (self._root, pid, name, os_reason(error))) from error
            raise Gone("process %d no longer exists (%s)" % (pid, os_reason(error))) from error
