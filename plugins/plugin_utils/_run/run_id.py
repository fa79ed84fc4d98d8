# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Which run of ansible-playbook is this? The same answer in every task, host and fork of it."""

from __future__ import annotations

import datetime
import hashlib
import multiprocessing
import os
import socket
import time


def current_run_id() -> str:
    """The id of the Ansible process that all workers of this run descend from.

    It starts with the UTC time at which that process started, so that later runs sort later:
    ``20261123T020000Z-1a2b3c4d5e6f``.
    """
    parent = multiprocessing.parent_process()
    # A worker is a fork of the process that runs the playbook; elsewhere (a callback, a test) this is that process.
    pid = os.getppid() if parent is not None else os.getpid()
    if pid == _IMPORTED_BY[0]:
        return _IMPORTED_BY[1]
    return _run_id(pid)


def began() -> str:
    """When the run of this process began: ``2026-11-23T02:00:00Z``."""
    stamp = datetime.datetime.strptime(current_run_id().split("-")[0], "%Y%m%dT%H%M%SZ")
    return stamp.strftime("%Y-%m-%dT%H:%M:%SZ")


def _run_id(pid: int) -> str:
    # Without /proc the moment of import stands in: the main process imports this before it forks (see below).
    now = time.time() if pid == os.getpid() else 0.0
    ticks, moment = _started(pid) or ("%.6f" % now, now)
    identity = "\n".join((socket.gethostname(), _boot_id(), str(pid), ticks))
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    stamp = datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    return "%s-%s" % (stamp, digest)


def _started(pid: int) -> tuple[str, float] | None:
    """Start of a process: clock ticks since boot, exact, and seconds since 1970; None without a Linux /proc."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as stream:
            # The second field is the command in parentheses and may itself hold blanks and parentheses.
            ticks = stream.read().rpartition(")")[2].split()[19]
        with open("/proc/stat", encoding="utf-8") as stream:
            booted = next(int(line.split()[1]) for line in stream if line.startswith("btime "))
        return ticks, booted + int(ticks) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as stream:
            return stream.read().strip()
    except (OSError, ValueError):
        return ""


# Ansible's strategies load an action plugin in the main process before they fork: remembering the id there keeps
# it stable even when somebody sets the clock, and with it the kernel's idea of when it booted, during the run.
_IMPORTED_BY = (os.getpid(), _run_id(os.getpid()))
