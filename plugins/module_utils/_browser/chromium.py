# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Finds Chromium, starts it as an unprivileged user with a home of its own, and ends it without a trace."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import re
import secrets
import select
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
import types
import typing as t

from . import guard
from .cdp import Protocol

#: Names under which distributions install it, and its relatives.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_CORRECT = "correct chromium.path, or remove it"
_INSTALL = "install Debian's package chromium (or Google Chrome) %s, or set chromium.path to the program"
_ALLOW_SANDBOX = (
    "let users create namespaces (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0, "
    "kernel.apparmor_restrict_unprivileged_userns=0; in a container, allow that too), install Debian's package "
    "chromium-sandbox, or, accepting the risk, run it without its sandbox: chromium: {arguments: [--no-sandbox]}"
)
_ANOTHER_USER = "set chromium.user to an unprivileged user that runs nothing else"
#: What a browser prints if its sandbox is not allowed.
_NO_SANDBOX = re.compile(r"sandbox|namespace|zygote_host|credentials\.cc", re.IGNORECASE)
#: Who runs the browser of a starter that is root.
USER = "nobody"
#: How the directories are called in which browsers have their homes.
PREFIX = "websocket-health-browser-"
_ARGUMENTS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-startup-window",
    "--password-store=basic",
    "--use-mock-keychain",
    "--window-size=1280,800",
)
#: Seconds that the guard may take to clear up.
_PATIENCE = 12.0
#: Characters of the program's own complaints that are kept.
_COMPLAINT = 300
#: Bytes of them that are looked at.
_LAST = 16384


class CannotStart(Exception):
    """There is no browser, or it does not run; the message says why.

    :ivar remedy: what would help.
    :ivar named: whether the operator named a program that is not there.
    """

    def __init__(self, reason: str, remedy: str, named: bool = False) -> None:
        super().__init__(reason)
        self.remedy = remedy
        self.named = named


def find(path: str | None, where: str = "where Ansible runs") -> str:
    """The program to start.

    :param path: what the operator named, if anything.
    :param where: where it is looked for, in words.
    :raises CannotStart: there is none.
    """
    if path:
        found = shutil.which(os.path.expanduser(path))
        if found is None:
            raise CannotStart("%s is not an executable program %s" % (path, where), _CORRECT, named=True)
        return found
    found = next((there for name in (*PROGRAMS, _MAC) for there in [shutil.which(name)] if there), None)
    if found is None:
        raise CannotStart("no Chromium found %s (%s)" % (where, ", ".join(PROGRAMS[:3])), _INSTALL % where)
    return found


def command_line(program: str, arguments: t.Sequence[str] = ()) -> list[str]:
    """The command that starts it.

    :param arguments: further ones, which win over those that are always given.
    """
    line = [program, *_ARGUMENTS]
    # The browser should see what clients see, not the proxy of the user who runs Ansible.
    if not any(argument.startswith("--proxy-") for argument in arguments):
        line.append("--no-proxy-server")
    return [*line, *arguments]


def unprivileged(name: str | None, root: bool | None = None) -> guard.User:
    """Numbers of the user and the group that the browser gets.

    :param name: of the user; None: the usual one.
    :param root: whether root starts the browser; by default as it is.
    :returns: None if an ordinary user starts it, who is the browser's user too.
    :raises CannotStart: there is no such user, or it is root.
    """
    if not (0 in (os.getuid(), os.geteuid()) if root is None else root):
        return None
    name = name or USER
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise CannotStart(
            "there is no user %s to run the browser, and it never runs as root" % name, _ANOTHER_USER
        ) from None
    if entry.pw_uid == 0:
        raise CannotStart("the browser never runs as root, and %s is root" % name, _ANOTHER_USER)
    return entry.pw_uid, entry.pw_gid


def _room(user: guard.User) -> str:
    """A directory of temporary files that the user can reach."""
    usual = tempfile.gettempdir()
    if user is None:
        return usual
    return next((path for path in (usual, "/tmp", "/var/tmp") if _is_open(path)), usual)


def _is_open(path: str) -> bool:
    """Whether every user may traverse a directory and all directories above it."""
    path = os.path.realpath(path)
    try:
        return bool(os.stat(path).st_mode & stat.S_IXOTH) and (path == "/" or _is_open(os.path.dirname(path)))
    except OSError:
        return False


