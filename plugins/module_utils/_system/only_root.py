# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Whether users other than root can change a file: what others can change, root neither runs nor trusts.

A file can be replaced by everyone who may write to a directory above it, so those count as well (path_resolution(7)).
Access control lists need not be checked: if one lets somebody write, the group's bits show it (acl(5)).
"""

from __future__ import annotations

import os
import pwd
import stat
import typing as t

from .open_file import MOST_LINKS, Reader, read_text


def changed_by_others(path: str) -> str | None:
    """The first part of a path that another user than root can change; None: there is none.

    :param path: absolute.
    :raises OSError: a part of it cannot be looked at.
    """
    waiting = os.path.abspath(path).split("/")[::-1]
    here, links = "/", 0
    while True:
        seen = os.lstat(here)
        if seen.st_uid != 0 or (seen.st_mode & 0o022 and not stat.S_ISLNK(seen.st_mode)):
            return here
        if stat.S_ISLNK(seen.st_mode):
            links += 1
            if links > MOST_LINKS:
                return here
            target = os.readlink(here)
            waiting += target.split("/")[::-1]
            here = "/" if target.startswith("/") else os.path.dirname(here)
            continue
        name = ""
        while waiting and name in ("", "."):
            name = waiting.pop()
        if name in ("", "."):
            return None
        here = os.path.dirname(here) if name == ".." else os.path.join(here, name)


def is_roots(path: str) -> bool:
    """Whether a file exists, and only root can change it."""
    try:
        return changed_by_others(path) is None
    except OSError:
        return False


def uids_of(pid: int) -> t.FrozenSet[int]:
    """The real, effective, saved and file-system user ids of a process, as they are now (proc(5)); none: it has gone."""
    try:
        text = read_text("/proc/%d/status" % pid, 8192)
    except OSError:
        return frozenset()
    return frozenset(ids_in(text))


def ids_in(status: str) -> list[int]:
    """The four user ids of a ``/proc/PID/status``; none: it has no such line.

    A process chooses its name, which stands there first, and only a line feed in it is escaped: other characters that
    Python takes for the end of a line would make lines of the process's own.
    """
    found = next((line for line in status.split("\n") if line.startswith("Uid:\t")), "")
    return [int(word) for word in found.split()[1:5]]


def reader(uid: int, pid: int = 0) -> Reader:
    """A user with his groups, as this host knows them.

    :param pid: of a process of his, which may have others.
    """
    groups: set[int] = set()
    try:
        entry = pwd.getpwuid(uid)
        groups.update(os.getgrouplist(entry.pw_name, entry.pw_gid))
    except (KeyError, OSError):
        pass
    try:
        lines = read_text("/proc/%d/status" % pid, 8192).split("\n") if pid else []
    except OSError:
        lines = []
    for line in lines:
        if line.startswith(("Gid:\t", "Groups:\t")):
            groups.update(int(word) for word in line.split()[1:])
    return Reader(uid, frozenset(groups))


def shares_files(pid: int) -> bool | None:
    """Whether a process lives in this one's mount namespace (mount_namespaces(7)); None: not known."""
    try:
        return os.readlink("/proc/%d/ns/mnt" % pid) == os.readlink("/proc/self/ns/mnt")
    except OSError:
        return None


def executable_of(pid: int, names: t.Container[str]) -> str | None:
    """The path of the program that a process runs, if it may be started by this user as well; else None.

    It may be where the process is root's alone (real, effective and saved), or this user's own, lives in this file
    system, and runs a program by one of the names that nobody but root can change. What is started is that path, which
    nobody can put something else in the place of meanwhile.

    :param names: of programs, without directories: a process is free to call itself by any.
    """
    if uids_of(pid) not in ({0}, {os.geteuid()}):
        return None
    if not shares_files(pid):
        return None
    try:
        path = os.readlink("/proc/%d/exe" % pid)
        running, named = os.stat("/proc/%d/exe" % pid), os.stat(path)
    except OSError:
        return None
    if os.path.basename(path) not in names or not is_roots(path):
        return None
    return path if (running.st_dev, running.st_ino) == (named.st_dev, named.st_ino) else None
