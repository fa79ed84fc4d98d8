# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of the scenarios in other clothes: the same cause, or less said, and never a wrong one. ``make clothes`` judges all."""

from __future__ import annotations

import collections
import os
import pathlib
import tempfile
import typing as t

import pytest

from tests.integration.conftest import _cannot
from tests.scenarios.calibration import under_floor
from tests.scenarios.clothes import BAD, Dressed, claimed, kind, run, sample, table, wardrobe
from tests.scenarios.rounds import Outcome
from tests.scenarios.scenario import load_all

SEED, SIZE = 1, 36


@pytest.fixture(scope="session")
def judged() -> t.Iterator[list[tuple[Dressed, Outcome]]]:
    """A sample, staged and judged."""
    if os.geteuid() != 0:
        _cannot("the lab needs root: it makes network and PID namespaces")
    with tempfile.TemporaryDirectory() as directory:
        yield run(wardrobe(sample(load_all(), SIZE, SEED), SEED), pathlib.Path(directory))


def test_never_another_cause(judged: list[tuple[Dressed, Outcome]]) -> None:
    """Never a certain one that is wrong, never green; of a hundred, three may be likely and wrong."""
    kinds = collections.Counter(kind(dressed, outcome) for dressed, outcome in judged)
    assert not [name for name in (*BAD, "not staged") if name != "wrong" and kinds[name]], table(judged)
    assert kinds["wrong"] <= 0.03 * len(judged), table(judged)


def test_confidence_keeps_its_word(judged: list[tuple[Dressed, Outcome]]) -> None:
    assert not under_floor(claimed(judged))
