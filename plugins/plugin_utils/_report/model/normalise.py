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

from ..._model import STATUSES, worst
from ..._run.plain_data import plain, strings

HOST_STATUSES = ("pass", "warn", "fail", "unknown", "unreachable")
#: Statuses of what does not work; a warning works.
FAILING = ("fail", "error")
WRONG = (*FAILING, "warn")
SEVERITIES = ("critical", "high", "medium", "low", "info")
#: The remedy of a host for which no service is defined: it was not asked, and has nothing to fail.
NO_SERVICES = "set websocket_health_services"
KINDS_OF_STEP = ("immediate", "configuration", "testing")


def host_row(raw: dict[str, t.Any]) -> dict[str, t.Any]:
    """One host of report.json.

    :param raw: a result (schema ``websocket.health/result/1``).
    """
    raw = plain(raw)
    services = [_service(entry) for entry in as_list(raw.get("services")) if isinstance(entry, dict)]
    status = str(raw.get("status"))
    if status not in HOST_STATUSES:
        status = host_status(worst([service["status"] for service in services]))
    facts = raw.get("facts")
    return {
        "host": str(raw.get("host")),
        "status": status,
        "reason": str(raw.get("reason") or ""),
        "remedy": str(raw.get("remedy") or ""),
        "generated": str(raw.get("generated") or ""),
        "duration_s": _number(raw.get("duration_s")),
        "facts": facts if isinstance(facts, dict) else {},
        "services": services,
        # Results never bring one along: what is accepted is decided where the report is made.
        "waiver": None,
    }


def host_status(status: str) -> str:
    """A status of checks as one of hosts: a checker that broke must not look like a healthy host."""
    return {"error": "fail", "skip": "unknown"}.get(status, status)


def _service(raw: dict[str, t.Any]) -> dict[str, t.Any]:
    checks = [_check(entry) for entry in as_list(raw.get("checks")) if isinstance(entry, dict)]
    status = str(raw.get("status"))
    return {
        "name": str(raw.get("name") or "unnamed"),
        "status": status if status in STATUSES else worst([check["status"] for check in checks]),
        "checks": checks,
        "diagnoses": [_diagnosis(entry) for entry in as_list(raw.get("diagnoses")) if isinstance(entry, dict)],
    }


def _check(raw: dict[str, t.Any]) -> dict[str, t.Any]:
    check_id = str(raw.get("id") or "unnamed")
    status, severity = str(raw.get("status")), str(raw.get("severity"))
    evidence = raw.get("evidence")
    return {
        # What is the same on thousands of hosts is kept once.
        "id": sys.intern(check_id),
        "item": sys.intern(str(raw.get("item") or "")),
        "title": sys.intern(str(raw.get("title") or check_id)),
        "status": sys.intern(status) if status in STATUSES else "error",
        "severity": sys.intern(severity) if severity in SEVERITIES else "info",
        "vantage": sys.intern(str(raw.get("vantage") or "host")),
        "instance": str(raw.get("instance") or ""),
        "summary": str(raw.get("summary") or ""),
        "expected": raw.get("expected"),
        "actual": raw.get("actual"),
        "evidence": [_evidence(entry) for entry in as_list(evidence)],
        "remediation": strings(raw.get("remediation")),
        "duration_ms": _number(raw.get("duration_ms")),
        "waiver": None,
    }


def _evidence(raw: t.Any) -> dict[str, str]:
    if not isinstance(raw, dict):
        return {"source": "", "text": str(raw)}
    return {"source": str(raw.get("source") or ""), "text": str(raw.get("text") or "")}


def _diagnosis(raw: dict[str, t.Any]) -> dict[str, t.Any]:
    diagnosis_id = str(raw.get("id") or "unnamed")
    role, confidence, steps = raw.get("role"), raw.get("confidence"), raw.get("next_steps")
    steps = steps if isinstance(steps, dict) else {}
    return {
        "id": diagnosis_id,
        "title": str(raw.get("title") or diagnosis_id),
        "layer": str(raw.get("layer") or ""),
        "role": role if role in ("root", "contributing", "next") else "root",
        "confidence": confidence if confidence in ("certain", "likely", "possible") else "possible",
        "explains": strings(raw.get("explains")),
        "because": strings(raw.get("because")),
        "next_steps": {kind: strings(steps.get(kind)) for kind in KINDS_OF_STEP},
        "links": strings(raw.get("links")),
    }


def as_list(value: t.Any) -> list[t.Any]:
    """A list; an empty one where there is something else."""
    return value if isinstance(value, list) else []


def _number(value: t.Any) -> float | int | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
