# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""The vocabulary of judging: statuses, check definitions, check results, diagnoses.

Everything here is plain data. A check turns evidence into CheckResults, a rule turns results and
evidence into Diagnoses, the report renders both; none of them adds words of its own to this list.
"""

from __future__ import annotations

import dataclasses
import typing as t

PASS: t.Final = "pass"
WARN: t.Final = "warn"
FAIL: t.Final = "fail"
#: The checker itself broke.
ERROR: t.Final = "error"
#: Could not be observed; the summary says why and what would help.
UNKNOWN: t.Final = "unknown"
#: Not applicable; the summary says why.
SKIP: t.Final = "skip"
STATUSES = (PASS, WARN, FAIL, ERROR, UNKNOWN, SKIP)

#: Of hosts alone: tried, and no answer.
UNREACHABLE: t.Final = "unreachable"
HostStatus = t.Literal["pass", "warn", "fail", "unknown", "unreachable"]
HOST_STATUSES: tuple[HostStatus, ...] = (PASS, WARN, FAIL, UNKNOWN, UNREACHABLE)

#: How bad each status makes the whole that contains it; ``skip`` says nothing.
_WEIGHT = {SKIP: 0, PASS: 1, UNKNOWN: 2, WARN: 3, ERROR: 4, FAIL: 5}


def worst(statuses: t.Iterable[str], empty: str = UNKNOWN) -> str:
    """The status of a whole from those of its parts: fail > error > warn > unknown > pass > skip.

    ``unknown`` weighs less than ``warn`` but more than ``pass``: what was not observed is not green.
    """
    return max(statuses, key=_WEIGHT.__getitem__, default=empty)


def service_status(results: t.Sequence[tuple[str, str, str]]) -> str:
    """The status of a service.

    What could not be observed makes it ``unknown`` only where it is essential and was asked on the host:
    a controller without a route says nothing about a service that its host found healthy.

    :param results: status, severity and vantage of each.
    """
    if all(status in (UNKNOWN, SKIP) for status, _severity, _vantage in results):
        return UNKNOWN
    statuses = [
        PASS if status == UNKNOWN and (severity != "critical" or vantage != "host") else status
        for status, severity, vantage in results
    ]
    return worst((status for status in statuses if status != SKIP), empty=UNKNOWN)


def host_status(services: t.Iterable[str]) -> HostStatus:
    """The status of a host that was asked: the worst of its services.

    No host is in ``error``, and none is skipped: where a check broke, or nothing applied, it was not observed.
    """
    status = worst(services)
    return next((known for known in HOST_STATUSES if known == status), UNKNOWN)


class EvidenceLine(t.TypedDict):
    """One piece of evidence (report.json: ``checks[].evidence[]``)."""

    #: Where it was seen: file and line, command, address.
    source: str
    #: What was seen there.
    text: str


class CheckRow(t.TypedDict):
    """What one check found (report.json: ``checks[]``); see CheckResult."""

    id: str
    item: str
    title: str
    status: str
    severity: str
    summary: str
    vantage: str
    instance: str
    #: Any JSON value.
    expected: t.Any
    actual: t.Any
    evidence: list[EvidenceLine]
    remediation: list[str]
    duration_ms: float | None


_Entry = t.TypeVar("_Entry")


class Steps(t.TypedDict, t.Generic[_Entry]):
    """What to do, by kind (report.json: ``next_steps``)."""

    immediate: list[_Entry]
    configuration: list[_Entry]
    testing: list[_Entry]


def no_steps() -> Steps[str]:
    """Nothing to do."""
    return {"immediate": [], "configuration": [], "testing": []}


class DiagnosisRow(t.TypedDict):
    """A root cause (report.json: ``diagnoses[]``); see Diagnosis."""

    id: str
    title: str
    layer: str
    role: str
    confidence: str
    explains: list[str]
    because: list[str]
    next_steps: Steps[str]
    links: list[str]


class JudgedService(t.TypedDict):
    """The verdict on one service of one host (a result's ``services[]``)."""

    name: str
    status: str
    checks: list[CheckRow]
    #: The root cause first.
    diagnoses: list[DiagnosisRow]


@dataclasses.dataclass(frozen=True)
class CheckDefinition:
    """One entry of a subject's catalogue: what the check asks, apart from any host.

    ``id`` is ``<subject>.<what>`` and never renamed once published; ``item`` is the number on the
    checklist (``"1"`` … ``"13"``, ``"D1"`` …); ``severity`` is what a failure means for users.
    """

    id: str
    item: str
    title: str
    severity: str  # critical | high | medium | low | info
    #: What makes it pass, warn, fail, unknown or skip, for the documentation.
    meaning: str = ""


@dataclasses.dataclass
class CheckResult:
    """What one check found for one service (report.json: ``checks[]``)."""

    id: str
    item: str
    title: str
    status: str
    severity: str
    summary: str
    vantage: str = "host"
    instance: str = ""
    expected: t.Any = None
    actual: t.Any = None
    #: ``{"source": where it was seen, "text": what was seen}``, most telling first.
    evidence: list[dict[str, str]] = dataclasses.field(default_factory=list)
    remediation: list[str] = dataclasses.field(default_factory=list)
    duration_ms: float | None = None

    def as_dict(self) -> CheckRow:
        """The form in report.json."""
        # dataclasses.asdict would copy every text of every host's results, at ten times the cost.
        return {
            "id": self.id,
            "item": self.item,
            "title": self.title,
            "status": self.status,
            "severity": self.severity,
            "summary": self.summary,
            "vantage": self.vantage,
            "instance": self.instance,
            "expected": self.expected,
            "actual": self.actual,
            "evidence": [{"source": entry["source"], "text": entry["text"]} for entry in self.evidence],
            "remediation": list(self.remediation),
            "duration_ms": self.duration_ms,
        }


class Verdicts:
    """Collects a subject's results against its catalogue; every id is answered at most once per instance.

    :param definitions: the subject's catalogue.
    :param evidence: its evidence; ``duration_ms`` is copied into each result, ``error`` may be the answer of all.
    """

    def __init__(
        self, definitions: t.Sequence[CheckDefinition], evidence: t.Mapping[str, t.Any], vantage: str = "host"
    ) -> None:
        self._definitions = {definition.id: definition for definition in definitions}
        self._duration = evidence.get("duration_ms")
        self._error = evidence.get("error")
        self._vantage = vantage
        self.results: list[CheckResult] = []

    def add(self, check_id: str, status: str, summary: str, **fields: t.Any) -> CheckResult:
        """Record the result of one check.

        :param check_id: an id of the catalogue.
        :param summary: one line with the observed value.
        :param fields: any other field of CheckResult.
        """
        definition = self._definitions[check_id]
        fields.setdefault("vantage", self._vantage)
        fields.setdefault("duration_ms", self._duration)
        result = CheckResult(
            id=fields.pop("id", check_id),
            item=definition.item,
            title=fields.pop("title", definition.title),
            status=status,
            severity=fields.pop("severity", definition.severity),
            summary=summary,
            **fields,
        )
        self.results.append(result)
        return result

    def not_observed(self) -> bool:
        """Whether the probe did not get to an answer; then that is the result of every check without one."""
        if self._error:
            status = ERROR if self._error.get("kind") == "crash" else UNKNOWN
            self.rest(status, "not observed: %s" % self._error.get("message"))
        return bool(self._error)

    def rest(self, status: str, summary: str, **fields: t.Any) -> None:
        """Give every check of the catalogue that has no result yet the same one (say, ``unknown``: probe failed)."""
        answered = {result.id for result in self.results}
        for check_id in self._definitions:
            if check_id not in answered and "*" not in check_id:
                self.add(check_id, status, summary, **fields)


@dataclasses.dataclass
class Diagnosis:
    """A named root cause for one service (report.json: ``diagnoses[]``).

    ``id`` is the id of its entry in the failure catalogue. ``role``: ``root`` explains the failures,
    ``contributing`` makes them worse, ``next`` will appear once the lower layers are mended.
    """

    id: str
    title: str
    layer: str
    confidence: str  # certain | likely | possible
    because: list[str]
    explains: list[str] = dataclasses.field(default_factory=list)
    role: str = "root"
    next_steps: Steps[str] = dataclasses.field(default_factory=no_steps)
    links: list[str] = dataclasses.field(default_factory=list)

    def as_dict(self) -> DiagnosisRow:
        """The form in report.json."""
        return {
            "id": self.id,
            "title": self.title,
            "layer": self.layer,
            "confidence": self.confidence,
            "because": list(self.because),
            "explains": list(self.explains),
            "role": self.role,
            "next_steps": {
                "immediate": list(self.next_steps["immediate"]),
                "configuration": list(self.next_steps["configuration"]),
                "testing": list(self.next_steps["testing"]),
            },
            "links": list(self.links),
        }


def evidence_line(source: str, text: str) -> dict[str, str]:
    """One piece of evidence: where it was seen (file:line, command, address) and what was seen there."""
    return {"source": source, "text": text}


def gap(evidence: t.Mapping[str, t.Any], what: str) -> dict[str, str] | None:
    """The reason why a probe could not see ``what``, if it said so (``{"what", "reason", "remedy"}``)."""
    return next((entry for entry in evidence.get("gaps") or () if entry.get("what") == what), None)


def is_absent(missing: dict[str, str] | None) -> bool:
    """Whether a gap is a mistake in the inventory: the operator named what is not there. It would be missed among what was not
    observed, so it is a warning."""
    return missing is not None and missing.get("kind") == "absent"


def is_number(value: t.Any) -> t.TypeGuard[int]:
    """Whether evidence holds a whole number here; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)
