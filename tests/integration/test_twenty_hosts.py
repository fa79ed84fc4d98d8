# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Twenty hosts behind one public URL, one powered off, one with a stopped back end, one with a runtime of its own: one report,
twenty rows, two causes, one difference."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.conftest import Fleet, Report, lab_needs_root
from tests.lab.lab import Lab
from tests.servers.catalogue import SERVERS

PORT = 8080
HOSTS = 20
SERVICE = {"name": "echo", "port": PORT, "exposure": "direct", "websocket": {"path": "/", "dialect": "echo"}}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[tuple[Fleet, Report]]:
    """The fleet and its report; lab07 is off, lab13 stopped."""
    lab_needs_root()
    directory = tmp_path_factory.mktemp("twenty")
    with Lab(directory / "lab", HOSTS) as lab:
        fleet = Fleet(lab, directory, lab.inventory(python=["3.9", "3.13"]))
        pids = {name: fleet.start(host, "ws_standalone", PORT) for name, host in lab.hosts.items() if name != "lab05"}
        _start_with_own_runtime(fleet, lab.host("lab05"))
        lab.host("lab13").kill(pids["lab13"], 19)
        lab.host("lab07").power_off()
        environment = {"ANSIBLE_FORKS": "20", "ANSIBLE_TIMEOUT": "5"}
        # What a load balancer does is for the moment done by the first of them.
        public_url = f"ws://{lab.host('lab01').address}:{PORT}/"
        services = dict.fromkeys(fleet.names, [{**SERVICE, "public_url": public_url}])
        yield fleet, fleet.checklist(services, "-vvv", env=environment, websocket_health_deadline=10)
        fleet.stop_everything()


def _start_with_own_runtime(fleet: Fleet, host: t.Any) -> None:
    """The same server, run by a copy of Node."""
    server = SERVERS["ws_standalone"]
    command = server.command("0.0.0.0", PORT)
    host.run(["sh", "-c", f"mkdir /opt/runtime && cp {command[0]} /opt/runtime/node"])
    fleet.run(host, ["/opt/runtime/node", *command[1:]], PORT, env=server.environment("0.0.0.0", PORT))


def test_who_differs_from_the_others_is_told(outcome: tuple[Fleet, Report]) -> None:
    _fleet, report = outcome
    # Twenty hosts on one machine are not equally quick.
    drift = [row for row in report.data["fleet"]["drift"] if row["trait"] != "latency_ms"]
    found = [(row["trait"], row["host"], row["value"], row["peers"]) for row in drift]
    assert found == [("executable", "lab05", "/opt/runtime/node", 18)]
    text = (report.path.parent / "report.md").read_text()
    assert "| echo | lab05 | program | /opt/runtime/node |" in text


def test_why_the_public_url_fails_now_and_then(outcome: tuple[Fleet, Report]) -> None:
    _fleet, report = outcome
    (found,) = report.data["fleet"]["partly_failing"]
    assert (found["hosts"], found["failing"], found["causes"], found["public"]) == (
        19,
        ["lab13"],
        ["process-stopped"],
        "pass",
    )
    assert "1 of 19 hosts behind ws://" in (report.path.parent / "report.md").read_text()


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
    assert ("process-stopped", ("lab13",)) in named, named
    assert ("lab07",) in {hosts for _id, hosts in named}, named
    assert [entry["id"] for entry in report.data["fleet"]["diagnoses"]] == ["process-stopped"]


def test_one_round_trip_for_each_host(outcome: tuple[Fleet, Report]) -> None:
    fleet, report = outcome
    executions = {
        name: report.run.stdout.count(f"<{host.address}> SSH: EXEC")
        for name, host in fleet.lab.hosts.items()
        if name != "lab07"
    }
    assert set(executions.values()) == {1}, executions
