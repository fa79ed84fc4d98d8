# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the scenarios that were selected, once for the whole session, and prints the table at its end."""

from __future__ import annotations

import json
import os
import pathlib
import time
import typing as t

import pytest

from tests.integration.conftest import lab_needs_root, selected
from tests.scenarios.calibration import keep
from tests.scenarios.rounds import Outcome, deal, run_round
from tests.scenarios.scenario import load_all
from tests.scenarios.verdict import Verdict, claimed, judge, table

_TABLE: list[str] = []


@pytest.fixture(scope="session")
def verdicts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """The verdict on every selected scenario, by its id."""
    lab_needs_root()
    found: dict[str, Verdict] = {}
    runs = []
    for number, what in enumerate(deal(selected(request, "scenario"))):
        started = time.monotonic()
        outcomes = run_round(what, tmp_path_factory.mktemp(f"round{number}"))
        runs.append((what.name, len(outcomes), time.monotonic() - started))
        found.update({outcome.scenario.id: judge(outcome) for outcome in outcomes})
        for outcome in outcomes:
            _keep(outcome)
    if len(found) == len(load_all()):
        keep("scenarios", claimed(found.values()))
    _TABLE.append(table([found[name] for name in sorted(found)], runs))
    return found


def _keep(outcome: Outcome) -> None:
    """With SCENARIO_EVIDENCE, what was seen stays there: tests/tools/record_rules.py makes rows for unit tests of it."""
    folder = os.environ.get("SCENARIO_EVIDENCE")
    if folder and outcome.kept:
        path = pathlib.Path(folder, outcome.scenario.id + ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(outcome.kept, ensure_ascii=False), encoding="utf-8")


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Print the table, and keep it."""
    for text in _TABLE:
        terminalreporter.section("scenarios")
        terminalreporter.write_line(text)
        kept = pathlib.Path(__file__).resolve().parents[2] / ".cache" / "scenarios.txt"
        kept.write_text(text + "\n", encoding="utf-8")
