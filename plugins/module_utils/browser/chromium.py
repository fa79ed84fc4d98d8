# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Finds Chromium, starts it with a profile of its own, and ends it without a trace."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import select
import shutil
import subprocess
import sys
import tempfile
import time
import types
import typing as t

from . import guard
from .cdp import Protocol

#: Names under which distributions install it, and its relatives.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_CORRECT = "correct chromium.path, or leave it out"
_INSTALL = "install Debian's package chromium (or Google Chrome) %s, or name the program in chromium.path"
_ALLOW_SANDBOX = (
    "let users make namespaces (sysctl kernel.unprivileged_userns_clone=1), or run it without its sandbox: "
    "chromium: {arguments: [--no-sandbox]}"
)
#: How the directories of profiles are called.
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
            raise CannotStart("%s is no program that can be started %s" % (path, where), _CORRECT, named=True)
        return found
    found = next((there for name in (*PROGRAMS, _MAC) for there in [shutil.which(name)] if there), None)
    if found is None:
        raise CannotStart("there is no Chromium %s (%s)" % (where, ", ".join(PROGRAMS[:3])), _INSTALL % where)
    return found


def command_line(program: str, arguments: t.Sequence[str] = (), root: bool | None = None) -> list[str]:
    """The command that starts it.

    :param arguments: further ones, which win over those that are always given.
    :param root: whether root starts it; by default as it is. Its sandbox does not work for root.
    """
    line = [program, *_ARGUMENTS]
    # The browser is to meet what clients meet, not the proxy of whoever runs Ansible.
    if not any(argument.startswith("--proxy-") for argument in arguments):
        line.append("--no-proxy-server")
    if os.geteuid() == 0 if root is None else root:
        line.append("--no-sandbox")
    return [*line, *arguments]


@contextlib.contextmanager
def running(program: str, arguments: t.Sequence[str] = ()) -> t.Iterator[Protocol]:
    """A browser for as long as the block runs; afterwards its processes and its profile are gone."""
    profile = os.path.join(tempfile.gettempdir(), PREFIX + secrets.token_hex(8))
    program_read = _piped(_source_of(guard))
    life_read, life_write = os.pipe()
    commands_read, commands_write = os.pipe()
    answers_read, answers_write = os.pipe()
    theirs = [life_read, commands_read, answers_write, program_read]
    with tempfile.TemporaryFile() as complaints:
        try:
            guarding = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    "/dev/fd/%d" % program_read,
                    str(life_read),
                    os.path.expanduser("~"),
                    profile,
                ]
                + command_line(program, arguments),
                stdin=commands_read,
                stdout=answers_write,
                stderr=complaints,
                pass_fds=(life_read, program_read),
                # No signal of the terminal or to the play's process group reaches it: it is to clear up after them.
                start_new_session=True,
                cwd="/",
            )
        finally:
            for number in theirs:
                os.close(number)
        try:
            yield Protocol(commands_write, answers_read, lambda: _complaint(complaints))
        finally:
            os.close(life_write)
            os.close(commands_write)
            with contextlib.suppress(subprocess.TimeoutExpired):
                guarding.wait(_PATIENCE)
            if guarding.returncode:
                # Somebody killed the guard: the browser is still ending, and writes to its profile.
                _await_end(answers_read)
                guard.delete(profile)
            os.close(answers_read)


def _source_of(module: types.ModuleType) -> bytes:
    """A module's source. On a host it was brought along in memory: there is no file to start."""
    spec = importlib.util.find_spec(module.__name__)
    loader: t.Any = spec.loader if spec else None
    source = loader.get_source(module.__name__) if hasattr(loader, "get_source") else None
    if not source:
        raise CannotStart("the source of %s is missing" % module.__name__, "install the collection again")
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


def _complaint(stream: t.IO[bytes]) -> str:
    """What the program printed last."""
    stream.seek(max(0, stream.seek(0, os.SEEK_END) - 16384))
    lines = [line.strip() for line in stream.read().decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if "ERROR" in line or "FATAL" in line or line.startswith("cannot start")]
    return " ".join((telling or lines)[-1:])[:_COMPLAINT]


def why_not(program: str, complaint: str) -> CannotStart:
    """The reason for a browser that ended before it answered."""
    remedy = _ALLOW_SANDBOX if "sandbox" in complaint.lower() else "start it by hand to see why: %s --version" % program
    return CannotStart("%s ended at once: %s" % (program, complaint or "it said nothing"), remedy)
