# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What is remembered of a run, and compared with later ones: what was wrong, where, and why. Pure."""

from __future__ import annotations

import typing as t

from ..._model import UNREACHABLE, worst
from ..._run.plain_data import unique
from ..model.normalise import WRONG, as_list, host_counts, host_row, issue_core
from ..shapes import NO_SERVICES, Host, HostCounts, IssueCore, RememberedCause, Report, Snapshot, Wrong
from ..text.sentences import headline

SNAPSHOT_SCHEMA = "websocket.health/history/1"

#: Host, service, check, vantage.
Key = tuple[str, str, str, str]
#: Runs after which what was not looked at again is forgotten.
_FORGOTTEN = 30


class _Run(t.NamedTuple):
    """What of a run is remembered."""

    run_id: str
    generated: str
    status: str
    counts: HostCounts
    hosts: list[Host]
    #: Those that a waiver accepts too: when it ends they are nothing new.
    issues: t.Sequence[IssueCore]


def snapshot_of_file(report: dict[str, object]) -> Snapshot:
    """The memory of a run whose report.json was read: any version may have written it, and an editor."""
    summary = report.get("summary")
    summary = summary if isinstance(summary, dict) else {}
    issues = [*as_list(report.get("issues")), *as_list(report.get("accepted"))]
    run = _Run(
        run_id=str(report.get("run_id") or ""),
        generated=str(report.get("generated")),
        status=str(summary.get("status") or "unknown"),
        counts=host_counts(summary.get("hosts")),
        hosts=[host_row(row) for row in as_list(report.get("hosts")) if isinstance(row, dict)],
        issues=[issue_core(issue) for issue in issues if isinstance(issue, dict)],
    )
    return _remembered(run, None)


def snapshot(report: Report, before: Snapshot | None = None) -> Snapshot:
    """The memory of a run: a small part of its report, and what it did not look at of the memory before.

    A run with a limit, or one in which a host did not answer, must not forget what was wrong elsewhere: the next one would
    take it for new.

    :param report: as ``assemble`` returns it.
    :param before: the snapshot of the run before.
    """
    summary = report["summary"]
    run = _Run(
        run_id=report["run_id"],
        generated=report["generated"],
        status=summary["status"],
        counts=summary["hosts"],
        hosts=report["hosts"],
        issues=[*report["issues"], *report["accepted"]],
    )
    return _remembered(run, before)


def _remembered(run: _Run, before: Snapshot | None) -> Snapshot:
    found = statuses(run.hosts)
    wrong = [Wrong(*key, status, 0) for key, status in found.items() if status in WRONG]
    causes = causes_of(run.issues)
    if before is not None:
        kept = [
            row._replace(age=row.age + 1) for row in before["wrong"] if _unseen(found, row) and row.age < _FORGOTTEN
        ]
        wrong += kept
        _keep_causes(causes, before["causes"], {(row.host, row.check) for row in kept})
    return {
        "schema": SNAPSHOT_SCHEMA,
        "run_id": run.run_id,
        "generated": moment_of(run.hosts, run.generated),
        "status": run.status,
        "hosts": run.counts,
        "wrong": wrong,
        "causes": causes,
    }


def moment_of(hosts: list[Host], generated: str) -> str:
    """When a run was: when its last result was written. Its report may have been made anew, long after."""
    return max([host["generated"] for host in hosts if host["generated"]], default=generated)


def earlier_than(history: t.Iterable[Snapshot], run_id: str, moment: str) -> list[Snapshot]:
    """The snapshots of the runs before one, in their order."""
    return [entry for entry in history if entry["run_id"] != run_id and entry["generated"] <= moment]


def _unseen(found: dict[Key, str], row: Wrong) -> bool:
    """Whether a run saw nothing of what was wrong before."""
    return found.get(row[:4], "unknown") in ("unknown", "skip")


def _keep_causes(
    causes: dict[str, RememberedCause], before: dict[str, RememberedCause], kept: set[tuple[str, str]]
) -> None:
    for cause, entry in before.items():
        hosts = [host for host in entry["hosts"] if any((host, check) in kept for check in entry["checks"])]
        if hosts:
            now = causes.setdefault(cause, {"title": entry["title"], "hosts": [], "checks": entry["checks"]})
            now["hosts"] = unique([*now["hosts"], *hosts])


def statuses(hosts: list[Host]) -> dict[Key, str]:
    """The status of every check, the worst under each key, and of the host itself: whether it answered."""
    found: dict[Key, str] = {}
    for host in hosts:
        for kind in ("host.unreachable", "host.unjudged") if host.get("why") != NO_SERVICES else ():
            found[host["host"], "", kind, ""] = "fail" if host_problem(host) == kind else "pass"
        for service in host["services"]:
            for check in service["checks"]:
                key = (host["host"], service["name"], check["id"], check["vantage"])
                found[key] = worst((found.get(key, "skip"), check["status"]))
    return found


def waived_keys(hosts: list[Host]) -> set[Key]:
    """What of :func:`statuses` is wrong, and accepted by a waiver."""
    found = {
        (host["host"], service["name"], check["id"], check["vantage"])
        for host in hosts
        for service in host["services"]
        for check in service["checks"]
        if check["waiver"]
    }
    found |= {(host["host"], "", host_problem(host), "") for host in hosts if host["waiver"]}
    return found - {
        (host["host"], service["name"], check["id"], check["vantage"])
        for host in hosts
        for service in host["services"]
        for check in service["checks"]
        if check["status"] in WRONG and not check["waiver"]
    }


def host_problem(host: Host) -> str:
    """``host.unreachable``, or ``host.unjudged`` where nothing was asked for another reason; else nothing."""
    if host["status"] == UNREACHABLE:
        return "host.unreachable"
    return "host.unjudged" if not host["services"] and (host["reason"] or host["status"] == "unknown") else ""


def causes_of(issues: t.Iterable[IssueCore]) -> dict[str, RememberedCause]:
    """What is wrong in a report, by the id of its issue."""
    found: dict[str, RememberedCause] = {}
    for issue in issues:
        # What could not be observed is no cause.
        if (issue["kind"], issue["status"]) == ("check", "unknown"):
            continue
        entry = found.setdefault(issue["id"], {"title": headline(issue), "hosts": [], "checks": []})
        checks = [issue["id"]] if issue["kind"] == "host" else issue["failed_checks"]
        entry["hosts"] = unique([*entry["hosts"], *(place["host"] for place in issue["hosts"])])
        entry["checks"] = unique([*entry["checks"], *checks])
    return found
