# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""From evidence to verdict: all checks of a service, then the diagnosis."""

from __future__ import annotations

import dataclasses
import fnmatch
import traceback
import typing as t

from ._checks import (
    browser,
    capture,
    electron,
    environment,
    firewall,
    frontend,
    log,
    port,
    process,
    proxy,
    tls,
    websocket,
)
from ._cut_short import is_cut_short, judge_so_far, seen_so_far
from ._diagnosis.engine import diagnose
from ._evidence.drop_malformed import drop_malformed
from ._evidence.firewall import port_instance
from ._model import ERROR, FAIL, SKIP, UNKNOWN, WARN, CheckResult, JudgedService, service_status, worst
from ._overruled import without_overruled

if t.TYPE_CHECKING:  # pragma: no cover
    from ..module_utils._evidence.proxy import Proxy
    from ..module_utils._evidence.service import Service
    from ..module_utils._evidence.subjects import Subject, Subjects
    from ..module_utils._evidence.websocket import Websocket
    from ._model import CheckDefinition


class Checks(t.Protocol):
    """A module of _checks."""

    @property
    def DEFINITIONS(self) -> t.Sequence[CheckDefinition]:
        """Its catalogue."""

    def check(self, evidence: t.Any, service: Service) -> list[CheckResult]:
        """Judge the evidence, which is of the subject's own type."""


#: What judges each subject, in the order of the checklist.
CHECKS: dict[Subject, Checks] = {
    "process": process,
    "environment": environment,
    "log": log,
    "port": port,
    "websocket": websocket,
    "proxy": proxy,
    "tls": tls,
    "firewall": firewall,
    "electron": electron,
    "frontend": frontend,
    "capture": capture,
    "browser": browser,
}


#: Every check id, and ``environment.*`` for the variables that an inventory names.
CHECK_IDS = tuple(definition.id for module in CHECKS.values() for definition in module.DEFINITIONS)


def judge(
    service: Service,
    evidence: Subjects,
    skip: t.Sequence[str] = (),
    only: t.Sequence[str] = (),
) -> JudgedService:
    """Judge one service of one host.

    :param service: its entry in websocket_health_services.
    :param evidence: by subject; a subject that was not asked is absent.
    :param skip: check ids (globs) to leave out.
    :param only: check ids (globs) to keep; empty: all.
    """
    results: list[CheckResult] = []
    evidence = {**evidence}
    for subject, module in CHECKS.items():
        if subject in evidence:
            found, evidence[subject] = _checked(subject, module, evidence[subject], service)
            results += found
    role = _role(evidence.get("proxy"))
    if role == "elsewhere":
        results, evidence = _without_absent(results, evidence, service)
    elif role == "port":
        results = [_without_strangers(result) for result in results]
    results, evidence = _without_overruled(results, evidence, service)
    results = [result for result in results if _wanted(result.id, skip, only)]
    cut = any(map(is_cut_short, evidence.values()))
    for subject in CHECKS:
        if subject in evidence and is_cut_short(evidence[subject]):
            evidence[subject] = seen_so_far(evidence[subject])
    diagnoses = diagnose(results, evidence, service)
    status = service_status([(entry.status, entry.severity, entry.vantage) for entry in results])
    return {
        "name": service.get("name") or "",
        # What a probe did not get to see may be what is wrong.
        "status": worst([status, UNKNOWN]) if cut else status,
        "checks": [result.as_dict() for result in results],
        "diagnoses": [diagnosis.as_dict() for diagnosis in diagnoses],
    }


def _checked(subject: Subject, module: Checks, evidence: t.Any, service: Service) -> tuple[list[CheckResult], t.Any]:
    """A subject's results, and the evidence that they are from.

    Evidence over which a check breaks may be odd: then only what is of the type that it should have is judged. A check that
    breaks over that as well has a defect, which is an ``error`` for its subject and hides no other subject.
    """
    try:
        return _results(module, evidence, service), evidence
    except Exception:
        evidence = drop_malformed({subject: evidence})[subject]
    try:
        return _results(module, evidence, service), evidence
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        summary = "the check itself crashed: %s: %s (%s:%d); please report it" % (
            type(error).__name__,
            error,
            where.filename.rsplit("/", 1)[-1],
            where.lineno or 0,
        )
        return [
            CheckResult(definition.id, definition.item, definition.title, ERROR, definition.severity, summary)
            for definition in module.DEFINITIONS
            if "*" not in definition.id
        ], evidence


