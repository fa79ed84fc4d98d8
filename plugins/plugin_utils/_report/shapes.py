# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""The shape of report.json, of the results it is made from, and of what is remembered of a run. Types, and the words they allow.

What a service's judgement is stands in ``_model.py``. docs/report.schema.json says the same to other programs.
"""

from __future__ import annotations

import typing as t

from .._model import CheckRow, DiagnosisRow, HostStatus, JudgedService, Steps

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.service import Service as InventoryEntry
    from ...module_utils._evidence.subjects import Subjects

# ---- results ---------------------------------------------------------------------------------------------------------

#: Why a host has nothing to judge, where that is no trouble: no service is defined for it.
NO_SERVICES: t.Final = "no_services"


class Result(t.TypedDict):
    """What the checklist leaves of one host: ``results/<host>.json``."""

    schema: str
    run_id: str
    host: str
    generated: str
    collection: str
    status: HostStatus
    #: Why it could not be judged, and what to do about that, in the operator's words; empty where it was.
    reason: str
    remedy: str
    why: t.NotRequired[t.Literal["no_services"]]
    duration_s: float | None
    facts: Facts
    services: list[JudgedService]


#: What a host reports about itself, as it came: ``model/traits.py`` reads what it says about services.
Facts = dict[str, object]


class ReadResult(t.TypedDict):
    """A result that was read, of whatever version. An object is what has not been checked."""

    #: None where there is no result, and the reason is all that is known.
    run_id: str | None
    host: str
    status: str
    services: list[object]
    reason: t.NotRequired[object]
    remedy: t.NotRequired[object]
    generated: t.NotRequired[object]
    collection: t.NotRequired[object]
    #: Of a file that cannot be read: that it cannot, and its name.
    unreadable: t.NotRequired[bool]
    file: t.NotRequired[str]


class ServiceEvidence(t.TypedDict):
    """What was seen of one service: ``evidence/<host>.json`` has one for each."""

    #: Its inventory entry, redacted.
    service: InventoryEntry
    evidence: Subjects


# ---- hosts -----------------------------------------------------------------------------------------------------------


class Acceptance(t.TypedDict):
    """What a waiver says of a result that it covers."""

    reason: str
    #: The last day on which it is accepted, ``YYYY-MM-DD`` (UTC).
    until: str


class Check(CheckRow):
    """A result of a check in the report."""

    #: Set if it was accepted: it keeps its status, and fails no host.
    waiver: Acceptance | None


class Service(t.TypedDict):
    """A service of a host."""

    name: str
    status: str
    checks: list[Check]
    #: The root cause first.
    diagnoses: list[DiagnosisRow]


class Host(t.TypedDict):
    """A host of the report."""

    host: str
    status: HostStatus
    reason: str
    remedy: str
    why: t.NotRequired[t.Literal["no_services"]]
    #: When its result was written; empty if it left none.
    generated: str
    duration_s: float | None
    facts: Facts
    services: list[Service]
    waiver: Acceptance | None


class Traits(t.TypedDict, total=False):
    """What is known of a service on a host besides its checks; what was not seen is absent."""

    port: int
    unit: str
    public_url: str
    latency_ms: float
    certificate_days: float


# ---- issues ----------------------------------------------------------------------------------------------------------

StepKind = t.Literal["immediate", "configuration", "testing"]


class Step(t.TypedDict):
    """Something to do, and the hosts it is for."""

    text: str
    hosts: list[str]


class Place(t.TypedDict):
    """Where an issue is."""

    host: str
    #: None where the host as a whole is meant.
    service: str | None


class PlacedEvidence(t.TypedDict):
    """A piece of evidence, and what it is about."""

    host: str
    service: str | None
    check: str
    source: str
    text: str


class Related(t.TypedDict):
    """A diagnosis that is no root, and stands beside one."""

    id: str
    title: str
    role: str


class Headed(t.TypedDict):
    """What the heading of an issue is made of."""

    #: ``cause``, ``check`` or ``host``.
    kind: str
    status: str
    title: str


class IssueCore(Headed):
    """What is remembered of an issue."""

    id: str
    hosts: list[Place]
    failed_checks: list[str]


class Issue(IssueCore):
    """One cause, or one check that no cause explains, whatever the number of hosts."""

    layer: str
    severity: str
    confidence: str | None
    unexplained: bool
    because: list[str]
    explains: list[str]
    errors: list[str]
    evidence: list[PlacedEvidence]
    related: list[Related]
    next_steps: Steps[Step]
    #: The command that asks its hosts again.
    verify: str
    waiver: Acceptance | None
    links: list[str]


class Telling(t.TypedDict):
    """What a failing check saw."""

    check: str
    source: str
    text: str


class Unexplained(t.TypedDict):
    """What can be said of failures that no diagnosis explains."""

    #: Where the first one is.
    hop: str
    layer: str
    checks: list[str]
    #: The most telling.
    evidence: list[Telling]
    #: Commands that would show more.
    commands: list[str]


# ---- waivers ---------------------------------------------------------------------------------------------------------


class Waiver(t.TypedDict):
    """What is accepted: names or globs, empty where any will do."""

    host: str
    service: str
    check: str
    cause: str
    reason: str
    until: str


class WaiverState(Waiver):
    """A waiver in the report."""

    #: ``active``, ``expired`` or ``unused``.
    state: str
    #: How many results it covers.
    results: int


# ---- the fleet -------------------------------------------------------------------------------------------------------

#: How many hosts are how; ``total`` is the sum of the others.
HostCounts = t.TypedDict(
    "HostCounts", {"total": int, "pass": int, "warn": int, "fail": int, "unknown": int, "unreachable": int}
)
#: How many results of checks are how.
CheckCounts = t.TypedDict(
    "CheckCounts", {"total": int, "pass": int, "warn": int, "fail": int, "error": int, "unknown": int, "skip": int}
)


class Summary(t.TypedDict):
    """The whole in numbers."""

    status: str
    hosts: HostCounts
    #: How many services there are.
    services: int
    checks: CheckCounts
    #: How many results a waiver accepts.
    accepted: int


class Working(t.TypedDict):
    """Which connections of a service work."""

    host: str
    service: str
    #: By the words of the status report; None: not observed.
    connections: dict[str, bool | None]
    text: str


class Cause(t.TypedDict):
    """A root cause, or an issue, with hosts that have it."""

    id: str
    title: str
    hosts: list[str]


class Difference(t.TypedDict):
    """A value in which a host differs from its peers."""

    host: str
    value: str
    #: What most of them have.
    usual: str
    #: How many have it.
    peers: int


class Drift(Difference):
    """The same, with what it is a value of."""

    service: str
    trait: str
    #: The trait in words.
    what: str


class PartlyFailing(t.TypedDict):
    """A public URL behind which some hosts fail and others do not."""

    url: str
    #: How many are behind it.
    hosts: int
    failing: list[str]
    #: Ids of their root causes.
    causes: list[str]
    #: Status of the handshake at the URL; empty: it was not tried.
    public: str
    text: str


ChangeKind = t.Literal["new", "fixed", "still", "unseen", "gone"]


class Change(t.TypedDict):
    """A check that is wrong, or was."""

    host: str
    #: Empty where it is about the host itself.
    service: str
    check: str
    vantage: str
    #: Now, and in the earlier run; None: it was not there, or not wrong.
    status: str | None
    was: str | None


class Against(t.TypedDict):
    """The run compared with."""

    run_id: str
    generated: str


class CauseChanges(t.TypedDict):
    """Causes with the hosts on which they are new, fixed, or as before."""

    new: list[Cause]
    fixed: list[Cause]
    still: list[Cause]


class Changes(t.TypedDict):
    """What is different from an earlier run."""

    #: None: nothing was compared, and all lists are empty.
    against: Against | None
    new: list[Change]
    fixed: list[Change]
    still: list[Change]
    #: Was wrong, and was not observed now.
    unseen: list[Change]
    #: Was wrong; its host, service or check is not part of this run.
    gone: list[Change]
    causes: CauseChanges


class PastRun(t.TypedDict):
    """An earlier run."""

    run_id: str
    generated: str
    status: str
    hosts: HostCounts


class Fleet(t.TypedDict):
    """What shows only where all hosts are looked at together."""

    diagnoses: list[Cause]
    drift: list[Drift]
    partly_failing: list[PartlyFailing]
    changes: Changes
    #: The oldest first.
    history: list[PastRun]


class Report(t.TypedDict):
    """report.json, schema ``websocket.health/report/1``."""

    schema: str
    #: When the report was made (ISO 8601, UTC).
    generated: str
    run_id: str
    #: Version of the collection; several where the hosts' results differ.
    collection: str
    summary: Summary
    working: list[Working]
    #: The gravest first.
    issues: list[Issue]
    #: Those that a waiver accepts.
    accepted: list[Issue]
    waivers: list[WaiverState]
    next_steps: Steps[Step]
    hosts: list[Host]
    fleet: Fleet


# ---- what is remembered of a run -------------------------------------------------------------------------------------


class Wrong(t.NamedTuple):
    """A check that was wrong."""

    host: str
    service: str
    check: str
    vantage: str
    status: str
    #: So many runs ago it was seen last.
    age: int


class RememberedCause(t.TypedDict):
    """What was behind it."""

    title: str
    hosts: list[str]
    #: The checks that fail for it.
    checks: list[str]


class Snapshot(t.TypedDict):
    """The memory of a run: ``history/<run>.json.gz``."""

    schema: str
    run_id: str
    generated: str
    status: str
    hosts: HostCounts
    wrong: list[Wrong]
    #: By the id of the issue.
    causes: dict[str, RememberedCause]
