# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""The whole report as data for the page's script: every text once, every result that is the same on many hosts once."""

from __future__ import annotations

import json
import typing as t

from ..._model import HOST_STATUSES, STATUSES, DiagnosisRow
from ..model.normalise import KINDS_OF_STEP, WRONG
from ..shapes import Check, Host, Issue, Report
from ..store.snapshot import host_problem
from ..text import sentences
from ..text.sanitise import clean, show
from .page_views import PathGroup

#: One order of all words for a status, by which the script knows them as numbers.
ALL_STATUSES = tuple(dict.fromkeys((*STATUSES, *HOST_STATUSES)))
#: Evidence of what is as it should be stays in report.json.
_QUIET = ("pass", "skip")


class _Table:
    """Numbers for values, in the order in which they came."""

    def __init__(self) -> None:
        self._numbers: dict[t.Any, int] = {}

    def number(self, value: t.Any) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[t.Any]:
        return list(self._numbers)


class _Page:
    """Collects the tables; what is nested in a row is a tuple of numbers, so that equal rows are one."""

    def __init__(self) -> None:
        self.texts, self.kinds, self.results, self.diagnoses = _Table(), _Table(), _Table(), _Table()
        self._cleaned: dict[str, int] = {}

    def text(self, text: str) -> int:
        number = self._cleaned.get(text)
        if number is None:
            number = self._cleaned[text] = self.texts.number(clean(text))
        return number

    def list_of(self, texts: t.Iterable[str]) -> tuple[int, ...]:
        return tuple(self.text(entry) for entry in texts)

    def result(self, check: Check) -> int:
        kind = self.kinds.number(
            self.list_of((check["id"], check["title"], check["item"], check["vantage"], check["severity"]))
        )
        texts = self.list_of((check["summary"], check["instance"]))
        row: tuple[t.Any, ...] = (kind, ALL_STATUSES.index(check["status"]), *texts)
        if check["status"] not in _QUIET:
            row += self._details(check)
        return self.results.number(row)

    def _details(self, check: Check) -> tuple[t.Any, ...]:
        waiver = check["waiver"]
        return (
            tuple(-1 if value is None else self.text(show(value)) for value in (check["expected"], check["actual"])),
            tuple(self.list_of((entry["source"], entry["text"])) for entry in check["evidence"]),
            self.list_of(check["remediation"]),
            self.list_of((waiver["reason"], waiver["until"])) if waiver else (),
        )

    def diagnosis(self, diagnosis: DiagnosisRow) -> int:
        return self.diagnoses.number(
            (
                self.list_of(
                    (
                        diagnosis["id"],
                        diagnosis["title"],
                        diagnosis["role"],
                        diagnosis["layer"],
                        diagnosis["confidence"],
                    )
                ),
                self.list_of(diagnosis["because"]),
                tuple(self.list_of(diagnosis["next_steps"][kind]) for kind in KINDS_OF_STEP),
            )
        )

    def host(self, host: Host) -> list[t.Any]:
        return [
            self.text(host["host"]),
            ALL_STATUSES.index(host["status"]),
            self.text(sentences.main_reason(host)),
            self.text(host["remedy"]),
            [
                [
                    self.text(service["name"]),
                    ALL_STATUSES.index(service["status"]),
                    [self.result(check) for check in service["checks"]],
                    [self.diagnosis(diagnosis) for diagnosis in service["diagnoses"]],
                ]
                for service in host["services"]
            ],
        ]


def page_data(report: Report, paths: list[PathGroup]) -> str:
    """JSON that can stand in a ``script`` element.

    :param report: report.json.
    :param paths: the groups of services as the page shows them.
    """
    page = _Page()
    numbers = {host["host"]: number for number, host in enumerate(report["hosts"])}
    hosts = [page.host(host) for host in report["hosts"]]
    changes = report["fleet"]["changes"]
    data = {
        "statuses": ALL_STATUSES,
        "wrong": WRONG,
        "marks": sentences.MARKS,
        "hops": sentences.HOPS,
        "hosts": hosts,
        "issues": [_issue(page, issue, numbers) for issue in report["issues"] + report["accepted"]],
        "paths": [_places(page, group["places"], numbers) for group in paths],
        "working": [
            [numbers[row["host"]], page.text(row["service"]), list(row["connections"].values())]
            for row in report["working"]
        ],
        "compared": changes["against"] is not None,
        "fresh": [
            [numbers[row["host"]], *page.list_of((row["service"], row["check"], row["vantage"]))]
            for row in changes["new"]
        ],
        "silent": [number for number, host in enumerate(report["hosts"]) if host_problem(host)],
        "waived": [number for number, host in enumerate(report["hosts"]) if host["waiver"]],
        "results": page.results.values(),
        "kinds": page.kinds.values(),
        "diagnoses": page.diagnoses.values(),
        "texts": page.texts.values(),
    }
    # Nothing in it may end the element or begin a comment.
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _issue(page: _Page, issue: Issue, numbers: dict[str, int]) -> list[t.Any]:
    checks = issue["failed_checks"]
    return [
        page.text(issue["id"]),
        page.text(issue["title"]),
        _places(page, _pairs(issue), numbers),
        page.list_of(checks),
    ]


def _pairs(issue: Issue) -> list[tuple[str, str | None]]:
    return [(place["host"], place["service"]) for place in issue["hosts"]]


def _places(page: _Page, places: t.Iterable[tuple[str, str | None]], numbers: dict[str, int]) -> list[list[int]]:
    return [[numbers[host], -1 if service is None else page.text(service)] for host, service in places]
