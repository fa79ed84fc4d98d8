# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that no rule knows: the report has the software's own sentence, word for word, and no wrong cause.

A case is written like a scenario (tests/scenarios/README.md) without a fault; ``expect.says`` has the decisive sentence.
"""

from __future__ import annotations

import json
import pathlib

import pytest

from tests.conftest import CHECKOUT
from tests.integration.conftest import lab_needs_root, selected
from tests.scenarios.rounds import Outcome, deal, run_round
from tests.scenarios.scenario import Scenario, load_all
from tests.scenarios.verdict import missing_words

CASES = load_all(pathlib.Path(__file__).resolve().parent / "cases")
#: What quotes the software, or says what came of it, and names no cause of its own.
QUOTES = {
    "server-error-at-handshake", "server-refuses-handshake", "server-handler-exception", "server-refuses-after-open",
    "proxy-error-at-handshake", "process-ended", "process-ended-by-client", "process-not-listening-yet",
}  # fmt: skip


@pytest.fixture(scope="session")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What the report said of every selected case, by its id."""
    lab_needs_root()
    found: dict[str, Outcome] = {}
    for number, what in enumerate(deal(selected(request, "case"))):
        found.update({one.scenario.id: one for one in run_round(what, tmp_path_factory.mktemp(f"round{number}"))})
    return found


def test_there_are_ten() -> None:
    assert len(CASES) >= 10
    catalogue = json.loads((CHECKOUT / "docs" / "diagnoses.json").read_text(encoding="utf-8"))
    assert {entry["id"] for entry in catalogue["diagnoses"]} >= QUOTES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_unknown(case: Scenario, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[case.id]
    assert outcome.service is not None, outcome.error
    assert case.expect.says, "the case names no sentence"
    causes = [(entry["id"], entry["role"], entry["confidence"]) for entry in outcome.service["diagnoses"]]
    assert not [cause for cause in causes if cause[0] not in QUOTES], causes
    assert outcome.service["status"] in ("fail", "unknown"), outcome.service["status"]
    lacking = missing_words(case.expect, outcome.service)
    assert not lacking, (lacking, causes, outcome.service["diagnoses"] or outcome.service["checks"])
