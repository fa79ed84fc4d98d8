# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One id for a run, another for the next."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._run import run_id


def ask(queue: multiprocessing.Queue[str], forget: bool) -> None:
    if forget:
        run_id._IMPORTED_BY = (0, "")
    queue.put(run_id.current_run_id())


@pytest.mark.parametrize("forget", [False, True], ids=["imported-before-fork", "imported-by-worker"])
def test_workers_agree_with_the_process_that_forked_them(forget: bool) -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    workers = [context.Process(target=ask, args=(queue, forget)) for _number in range(3)]
    for worker in workers:
        worker.start()
    got = {queue.get(timeout=20) for _worker in workers}
    for worker in workers:
        worker.join()
    assert got == {run_id.current_run_id()}


def test_it_sorts_by_time_and_differs_by_process() -> None:
    assert re.fullmatch(r"20[0-9]{6}T[0-9]{6}Z-[0-9a-f]{12}", run_id.current_run_id())
    program = "from ansible_collections.websocket.health.plugins.plugin_utils._run.run_id import current_run_id as c; print(c())"
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), PYTHONDONTWRITEBYTECODE="1")
    command = [sys.executable, "-c", program]
    other = [subprocess.run(command, env=environment, capture_output=True, text=True).stdout.strip() for _n in "ab"]
    assert len({run_id.current_run_id(), *other}) == 3
    assert run_id.current_run_id() <= min(other)


def test_without_proc_there_is_still_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_id, "_started", lambda _pid: None)
    own = run_id._run_id(os.getpid())
    assert re.fullmatch(r"20[0-9]{6}T[0-9]{6}Z-[0-9a-f]{12}", own)
    assert run_id._run_id(1) != own
