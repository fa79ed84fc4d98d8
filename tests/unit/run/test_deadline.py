# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One absolute deadline: nothing restarts its clock."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline, DeadlineExceeded


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_runs_down_and_never_below_zero() -> None:
    clock = Clock()
    deadline = Deadline(10, clock)
    assert (deadline.remaining(), deadline.elapsed(), deadline.expired()) == (10.0, 0.0, False)
    clock.now += 4
    assert (deadline.remaining(), deadline.elapsed()) == (6.0, 4.0)
    clock.now += 60
    assert (deadline.remaining(), deadline.elapsed(), deadline.expired()) == (0.0, 64.0, True)


def test_asking_does_not_restart_it() -> None:
    clock = Clock()
    deadline = Deadline(10, clock)
    for _second in range(10):
        assert deadline.require("reading") > 0
        clock.now += 1
    with pytest.raises(DeadlineExceeded, match=r"deadline 10\.0 s.*reading"):
        deadline.require("reading")


@pytest.mark.parametrize(("spent", "asked", "granted"), [(0, 3, 3.0), (8, 3, 2.0), (10, 3, 0.0), (50, 3, 0.0)])
def test_a_step_never_outlives_the_whole(spent: float, asked: float, granted: float) -> None:
    clock = Clock()
    deadline = Deadline(10, clock)
    clock.now += spent
    step = deadline.within(asked)
    assert step.remaining() == granted
    clock.now += granted
    assert step.expired()


def test_a_step_of_a_step_is_bounded_by_both() -> None:
    clock = Clock()
    inner = Deadline(10, clock).within(5).within(7)
    assert inner.remaining() == 5.0


def test_a_deadline_of_zero_has_expired() -> None:
    assert Deadline(0).expired()
    assert Deadline(-5).remaining() == 0.0
