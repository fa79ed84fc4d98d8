# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file under cases/: the fault is named first, and a healthy stack stays green."""

from __future__ import annotations

import pytest

from tests.scenarios.calibration import under_floor
from tests.scenarios.scenario import Scenario, load_all
from tests.scenarios.verdict import Verdict, claimed

SCENARIOS = load_all()
#: Servers that people run, each in one scenario at least.
SERVERS = {
    "ws_standalone", "socketio2", "socketio4", "websockets_echo", "uvicorn_fastapi", "hypercorn", "daphne_channels",
    "gunicorn_sync", "flask_socketio", "aiohttp_echo", "tornado_echo", "jupyter", "vite", "proxy_middleware", "rails_cable",
    "gorilla", "mosquitto", "prosody", "rabbitmq", "nginx", "apache", "haproxy", "caddy",
}  # fmt: skip


def test_enough_is_staged() -> None:
    faults = {scenario.fault for scenario in SCENARIOS if scenario.fault}
    healthy = [scenario for scenario in SCENARIOS if not scenario.fault]
    assert (len(faults) >= 110, len(healthy) >= 40) == (True, True), (len(faults), len(healthy))
    started = {server["run"] for scenario in SCENARIOS for server in scenario.servers.values()}
    assert started >= SERVERS, SERVERS - started


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_scenario(scenario: Scenario, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[scenario.id]
    assert not verdict.complaint, f"{scenario.title}: {verdict.complaint}"


def test_confidence_keeps_its_word(verdicts: dict[str, Verdict]) -> None:
    """What is called certain is right; docs/calibration.md has the figures."""
    assert not under_floor(claimed(verdicts.values()))
