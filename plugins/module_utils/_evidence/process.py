# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of a service's processes says. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import typing as t

from .common import Common


class Sought(t.TypedDict, total=False):
    """What the inventory says about the processes, if anything."""

    #: A regular expression on the command line.
    command: str
    #: The user that it runs as.
    user: str
    #: The unit as the inventory names it, maybe without ``.service``.
    unit: str
    #: The path of the file with its process ID.
    pidfile: str
    #: The least number of instances.
    min: int
    #: The largest number of instances.
    max: int
    #: The port that it listens on.
    port: int
    #: The path of the unix socket that it listens on.
    socket: str


class FileAge(t.TypedDict, total=False):
    """A file that a process reads once, when it starts."""

    #: Its path.
    path: str
    #: When it was changed, in seconds since the epoch.
    modified: float
    #: Seconds from the process's start to the change; negative: the file is older.
    newer_by_s: float


class Outgoing(t.TypedDict, total=False):
    """A TCP connection of a process, or its attempt at one."""

    #: ``established``, ``syn-sent`` or ``close-wait``.
    state: str
    #: The address and port of the other side.
    peer: str


class ProcessRow(t.TypedDict, total=False):
    """One process. What could not be seen is None."""

    #: Its process ID.
    pid: int
    #: The process ID of its parent.
    ppid: int
    #: The name of its program.
    name: str
    #: Its command line, with secrets hidden.
    command: str
    #: Its state, one letter as in proc(5): R S D T t Z X I.
    state: str
    #: The user that it runs as.
    user: str
    #: When it was started, in seconds since the epoch.
    started: float
    #: Seconds since its start.
    age_s: float
    #: The memory that it uses, in bytes.
    rss_bytes: int
    #: How many threads it has.
    threads: int
    #: Its use of one CPU core, over the time that it was watched.
    cpu_percent: t.Optional[float]
    #: How much of the same time it waited for a CPU.
    cpu_wait_percent: float
    #: The path of its program, without the kernel's mark `` (deleted)``.
    exe: t.Optional[str]
    #: Whether its program was deleted.
    exe_deleted: bool
    #: Whether its program was deleted, and something else is there now.
    exe_replaced: bool
    #: The path of its working directory, without the kernel's mark `` (deleted)``.
    cwd: t.Optional[str]
    #: Whether its working directory was deleted.
    cwd_deleted: bool
    #: The present target of the release symlink through which it was started. None: it has not changed.
    cwd_moved_to: t.Optional[str]
    #: How many file descriptors are open.
    fds: t.Optional[int]
    #: The soft limit on them. None: unlimited, or not seen.
    fd_limit: t.Optional[int]
    #: Its main script.
    script: t.Optional[FileAge]
    #: The file ``.env`` in its working directory.
    env_file: t.Optional[FileAge]
    #: Whether it ended, or was hidden, while it was watched. Only where it did.
    gone: bool
    #: Seconds from the start of this run to its start. Negative: it is older. None: not known.
    after_asked_s: t.Optional[float]
    #: Whether its control group is frozen. None: not known.
    frozen: t.Optional[bool]
    #: The kernel function that it sleeps in (proc(5), wchan). None: none, or not seen.
    wchan: t.Optional[str]
    #: Its TCP connections to others. Only where it does not listen on the port, or does not answer there.
    outgoing: t.List[Outgoing]


class Unit(t.TypedDict, total=False):
    """What systemd reports on a unit. A property that it did not report is None."""

    #: Its name.
    name: t.Optional[str]
    #: Its ActiveState: ``active``, ``failed`` …
    active: t.Optional[str]
    #: Its SubState: ``running``, ``auto-restart`` …
    sub: t.Optional[str]
    #: Its Result: ``success``, ``exit-code``, ``oom-kill`` …
    result: t.Optional[str]
    #: The process ID of its main process; 0: none is running.
    main_pid: t.Optional[int]
    #: NRestarts: how often it was restarted automatically.
    restarts: t.Optional[int]
    #: ExecMainCode: how it ended, as in wait(2): CLD_EXITED, CLD_KILLED …
    exit_code: t.Optional[int]
    #: ExecMainStatus: its exit status, or the signal.
    exit_status: t.Optional[int]
    #: Whether its file was changed on disk and systemd has not reloaded it.
    need_daemon_reload: bool
    #: The path of its file.
    path: t.Optional[str]
    #: How it tells that it is ready (systemd.service(5), Type=): ``simple``, ``notify`` …
    type: t.Optional[str]


class MemoryEvents(t.TypedDict, total=False):
    """What the kernel counted in the control group of the main process."""

    #: Processes that were killed for lack of memory.
    oom_kill: int


class Process(Common, total=False):
    """Evidence of the subject ``process``."""

    #: How the processes were found: ``command``, ``unit``, ``pidfile``, ``user``, ``port`` or ``none``.
    found_by: str
    #: What was looked for.
    sought: Sought
    #: How many processes there are.
    count: int
    #: How many of them are not children of another one, so that a master and its workers count once.
    instances: int
    #: The host's clock, in seconds since the epoch.
    now: float
    #: Where the list of processes comes from: ``procfs``, or psutil with its version.
    table: str
    #: The first twelve processes, the oldest first; the first is the main process.
    processes: t.List[ProcessRow]
    #: What systemd reports on the unit of the main process. None: no unit, or systemd does not know it.
    unit: t.Optional[Unit]
    #: What the kernel counted in the control group of the main process. None: that cannot be read.
    memory_events: t.Optional[MemoryEvents]
