# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of the scenarios in other clothes: the same cause, or less said, and never a wrong one. ``make clothes`` judges all."""

from __future__ import annotations

import pathlib
import tempfile
import typing as t

import pytest

from tests.integration.conftest import lab_needs_root
from tests.scenarios.calibration import under_floor
from tests.scenarios.clothes import BAD, Dressed, claimed, kind, run, sample, table, wardrobe
from tests.scenarios.rounds import Outcome
from tests.scenarios.scenario import load_all

SEED, SIZE = 1, 36


@pytest.fixture(scope="session")
def judged() -> t.Iterator[list[tuple[Dressed, Outcome]]]:
    """A sample, staged and judged."""
    lab_needs_root()
    with tempfile.TemporaryDirectory() as directory:
        yield run(wardrobe(sample(load_all(), SIZE, SEED), SEED), pathlib.Path(directory))


def test_never_another_cause(judged: list[tuple[Dressed, Outcome]]) -> None:
    bad = [dressed.plain.id for dressed, outcome in judged if kind(dressed, outcome) in (*BAD, "not staged")]
    assert not bad, table(judged)


def test_confidence_keeps_its_word(judged: list[tuple[Dressed, Outcome]]) -> None:
    assert not under_floor(claimed(judged))
