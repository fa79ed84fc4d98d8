# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the reports for machines share: JUnit, Prometheus, SARIF and monitoring plugins. Pure."""

from __future__ import annotations

import datetime
import typing as t

from ..._model import DiagnosisRow
from ..shapes import Check, Host, Issue, Report, Service
from ..text import sanitise


def one_line(value: t.Any, longest: int = 400) -> str:
    """A text from a server as one harmless line of bounded length."""
    return " ".join(sanitise.clean(str(value), longest).split())


def moment(stamp: t.Any) -> datetime.datetime | None:
    """A time of a report in UTC; None where it is none.

    :param stamp: ISO 8601; without a zone it is UTC.
    """
    try:
        found = datetime.datetime.fromisoformat(str(stamp))
        return found.replace(tzinfo=found.tzinfo or datetime.UTC).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return None


def explanations(service: Service) -> dict[str, DiagnosisRow]:
    """The diagnosis that explains a check, by the check's id: a root before what contributes; what comes next explains nothing.

    :param service: a service of report.json.
    """
    found: dict[str, DiagnosisRow] = {}
    for role in ("root", "contributing"):
        for diagnosis in service["diagnoses"]:
            for check_id in diagnosis["explains"] if diagnosis["role"] == role else ():
                found.setdefault(check_id, diagnosis)
    return found


def acceptance(row: Check | Host) -> str:
    """Until when and why a check or host that is not as it should be is accepted; empty where it is not."""
    waiver = row["waiver"]
    if waiver is None or row["status"] in ("pass", "skip"):
        return ""
    return one_line("accepted until %s: %s" % (waiver["until"], waiver["reason"]))


def silent_hosts(report: Report) -> dict[str, Issue]:
    """The issue of each host of which no service was judged (``host.unreachable``, ``host.unjudged``), by the host's name."""
    issues = [issue for issue in (*report["issues"], *report["accepted"]) if issue["kind"] == "host"]
    return {place["host"]: issue for issue in issues for place in issue["hosts"]}
