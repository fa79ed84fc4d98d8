# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Healthy servers as they are after a run: what their logs tell of it, and what the controller saw of all.

That each is called healthy is staged under tests/scenarios/cases/healthy-server.
"""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.scenarios.scenario import load_all

#: One for each language, and the one that a search for its path costs most.
NAMES = ("ws_attached", "socketio4", "uvicorn_fastapi", "websockets_echo", "gorilla", "hypercorn")
FIRST_PORT = 9100


@pytest.fixture(scope="module")
def both_ways(lab_fleet: Fleet) -> t.Iterator[tuple[Report, Report]]:
    """A server on each host; asked with full configuration, and with name and port alone."""
    scenarios = {one.id: one for one in load_all()}
    for number, name in enumerate(NAMES):
        lab_fleet.start(lab_fleet.host(number), name, FIRST_PORT + number)
    reports = []
    for suffix in ("", "-bare"):
        services = {}
        for number, name in enumerate(NAMES):
            options = scenarios[f"healthy-server/{name.replace('_', '-')}{suffix}"].service
            services[lab_fleet.names[number]] = [{**options, "name": name, "port": FIRST_PORT + number}]
        reports.append(lab_fleet.checklist(services, websocket_health_fail_on="never"))
    yield reports[0], reports[1]
    lab_fleet.stop_everything()


#: Servers whose log tells of events, and of which.
_TALKATIVE = {"ws_attached": "connection, message, close", "uvicorn_fastapi": "connection"}


@pytest.mark.parametrize("name", _TALKATIVE)
def test_the_log_shows_what_the_probe_did(lab_fleet: Fleet, both_ways: tuple[Report, Report], name: str) -> None:
    report, _zero = both_ways
    checks = report.service(lab_fleet.names[NAMES.index(name)], name)["checks"]
    (events,) = [entry for entry in checks if entry["id"] == "log.events"]
    assert f"for one connection of the probe: {_TALKATIVE[name]}" in events["summary"], events


def test_controller_sees_every_server_from_outside(both_ways: tuple[Report, Report]) -> None:
    report, _zero = both_ways
    seen = [
        c for row in report.data["hosts"] for s in row["services"] for c in s["checks"] if c["vantage"] == "controller"
    ]
    assert seen
    assert {entry["status"] for entry in seen} == {"pass"}, [entry for entry in seen if entry["status"] != "pass"]


def test_probing_leaves_no_stack_trace_in_the_servers_logs(lab_fleet: Fleet, both_ways: tuple[Report, Report]) -> None:
    assert len(both_ways) == 2
    for number, name in enumerate(NAMES):
        log = lab_fleet.host(number).run(["cat", f"/var/log/{name}-{FIRST_PORT + number}.log"]).stdout
        assert log and "Traceback" not in log and "Error:" not in log, log
