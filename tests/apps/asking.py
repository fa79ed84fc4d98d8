# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts applications on the hosts of a lab, asks each three times in each way, and makes the table."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import json
import pathlib
import shutil
import typing as t

from tests.apps.applications import CACHE, CODE, Application
from tests.integration.conftest import Fleet, Report
from tests.lab.lab import Lab
from tests.scenarios.stage import Stage
from tests.unit import tls_ca

HOSTS, _STAGERS, RUNS = 10, 2, 3
_WRONG = ("fail", "warn", "error")
#: A back end that the proxy's host offers to everybody beside the proxy is worth a warning, and is what most documentations start.
_OF_A_PROXY = ("bind.mode",)


@dataclasses.dataclass
class Answer:
    """What one run said of an application that was asked in one way."""

    status: str
    #: Of the handshake from the host.
    path: str
    how: str
    causes: list[str]
    #: What does not pass.
    wrong: list[str]


@dataclasses.dataclass
class Asked:
    """All that was said of an application that was asked in one way."""

    application: Application
    way: str
    answers: list[Answer]
    error: str = ""

    @property
    def complaint(self) -> str:
        """Why it is not right; empty: it is."""
        if self.error:
            return self.error
        said = []
        expected = self.application.path.get(self.way)
        for number, answer in enumerate(self.answers, 1):
            said += [f"run {number}: {words}" for words in answer.wrong]
            causes = [cause for cause in answer.causes if expected is not None or cause != "websocket-path-unknown"]
            if causes and not answer.wrong:
                said.append("run {}: {}".format(number, ", ".join(causes)))
            if expected is not None and answer.path.partition("?")[0] != expected.partition("?")[0]:
                said.append("run {}: the path is {}, found was {}".format(number, expected, answer.path or "none"))
        statuses = [answer.status for answer in self.answers]
        if len(set(statuses)) > 1:
            said.append("three runs say " + ", ".join(statuses))
        return "; ".join(dict.fromkeys(said))


def ask(applications: t.Sequence[Application], directory: pathlib.Path) -> list[Asked]:
    """Start them, side by side on a few hosts, and run the checklist three times.

    :param directory: an empty directory; the reports stay in it.
    """
    for path in CODE.glob("*.mjs"):
        # An import finds packages beside the file that has it, and nowhere else.
        shutil.copy(path, CACHE / "node" / path.name)
    authority = tls_ca.authority()
    with Lab(directory / "lab", HOSTS + 1) as lab:
        fleet = Fleet(lab, directory, lab.inventory(python=["3.9", "3.13"]))
        try:
            return _asked(applications, fleet, authority)
        finally:
            fleet.stop_everything()


def _asked(applications: t.Sequence[Application], fleet: Fleet, authority: tls_ca.Authority) -> list[Asked]:
    services: dict[str, list[dict[str, t.Any]]] = collections.defaultdict(list)
    errors: dict[str, str] = {}

    def stage(number: int) -> None:
        host = fleet.host(number)
        for application in applications[number::HOSTS]:
            try:
                entry = Stage(fleet, host, fleet.host(HOSTS), application.scenario(), authority).entry()
            except Exception as error:  # one that cannot be started must not cost the others
                errors[application.name] = f"not started: {error}"
                continue
            services[host.name] += [entry[way] for way in application.ways]

    with concurrent.futures.ThreadPoolExecutor(_STAGERS) as pool:
        list(pool.map(stage, range(HOSTS)))
    reports = [_report(fleet, services, number) for number in range(RUNS)] if services else []
    found = [_services(report) for report in reports]
    asked = []
    for application in applications:
        for way in application.ways:
            seen = [services.get(f"{application.name}/{way}") for services in found]
            error = errors.get(application.name, "" if all(seen) else "it was not judged")
            answers = [_answer(service, application, way) for service in seen if service]
            asked.append(Asked(application, way, answers, error))
    return asked


def _report(fleet: Fleet, services: dict[str, list[dict[str, t.Any]]], number: int) -> Report:
    report = fleet.checklist(
        services, websocket_health_fail_on="never", websocket_health_deadline=60, websocket_health_keep_evidence=True
    )
    kept = fleet.directory / (f"run{number}")
    shutil.move(str(report.path.parent), kept)
    return report


def _services(report: Report) -> dict[str, dict[str, t.Any]]:
    return {service["name"]: service for row in report.data["hosts"] for service in row["services"] or ()}


def _answer(service: dict[str, t.Any], application: Application, way: str) -> Answer:
    allowed = {*application.allow, *(_OF_A_PROXY if way == "proxy" else ())}
    if application.path.get(way) is None:
        unknown = next((entry for entry in service["diagnoses"] if entry["id"] == "websocket-path-unknown"), None)
        allowed |= set(unknown["explains"] if unknown else ())
    checks = service["checks"]
    main = next(check for check in checks if check["id"] == "websocket.handshake" and check["vantage"] == "host")
    opened = main["status"] == "pass"
    return Answer(
        status=service["status"],
        path="/" + str(main.get("instance") or "").partition("/")[2] if opened else "",
        how=main["summary"],
        causes=[entry["id"] for entry in service["diagnoses"] if not set(entry["explains"]) <= allowed],
        wrong=[
            "{} {} ({}): {}".format(check["status"], check["id"], check["vantage"], check["summary"])
            for check in checks
            if check["status"] in _WRONG and check["id"] not in allowed
        ],
    )


def table(asked: t.Sequence[Asked]) -> str:
    """Application, way, verdicts, and the path that was found, and how."""
    rows = [["application", "way", "verdict", "path", "how"]]
    for one in asked:
        last = one.answers[-1] if one.answers else None
        verdicts = "/".join(dict.fromkeys(answer.status for answer in one.answers)) or "-"
        rows.append(
            [one.application.name, one.way, ("!" if one.complaint else "") + verdicts, last.path if last else "", last.how if last else ""]
        )  # fmt: skip
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    lines = [
        "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[4][:110]])
        for row in rows
    ]
    names, wrong = {one.application.name for one in asked}, [one for one in asked if one.complaint]
    lines += ["", f"{len(names)} applications, {len(asked)} questions, {len(wrong)} not right"]
    lines += [f"  {one.application.name}/{one.way}: {one.complaint}" for one in wrong]
    return "\n".join(lines)


def kept(asked: t.Sequence[Asked], path: pathlib.Path) -> None:
    """What was said, for docs/applications.md."""
    path.write_text(
        json.dumps(
            [
                {"name": one.application.name, "way": one.way, "complaint": one.complaint, "answers": [dataclasses.asdict(a) for a in one.answers]}
                for one in asked
            ],
            indent=1,
        )
    )  # fmt: skip
