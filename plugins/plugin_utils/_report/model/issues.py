# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Issues of the fleet: one per cause, whatever the number of hosts and of failed checks that come from it."""

from __future__ import annotations

import dataclasses
import re
import shlex
import typing as t

from ..._diagnosis.rule import RECHECK
from ..._model import UNREACHABLE, DiagnosisRow, Steps, worst
from ..._run.plain_data import natural, unique
from ..shapes import Acceptance, Check, Host, Issue, PlacedEvidence, Related, Service, Step, StepKind
from ..store.snapshot import host_problem
from .normalise import KINDS_OF_STEP, SEVERITIES, WRONG
from .traits import service_traits
from .unexplained import unexplained

_ORDER = ("fail", "unreachable", "error", "warn", "unknown")
_KINDS = ("cause", "check", "host")
_CONFIDENCE = ("possible", "likely", "certain")
#: How many different texts of one sort an issue shows; every host's own are in its details.
_TEXTS = 6
_EVIDENCE = 4
#: A command with more names than this is unreadable; then the whole fleet is re-checked.
_LONGEST_LIMIT = 40


@dataclasses.dataclass
class _Issue:
    """Collects what several hosts say about one cause."""

    id: str
    kind: str  # cause: a diagnosis · check: nothing explains it · host: could not be judged
    title: str
    layer: str
    places: list[tuple[str, str | None]] = dataclasses.field(default_factory=list)
    statuses: list[str] = dataclasses.field(default_factory=list)
    severities: list[str] = dataclasses.field(default_factory=list)
    confidences: list[str] = dataclasses.field(default_factory=list)
    because: dict[str, str] = dataclasses.field(default_factory=dict)
    explains: list[str] = dataclasses.field(default_factory=list)
    errors: dict[str, str] = dataclasses.field(default_factory=dict)
    evidence: dict[str, PlacedEvidence] = dataclasses.field(default_factory=dict)
    failed: list[str] = dataclasses.field(default_factory=list)
    related: dict[tuple[str, str], Related] = dataclasses.field(default_factory=dict)
    links: list[str] = dataclasses.field(default_factory=list)
    #: Of what is accepted: why, and until when (the earliest day).
    waiver: Acceptance | None = None
    #: The hosts of each step.
    steps: dict[StepKind, dict[str, list[str]]] = dataclasses.field(
        default_factory=lambda: {kind: {} for kind in KINDS_OF_STEP}
    )

    def at(self, host: str, service: str | None, status: str, severity: str) -> None:
        if (host, service) not in self.places:
            self.places.append((host, service))
        self.statuses.append(status)
        self.severities.append(severity)

    def say(self, texts: t.Iterable[str], host: str) -> None:
        """Why it is thought so: texts that differ in numbers and the host's name alone are said once."""
        for text in texts:
            if len(self.because) < _TEXTS:
                self.because.setdefault(_shape(text, host), text)

    def failure(self, check: Check, host: str, service: str | None) -> None:
        """A check that this cause explains."""
        if check["id"] not in self.failed:
            self.failed.append(check["id"])
        if check["summary"] and len(self.errors) < _TEXTS:
            self.errors.setdefault(_shape(check["summary"], host), check["summary"])
        self.accept(check["waiver"])
        for entry in check["evidence"][:2]:
            if len(self.evidence) < _EVIDENCE:
                record: PlacedEvidence = {"host": host, "service": service, "check": check["id"], **entry}
                self.evidence.setdefault(_shape(entry["text"], host), record)

    def accept(self, waiver: Acceptance | None) -> None:
        """A waiver of what belongs to this; of several the one that ends first says when to check again."""
        if waiver and (self.waiver is None or waiver["until"] < self.waiver["until"]):
            self.waiver = waiver

    def advise(self, kind: StepKind, texts: list[str], host: str) -> None:
        """Steps are kept word by word: a number in them may be the process to stop on this host."""
        for text in texts:
            hosts = self.steps[kind].setdefault(text, [])
            if host not in hosts:
                hosts.append(host)

    def status(self) -> str:
        return min(self.statuses, key=_ORDER.index)

    def rank(self) -> tuple[t.Any, ...]:
        """Failures before warnings, causes before loose ends, what hits most hosts first."""
        hosts = {host for host, _service in self.places}
        return (_ORDER.index(self.status()), _KINDS.index(self.kind), -len(hosts), self._severity(), self.id)

    def _severity(self) -> int:
        return min(SEVERITIES.index(severity) for severity in self.severities)

    def as_dict(self, inventory: t.Sequence[str]) -> Issue:
        verify = _verify(unique(host for host, _service in self.places), inventory)
        return {
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "layer": self.layer,
            "severity": SEVERITIES[self._severity()],
            "status": self.status(),
            "confidence": min(self.confidences, key=_CONFIDENCE.index) if self.confidences else None,
            "unexplained": self.kind == "check",
            "hosts": [{"host": host, "service": service} for host, service in self.places],
            "because": list(self.because.values()),
            "explains": self.explains,
            "errors": list(self.errors.values()),
            "evidence": list(self.evidence.values()),
            "failed_checks": self.failed,
            "related": list(self.related.values()),
            # Where rules say to run the checklist again, the hosts are known here.
            "next_steps": _by_kind(
                lambda kind: [
                    {"text": text.replace(RECHECK, "`%s`" % verify), "hosts": hosts}
                    for text, hosts in self.steps[kind].items()
                ]
            ),
            "verify": verify,
            "waiver": self.waiver,
            "links": self.links,
        }


