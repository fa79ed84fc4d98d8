# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Atomic writing: the old file or the new one, whole; nothing left over; errors that say what to do."""

from __future__ import annotations

import errno
import os
import pathlib
import subprocess
import sys

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._report.store import atomic_files

TREE = pathlib.Path(__file__).resolve().parents[3] / ".cache" / "tree"


def names(directory: pathlib.Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())


def test_writes_with_mode_and_makes_directories(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a" / "b" / "report.md"
    atomic_files.write_atomically(str(path), "härt\n")
    assert path.read_text(encoding="utf-8") == "härt\n"
    assert path.stat().st_mode & 0o777 == 0o640
    atomic_files.write_atomically(str(path), "again", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(path.parent) == ["report.md"]


def test_lone_surrogates_are_written_as_their_escape(tmp_path: pathlib.Path) -> None:
    atomic_files.write_atomically(str(tmp_path / "x"), "a\ud800b")
    assert (tmp_path / "x").read_bytes() == b"a\\ud800b"


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "fchmod"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_any_failure_leaves_the_old_file_and_no_other(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    path = tmp_path / "report.html"
    atomic_files.write_atomically(str(path), "old")

    def broken(*_args: object, **_kwargs: object) -> None:
        raise OSError(number, os.strerror(number))

    if call == "write":
        real = os.fdopen

        def fdopen(handle: int, mode: str) -> object:
            stream = real(handle, mode)
            return _Full(stream, broken)

        monkeypatch.setattr(atomic_files.os, "fdopen", fdopen)
    else:
        monkeypatch.setattr(atomic_files.os, call, broken)
    with pytest.raises(OSError) as caught:
        atomic_files.write_atomically(str(path), "new" * 1000)
    monkeypatch.undo()
    assert caught.value.errno == number
    assert str(path) in str(caught.value)
    assert "choose another report_dir" in str(caught.value)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["report.html"]


class _Full:
    """A stream on a full file system."""

    def __init__(self, stream: object, broken: object) -> None:
        self._stream, self.write = stream, broken

    def __enter__(self) -> _Full:
        return self

    def __exit__(self, *_details: object) -> None:
        self._stream.close()  # type: ignore[attr-defined]


def test_a_limit_on_file_size_leaves_the_old_file(tmp_path: pathlib.Path) -> None:
    """The kernel itself refuses in the middle of the write."""
    path = tmp_path / "report.json"
    path.write_text("old")
    program = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "from ansible_collections.websocket.health.plugins.plugin_utils._report.store import atomic_files\n"
        "try:\n    atomic_files.write_atomically(sys.argv[1], 'x' * 100000)\n"
        "except OSError as error:\n    print(error)\n    sys.exit(7)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env=dict(os.environ, PYTHONPATH=str(TREE), PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 7, ran.stderr
    assert "ulimit -f" in ran.stdout
    assert path.read_text() == "old"
    assert names(tmp_path) == ["report.json"]


def test_a_link_out_of_the_directory_is_not_followed(tmp_path: pathlib.Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    victim = outside / "precious"
    victim.write_text("precious")
    (inside / "report.html").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic link"):
        atomic_files.write_atomically(str(inside / "report.html"), "new")
    assert victim.read_text() == "precious"
    (inside / "dangling").symlink_to(outside / "nothing")
    with pytest.raises(OSError, match="symbolic link"):
        atomic_files.write_atomically(str(inside / "dangling"), "new")
    assert names(outside) == ["precious"]


def test_a_link_within_the_directory_is_followed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "report-7.html").write_text("old")
    (tmp_path / "report.html").symlink_to("report-7.html")
    atomic_files.write_atomically(str(tmp_path / "report.html"), "new")
    assert (tmp_path / "report.html").is_symlink()
    assert (tmp_path / "report-7.html").read_text() == "new"


def test_a_directory_in_its_place_is_an_error_with_advice(tmp_path: pathlib.Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OSError, match="move it away"):
        atomic_files.write_atomically(str(tmp_path / "report.html"), "new")
    assert names(tmp_path) == ["report.html"]
