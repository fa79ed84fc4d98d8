# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What unit tests share: this host as the probes see it, and a service that is asked and judged as in a play."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pathlib
import pkgutil
import shutil
import socket
import subprocess
import sys
import time
import typing as t
from collections.abc import Iterator

from ansible_collections.websocket.health.plugins.module_utils import _dialects as dialect_package
from ansible_collections.websocket.health.plugins.module_utils._run.context import Context
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.module_utils._run.payload import HALF, Dialects, Payload, load_library
from ansible_collections.websocket.health.plugins.module_utils._run.run_probes import SUBJECTS, Asking
from ansible_collections.websocket.health.plugins.module_utils._run.service_secrets import redactor_of
from ansible_collections.websocket.health.plugins.module_utils._system.base import System
from ansible_collections.websocket.health.plugins.module_utils._system.find import Host, make_system
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.drop_malformed import drop_malformed
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import judge
from ansible_collections.websocket.health.plugins.plugin_utils._run.pack_payload import pack_services

from tests.unit.known_fields import unknown_fields

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
Service = dict[str, t.Any]
Evidence = dict[str, t.Any]

LIBRARY, LIBRARY_NOTE = load_library()
DIALECTS = Dialects(module.name for module in pkgutil.iter_modules(dialect_package.__path__))


class Module:
    """The part of an AnsibleModule that the probes use."""

    def run_command(self, argv: list[str], **_options: t.Any) -> tuple[int, str, str]:
        """Run a command."""
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def get_bin_path(self, name: str) -> str | None:
        """Find a command."""
        return shutil.which(name)


def new_context(
    service: Service, deadline: float = 6.0, prefer_psutil: bool = True, system: System | None = None
) -> Context:
    """This host, for one probe of one service; its processes are looked up anew unless a system is given."""
    module = Module()
    return Context(
        Deadline(deadline),
        system or make_system(prefer_psutil),
        module.run_command,
        module.get_bin_path,
        redactor=redactor_of(service),
        library=LIBRARY,
        library_note=LIBRARY_NOTE,
        dialects=DIALECTS,
    )


def probe(subject: str, service: Service, deadline: float = 6.0, prefer_psutil: bool = True) -> Evidence:
    """The evidence of one probe, not yet redacted as a whole."""
    return probe_with(subject, service, new_context(service, deadline, prefer_psutil))


def probe_with(subject: str, service: Service, context: Context) -> Evidence:
    """The same with a context of the test's own."""
    module = importlib.import_module(f"{HALF}._probes.{subject}")
    evidence = t.cast("Evidence", module.probe(service, context))
    _is_in_shape({subject: evidence})
    return evidence


def _is_in_shape(evidence: dict[str, Evidence]) -> None:
    """What a probe says is what its types know, and so what checks will see of it."""
    plain = json.loads(json.dumps(evidence))
    assert drop_malformed(plain) == plain
    assert not unknown_fields(plain)


def ask(service: Service, subjects: t.Iterable[str] = SUBJECTS, deadline: float = 8.0) -> dict[str, Evidence]:
    """All evidence of a service, on the way that a play takes: carried, unpacked, probed, redacted."""
    carried = Payload.unpack(pack_services([service])[1])
    answer = Asking(carried.services, carried, deadline, Module()).ask(list(subjects))
    evidence = t.cast("dict[str, Evidence]", answer["services"][0]["evidence"])
    _is_in_shape(evidence)
    return evidence


def ask_and_judge(service: Service, deadline: float = 8.0) -> tuple[dict[str, Evidence], dict[str, t.Any]]:
    """Evidence and verdict."""
    evidence = ask(service, deadline=deadline)
    return evidence, judge(service, evidence)


@contextlib.contextmanager
def computing(seconds: float) -> Iterator[None]:
    """What is within computes for at most so long, whatever else the machine does: processor time, not the clock's."""
    began = time.process_time()
    yield
    used = time.process_time() - began
    assert used < seconds, f"{used:.1f} s of the processor"


def statuses(judged: dict[str, t.Any]) -> dict[str, str]:
    """Status by check id, as seen on the host."""
    return {entry["id"]: entry["status"] for entry in judged["checks"] if entry["vantage"] == "host"}


def wait_for(condition: t.Callable[[], t.Any], seconds: float = 10.0) -> t.Any:
    """The first true value of a condition."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, "waited for nothing"
        time.sleep(0.01)


def looked_at() -> Host:
    """This host, its processes and listeners already looked up: the probes' time is their own."""
    system = make_system()
    assert isinstance(system, Host)
    assert system.listeners
    return system


@contextlib.contextmanager
def child(*argv: str, **options: t.Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the test's own, which is gone afterwards whatever became of it."""
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
    try:
        wait_for(lambda: _runs_its_program(process.pid))
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _runs_its_program(pid: int) -> bool:
    """Whether execve(2) is through: the kernel shows the new executable a moment before the new command line."""
    process = pathlib.Path("/proc", str(pid))
    state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
    command = (process / "cmdline").read_bytes()
    return state == "Z" or command not in (b"", pathlib.Path("/proc/self/cmdline").read_bytes())


@contextlib.contextmanager
def python_child(code: str, **options: t.Any) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process that has printed its first line, and ends with its standard input."""
    with child(
        sys.executable, "-c", code + "\nprint('ready', flush=True)\nimport sys; sys.stdin.read()", **options
    ) as it:
        assert it.stdout is not None
        assert it.stdout.readline().strip() == b"ready"
        yield it


@contextlib.contextmanager
def listening(address: str = "127.0.0.1", backlog: int = 5, v6only: bool | None = None) -> Iterator[socket.socket]:
    """A socket of this process that listens on a free port, and accepts nobody."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        if v6only is not None:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(v6only))
        listener.bind((address, 0))
        listener.listen(backlog)
        yield listener


def is_root() -> bool:
    """Whether other users' processes can be seen."""
    return os.geteuid() == 0
