# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Results as they came, in the form that report.json promises: every key there, every type right.

Result files are input: an older collection, a slice of a job or an editor may have written them. Nothing after
this stage has to ask whether a key exists.
"""

from __future__ import annotations

import sys
import typing as t

from ..._model import (
    HOST_STATUSES,
    STATUSES,
    DiagnosisRow,
    EvidenceLine,
    HostStatus,
    host_status,
    worst,
)
from ..._run.plain_data import plain, strings
from ..shapes import NO_SERVICES, Check, Host, HostCounts, IssueCore, Service, StepKind

#: Statuses of what does not work; a warning works.
FAILING = ("fail", "error")
WRONG = (*FAILING, "warn")
SEVERITIES = ("critical", "high", "medium", "low", "info")
KINDS_OF_STEP: tuple[StepKind, ...] = ("immediate", "configuration", "testing")


def host_row(result: object) -> Host:
    """One host of report.json.

    :param result: schema ``websocket.health/result/1``, or a host of an earlier report.json.
    """
    raw = _mapping(plain(result))
    services = [_service(entry) for entry in as_list(raw.get("services")) if isinstance(entry, dict)]
    row: Host = {
        "host": str(raw.get("host")),
        "status": _host_status(raw.get("status")) or host_status(service["status"] for service in services),
        "reason": _text(raw.get("reason")),
        "remedy": _text(raw.get("remedy")),
        "generated": _text(raw.get("generated")),
        "duration_s": _number(raw.get("duration_s")),
        "facts": _mapping(raw.get("facts")),
        "services": services,
        # Results never bring one along: what is accepted is decided where the report is made.
        "waiver": None,
    }
    if raw.get("why") == NO_SERVICES:
        row["why"] = NO_SERVICES
    return row


def issue_core(issue: object) -> IssueCore:
    """What is remembered of an issue of an earlier report.json."""
    raw = _mapping(issue)
    places = [_mapping(place) for place in as_list(raw.get("hosts")) if isinstance(place, dict)]
    return {
        "id": str(raw.get("id")),
        "kind": str(raw.get("kind")),
        "status": str(raw.get("status")),
        "title": str(raw.get("title")),
        "hosts": [{"host": str(place.get("host")), "service": None} for place in places],
        "failed_checks": strings(raw.get("failed_checks")),
    }


def host_counts(counts: object) -> HostCounts:
    """How many hosts were how in an earlier run."""
    raw = _mapping(counts)
    found = {name: _count(raw.get(name)) for name in ("total", *HOST_STATUSES)}
    return {
        "total": found["total"],
        "pass": found["pass"],
        "warn": found["warn"],
        "fail": found["fail"],
        "unknown": found["unknown"],
        "unreachable": found["unreachable"],
    }


def _host_status(status: object) -> HostStatus | None:
    return next((known for known in HOST_STATUSES if known == status), None)


def _service(raw: t.Mapping[str, object]) -> Service:
    checks = [_check(entry) for entry in as_list(raw.get("checks")) if isinstance(entry, dict)]
    status = str(raw.get("status"))
    return {
        "name": str(raw.get("name") or "unnamed"),
        "status": status if status in STATUSES else worst([check["status"] for check in checks]),
        "checks": checks,
        "diagnoses": [_diagnosis(entry) for entry in as_list(raw.get("diagnoses")) if isinstance(entry, dict)],
    }


def _check(raw: t.Mapping[str, object]) -> Check:
    check_id = str(raw.get("id") or "unnamed")
    status, severity = str(raw.get("status")), str(raw.get("severity"))
    evidence = raw.get("evidence")
    return {
        # What is the same on thousands of hosts is kept once.
        "id": sys.intern(check_id),
        "item": sys.intern(_text(raw.get("item"))),
        "title": sys.intern(str(raw.get("title") or check_id)),
        "status": sys.intern(status) if status in STATUSES else "error",
        "severity": sys.intern(severity) if severity in SEVERITIES else "info",
        "vantage": sys.intern(str(raw.get("vantage") or "host")),
        "instance": _text(raw.get("instance")),
        "summary": _text(raw.get("summary")),
        "expected": raw.get("expected"),
        "actual": raw.get("actual"),
        "evidence": [_evidence(entry) for entry in as_list(evidence)],
        "remediation": strings(raw.get("remediation")),
        "duration_ms": _number(raw.get("duration_ms")),
        "waiver": None,
    }


def _evidence(raw: object) -> EvidenceLine:
    if not isinstance(raw, dict):
        return {"source": "", "text": str(raw)}
    return {"source": _text(raw.get("source")), "text": _text(raw.get("text"))}


def _diagnosis(raw: t.Mapping[str, object]) -> DiagnosisRow:
    diagnosis_id = str(raw.get("id") or "unnamed")
    role, confidence, steps = str(raw.get("role")), str(raw.get("confidence")), _mapping(raw.get("next_steps"))
    return {
        "id": diagnosis_id,
        "title": str(raw.get("title") or diagnosis_id),
        "layer": _text(raw.get("layer")),
        "role": role if role in ("root", "contributing", "next") else "root",
        "confidence": confidence if confidence in ("certain", "likely", "possible") else "possible",
        "explains": strings(raw.get("explains")),
        "because": strings(raw.get("because")),
        "next_steps": {
            "immediate": strings(steps.get("immediate")),
            "configuration": strings(steps.get("configuration")),
            "testing": strings(steps.get("testing")),
        },
        "links": strings(raw.get("links")),
    }


def as_list(value: object) -> list[object]:
    """A list; an empty one where there is something else."""
    return value if isinstance(value, list) else []


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return str(value or "")


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _number(value: object) -> float | int | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