class _Issues(dict[tuple[str, ...], _Issue]):
    """Issues by key, made when first asked for."""

    def of(self, key: tuple[str, ...], **fields: t.Any) -> _Issue:
        if key not in self:
            self[key] = _Issue(**fields)
        return self[key]


def find_issues(hosts: list[Host], accepted: bool = False, inventory: t.Sequence[str] = ()) -> list[Issue]:
    """Every root cause, every failure that no cause explains, every host that could not be judged.

    :param hosts: the hosts of report.json.
    :param accepted: whether to report what is waived, instead of what is not.
    :param inventory: what ``ansible-playbook -i`` was given, for the commands.
    """
    issues = _Issues()
    for host in hosts:
        if host_problem(host) and bool(host["waiver"]) == accepted:
            _not_judged(issues, host)
        for service in host["services"]:
            share = _share(service, accepted)
            if share is not None:
                _service(issues, host["host"], share)
                _look_further(issues, host, share)
    return [issue.as_dict(inventory) for issue in sorted(issues.values(), key=_Issue.rank)]


def _share(service: Service, accepted: bool) -> Service | None:
    """The part of a service that is accepted, or the part that is not; None where there is no such part."""
    waived = {check["id"] for check in service["checks"] if check["waiver"]}
    if not waived:
        return None if accepted else service
    checks = [check for check in service["checks"] if bool(check["waiver"]) == accepted]
    wrong = {check["id"] for check in checks if check["status"] in WRONG}
    diagnoses = [
        diagnosis
        for diagnosis in service["diagnoses"]
        if not wrong.isdisjoint(diagnosis["explains"]) or not (accepted or waived.intersection(diagnosis["explains"]))
    ]
    return {**service, "checks": checks, "diagnoses": diagnoses}


def _verify(names: list[str], inventory: t.Sequence[str]) -> str:
    """The command that asks these hosts again."""
    words = ["ansible-playbook", *(word for entry in inventory for word in ("-i", entry))]
    words.append("websocket.health.checklist")
    if len(names) <= _LONGEST_LIMIT:
        words += ["--limit", ",".join(names)]
    return shlex.join(words)


def merge_steps(issues: list[Issue]) -> Steps[Step]:
    """The next steps of all issues, each once, with the hosts it is for, in the order of the issues."""

    def merged(kind: StepKind) -> list[Step]:
        found: dict[str, list[str]] = {}
        for step in (step for issue in issues for step in issue["next_steps"][kind]):
            found.setdefault(step["text"], []).extend(step["hosts"])
        return [{"text": text, "hosts": sorted(unique(hosts), key=natural)} for text, hosts in found.items()]

    return _by_kind(merged)


def _by_kind(steps: t.Callable[[StepKind], list[Step]]) -> Steps[Step]:
    return {
        "immediate": steps("immediate"),
        "configuration": steps("configuration"),
        "testing": steps("testing"),
    }


