# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Twenty hosts, one powered off, one with a stopped back end: one report, twenty rows, two causes."""

from __future__ import annotations

import os
import typing as t

import pytest

from tests.integration.conftest import Fleet, Report, _cannot
from tests.lab.lab import Lab

PORT = 8080
HOSTS = 20
SERVICE = [{"name": "echo", "port": PORT, "websocket": {"path": "/", "dialect": "echo"}}]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[tuple[Fleet, Report]]:
    """The fleet and its report; lab07 is off, lab13 stopped."""
    if os.geteuid() != 0:
        _cannot("the lab needs root: it makes network and PID namespaces")
    directory = tmp_path_factory.mktemp("twenty")
    with Lab(directory / "lab", HOSTS) as lab:
        fleet = Fleet(lab, directory, lab.inventory(python=["3.9", "3.13"]))
        pids = {name: fleet.start(host, "ws_standalone", PORT) for name, host in lab.hosts.items()}
        lab.host("lab13").kill(pids["lab13"], 19)
        lab.host("lab07").power_off()
        environment = {"ANSIBLE_FORKS": "20", "ANSIBLE_TIMEOUT": "5"}
        services = dict.fromkeys(fleet.names, SERVICE)
        yield fleet, fleet.checklist(services, "-vvv", env=environment, websocket_health_deadline=10)
        fleet.stop_everything()


def test_twenty_rows(outcome: tuple[Fleet, Report]) -> None:
    _fleet, report = outcome
    assert len(report.data["hosts"]) == HOSTS
    counts = report.data["summary"]["hosts"]
    assert (counts["pass"], counts["fail"], counts["unreachable"]) == (18, 1, 1), [
        (row["host"], row["status"], row["reason"]) for row in report.data["hosts"] if row["status"] != "pass"
    ]


def test_two_causes_first(outcome: tuple[Fleet, Report]) -> None:
    _fleet, report = outcome
    first = report.data["issues"][:2]
    named = {(entry["id"], tuple(place["host"] for place in entry["hosts"])) for entry in first}
    assert ("proc-stopped", ("lab13",)) in named, named
    assert ("lab07",) in {hosts for _id, hosts in named}, named
    assert [entry["id"] for entry in report.data["fleet"]["diagnoses"]] == ["proc-stopped"]


def test_one_round_trip_for_each_host(outcome: tuple[Fleet, Report]) -> None:
    fleet, report = outcome
    executions = {
        name: report.run.stdout.count(f"<{host.address}> SSH: EXEC")
        for name, host in fleet.lab.hosts.items()
        if name != "lab07"
    }
    assert set(executions.values()) == {1}, executions
