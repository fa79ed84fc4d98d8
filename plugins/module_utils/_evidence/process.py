# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of a service's processes says. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t

from .common import Common


class Sought(t.TypedDict, total=False):
    """What the inventory says of the processes, as far as it says anything."""

    #: A regular expression.
    command: str
    user: str
    #: As the inventory names it, maybe without ``.service``.
    unit: str
    #: A path.
    pidfile: str
    #: The least and the largest number of instances.
    min: int
    max: int
    port: int
    #: The path of a unix socket.
    socket: str


class FileAge(t.TypedDict, total=False):
    """A file that a process reads once, when it starts."""

    path: str
    #: Seconds since the epoch.
    modified: float
    #: Seconds from the process's start to the change; negative: the file is older.
    newer_by_s: float


class ProcessRow(t.TypedDict, total=False):
    """One process; None is what could not be seen of it."""

    pid: int
    ppid: int
    name: str
    #: The command line, secrets hidden.
    command: str
    #: One letter as in proc(5): R S D T t Z X I.
    state: str
    user: str
    #: Seconds since the epoch.
    started: float
    #: Seconds since its start.
    age_s: float
    rss_bytes: int
    threads: int
    #: Of one processor, over the time that it was watched.
    cpu_percent: t.Optional[float]
    #: Of the same time, how much it waited for a processor.
    cpu_wait_percent: float
    #: A path, without the kernel's mark `` (deleted)``.
    exe: t.Optional[str]
    exe_deleted: bool
    #: Deleted, and something else is there now.
    exe_replaced: bool
    #: A path, without the kernel's mark `` (deleted)``.
    cwd: t.Optional[str]
    cwd_deleted: bool
    #: Where the link to the release, through which it was started, leads to now, if that is elsewhere.
    cwd_moved_to: t.Optional[str]
    #: Open file descriptors.
    fds: t.Optional[int]
    #: The soft limit on them; None: unlimited, or not seen.
    fd_limit: t.Optional[int]
    #: The main script.
    script: t.Optional[FileAge]
    #: ``.env`` in the working directory.
    env_file: t.Optional[FileAge]
    #: It ended, or was hidden, while it was watched.
    gone: bool


class Unit(t.TypedDict, total=False):
    """What systemd says of a unit; None is a property that it did not tell."""

    name: t.Optional[str]
    #: ActiveState: ``active``, ``failed`` …
    active: t.Optional[str]
    #: SubState: ``running``, ``auto-restart`` …
    sub: t.Optional[str]
    #: Result: ``success``, ``exit-code``, ``oom-kill`` …
    result: t.Optional[str]
    #: A process id; 0: none runs.
    main_pid: t.Optional[int]
    #: NRestarts: automatic ones.
    restarts: t.Optional[int]
    #: ExecMainCode: how it ended, as in wait(2): CLD_EXITED, CLD_KILLED …
    exit_code: t.Optional[int]
    #: ExecMainStatus: its exit status, or the signal.
    exit_status: t.Optional[int]
    #: Whether the unit was changed on the disk and systemd has not read it.
    need_daemon_reload: bool
    #: The unit's file.
    path: t.Optional[str]


class MemoryEvents(t.TypedDict, total=False):
    """What the kernel counted in the control group of the main process."""

    #: Processes that were killed for lack of memory.
    oom_kill: int


class Process(Common, total=False):
    """Evidence of the subject ``process``."""

    #: ``command``, ``unit``, ``pidfile``, ``user``, ``port`` or ``none``.
    found_by: str
    sought: Sought
    #: Number of processes.
    count: int
    #: Number of processes whose parent is none of them.
    instances: int
    #: The host's clock, seconds since the epoch.
    now: float
    #: Where the list is from: ``procfs``, or psutil with its version.
    table: str
    #: The first twelve, the oldest first; the first is the main process.
    processes: t.List[ProcessRow]
    #: None: no unit, or systemd does not know it.
    unit: t.Optional[Unit]
    memory_events: t.Optional[MemoryEvents]
