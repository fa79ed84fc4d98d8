# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the scenarios that were selected, once for the whole session, and prints the table at its end."""

from __future__ import annotations

import os
import pathlib
import time
import typing as t

import pytest

from tests.integration.conftest import _cannot
from tests.scenarios.rounds import deal, run_round
from tests.scenarios.scenario import Scenario
from tests.scenarios.verdict import Verdict, judge, table

_TABLE: list[str] = []
#: More wrong scenarios than this are no accident of a busy machine.
_FEW = 6


@pytest.fixture(scope="session")
def verdicts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """The verdict on every selected scenario, by its id."""
    if os.geteuid() != 0:
        _cannot("the lab needs root: it makes network and PID namespaces")
    chosen = {
        item.callspec.params["scenario"].id: item.callspec.params["scenario"]
        for item in request.session.items
        if "scenario" in getattr(getattr(item, "callspec", None), "params", {})
    }
    runs: list[tuple[str, int, float]] = []
    found = _judged(list(chosen.values()), tmp_path_factory, runs)
    # Seventy stacks start at once on few cores. What goes wrong only then is asked once more with fewer beside it, and said.
    wrong = [verdict for verdict in found.values() if verdict.complaint]
    if 0 < len(wrong) <= _FEW:
        found.update(_judged([verdict.outcome.scenario for verdict in wrong], tmp_path_factory, runs))
    again = [f"  {verdict.outcome.scenario.id}: {verdict.complaint}" for verdict in wrong[:_FEW]]
    said = ["", "Asked twice; the first time:", *again] if again else []
    _TABLE.append("\n".join([table([found[name] for name in sorted(found)], runs), *said]))
    return found


def _judged(
    scenarios: list[Scenario], directories: pytest.TempPathFactory, runs: list[tuple[str, int, float]]
) -> dict[str, Verdict]:
    """Run scenarios; ``runs`` gets name, number and seconds of each round."""
    found: dict[str, Verdict] = {}
    for what in deal(scenarios):
        started = time.monotonic()
        outcomes = run_round(what, directories.mktemp("round"))
        runs.append((what.name, len(outcomes), time.monotonic() - started))
        found.update({outcome.scenario.id: judge(outcome) for outcome in outcomes})
    return found


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Print the table, and keep it."""
    for text in _TABLE:
        terminalreporter.section("scenarios")
        terminalreporter.write_line(text)
        kept = pathlib.Path(__file__).resolve().parents[2] / ".cache" / "scenarios.txt"
        kept.write_text(text + "\n", encoding="utf-8")
