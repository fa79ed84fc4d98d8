# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a probe is given: the deadline, the host's processes and listeners, a way to run commands."""

from __future__ import annotations

import copy
import os
import threading
import time
import typing as t

from .._system.tools import DIRECTORIES
from .deadline import Deadline
from .redact import Redactor

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.service import Service
    from .._system.base import Found, System

#: ``run(argv) -> (exit status, stdout, stderr)``; AnsibleModule.run_command fits.
RunCommand = t.Callable[..., t.Tuple[int, str, str]]

#: What commands are started with besides this process's own environment.
_ENVIRONMENT = {"LC_ALL": "C", "SYSTEMD_COLORS": "0", "PATH": os.pathsep.join(DIRECTORIES)}
#: Exit status of timeout(1) when it had to stop the command.
TIMED_OUT = 124


class CommandMissing(Exception):
    """The command is not installed on this host."""


class Context:
    """Everything a probe may touch. One per run and host, shared by the probes' threads.

    :param deadline: the run's absolute deadline.
    :param system: the process table and the listeners (see _system/base.py).
    :param run_command: takes an argument list and returns (exit status, stdout, stderr).
    :param find_executable: the full path of a command, or None.
    :param redactor: hides secrets in whatever is collected.
    :param library: the websocket-client package (``websocket._core`` imported), or None.
    :param library_note: its version and where it is from, or why there is none.
    :param dialects: the dialect modules by name.
    """

    def __init__(
        self,
        deadline: Deadline,
        system: System,
        run_command: RunCommand,
        find_executable: t.Callable[[str], str | None],
        redactor: Redactor | None = None,
        library: t.Any = None,
        library_note: str = "",
        dialects: t.Mapping[str, t.Any] | None = None,
        now: t.Callable[[], float] = time.time,
    ) -> None:
        self.deadline = deadline
        self.system = system
        self.redactor = redactor or Redactor()
        self.library = library
        self.library_note = library_note
        self.dialects = dialects or {}
        self.now = now
        #: Set once a WebSocket probe has its first answer (or none is to be had).
        self.first_answer = threading.Event()
        #: Whether a probe tries the services' ports, and so reports what it finds (see tell), in this run.
        self.searching = False
        self._told: t.Dict[t.Tuple[str, str], str] = {}
        self._telling = threading.Condition()
        self._made: t.Dict[t.Hashable, t.Any] = {}
        self._locks: t.Dict[t.Hashable, threading.Lock] = {}
        self._making = threading.Lock()
        self._run_command = run_command
        self._find_executable = find_executable

    def with_deadline(self, deadline: Deadline) -> Context:
        """The same for a caller that has less time."""
        other = copy.copy(self)
        other.deadline = deadline
        return other

    def with_redactor(self, redactor: Redactor) -> Context:
        """The same with another redactor."""
        other = copy.copy(self)
        other.redactor = redactor
        return other

    def found(self, service: Service) -> Found:
        """The processes, unit and listeners that belong to a service (see _system/base.py: Found)."""
        return self.system.find(service)

    def tell(self, service: Service, what: str, value: str) -> None:
        """Make known to the other probes what was found of a service: its ``path``, what its port has ``spoken``."""
        with self._telling:
            self._told[_key(service), what] = value
            self._telling.notify_all()

    def told(self, service: Service, what: str, seconds: float) -> str:
        """What was reported, or is reported within ``seconds``; empty if nothing was found, or no probe looks."""
        if not self.searching:
            return ""
        key = _key(service), what
        with self._telling:
            self._telling.wait_for(lambda: key in self._told, min(seconds, self.deadline.remaining()))
            return self._told.get(key, "")

    def once(self, key: t.Hashable, make: t.Callable[[], t.Any]) -> t.Any:
        """What ``make`` returns, made once in a run: services of one host ask for the same proxy and rules."""
        with self._making:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]

    def command(self, argv: t.Sequence[str], seconds: float = 5.0) -> tuple[int, str, str]:
        """Run a command under timeout(1), within the deadline, in the C locale.

        :param argv: the command and its arguments; never a shell line. A name is looked for where ``find_executable``
            looks; a path is taken as it is.
        :returns: exit status (124: it took too long), stdout, stderr, both text.
        :raises CommandMissing: it is not installed.
        :raises DeadlineExceeded: no time is left to start it.
        """
        executable = argv[0] if os.path.isabs(argv[0]) else self._find_executable(argv[0])
        if executable is None:
            raise CommandMissing("%s is not installed on this host" % argv[0])
        seconds = min(seconds, self.deadline.require("starting %s" % argv[0]))
        line = [executable] + list(argv[1:])
        guard = self._find_executable("timeout")
        if guard is not None:
            line = [guard, "-k", "1", "%.1f" % max(0.1, seconds)] + line
        try:
            status, out, err = self._run_command(line, environ_update=_ENVIRONMENT, cwd="/")
        except OSError as error:
            raise CommandMissing("%s cannot be run on this host: %s" % (argv[0], error)) from error
        return status, out or "", err or ""


def _key(service: Service) -> str:
    return "%s %s" % (service.get("name"), service.get("socket") or service.get("port"))