class _Complaints:
    """What the program prints, of which the last is kept. It goes through a pipe: a file could grow without end."""

    def __init__(self) -> None:
        self._reading, self.writing = os.pipe()
        self._last = b""
        self._thread = threading.Thread(target=self._read, daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def _read(self) -> None:
        with os.fdopen(self._reading, "rb", buffering=0) as stream:
            for data in iter(lambda: stream.read(_LAST), b""):
                self._last = (self._last + data)[-_LAST:]

    def text(self) -> str:
        """The most telling line of a program that has ended."""
        self._thread.join(0.5)
        lines = [line.strip() for line in self._last.decode("utf-8", "replace").splitlines() if line.strip()]
        for telling in ("FATAL", "cannot ", "ERROR", ""):
            found = [line for line in lines if telling in line]
            if found:
                return found[-1][:_COMPLAINT]
        return ""


def _guarded(arguments: t.Sequence[str], **streams: t.Any) -> subprocess.Popen[bytes]:
    """Start the guard, whose source comes through a pipe, with these arguments."""
    program_read = _piped(_source_of(guard))
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "/dev/fd/%d" % program_read, *arguments],
            pass_fds=(program_read, *streams.pop("pass_fds", ())),
            # No signal of the terminal or to the play's process group reaches it: it is to clear up after them.
            start_new_session=True,
            cwd="/",
            **streams,
        )
    finally:
        os.close(program_read)


@contextlib.contextmanager
def running(program: str, arguments: t.Sequence[str] = (), user: str | None = None) -> t.Iterator[Protocol]:
    """A browser for as long as the block runs; afterwards its processes and its home are gone.

    :param user: by whom it is run where root starts it.
    :raises CannotStart: there is no such user.
    """
    numbers = unprivileged(user)
    place = os.path.join(_room(numbers), PREFIX + secrets.token_hex(8))
    whose = [str(number) for number in numbers] if numbers else ["-", "-"]
    complaints = _Complaints()
    life_read, life_write = os.pipe()
    commands_read, commands_write = os.pipe()
    answers_read, answers_write = os.pipe()
    theirs = [life_read, commands_read, answers_write, complaints.writing]
    try:
        guarding = _guarded(
            [str(life_read), os.path.expanduser("~"), place, *whose, *command_line(program, arguments)],
            stdin=commands_read,
            stdout=answers_write,
            stderr=complaints.writing,
            pass_fds=(life_read,),
        )
    finally:
        for number in theirs:
            os.close(number)
    try:
        complaints.start()
        yield Protocol(commands_write, answers_read, complaints.text)
    finally:
        os.close(life_write)
        os.close(commands_write)
        with contextlib.suppress(subprocess.TimeoutExpired):
            guarding.wait(_PATIENCE)
        if guarding.returncode:
            # The guard was killed: the browser is still ending, and writes to its home.
            _await_end(answers_read)
            with contextlib.suppress(subprocess.TimeoutExpired):
                nothing = subprocess.DEVNULL
                _guarded(["delete", place, *whose], stdin=nothing, stdout=nothing, stderr=nothing).wait(_PATIENCE)
        os.close(answers_read)


def _source_of(module: types.ModuleType) -> bytes:
    """A module's source. On a host it was brought along in memory: there is no file to start."""
    spec = importlib.util.find_spec(module.__name__)
    loader: t.Any = spec.loader if spec else None
    source = loader.get_source(module.__name__) if hasattr(loader, "get_source") else None
    if not source:
        raise CannotStart("the source of %s is missing" % module.__name__, "reinstall the collection")
    # Ansible's own loader returns bytes.
    return source if isinstance(source, bytes) else str(source).encode("utf-8")


def _piped(data: bytes) -> int:
    """A descriptor from which data can be read; they must fit into a pipe (64 KiB)."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as stream:
        stream.write(data)
    return reading


def _await_end(answers: int) -> None:
    """Wait until the browser has closed its end of a pipe."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if select.select([answers], [], [], 0.25)[0] and not os.read(answers, 1 << 18):
            return


def why_not(program: str, complaint: str, user: str = USER) -> CannotStart:
    """Why a browser exited before it answered.

    :param user: who runs it where root starts it.
    """
    if guard.NO_USER in complaint:
        remedy = "run it where root may change users (CAP_SETUID, CAP_SETGID), or not as root"
    elif guard.NO_START in complaint:
        remedy = (
            "let %s read and execute it and all directories above it, or set another chromium.path or chromium.user"
            % user
        )
    elif _NO_SANDBOX.search(complaint):
        remedy = _ALLOW_SANDBOX
    else:
        remedy = "start it by hand to see why: %s --version" % program
    return CannotStart("%s exited immediately: %s" % (program, complaint or "without a message"), remedy)
