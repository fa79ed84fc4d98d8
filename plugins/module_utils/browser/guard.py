# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Keeps a browser from outliving whoever started it.

A program of its own: ``python -I -S <this> <descriptor> <home> <profile> <program> <argument>…``. It makes the profile,
gives the browser its own standard input and output as descriptors 3 and 4, and waits until the other end of
``descriptor`` is closed. The kernel does that however the starter ends, be it by a signal that nobody can catch. Then it
ends every process that came of the browser, and deletes the profile. Should the guard itself be killed, the browser
ends with the pipe that brings its commands, and the starter deletes the profile.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import sys
import time
import typing as t

#: PR_SET_CHILD_SUBREAPER of prctl(2).
_CHILD_SUBREAPER = 36
#: Where a user keeps certificates that Chromium trusts, in the home directory.
_TRUST = (".pki/nssdb", ".local/share/pki/nssdb")
#: Bytes of ``/org.chromium.Chromium.XXXXXX/SingletonSocket``, with room for other names of the program.
_LONGEST_SOCKET = 56
#: Seconds that processes may take to vanish after SIGKILL.
_PATIENCE = 5.0


def main(arguments: t.Sequence[str]) -> int:
    """Start the browser, wait for the starter's end, and clear up."""
    life, home, profile, command = int(arguments[0]), arguments[1], arguments[2], list(arguments[3:])
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # Processes that the browser orphans become children of this one, wherever they have gone.
    with contextlib.suppress(OSError, AttributeError):  # elsewhere than on Linux nothing does the same
        ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.mkdir(profile, 0o700)
    group = 0
    try:
        _copy_trust(home, profile)
        group = _start(command, profile, life)
        os.close(0)
        os.close(1)
        os.read(life, 1)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if group:
            _end_all(group)
        delete(profile)
    return 0


def _leave(_number: int, _frame: t.Any) -> None:
    raise SystemExit(1)


def _copy_trust(home: str, profile: str) -> None:
    for name in _TRUST:
        with contextlib.suppress(OSError):
            shutil.copytree(os.path.join(home, name), os.path.join(profile, name))


def _start(command: list[str], profile: str, life: int) -> int:
    """Start the browser as leader of a process group; returns its number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setpgid(0, 0)
        os.close(life)
        os.dup2(0, 3)
        os.dup2(1, 4)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        # What it would write to its user's home directory goes away with the profile.
        environment = dict(os.environ, HOME=profile)
        # Also what it leaves in /tmp when it is killed; the path of a socket in there has at most 107 bytes.
        if len(profile) <= 107 - _LONGEST_SOCKET:
            environment["TMPDIR"] = profile
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            environment.pop(name, None)
        os.execve(command[0], [command[0], "--user-data-dir=" + profile, *command[1:]], environment)
    except OSError as error:
        os.write(2, ("cannot start %s: %s\n" % (command[0], error.strerror)).encode("utf-8", "replace"))
    os._exit(127)


def _end_all(group: int) -> None:
    """Kill the group, and orphans that have left it, until nobody is left."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        for pid in _children():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
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


def delete(profile: str) -> None:
    """Delete a profile into which processes that are just ending may still write."""
    end = time.monotonic() + _PATIENCE
    while os.path.lexists(profile) and time.monotonic() < end:
        shutil.rmtree(profile, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
