# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file under cases/: the fault is named first, and a healthy stack stays green."""

from __future__ import annotations

import pytest

from tests.scenarios.scenario import Scenario, load_all
from tests.scenarios.verdict import Verdict

SCENARIOS = load_all()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_scenario(scenario: Scenario, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[scenario.id]
    assert not verdict.complaint, f"{scenario.title}: {verdict.complaint}"