def _without_overruled(
    results: list[CheckResult], evidence: Subjects, service: Service
) -> tuple[list[CheckResult], Subjects]:
    """The results without those that what works contradicts, and the evidence that they are from: over odd evidence as above."""
    try:
        return without_overruled(results, evidence, service), evidence
    except Exception:
        evidence = t.cast("Subjects", drop_malformed(evidence))
    return without_overruled(results, evidence, service), evidence


def _results(module: Checks, evidence: t.Any, service: Service) -> list[CheckResult]:
    if is_cut_short(evidence):
        return judge_so_far(module.check, evidence, service)
    return module.check(evidence, service)


#: What only the host on which the service runs can show.
_OWN: tuple[Subject, ...] = ("process", "environment", "log", "port", "websocket")


def _role(evidence: Proxy | None) -> str | None:
    """What the host's proxy is to the service; see _probes/proxy.py."""
    return evidence.get("role") if isinstance(evidence, dict) else None


def _without_strangers(result: CheckResult) -> CheckResult:
    """A proxy's log is about all its sites: what it says about the service's URL is in proxy.log."""
    if result.id != "log.signatures" or result.status not in (FAIL, WARN):
        return result
    reason = "the log belongs to a proxy, which serves other sites too: see proxy.log"
    return dataclasses.replace(result, status=SKIP, summary=reason, evidence=[], remediation=[])


def _is_absent(result: CheckResult, service: Service) -> bool:
    """Whether a result is about the service's own port when that is on another host."""
    subject = result.id.split(".")[0]
    if subject == "firewall":
        return result.instance == port_instance(service.get("port"))
    if subject == "tls":
        return result.status == UNKNOWN and result.vantage == "host"
    return subject in _OWN and result.vantage != "public"


def _without_absent(
    results: list[CheckResult], evidence: Subjects, service: Service
) -> tuple[list[CheckResult], Subjects]:
    """Results and evidence where the service runs on another host and this one is its proxy: what is not here is not wrong."""
    behind = evidence["proxy"].get("behind") or ()
    addresses = [str(entry.get("address")) for entry in behind]
    reason = "the service runs on another host (%s); this one is its proxy" % (
        ", ".join(addresses) or "see proxy.route"
    )
    seen: Subjects = {**evidence}
    for subject in _OWN:
        seen.pop(subject, None)
    websocket: Websocket = evidence.get("websocket") or {}
    seen["websocket"] = {"public": websocket.get("public") or {}}
    kept = [
        dataclasses.replace(result, status=SKIP, summary=reason, evidence=[], remediation=[])
        if _is_absent(result, service)
        else result
        for result in results
    ]
    return kept, seen


def _wanted(check_id: str, skip: t.Sequence[str], only: t.Sequence[str]) -> bool:
    def matches(patterns: t.Sequence[str]) -> bool:
        return any(fnmatch.fnmatchcase(check_id, pattern) for pattern in patterns)

    return not matches(skip) and (not only or matches(only))


def gate(status: str, fail_on: str) -> bool:
    """Whether a status fails the task for this setting of fail_on (``fail``, ``warn``, ``never``)."""
    return {"never": (), "warn": (FAIL, ERROR, WARN), "fail": (FAIL, ERROR)}[fail_on].__contains__(status)


def headline(judged: JudgedService) -> str:
    """The verdict on a service in one line: its root cause, or the first failing check, or that all is well."""
    roots = [entry for entry in judged["diagnoses"] if entry["role"] == "root"]
    if roots:
        return "%s: %s" % (roots[0]["id"], roots[0]["title"])
    for status in (FAIL, ERROR, WARN) + ((UNKNOWN, SKIP) if judged["status"] == UNKNOWN else ()):
        for entry in judged["checks"]:
            if entry["status"] == status:
                where = "" if entry["vantage"] == "host" else " (from the %s)" % entry["vantage"]
                return "%s %s%s: %s" % (status, entry["id"], where, entry["summary"])
    return "%s: %d checks" % (judged["status"], len(judged["checks"]))
