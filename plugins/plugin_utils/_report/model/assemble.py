# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""From the results of the hosts to report.json: counts, causes, next steps. Pure: no clock, no files."""

from __future__ import annotations

import collections
import typing as t

from ..._model import UNREACHABLE
from ..._run.plain_data import natural, unique
from ..shapes import (
    Cause,
    CheckCounts,
    Fleet,
    Host,
    HostCounts,
    Issue,
    PastRun,
    ReadResult,
    Report,
    Service,
    Snapshot,
    Summary,
    Waiver,
    Working,
)
from ..store.results import file_name
from ..store.snapshot import earlier_than, moment_of
from .changes import compare
from .drift import find_drift
from .issues import find_issues, merge_steps
from .normalise import host_row
from .partly_failing import find_partly_failing
from .waivers import apply_waivers

REPORT_SCHEMA = "websocket.health/report/1"

NO_ANSWER = (
    "no answer in this run: the host was to be checked, but left no result (unreachable, or its play ended early)"
)
NO_ANSWER_REMEDY = "see what Ansible reports for this host: `ansible HOST -m ansible.builtin.ping`"

#: From best to worst, as the whole fleet sees its hosts.
_FLEET = ("pass", "unknown", "warn", "fail")
#: Who speaks for browsers, best witness first.
_OUTSIDE = (("browser.websocket", "browser"), ("websocket.handshake", "public"), ("websocket.handshake", "controller"))
#: How many earlier runs a report shows.
_PAST = 30
CONNECTIONS = ("Backend server", "WebSocket server", "Frontend connection", "Data flow")


def assemble(
    results: t.Iterable[ReadResult],
    expected_hosts: t.Sequence[str],
    generated: str,
    run_id: str,
    history: t.Sequence[Snapshot] = (),
    baseline: Snapshot | None = None,
    collection: str = "",
    waivers: t.Sequence[Waiver] = (),
    inventory: t.Sequence[str] = (),
) -> Report:
    """The report of one run.

    :param results: as read by ``read_results``.
    :param expected_hosts: the hosts that were to be asked; those without a result are ``unreachable``.
    :param generated: the time to put on the report (ISO 8601, UTC).
    :param history: snapshots of runs, the oldest first; those before this run are shown.
    :param baseline: the snapshot of the run to compare with; by default the one before this.
    :param collection: version to name where no result names one.
    :param waivers: what is accepted, as ``read_waivers`` returns it; its last days are compared with that of the run.
    :param inventory: what ``ansible-playbook -i`` was given, for the commands that are shown.
    """
    hosts, versions = _hosts(results, expected_hosts)
    moment = moment_of(hosts, generated)
    states = apply_waivers(hosts, waivers, moment[:10])
    issues, accepted = (find_issues(hosts, accepted=which, inventory=inventory) for which in (False, True))
    return {
        "schema": REPORT_SCHEMA,
        "generated": generated,
        "run_id": run_id,
        "collection": ", ".join(sorted(versions, key=natural)) or collection,
        "summary": _summary(hosts),
        "working": [_working(host["host"], service) for host in hosts for service in host["services"]],
        "issues": issues,
        "accepted": accepted,
        "waivers": states,
        "next_steps": merge_steps(issues),
        "hosts": hosts,
        "fleet": _fleet(hosts, issues, accepted, earlier_than(history, run_id, moment), baseline),
    }


def _fleet(
    hosts: list[Host], issues: list[Issue], accepted: list[Issue], earlier: list[Snapshot], baseline: Snapshot | None
) -> Fleet:
    """What shows in all hosts together.

    :param earlier: the runs before this one, the oldest first; what came later is nothing to compare it with.
    :param baseline: the run to compare with, if it is not the last of them.
    """
    return {
        "diagnoses": _diagnoses(hosts),
        "drift": find_drift(hosts),
        "partly_failing": find_partly_failing(hosts),
        "changes": compare(hosts, issues, accepted, baseline or (earlier[-1] if earlier else None)),
        "history": [_past(entry) for entry in earlier[-_PAST:]],
    }


def _past(entry: Snapshot) -> PastRun:
    """An earlier run in the report: when, and how many hosts were how."""
    return {
        "run_id": entry["run_id"],
        "generated": entry["generated"],
        "status": entry["status"],
        "hosts": entry["hosts"],
    }


