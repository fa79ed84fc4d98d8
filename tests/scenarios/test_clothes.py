# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of scenarios in other clothes: what is said of them is right, or honestly less. All of them: make clothes."""

from __future__ import annotations

import os
import pathlib

from tests.integration.conftest import _cannot
from tests.scenarios.clothes import BAD, kind, run, sample, table, wardrobe
from tests.scenarios.scenario import load_all

SIZE, SEED = 30, 1


def test_a_sample_in_other_clothes(tmp_path: pathlib.Path) -> None:
    if os.geteuid() != 0:
        _cannot("the lab needs root: it makes network and PID namespaces")
    judged = run(wardrobe(sample(load_all(), SIZE, SEED), SEED), tmp_path)
    assert len(judged) == SIZE
    assert not [one for one in judged if kind(*one) in (*BAD, "not staged")], table(judged)
