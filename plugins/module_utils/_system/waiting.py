# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a process waits for, as the kernel says it: the function it sleeps in, and whether its control group is frozen."""

from __future__ import annotations

import time
import typing as t

from .open_file import read_bytes, read_of_process, read_text


def wchan(pid: int) -> str | None:
    """The kernel function that the main thread sleeps in (proc(5)); None: it runs, or that is not shown."""
    try:
        said = read_of_process("/proc/%d/wchan" % pid, 128).decode("ascii", "replace").strip("\0\n ")
    except OSError:
        return None
    return said if said not in ("", "0") else None


def frozen(pid: int) -> bool | None:
    """Whether the control group of a process is frozen (cgroups(7)): ``docker pause`` does that. None: not known."""
    try:
        lines = read_of_process("/proc/%d/cgroup" % pid, 65536).decode("utf-8", "replace").split("\n")
    except OSError:
        return None
    known = None
    for path, word in _files(lines):
        try:
            text = read_text(path, 4096)
        except OSError:
            continue
        known = False
        if word in text.split("\n"):
            return True
    return known


def _files(lines: t.Iterable[str]) -> t.Iterator[tuple[str, str]]:
    """Files that say it, each with the line that does: of the second version of control groups, and of the first."""
    for line in lines:
        _number, _colon, rest = line.partition(":")
        controllers, colon, group = rest.partition(":")
        if colon and not controllers:
            yield "/sys/fs/cgroup%s/cgroup.events" % group, "frozen 1"
        elif "freezer" in controllers.split(","):
            yield "/sys/fs/cgroup/freezer%s/freezer.state" % group, "FROZEN"


def boot_time() -> float | None:
    """When the kernel says that the host was booted, in whole seconds: process tables count from there."""
    try:
        for line in read_bytes("/proc/stat", 1 << 20).splitlines():
            if line.startswith(b"btime "):
                return float(line.split()[1])
    except (OSError, ValueError):
        pass
    return None


def since_boot() -> float | None:
    """Seconds since then by the clock that starts of processes are counted by. None: this system has no such clock."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else None
