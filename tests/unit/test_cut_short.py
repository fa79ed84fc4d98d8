# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A probe that runs out of time keeps what it has seen; what it has not seen is not known, and is never green."""

from __future__ import annotations

import threading
import typing as t

from ansible_collections.websocket.health.plugins.module_utils._run import run_probes
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import DeadlineExceeded
from ansible_collections.websocket.health.plugins.module_utils._run.evidence import Draft, drafting, new_evidence
from ansible_collections.websocket.health.plugins.module_utils._run.payload import Payload
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import judge

from tests.unit.probed_host import Module
from tests.unit.recorded.load import load

LATE = {"kind": "deadline", "message": "not finished within 8.0 s"}


def test_a_draft_is_what_the_probe_has_filled_so_far() -> None:
    draft = Draft("port")
    assert draft.so_far()["subject"] == "port"
    drafting(draft)
    new_evidence("websocket", main=1)
    evidence = new_evidence("port", listeners=[])
    evidence["listeners"].append({"port": 1})
    copied = draft.so_far()
    evidence["listeners"].append({"port": 2})
    assert copied["listeners"] == [{"port": 1}]


def _asking(probe: t.Callable[..., t.Any], seconds: float = 0.4) -> dict[str, t.Any]:
    """The evidence of a subject whose probe is another one."""
    asking = run_probes.Asking([{"name": "chat", "port": 1}], Payload(), seconds, Module())
    module = type(run_probes)("probe")
    module.probe = probe  # type: ignore[attr-defined]
    importing = run_probes.importlib.import_module
    try:
        run_probes.importlib.import_module = lambda name: module if name.endswith("_probes.port") else importing(name)  # type: ignore[assignment]
        found = asking.ask(["port"])["services"][0]["evidence"]["port"]
    finally:
        run_probes.importlib.import_module = importing
    return t.cast("dict[str, t.Any]", found)


def test_evidence_so_far_is_returned_when_the_probe_hangs() -> None:
    release = threading.Event()

    def hanging(_service: t.Any, _context: t.Any) -> dict[str, t.Any]:
        evidence = new_evidence("port", listeners=[{"port": 1}])
        release.wait(30)
        return evidence

    try:
        found = _asking(hanging)
    finally:
        release.set()
    assert found["listeners"] == [{"port": 1}]
    assert found["error"]["kind"] == "deadline"


def test_evidence_so_far_is_returned_when_the_probe_raises_at_its_deadline() -> None:
    def giving_up(_service: t.Any, context: t.Any) -> dict[str, t.Any]:
        new_evidence("port", listeners=[{"port": 1}])
        raise DeadlineExceeded("no time left while counting")

    found = _asking(giving_up)
    assert found["listeners"] == [{"port": 1}]
    assert found["error"] == {"kind": "deadline", "message": "no time left while counting"}


def _judged(**cut: t.Any) -> dict[str, t.Any]:
    service, evidence = load("service-healthy")
    for subject, fields in cut.items():
        kept = {name: evidence[subject][name] for name in fields}
        evidence[subject] = {"subject": subject, "gaps": [], "error": LATE, "duration_ms": 8000.0, **kept}
    return judge(service, evidence)


def test_checks_of_missing_evidence_are_unknown_and_the_others_are_judged() -> None:
    judged = _judged(websocket=["main", "path"])
    found = {entry["id"]: entry for entry in judged["checks"] if entry["vantage"] == "host"}
    assert found["websocket.handshake"]["status"] == "pass"
    for check in ("websocket.repeat", "websocket.close", "websocket.ping"):
        assert found[check]["status"] == "unknown", check
        assert found[check]["summary"] == "not observed: not finished within 8.0 s"


def test_an_unfilled_list_of_processes_does_not_mean_that_none_runs() -> None:
    """``processes: []`` of a probe that had just begun would say that the service does not run."""
    service, evidence = load("service-healthy")
    evidence["process"] = {**new_evidence("process", processes=[], unit=None), "error": LATE}
    judged = judge(service, evidence)
    found = {entry["id"]: entry["status"] for entry in judged["checks"] if entry["id"].startswith("process.")}
    assert set(found.values()) == {"unknown"}
    assert judged["diagnoses"] == []


def test_a_service_of_which_a_subject_was_lost_is_not_green() -> None:
    assert _judged()["status"] == "pass"
    for subject in ("process", "environment", "log", "port", "websocket"):
        assert _judged(**{subject: []})["status"] == "unknown", subject


def test_a_failure_stays_a_failure_when_other_evidence_is_missing() -> None:
    service, evidence = load("origin-403")
    kept = {name: evidence["websocket"][name] for name in ("main", "path")}
    evidence["websocket"] = {"subject": "websocket", "gaps": [], "error": LATE, "duration_ms": 8000.0, **kept}
    judged = judge(service, evidence)
    (handshake,) = [
        entry for entry in judged["checks"] if entry["id"] == "websocket.handshake" and entry["vantage"] == "host"
    ]
    assert handshake["status"] == judged["status"] == "fail"
