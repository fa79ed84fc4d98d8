# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two reports at once in one directory, and a long run that says so."""

from __future__ import annotations

import multiprocessing
import pathlib
import time

from ansible_collections.websocket.health.plugins.plugin_utils._report.store.directory_lock import NAME, locked
from ansible_collections.websocket.health.plugins.plugin_utils._run.progress import still_asking


def _hold(directory: str, log: str, seconds: float) -> None:
    with locked(directory) as held, open(log, "a", encoding="utf-8") as stream:
        stream.write(f"in {held}\n")
        stream.flush()
        time.sleep(seconds)
        stream.write("out\n")


def test_the_second_one_waits_for_the_first(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "log"
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=_hold, args=(str(tmp_path), str(log), 0.4)) for _number in range(3)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert log.read_text().split("\n")[:-1] == ["in True", "out"] * 3
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o640


def test_a_lock_that_is_held_or_a_link_is_not_taken(tmp_path: pathlib.Path) -> None:
    with locked(str(tmp_path)) as first, locked(str(tmp_path), patience=0.2) as second:
        assert (first, second) == (True, False)
    with locked(str(tmp_path)) as again:
        assert again is True
    # A lock that is a link is not followed.
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / NAME).symlink_to(tmp_path / "outside")
    with locked(str(tmp_path / "other")) as held:
        assert held is False and not (tmp_path / "outside").exists()


def test_a_directory_that_is_not_there_is_not_made(tmp_path: pathlib.Path) -> None:
    with locked(str(tmp_path / "typo")) as held:
        assert held is True
    assert not (tmp_path / "typo").exists()


def test_a_host_that_takes_long_is_named_until_it_answers() -> None:
    said: list[str] = []
    with still_asking("web1", 30, said.append, first=0.1, every=0.1):
        time.sleep(0.55)
    number = len(said)
    assert 2 <= number <= 5 and said[0].startswith("web1: still being checked, for ") and "(deadline 30 s)" in said[0]
    time.sleep(0.25)
    assert len(said) == number
    with still_asking("web2", 30, said.append, first=5):
        pass
    assert len(said) == number
