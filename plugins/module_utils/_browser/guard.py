# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Keeps a browser from outliving the process that started it, and from running as root.

A program of its own: ``python -I -S <this> <descriptor> <home> <place> <user> <group> <program> <argument>…``. It makes
the place, a directory with the browser's home in it, gives the browser its own standard input and output as descriptors
3 and 4, and waits until the other end of ``descriptor`` is closed. The kernel does that however the starter ends, be it by
a signal that nobody can catch. Then it ends every process that came of the browser, and deletes the place. Should the
guard itself be killed, the browser ends with the pipe that brings its commands, and the starter has the place deleted:
``python -I -S <this> delete <place> <user> <group>``.

User and group are numbers that the browser gets, and that its home is deleted with; ``-`` leaves it those of the guard.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import time
import typing as t

#: PR_SET_CHILD_SUBREAPER of prctl(2).
_CHILD_SUBREAPER = 36
#: Where a user keeps certificates that Chromium trusts, in the home directory, and the files of such a store.
_TRUST = (".pki/nssdb", ".local/share/pki/nssdb")
_STORE = ("cert9.db", "pkcs11.txt")
#: Private keys, which only their owner gets.
_KEYS = ("key4.db",)
#: Bytes of such a file that are copied.
_LARGEST = 64 * 1024 * 1024
#: The browser's home in its place: there the user may do everything, in the place nothing.
_HOME = "home"
#: Bytes of ``/org.chromium.Chromium.XXXXXX/SingletonSocket``, with room for other names of the program.
_LONGEST_SOCKET = 56
#: Of a privileged starter's environment: what holds no secret and names no place of the starter's.
_ENVIRONMENT = ("PATH", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ")
#: Seconds that processes may take to vanish after SIGKILL, and a place to be deleted.
_PATIENCE = 5.0

#: How the guard begins what it says where it cannot start the browser: the starter knows the reason by it.
NO_USER = "cannot become user"
NO_START = "cannot start"

#: Numbers of a user and of its group; None: the user who runs this.
User = t.Optional[t.Tuple[int, int]]


def main(arguments: t.Sequence[str]) -> int:
    """Start the browser, wait for the starter's end, and clear up."""
    if arguments[0] == "delete":
        return _delete(arguments[1], _user(arguments[2:4]))
    life, home, place, user, command = (
        int(arguments[0]),
        arguments[1],
        arguments[2],
        _user(arguments[3:5]),
        list(arguments[5:]),
    )
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _adopt_orphans()
    os.mkdir(place, 0o700)
    group = 0
    try:
        _furnish(place, home, user)
        group = _start(command, os.path.join(place, _HOME), user)
        _let_go()
        os.read(life, 1)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _end_all(group)
        _delete(place, user)
    return 0


def _user(words: t.Sequence[str]) -> User:
    return None if words[0] == "-" else (int(words[0]), int(words[1]))


def _leave(_number: int, _frame: t.Any) -> None:
    raise SystemExit(1)


def _let_go() -> None:
    """Leave the streams to the browser, so that they end with it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)


def _adopt_orphans() -> None:
    """Processes that the browser orphans become children of this one, wherever they have gone."""
    with contextlib.suppress(ImportError, OSError, AttributeError):  # elsewhere than on Linux nothing does the same
        import ctypes

        ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)


# -- the place ---------------------------------------------------------------------------------------------------------


def _furnish(place: str, home: str, user: User) -> None:
    """Make the browser's home, with what the starter trusts. The user cannot move or replace what it lies in."""
    outer = _directory(place)
    try:
        os.mkdir(_HOME, 0o700, dir_fd=outer)
        inner = _directory(_HOME, outer)
        try:
            _copy_trust(home, inner, user)
            if user:
                os.fchown(inner, *user)
        finally:
            os.close(inner)
        if user:
            os.fchown(outer, -1, user[1])
            os.fchmod(outer, 0o710)
    finally:
        os.close(outer)


def _directory(name: str, parent: int | None = None) -> int:
    """Open a directory that is one, and no link to one."""
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)


def _copy_trust(home: str, target: int, user: User) -> None:
    """Copy the certificates that the starter trusts; only what belongs to whom the home directory belongs to."""
    names = _STORE if user else _STORE + _KEYS
    for path in _TRUST:
        with contextlib.suppress(OSError):
            owner = os.stat(home).st_uid
            found = {name: _read(os.path.join(home, path, name), owner) for name in names}
            if any(data is not None for data in found.values()):
                _fill(_make(path, target, user), found, user)


