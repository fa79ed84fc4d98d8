# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root may run and believe."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import pytest
from ansible_collections.websocket.health.plugins.module_utils._system.only_root import (
    changed_by_others,
    executable_of,
    is_roots,
    uids_of,
)
from ansible_collections.websocket.health.plugins.module_utils._system.tools import DIRECTORIES, find_tool

from tests.unit.probed_host import is_root, wait_for

NOBODY = 65534
pytestmark = pytest.mark.skipif(not is_root(), reason="only root makes files that are root's alone, and others'")


@pytest.fixture
def roots() -> Iterator[pathlib.Path]:
    """A directory that nobody but root can change."""
    with tempfile.TemporaryDirectory(dir="/run") as name:
        yield pathlib.Path(name)


def test_each_part_of_a_path_counts(roots: pathlib.Path) -> None:
    folder, file = roots / "bin", roots / "bin" / "nginx"
    folder.mkdir()
    file.write_text("")
    assert changed_by_others(str(file)) is None
    for part in (file, folder):
        for change, back in ((lambda p: os.chown(p, NOBODY, 0), lambda p: os.chown(p, 0, 0)), (_open, _close)):
            change(part)
            assert changed_by_others(str(file)) == str(part)
            back(part)
    assert is_roots(str(file))
    assert not is_roots(str(roots / "none"))


def _open(path: pathlib.Path) -> None:
    path.chmod(0o775)


def _close(path: pathlib.Path) -> None:
    path.chmod(0o755)


def test_a_link_counts_as_what_it_is_and_as_what_it_leads_to(roots: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "theirs").write_text("")
    (roots / "link").symlink_to(tmp_path / "theirs")
    assert changed_by_others(str(roots / "link")) == "/tmp"
    (roots / "loop").symlink_to("loop")
    assert changed_by_others(str(roots / "loop")) is not None
    (roots / "good").symlink_to("../../usr/bin/env")
    os.lchown(roots / "good", NOBODY, NOBODY)
    assert changed_by_others(str(roots / "good")) == str(roots / "good")
    os.lchown(roots / "good", 0, 0)
    assert changed_by_others(str(roots / "good")) is None


@contextlib.contextmanager
def sleeping(program: pathlib.Path | str, uid: int = 0) -> Iterator[int]:
    """A process that runs a program; yields its pid."""
    process = subprocess.Popen([program, "60"], user=uid, group=uid, extra_groups=[])
    try:
        wait_for(lambda: os.readlink(f"/proc/{process.pid}/exe") == os.path.realpath(program))
        yield process.pid
    finally:
        process.kill()
        process.wait()


def test_what_may_be_run_is_root_s_own(roots: pathlib.Path, tmp_path: pathlib.Path) -> None:
    nginx = roots / "nginx"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", nginx)
    with sleeping(nginx) as pid:
        assert uids_of(pid) == {0}
        assert executable_of(pid, ("nginx",)) == str(nginx)
        assert executable_of(pid, ("apache2",)) is None, "a process is free to call itself by any name"
        roots.chmod(0o777)
        assert executable_of(pid, ("nginx",)) is None
        roots.chmod(0o755)
        os.rename(nginx, roots / "old")
        shutil.copy(roots / "old", nginx)
        assert executable_of(pid, ("nginx",)) is None, "what runs is another file"
    roots.chmod(0o755)
    with sleeping(nginx, NOBODY) as pid:
        assert executable_of(pid, ("nginx",)) is None
    theirs = tmp_path / "nginx"
    shutil.copy(nginx, theirs)
    with sleeping(theirs) as pid:
        assert executable_of(pid, ("nginx",)) is None
    assert executable_of(2**22 + 7, ("nginx",)) is None, "a process that has gone"


def test_tools_come_from_the_system_s_directories(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    bait = tmp_path / "ls"
    bait.write_text("#!/bin/sh\n")
    bait.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_tool("ls")
    assert found is not None and os.path.dirname(found) in DIRECTORIES
    assert find_tool("no-such-tool") is None
