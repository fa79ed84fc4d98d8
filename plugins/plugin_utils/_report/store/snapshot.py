# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What is remembered of a run, and compared with later ones: what was wrong, where, and why. Pure."""

from __future__ import annotations

import typing as t

from ..._model import worst
from ..._run.plain_data import strings, unique
from ..model.normalise import NO_SERVICES, WRONG, as_list, host_row
from ..text.sentences import headline

SNAPSHOT_SCHEMA = "websocket.health/history/1"

#: Host, service, check, vantage.
Key = tuple[str, str, str, str]
#: Runs after which what was not looked at again is forgotten.
_FORGOTTEN = 30
_Row = dict[str, t.Any]


def snapshot_of_file(report: _Row) -> _Row:
    """The memory of a run whose report.json was read: any version may have written it, and an editor."""
    hosts = [host_row(row) for row in as_list(report.get("hosts")) if isinstance(row, dict)]
    summary = report.get("summary")
    return snapshot(dict(report, hosts=hosts, summary=summary if isinstance(summary, dict) else {}))


def snapshot(report: _Row, before: _Row | None = None) -> _Row:
    """The memory of a run: a small part of its report, and what it did not look at of the memory before.

    A run with a limit, or one in which a host did not answer, must not forget what was wrong elsewhere: the next one would
    take it for new.

    :param report: as ``assemble`` returns it.
    :param before: the snapshot of the run before.
    :returns: ``schema, run_id, generated, status, hosts`` (counts), ``wrong`` (``[host, service, check, vantage, status, age]``;
        age: so many runs ago it was seen last), ``causes`` (``{id: {title, hosts, checks}}``).
    """
    found, counts = statuses(report["hosts"]), report["summary"].get("hosts")
    wrong = [[*key, status, 0] for key, status in found.items() if status in WRONG]
    # What is accepted is remembered too: when its waiver ends it is nothing new.
    causes = causes_of([*as_list(report.get("issues")), *as_list(report.get("accepted"))])
    if before is not None:
        kept = [[*row[:5], row[5] + 1] for row in before["wrong"] if _unseen(found, row) and row[5] < _FORGOTTEN]
        wrong += kept
        _keep_causes(causes, before["causes"], {(row[0], row[2]) for row in kept})
    return {
        "schema": SNAPSHOT_SCHEMA,
        "run_id": str(report.get("run_id") or ""),
        "generated": moment_of(report["hosts"], str(report.get("generated"))),
        "status": str(report["summary"].get("status") or "unknown"),
        "hosts": counts if isinstance(counts, dict) else {},
        "wrong": wrong,
        "causes": causes,
    }


def moment_of(hosts: list[_Row], generated: str) -> str:
    """When a run was: when its last result was written. Its report may have been made anew, long after."""
    return max([host["generated"] for host in hosts if host["generated"]], default=generated)


def earlier_than(history: t.Iterable[_Row], run_id: str, moment: str) -> list[_Row]:
    """The snapshots of the runs before one, in their order."""
    return [entry for entry in history if entry["run_id"] != run_id and entry["generated"] <= moment]


def _unseen(found: dict[Key, str], row: list[t.Any]) -> bool:
    """Whether a run saw nothing of what was wrong before."""
    return found.get((row[0], row[1], row[2], row[3]), "unknown") in ("unknown", "skip")


def _keep_causes(causes: dict[str, _Row], before: dict[str, _Row], kept: set[tuple[str, str]]) -> None:
    for cause, entry in before.items():
        hosts = [host for host in entry["hosts"] if any((host, check) in kept for check in entry["checks"])]
        if hosts:
            now = causes.setdefault(cause, {"title": entry["title"], "hosts": [], "checks": entry["checks"]})
            now["hosts"] = unique([*now["hosts"], *hosts])


def statuses(hosts: list[_Row]) -> dict[Key, str]:
    """The status of every check, the worst under each key, and of the host itself: whether it answered."""
    found: dict[Key, str] = {}
    for host in hosts:
        for kind in ("host.unreachable", "host.unjudged") if host["remedy"] != NO_SERVICES else ():
            found[host["host"], "", kind, ""] = "fail" if host_problem(host) == kind else "pass"
        for service in host["services"]:
            for check in service["checks"]:
                key = (host["host"], service["name"], check["id"], check["vantage"])
                found[key] = worst((found.get(key, "skip"), check["status"]))
    return found


def waived_keys(hosts: list[dict[str, t.Any]]) -> set[Key]:
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


def host_problem(host: dict[str, t.Any]) -> str:
    """``host.unreachable``, or ``host.unjudged`` where nothing was asked for another reason; else nothing."""
    if host["status"] == "unreachable":
        return "host.unreachable"
    return "host.unjudged" if not host["services"] and (host["reason"] or host["status"] == "unknown") else ""


def causes_of(issues: list[t.Any]) -> dict[str, _Row]:
    """What is wrong in a report, by the id of its issue: ``title``, ``hosts``, and the ``checks`` that fail for it."""
    found: dict[str, _Row] = {}
    for issue in issues:
        # What could not be observed is no cause.
        if not isinstance(issue, dict) or (issue.get("kind"), issue.get("status")) == ("check", "unknown"):
            continue
        said = {key: str(issue.get(key)) for key in ("kind", "status", "title")}
        cause = str(issue.get("id"))
        entry = found.setdefault(cause, {"title": headline(said), "hosts": [], "checks": []})
        places = [place for place in as_list(issue.get("hosts")) if isinstance(place, dict)]
        checks = [cause] if issue.get("kind") == "host" else strings(issue.get("failed_checks"))
        entry["hosts"] = unique([*entry["hosts"], *(str(place.get("host")) for place in places)])
        entry["checks"] = unique([*entry["checks"], *checks])
    return found
