# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the one opener opens, and what it leaves alone."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import tempfile

import pytest
from ansible_collections.websocket.health.plugins.module_utils._system.open_file import (
    ForeignLink,
    NotRegular,
    Reader,
    open_own,
    open_regular,
    read_bytes,
    read_text,
)

from tests.unit.probed_host import is_root

NOBODY = 65534


def test_a_file_is_read_to_its_bound(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"0123456789\xff")
    assert read_bytes(str(path), 4) == b"0123"
    assert read_bytes(str(path), 4, offset=8) == b"89\xff"
    assert read_bytes(str(path), 3, offset=-3) == b"89\xff"
    assert read_text(str(path), 100) == "0123456789\ufffd"


def test_what_is_no_regular_file_is_not_opened(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A FIFO would keep root waiting, a device acts upon being opened, and /dev/zero never ends."""
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    (tmp_path / "zero").symlink_to("/dev/zero")
    reading: list[str] = []
    opened = os.open

    def noted(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if not flags & os.O_PATH:
            reading.append(path)
        return opened(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", noted)
    for name in ("fifo", "socket", "zero", "."):
        with pytest.raises(NotRegular, match="not a regular file"):
            open_regular(str(tmp_path / name))
    for path in ("/dev/zero", "/proc/self/fd", "/proc/self/cwd"):
        with pytest.raises(NotRegular):
            open_regular(path)
    assert reading == []


def test_a_missing_file_raises_with_its_name(tmp_path: pathlib.Path) -> None:
    for path in (tmp_path / "none", tmp_path / "a\0b"):
        with pytest.raises(FileNotFoundError) as caught:
            open_regular(str(path))
        assert caught.value.filename == str(path)


def test_symbolic_links_are_followed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "releases" / "7").mkdir(parents=True)
    (tmp_path / "releases" / "7" / "env").write_text("A=1")
    (tmp_path / "current").symlink_to("releases/7")
    (tmp_path / "absolute").symlink_to(tmp_path / "current" / ".." / "7" / "env")
    (tmp_path / "loop").symlink_to("loop")
    assert read_text(str(tmp_path / "current" / "env"), 9) == "A=1"
    assert read_text(str(tmp_path / "absolute"), 9) == "A=1"
    with pytest.raises(OSError, match="symbolic links"):
        open_regular(str(tmp_path / "loop"))


@pytest.mark.skipif(not is_root(), reason="only root can make links of other users")
def test_a_link_to_what_its_maker_may_not_read(tmp_path: pathlib.Path) -> None:
    """Or any user could have root read /etc/shadow, and find it in a report."""
    for parent in [tmp_path, *tmp_path.parents]:
        if parent.owner() == "root" and parent != pathlib.Path("/tmp"):
            parent.chmod(0o755)
    secret, own, public = tmp_path / "secret", tmp_path / "own", tmp_path / "public"
    for path in (secret, own, public):
        path.write_text(path.name)
        path.chmod(0o644 if path == public else 0o600)
        (tmp_path / f"to-{path.name}").symlink_to(path)
        os.lchown(tmp_path / f"to-{path.name}", NOBODY, NOBODY)
    os.chown(own, NOBODY, NOBODY)
    assert read_text(str(tmp_path / "to-own"), 9) == "own"
    assert read_text(str(tmp_path / "to-public"), 9) == "public"
    with pytest.raises(ForeignLink, match="a symlink of user 65534 points to another user's file"):
        open_regular(str(tmp_path / "to-secret"))
    closed = tmp_path / "closed"
    closed.mkdir(0o700)
    (closed / "public").write_text("in a closed directory")
    (tmp_path / "into").symlink_to(closed / "public")
    os.lchown(tmp_path / "into", NOBODY, NOBODY)
    with pytest.raises(ForeignLink):
        open_regular(str(tmp_path / "into"))
    os.lchown(tmp_path / "into", 0, 0)
    assert read_text(str(tmp_path / "into"), 90) == "in a closed directory"


@pytest.mark.skipif(not is_root(), reason="only root may read what others may not")
def test_what_a_reader_may_not_read(tmp_path: pathlib.Path) -> None:
    """A name that a user may have chosen leads root no further than him."""
    folder = pathlib.Path(tempfile.mkdtemp(dir="/run"))
    try:
        folder.chmod(0o755)
        file = folder / "file"
        file.write_text("x")
        nobody = Reader(NOBODY, frozenset({7}))

        def may() -> bool:
            try:
                return read_text(str(file), 1, readers=[Reader(0, frozenset()), nobody]) == "x"
            except ForeignLink:
                return False

        for owner, group, mode, allowed in (
            (0, 0, 0o604, True),
            (0, 0, 0o640, False),
            (0, 7, 0o640, True),
            (0, 7, 0o604, False),
            (NOBODY, 0, 0o400, True),
            (NOBODY, 7, 0o044, False),
        ):
            os.chown(file, owner, group)
            file.chmod(mode)
            assert may() == allowed, (owner, group, oct(mode))
        os.chown(file, NOBODY, 7)
        file.chmod(0o444)
        folder.chmod(0o700)
        assert not may(), "he cannot get at it"
        # What the kernel tells root of others.
        me = f"/proc/{os.getpid()}"
        for name in (f"{me}/environ", f"{me}/cwd/README.md", f"{me}/root{file}"):
            with pytest.raises(ForeignLink):
                read_text(name, 1, readers=[nobody])
    finally:
        shutil.rmtree(folder)


def test_links_of_another_file_system_stay_in_it(tmp_path: pathlib.Path) -> None:
    """What a container calls /etc/passwd is its own, and not this host's."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("theirs")
    (tmp_path / "absolute").symlink_to("/etc/passwd")
    (tmp_path / "above").symlink_to("../../../../etc/passwd")
    for name in ("/etc/passwd", "/absolute", "/above", "/../../etc/passwd"):
        assert read_text(name, 99, str(tmp_path)) == "theirs"


def test_what_the_kernel_shows_is_read() -> None:
    assert read_text("/proc/self/status", 5) == "Name:"
    assert read_text(f"/proc/{os.getpid()}/root/proc/self/status", 5) == "Name:"


def test_descriptors_are_given_back(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").write_text("a")
    before = os.listdir("/proc/self/fd")
    for path in ("a", "none", "a/b", "."):
        try:
            read_bytes(str(tmp_path / path), 1)
        except OSError:
            continue
    assert os.listdir("/proc/self/fd") == before


def test_files_of_one_s_own_are_no_links(tmp_path: pathlib.Path) -> None:
    os.close(open_own(str(tmp_path / "own"), os.O_CREAT | os.O_WRONLY))
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to(tmp_path / "own")
    with pytest.raises(OSError, match="symbolic link"):
        open_own(str(tmp_path / "link"), os.O_WRONLY)