def _read(path: str, owner: int) -> bytes | None:
    """A regular file of this owner, or None. A FIFO, a device, or a link to another user's files is not read."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(number, "rb") as stream:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != owner:
            return None
        data = stream.read(_LARGEST + 1)
        return data if len(data) <= _LARGEST else None


def _make(path: str, parent: int, user: User) -> int:
    """Make directories below an open one; returns the last of them, open."""
    number = os.dup(parent)
    for name in path.split("/"):
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=number)
        below = _directory(name, number)
        os.close(number)
        number = below
        if user:
            os.fchown(number, *user)
    return number


def _fill(directory: int, files: dict[str, bytes | None], user: User) -> None:
    for name, data in files.items():
        if data is None:
            continue
        number = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=directory)
        with os.fdopen(number, "wb") as stream:
            stream.write(data)
            if user:
                os.fchown(number, *user)
    os.close(directory)


# -- the browser -------------------------------------------------------------------------------------------------------


def _start(command: list[str], home: str, user: User) -> int:
    """Start the browser as leader of a process group; returns its number."""
    pid = os.fork()
    if pid:
        return pid
    failing = "%s %s" % (NO_USER, user and user[0])
    try:
        os.setpgid(0, 0)
        os.dup2(0, 3)
        os.dup2(1, 4)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        _close_others()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _become(user)
        failing = "%s %s" % (NO_START, command[0])
        os.execve(command[0], [command[0], "--user-data-dir=" + home, *command[1:]], _environment(home, user))
    except OSError as error:
        os.write(2, ("%s: %s\n" % (failing, error.strerror)).encode("utf-8", "replace"))
    finally:
        # Whatever happens, here is no second guard.
        os._exit(127)


def _close_others() -> None:
    """Leave the browser standard streams and the two pipes, whatever else was inherited or opened."""
    for name in os.listdir("/dev/fd"):
        if int(name) > 4:
            with contextlib.suppress(OSError):
                os.close(int(name))


def _become(user: User) -> None:
    """Give up everything but the rights of a user, for good.

    :raises OSError: it is not allowed, or did not help.
    """
    if user is None:
        return
    uid, gid = user
    os.setgroups([])
    # Of root they set the real, the effective and the saved number.
    os.setgid(gid)
    os.setuid(uid)
    with contextlib.suppress(PermissionError):
        os.setuid(0)
    # macOS has no getresuid, and shows by setuid(0) alone that nothing was kept.
    seen = {*getattr(os, "getresuid", lambda: (os.getuid(), os.geteuid()))()}
    groups = {*getattr(os, "getresgid", lambda: (os.getgid(), os.getegid()))(), *os.getgroups()}
    if seen != {uid} or groups != {gid}:
        raise PermissionError(1, "root privileges are left")


def _environment(home: str, user: User) -> dict[str, str]:
    """What it would write to its user's home directory goes away with its place."""
    environment = dict(os.environ) if user is None else {k: v for k, v in os.environ.items() if k in _ENVIRONMENT}
    environment["HOME"] = home
    # Also what it leaves in /tmp when it is killed; the path of a socket in there has at most 107 bytes.
    if len(home) <= 107 - _LONGEST_SOCKET:
        environment["TMPDIR"] = home
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        environment.pop(name, None)
    return environment


def _end_all(group: int) -> None:
    """Kill the group, and orphans that have left it, until no process is left."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        for pid in _children():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if group:
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def _children() -> list[int]:
    try:
        with open("/proc/self/task/%d/children" % os.getpid(), encoding="ascii") as stream:
            return [int(word) for word in stream.read().split()]
    except OSError:
        return []


# -- the end -----------------------------------------------------------------------------------------------------------


def _delete(place: str, user: User) -> int:
    """Delete the place. Of the home's content everything may be chosen by others: who deletes it has its user's rights."""
    if user is None:
        _empty(place)
    else:
        pid = os.fork()
        if not pid:
            with contextlib.suppress(OSError):
                _become(user)
                _empty(place)
            os._exit(0)
        os.waitpid(pid, 0)
    try:
        outer = _directory(place)
    except OSError:
        return int(os.path.lexists(place))
    try:
        with contextlib.suppress(OSError):
            os.rmdir(_HOME, dir_fd=outer)
        os.rmdir(place)
    except OSError:
        return 1
    finally:
        os.close(outer)
    return 0


def _empty(place: str) -> None:
    """Delete what is in the home, into which processes that are just ending may still write."""
    end = time.monotonic() + _PATIENCE
    with contextlib.suppress(OSError):
        home = _opened_up(os.path.join(place, _HOME))
        names = os.listdir(home)
        while names and time.monotonic() < end:
            for name in names:
                _remove(name, home)
            names = os.listdir(home)


def _remove(name: str, home: int) -> None:
    """Delete an entry of the home; directories in it become entries of the home first, so no depth is too much."""
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=home)
        return
    with contextlib.suppress(OSError):
        inner = _opened_up(name, home)
        try:
            for entry in os.listdir(inner):
                _take_out(entry, inner, home)
        finally:
            os.close(inner)
        os.rmdir(name, dir_fd=home)


def _take_out(entry: str, inner: int, home: int) -> None:
    with contextlib.suppress(OSError):
        os.unlink(entry, dir_fd=inner)
        return
    # A directory must be its owner's to write to be moved.
    os.chmod(entry, 0o700, dir_fd=inner)
    os.rename(entry, os.urandom(8).hex(), src_dir_fd=inner, dst_dir_fd=home)


def _opened_up(name: str, parent: int | None = None) -> int:
    """Open a directory, and let its owner do everything with it."""
    try:
        number = _directory(name, parent)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=parent)
        number = _directory(name, parent)
    os.fchmod(number, 0o700)
    return number


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
