# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""However the demo ends, its servers and its directory end with it."""

from __future__ import annotations

import os
import pathlib
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.conftest import link_collection

PLAYBOOK = str(pathlib.Path(sys.executable).parent / "ansible-playbook")


def _of(folder: pathlib.Path) -> list[str]:
    """Processes of the fleet, and its directories."""
    found = [str(path) for path in folder.glob("websocket-health-demo*")]
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
            ours = f"TMPDIR={folder}".encode() in (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if ours and "demo_" in command:
            found.append(command.replace("\0", " "))
    return found


def _within(seconds: float, condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def _start(folder: pathlib.Path, *options: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "TMPDIR": str(folder), "ANSIBLE_COLLECTIONS_PATH": str(link_collection())}
    environment["ANSIBLE_LOCALHOST_WARNING"] = "0"
    return subprocess.Popen(
        [PLAYBOOK, "websocket.health.demo", *options],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


@pytest.mark.parametrize("group", [True, False], ids=["all of it", "the playbook alone"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda it: it.name)
def test_a_demo_that_is_stopped(tmp_path: pathlib.Path, number: signal.Signals, group: bool) -> None:
    process = _start(tmp_path)
    try:
        _within(60, lambda: len(_of(tmp_path)) >= 7, "the fleet did not start")
        (directory,) = tmp_path.glob("websocket-health-demo-*")
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        (os.killpg if group else os.kill)(process.pid, number)
        process.communicate(timeout=60)
        _within(20, lambda: not _of(tmp_path), "something is left")
    finally:
        process.kill()


def test_a_demo_whose_checklist_fails(tmp_path: pathlib.Path) -> None:
    process = _start(tmp_path, "-e", "websocket_health_formats=nonsense")
    printed = process.communicate(timeout=120)[0]
    assert process.returncode != 0, printed
    _within(20, lambda: not _of(tmp_path), printed)
