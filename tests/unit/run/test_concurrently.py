# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything at once under one deadline: nobody holds the others up, nobody's defect costs the others' results."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from ansible_collections.websocket.health.plugins.module_utils._run.concurrently import concurrently
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline, DeadlineExceeded


def test_outcomes_have_their_tasks_names() -> None:
    outcomes = concurrently({"a": lambda: 1, "b": lambda: None}, Deadline(5))
    assert {name: (it.value, it.kind) for name, it in outcomes.items()} == {"a": (1, ""), "b": (None, "")}


def test_tasks_run_at_the_same_time() -> None:
    barrier = threading.Barrier(8)
    outcomes = concurrently({str(n): lambda: barrier.wait(5) >= 0 for n in range(8)}, Deadline(5))
    assert all(it.value is True for it in outcomes.values())


def test_a_task_that_ignores_the_deadline_does_not_hold_up_the_others() -> None:
    release = threading.Event()
    try:
        outcomes = concurrently({"deaf": lambda: release.wait(30), "good": lambda: "done"}, Deadline(0.3))
    finally:
        release.set()
    assert outcomes["good"].value == "done"
    assert outcomes["deaf"].kind == "deadline"
    assert "0.3 s" in outcomes["deaf"].message


def test_many_deaf_tasks_share_one_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    release, now, waits = threading.Event(), [0.0], []

    def join(_thread: threading.Thread, timeout: float) -> None:
        waits.append(timeout)
        now[0] += timeout

    monkeypatch.setattr(threading.Thread, "join", join)
    try:
        deadline = Deadline(0.2, lambda: now[0])
        outcomes = concurrently({str(n): lambda: release.wait(30) for n in range(12)}, deadline, margin=0.4)
    finally:
        release.set()
    assert {it.kind for it in outcomes.values()} == {"deadline"}
    assert sum(waits) == pytest.approx(0.6), "a margin for each of them would be 4.8 s"


def test_a_deaf_task_does_not_keep_the_process_alive() -> None:
    release = threading.Event()
    concurrently({"deaf": lambda: release.wait(30)}, Deadline(0.0), margin=0.05)
    left = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and thread.is_alive()]
    release.set()
    assert all(thread.daemon for thread in left)


def test_a_deadline_within_a_task_is_no_crash() -> None:
    def late() -> None:
        raise DeadlineExceeded("no time left while reading")

    outcome = concurrently({"late": late}, Deadline(5))["late"]
    assert (outcome.value, outcome.kind, outcome.message) == (None, "deadline", "no time left while reading")


def test_a_crash_says_what_and_where() -> None:
    def inner() -> None:
        raise KeyError("gone")

    line = inner.__code__.co_firstlineno + 1
    outcomes = concurrently({"bad": lambda: inner(), "good": lambda: 7}, Deadline(5))
    assert outcomes["bad"].kind == "crash"
    assert outcomes["bad"].message == f"KeyError: 'gone' (test_concurrently.py:{line})"
    assert outcomes["good"].value == 7


def test_an_exit_in_a_task_is_a_crash_and_no_time_out() -> None:
    outcome = concurrently({"leaves": lambda: sys.exit(3)}, Deadline(5))["leaves"]
    assert outcome.kind == "crash"
    assert "SystemExit: 3" in outcome.message


def test_each_outcome_has_its_own_time() -> None:
    gone = threading.Event()

    def slow() -> None:
        gone.wait(30)
        time.sleep(0.3)

    outcomes = concurrently({"quick": gone.set, "slow": slow}, Deadline(60))
    assert 0.3 <= outcomes["slow"].seconds > outcomes["quick"].seconds


def test_no_tasks_have_no_outcomes() -> None:
    assert concurrently({}, Deadline(5)) == {}


def test_without_threads_one_goes_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a limit on memory or processes none can be started: the answers come all the same."""

    def refusing(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refusing)
    outcomes = concurrently({"a": lambda: 1, "b": lambda: 1 // 0, "c": lambda: 3}, Deadline(5))
    assert [(it.value, it.kind) for it in outcomes.values()] == [(1, ""), (None, "crash"), (3, "")]