def _not_judged(issues: _Issues, host: Host) -> None:
    unreachable = host["status"] == UNREACHABLE
    kind = "host.unreachable" if unreachable else "host.unjudged"
    # Hosts that do not answer are one issue, whatever ssh says; hosts not judged differ in what is to be done.
    issue = issues.of(
        (kind, "" if unreachable else _shape(host["reason"], host["host"])),
        id=kind,
        kind="host",
        title="No answer from the host" if unreachable else "The host could not be judged",
        layer="network" if unreachable else "host",
    )
    issue.accept(host["waiver"])
    issue.at(host["host"], None, UNREACHABLE if unreachable else "unknown", "critical" if unreachable else "high")
    reason = host["reason"] or "no service was judged, and no reason was given"
    if len(issue.errors) < _TEXTS:
        issue.errors.setdefault(_shape(reason, host["host"]), reason)
    if host["remedy"]:
        issue.advise("immediate", [host["remedy"]], host["host"])


def _service(issues: _Issues, host: str, service: Service) -> None:
    diagnoses, checks = service["diagnoses"], service["checks"]
    roots = [diagnosis for diagnosis in diagnoses if diagnosis["role"] == "root"]
    # What only makes things worse is shown with the root it belongs to, and on its own if there is none.
    leading = roots or [diagnosis for diagnosis in diagnoses if diagnosis["role"] == "contributing"]
    explained: set[str] = set()
    for diagnosis in diagnoses if roots else leading:
        explained.update(diagnosis["explains"])
    for diagnosis in leading:
        _cause(issues, host, service, diagnosis)
    judged_wrong = [check for check in checks if check["status"] in WRONG]
    loose = [check for check in judged_wrong if check["id"] not in explained]
    # Nothing is wrong, but something was not seen: without these the status "unknown" would have no reason.
    unseen = [check for check in checks if check["status"] == "unknown"] if service["status"] == "unknown" else []
    for check in loose + (unseen if not leading else []):
        _unexplained(issues, host, service, check)


def _cause(issues: _Issues, host: str, service: Service, diagnosis: DiagnosisRow) -> None:
    issue = issues.of(
        ("cause", diagnosis["id"]),
        id=diagnosis["id"],
        kind="cause",
        title=diagnosis["title"],
        layer=diagnosis["layer"],
    )
    symptoms = [
        check for check in service["checks"] if check["status"] in WRONG and check["id"] in diagnosis["explains"]
    ]
    found = [check["status"] for check in symptoms]
    status = worst(found) if found else service["status"] if service["status"] in WRONG else "warn"
    severities = [check["severity"] for check in symptoms] or ["info"]
    issue.at(host, service["name"], status, min(severities, key=SEVERITIES.index))
    issue.confidences.append(diagnosis["confidence"])
    issue.say(diagnosis["because"], host)
    issue.explains = unique(issue.explains + diagnosis["explains"])
    issue.links = unique(issue.links + diagnosis["links"])
    for kind in KINDS_OF_STEP:
        issue.advise(kind, diagnosis["next_steps"][kind], host)
    # The loudest symptom first: its text is what people paste into a search box.
    for check in sorted(symptoms, key=lambda check: _ORDER.index(check["status"])):
        issue.failure(check, host, service["name"])
    for other in service["diagnoses"]:
        if other["role"] != "root" and other["id"] != diagnosis["id"]:
            entry: Related = {"id": other["id"], "title": other["title"], "role": other["role"]}
            issue.related.setdefault((other["role"], other["id"]), entry)


def _unexplained(issues: _Issues, host: str, service: Service, check: Check) -> None:
    seen = check["status"] != "unknown"
    issue = issues.of(
        ("check" if seen else "unseen", check["id"]),
        id=check["id"],
        kind="check",
        title=check["title"],
        layer=check["id"].partition(".")[0],
    )
    issue.at(host, service["name"], check["status"], check["severity"])
    issue.failure(check, host, service["name"])
    issue.advise("immediate", check["remediation"], host)


def _look_further(issues: _Issues, host: Host, service: Service) -> None:
    """What no cause explains: where it begins, the most relevant observations, and the commands that would show more."""
    found = unexplained(service, service_traits(host, service["name"]))
    if found is None or ("check", found["checks"][0]) not in issues:
        return
    issue = issues[("check", found["checks"][0])]
    where = "no known cause fits; the first hop that fails is the %s (layer %s)" % (found["hop"], found["layer"])
    issue.say([where, *("%s: %s" % (entry["check"], entry["text"]) for entry in found["evidence"])], host["host"])
    issue.advise("testing", ["`%s` tells more" % command for command in found["commands"]], host["host"])


def _shape(text: str, host: str) -> str:
    """A text without what differs from host to host: its name, and numbers."""
    return re.sub("[0-9]+", "0", text.replace(host, "<host>") if host else text)
