# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What is remembered of a run, and compared with later ones: what was wrong, where, and why. Pure."""

from __future__ import annotations

import typing as t

from .normalise import WRONG, host_row
from .words import headline

SNAPSHOT_SCHEMA = "websocket.health/history/1"

#: Host, service, check, vantage.
Key = tuple[str, str, str, str]
#: Of several results under one key the worst one counts.
_WEIGHT = {"skip": 0, "pass": 1, "unknown": 2, "error": 3, "warn": 4, "fail": 5}


def snapshot_of_file(report: dict[str, t.Any]) -> dict[str, t.Any]:
    """The memory of a run whose report.json was read: any version may have written it, and an editor."""
    rows = report.get("hosts")
    hosts = [host_row(row) for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict)]
    return snapshot(dict(report, hosts=hosts))


def snapshot(report: dict[str, t.Any]) -> dict[str, t.Any]:
    """The memory of a run: a small part of its report.

    :param report: as ``assemble`` returns it.
    :returns: ``schema, run_id, generated, status, hosts`` (counts), ``wrong`` (``[host, service, check, vantage, status]``),
        ``causes`` (``{id: {title, hosts}}``).
    """
    hosts = report["hosts"]
    summary = report.get("summary")
    summary = summary if isinstance(summary, dict) else {}
    counts = summary.get("hosts")
    return {
        "schema": SNAPSHOT_SCHEMA,
        "run_id": str(report.get("run_id") or ""),
        "generated": max([row["generated"] for row in hosts if row["generated"]], default=str(report.get("generated"))),
        "status": str(summary.get("status") or "unknown"),
        "hosts": counts if isinstance(counts, dict) else {},
        "wrong": [[*key, status] for key, status in statuses(hosts).items() if status in WRONG],
        # What is accepted is remembered too: when its waiver ends it is nothing new.
        "causes": causes_of([*_list(report.get("issues")), *_list(report.get("accepted"))]),
    }


def statuses(hosts: list[dict[str, t.Any]]) -> dict[Key, str]:
    """The status of every check, and of the host itself: whether it answered."""
    found: dict[Key, str] = {}
    for host in hosts:
        for kind in ("host.unreachable", "host.unjudged"):
            found[host["host"], "", kind, ""] = "fail" if host_problem(host) == kind else "pass"
        for service in host["services"]:
            for check in service["checks"]:
                key = (host["host"], service["name"], check["id"], check["vantage"])
                found[key] = max(found.get(key, "skip"), check["status"], key=_WEIGHT.__getitem__)
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


def _list(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else []


def causes_of(issues: list[t.Any]) -> dict[str, dict[str, t.Any]]:
    """What is wrong in a report, by the id of its issue: ``title`` and ``hosts``."""
    found: dict[str, dict[str, t.Any]] = {}
    for issue in issues:
        places = issue.get("hosts") if isinstance(issue, dict) else None
        # What could not be observed is no cause.
        if isinstance(places, list) and (issue.get("kind"), issue.get("status")) != ("check", "unknown"):
            said = {key: str(issue.get(key)) for key in ("kind", "status", "title")}
            entry = found.setdefault(str(issue.get("id")), {"title": headline(said), "hosts": []})
            names = [str(place.get("host")) for place in places if isinstance(place, dict)]
            entry["hosts"] = list(dict.fromkeys(entry["hosts"] + names))
    return found
