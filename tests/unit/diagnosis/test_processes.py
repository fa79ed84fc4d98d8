# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Causes of processes on recorded evidence, changed by what cannot be staged everywhere."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.process import ProcessRow, Unit
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.unit_results import how_unit_ended

from tests.unit.builders.log import signature, with_signatures
from tests.unit.builders.process import with_main_process, with_process, with_unit
from tests.unit.builders.public_url import at_public_url
from tests.unit.builders.websocket import with_handshake
from tests.unit.recorded.load import change, verdict


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ({"result": "exit-code", "exit_code": 1, "exit_status": 203}, "status=203/EXEC: the program of ExecStart="),
        ({"result": "exit-code", "exit_code": 1, "exit_status": 200}, "status=200/CHDIR: WorkingDirectory="),
        ({"result": "exit-code", "exit_code": 1, "exit_status": 217}, "status=217/USER: the user of User="),
        ({"result": "exit-code", "exit_code": 1, "exit_status": 3}, "Result=exit-code, status=3"),
        ({"result": "signal", "exit_code": 2, "exit_status": 9}, "Result=signal, signal 9/KILL"),
        ({"result": "core-dump", "exit_code": 3, "exit_status": 11}, "signal 11/SEGV"),
        ({"result": "start-limit-hit", "exit_code": 1, "exit_status": 1}, "StartLimitBurst="),
        ({"result": "timeout", "type": "notify"}, "Type=notify, and READY=1 did not come in time"),
        ({"result": "timeout", "type": "simple"}, "TimeoutStartSec=, TimeoutStopSec="),
        ({"result": "watchdog"}, "WatchdogSec="),
        ({"result": "resources"}, "EnvironmentFile="),
        ({"result": "protocol"}, "as its Type= promises"),
        ({"result": "success", "sub": "start", "type": "notify"}, "READY=1 has not come"),
    ],
)
def test_how_a_unit_ended(unit: Unit, said: str) -> None:
    assert said in (how_unit_ended(unit) or "")


@pytest.mark.parametrize("unit", [{}, {"result": "success"}, {"result": "success", "sub": "running", "type": "notify"}])
def test_a_unit_that_ended_well_says_nothing(unit: Unit) -> None:
    assert how_unit_ended(unit) is None


def test_the_result_of_the_unit_is_a_reason() -> None:
    failed = with_unit(active="failed", sub="failed", result="exit-code", exit_code=1, exit_status=203)
    first = verdict("rules/process-not-running", with_process(found_by="unit") + failed)["diagnoses"][0]
    assert (first["id"], first["confidence"]) == ("process-ended", "certain")
    assert any("203/EXEC" in line for line in first["because"])


def test_a_unit_that_was_stopped_has_not_failed() -> None:
    stopped = with_process(found_by="unit") + with_unit(active="inactive", sub="dead")
    first = verdict("rules/process-not-running", stopped)["diagnoses"][0]
    assert (first["id"], first["confidence"]) == ("process-not-running", "certain")


def test_a_port_alone_is_never_certain() -> None:
    first = verdict("rules/process-not-running", with_process(found_by="none"))["diagnoses"][0]
    assert (first["id"], first["confidence"]) == ("process-not-running", "likely")


def test_what_answers_runs() -> None:
    judged = verdict("rules/process-not-running", with_handshake(outcome="open", status=101))
    assert "process-not-running" not in [entry["id"] for entry in judged["diagnoses"]]


def test_a_frozen_control_group_is_a_stopped_process() -> None:
    first = verdict("rules/process-answers-nothing", with_main_process(frozen=True))["diagnoses"][0]
    assert (first["id"], first["confidence"]) == ("process-stopped", "certain")
    assert any("is frozen" in line for line in first["because"])
    assert any("docker unpause" in line for line in first["next_steps"]["immediate"])


def test_clients_who_are_served_leave_a_doubt() -> None:
    other = with_process(found_by="command") + at_public_url(outcome="open", status=101)
    named = verdict("rules/process-not-running", other)["diagnoses"]
    assert [entry["confidence"] for entry in named if entry["id"] == "process-not-running"] == ["likely"]


def test_a_second_instance_is_no_stranger() -> None:
    """The port is the service's own, and a further start of it fails again and again."""
    loops = with_unit(active="activating", sub="auto-restart", result="exit-code", restarts=9)
    line = with_signatures(signature("eaddrinuse", "listen EADDRINUSE"))
    found = [entry for entry in verdict("healthy", loops + line)["diagnoses"] if entry["id"] == "process-port-in-use"]
    assert found
    assert any("second instance" in text for text in found[0]["because"])
    assert not any("not one of the service's" in text for text in found[0]["because"])
    assert not any(text.startswith("stop the holder") for text in found[0]["next_steps"]["immediate"])


@pytest.mark.parametrize("seen", [{"gone": True}, {"after_asked_s": 0.4}])
def test_a_process_that_a_handshake_ended(seen: ProcessRow) -> None:
    lost = with_handshake(outcome="eof", status=None) + change("process", "processes", 0, add=True, **seen)
    named = [entry["id"] for entry in verdict("healthy", lost)["diagnoses"]]
    assert "process-ended-by-client" in named