def _hosts(results: t.Iterable[ReadResult], expected: t.Sequence[str]) -> tuple[list[Host], set[str]]:
    """The hosts of a report, and the versions of the collection that asked them."""
    # A file that cannot be read has a name only: where that is the name of an expected host's file, it is that host.
    by_file = {file_name(name): name for name in expected}
    rows: dict[str, Host] = {}
    versions: set[str] = set()
    unreadable = []
    # One result at a time: of a large fleet, what is read and what is made of it would not both fit in memory.
    for raw in results:
        row = host_row(raw)
        if raw.get("collection"):
            versions.add(str(raw["collection"]))
        if raw.get("unreadable"):
            row["host"] = by_file.get(str(raw.get("file")), row["host"])
            unreadable.append(row)
        else:
            rows.setdefault(row["host"], row)
    for row in unreadable:
        rows.setdefault(row["host"], row)
    for name in expected:
        if name not in rows:
            remedy = NO_ANSWER_REMEDY.replace("HOST", name)
            rows[name] = host_row({"host": name, "status": UNREACHABLE, "reason": NO_ANSWER, "remedy": remedy})
    return sorted(rows.values(), key=lambda row: natural(row["host"])), versions


def _summary(hosts: list[Host]) -> Summary:
    services = [service for host in hosts for service in host["services"]]
    checks = [check for service in services for check in service["checks"]]
    # A host that does not answer serves no client.
    seen = ["fail" if host["status"] == UNREACHABLE else host["status"] for host in hosts if not host["waiver"]]
    return {
        "status": max(seen, key=_FLEET.index, default="pass" if hosts else "unknown"),
        "hosts": _host_counts(host["status"] for host in hosts),
        "services": len(services),
        "checks": _check_counts(check["status"] for check in checks),
        "accepted": sum(bool(check["waiver"]) for check in checks) + sum(bool(host["waiver"]) for host in hosts),
    }


def _host_counts(statuses: t.Iterable[str]) -> HostCounts:
    found = collections.Counter(statuses)
    return {
        "total": found.total(),
        "pass": found["pass"],
        "warn": found["warn"],
        "fail": found["fail"],
        "unknown": found["unknown"],
        "unreachable": found["unreachable"],
    }


def _check_counts(statuses: t.Iterable[str]) -> CheckCounts:
    found = collections.Counter(statuses)
    return {
        "total": found.total(),
        "pass": found["pass"],
        "warn": found["warn"],
        "fail": found["fail"],
        "error": found["error"],
        "unknown": found["unknown"],
        "skip": found["skip"],
    }


def _working(host: str, service: Service) -> Working:
    """Which of the four connections of the status report work; None if that was not observed."""
    message, ping = _works(service, "websocket.message"), _works(service, "websocket.ping")
    skipped = any(check["id"] == "websocket.message" and check["status"] == "skip" for check in service["checks"])
    backend = (_works(service, "process.running"), _works(service, "port.listening"))
    outside = [_works(service, check_id, vantage) for check_id, vantage in _OUTSIDE]
    answers: tuple[bool | None, ...] = (
        False if False in backend else None if None in backend else True,
        _works(service, "websocket.handshake", "host"),
        next((answer for answer in outside if answer is not None), None),
        ping if skipped else message,
    )
    connections = dict(zip(CONNECTIONS, answers, strict=True))
    return {
        "host": host,
        "service": service["name"],
        "connections": connections,
        "text": _words(connections),
    }


def _works(service: Service, check_id: str, vantage: str | None = None) -> bool | None:
    """Whether all results of a check are good: None if there is none, or one of them was not observed."""
    statuses = {
        check["status"]
        for check in service["checks"]
        if check["id"] == check_id and vantage in (None, check["vantage"])
    }
    if "fail" in statuses:
        return False
    return True if statuses and statuses <= {"pass", "warn"} else None


def _words(connections: dict[str, bool | None]) -> str:
    parts = []
    for answer, words in ((True, "works"), (False, "does not work"), (None, "not observed")):
        names = [name for name, value in connections.items() if value is answer]
        if names:
            parts.append("%s: %s" % (words, ", ".join(names)))
    return "; ".join(parts)


def _diagnoses(hosts: list[Host]) -> list[Cause]:
    """Root causes with the hosts that have them, the commonest first."""
    found: dict[str, Cause] = {}
    for host in hosts:
        for service in host["services"]:
            for diagnosis in service["diagnoses"]:
                if diagnosis["role"] == "root":
                    entry: Cause = {"id": diagnosis["id"], "title": diagnosis["title"], "hosts": []}
                    found.setdefault(diagnosis["id"], entry)["hosts"].append(host["host"])
    rows: list[Cause] = [{**entry, "hosts": unique(entry["hosts"])} for entry in found.values()]
    return sorted(rows, key=lambda entry: (-len(entry["hosts"]), entry["id"]))
