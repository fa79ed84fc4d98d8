# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmarks, tests and labs that are stopped leave no process, namespace or interface behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from tests.lab.lab import MARK

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("ip") or not Path("/usr/sbin/sshd").exists(),
    reason="a lab needs root, openssh-server and iproute2",
)

#: A test that has a lab with a daemon on it, and hangs.
_TEST = """
import pytest, time
from tests.lab.lab import Lab

@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("x") / "lab", 2) as lab:
        yield lab

def test_hangs(lab):
    lab.host("lab01").start(["sleep", "1000"])
    time.sleep(1000)
"""
#: A program of its own that has no idea of signals: what is left is the guard's.
_PROGRAM = """
import sys, time
from tests.lab.lab import Lab
with Lab(sys.argv[1] + "/lab", 2) as lab:
    lab.host("lab01").start(["sleep", "1000"])
    time.sleep(1000)
"""


def _commands(folder: Path) -> dict[str, list[str]]:
    (folder / "test_hangs.py").write_text(_TEST)
    python, quiet = sys.executable, ["-q", "-p", "no:cacheprovider"]
    mine = ["-c", str(CHECKOUT / "pytest.ini"), "-p", "tests.conftest", f"--basetemp={folder}/base"]
    scenario = f"PYTEST={python} -m pytest {' '.join(quiet)} --basetemp={folder}/base -k process/stopped"
    return {
        "benchmark": [python, str(CHECKOUT / "tests" / "bench" / "bench_fleet.py"), "--hosts", "3"],
        "benchmarks": [python, str(CHECKOUT / "tests" / "bench" / "run.py")],
        "pytest": [python, "-m", "pytest", *quiet, *mine, str(folder / "test_hangs.py")],
        "make": ["make", "-C", str(CHECKOUT), "-o", "setup", "-j2", "--output-sync=target", "scenarios", scenario],
        "program": [python, "-c", _PROGRAM, str(folder)],
    }


def _environment(folder: Path) -> dict[str, str]:
    temporary = folder / "tmp"
    temporary.mkdir()
    return {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(CHECKOUT), "LEFT_BY": str(folder)}


class _World:
    """What a program that was started with an environment of its own has on this machine."""

    def __init__(self, folder: Path) -> None:
        self.mark = f"LEFT_BY={folder}".encode()
        #: Labs that it made, and network namespaces: what daemons of a host have in common with it.
        self.labs: set[str] = set()
        self.spaces: set[str] = set()

    def processes(self) -> list[str]:
        """Processes that have the program's environment, or are in a namespace that one of those is in."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "environ").read_bytes().split(b"\0")
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                space = os.readlink(entry / "ns" / "net")
            except OSError:
                continue
            if self.mark in words:
                self.labs.update(word.decode().partition("=")[2] for word in words if word.startswith(MARK.encode()))
                self.spaces.update({space} - {os.readlink("/proc/self/ns/net")})
            if self.mark in words or space in self.spaces or any(f"wh{lab}" in command for lab in self.labs):
                found.append(f"{entry.name} {command}")
        return found

    def interfaces(self) -> list[str]:
        """Network interfaces of its labs."""
        names = os.listdir("/sys/class/net")
        return [name for name in names for lab in self.labs if name.startswith(f"wh{lab}")]

    def is_up(self) -> bool:
        """Whether a host of a lab runs its sshd."""
        return any("sshd" in line for line in self.processes()) and bool(self.interfaces())


def _within(seconds: float, condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None or condition(), process.communicate()
        assert time.monotonic() < end, "waited for nothing"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("what", "number"),
    [
        (what, number)
        for what in ("benchmark", "benchmarks", "pytest", "make")
        for number in (signal.SIGTERM, signal.SIGINT)
    ]
    + [(what, signal.SIGKILL) for what in ("pytest", "program")],
)
def test_nothing_is_left(tmp_path: Path, what: str, number: signal.Signals) -> None:
    world, environment = _World(tmp_path), _environment(tmp_path)
    process = subprocess.Popen(
        _commands(tmp_path)[what],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        _within(40, world.is_up, process)
        # A terminal, and whoever stops make, asks all that make has started, too.
        (os.killpg if what == "make" else os.kill)(process.pid, number)
        process.communicate(timeout=60)
        _gone(world)
        assert (world.processes(), world.interfaces()) == ([], [])
    finally:
        process.terminate()
        process.wait(60)


def _gone(world: _World) -> None:
    """A guard that outlives a killed program takes a moment."""
    end = time.monotonic() + 30
    while world.processes() and time.monotonic() < end:
        time.sleep(0.1)
