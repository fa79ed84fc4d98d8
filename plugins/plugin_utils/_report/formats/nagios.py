# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""report.json as the line that a monitoring plugin prints: Nagios, Icinga, Naemon. Renders, decides nothing."""

from __future__ import annotations

from ..shapes import CheckCounts, HostCounts, Report
from ..text import sentences
from .shared import one_line

#: The word for each status of a report; the check in docs/outputs.md has their exit codes.
_STATES = {"pass": "OK", "warn": "WARNING", "fail": "CRITICAL", "unknown": "UNKNOWN"}
#: NRPE 2 passes on 1023 bytes: the text gives way to the numbers.
LONGEST = 1000
_ISSUES, _HOSTS, _TITLE = 5, 5, 160


def render_nagios(report: Report) -> str:
    """The report as one line: state, what is wrong and where, and after the pipe the numbers.

    The form is that of the Monitoring Plugins' guidelines: ``label=value;warn;crit;min;max``.

    :param report: schema ``websocket.health/report/1``.
    """
    summary, hosts = report["summary"], _unaccepted(report)
    numbers = _numbers(hosts, summary["checks"])
    line = "WEBSOCKET HEALTH %s - %s" % (_STATES[summary["status"]], _harmless(_story(report, hosts)))
    return "%s | %s\n" % (_fit(line, LONGEST - len(numbers) - 4), numbers)


def _unaccepted(report: Report) -> HostCounts:
    """How many hosts are how, without those that are accepted as they are: they must not raise an alarm."""
    counts = report["summary"]["hosts"].copy()
    for host in report["hosts"]:
        if host["waiver"]:
            counts[host["status"]] -= 1
    return counts


def _harmless(line: str) -> str:
    """Text without what means something to a monitoring system: the pipe begins the numbers, a backtick a command."""
    return line.replace("|", "¦").replace("`", "'")


def _fit(line: str, longest: int) -> str:
    """A line of so many bytes at most."""
    data = line.encode("utf-8", "backslashreplace")
    return line if len(data) <= longest else data[: longest - 3].decode("utf-8", "ignore") + "…"


def _story(report: Report, hosts: HostCounts) -> str:
    """How many hosts are how, and the worst issues with their hosts."""
    if not hosts["total"]:
        return "no host was judged"
    issues = report["issues"]
    parts = [
        "%s (%s)"
        % (one_line(sentences.headline(issue), _TITLE), one_line(sentences.some(sentences.hosts_of(issue), _HOSTS)))
        for issue in issues[:_ISSUES]
    ]
    if len(issues) > _ISSUES:
        parts.append("and %s" % sentences.count(len(issues) - _ISSUES, "more issue"))
    accepted = report["summary"]["accepted"]
    note = ", %s accepted" % sentences.count(accepted, "finding") if accepted else ""
    return "%s%s%s" % (_counts(hosts), note, ": " + "; ".join(parts) if parts else "")


def _counts(hosts: HostCounts) -> str:
    """``2 of 20 hosts fail, 1 does not answer``; those that pass only where nothing else is to be said."""
    words = [
        (hosts["fail"], "fails", "fail"),
        (hosts["unreachable"], "does not answer", "do not answer"),
        (hosts["warn"], "has warnings", "have warnings"),
        (hosts["unknown"], "could not be fully judged", "could not be fully judged"),
    ]
    found = [entry for entry in words if entry[0]] or [(hosts["pass"], "passes", "pass")]
    (number, verb), *rest = [(number, one if number == 1 else many) for number, one, many in found]
    first = "%d of %s %s" % (number, sentences.count(hosts["total"], "host"), verb)
    return ", ".join([first, *("%d %s" % pair for pair in rest)])


def _numbers(hosts: HostCounts, checks: CheckCounts) -> str:
    """Performance data. A threshold of 0 means: more than none is a warning, or critical."""
    rows = [
        ("hosts_pass", hosts["pass"], "", "", hosts["total"]),
        ("hosts_warn", hosts["warn"], "0", "", hosts["total"]),
        ("hosts_fail", hosts["fail"], "", "0", hosts["total"]),
        ("hosts_unknown", hosts["unknown"], "", "", hosts["total"]),
        ("hosts_unreachable", hosts["unreachable"], "", "0", hosts["total"]),
        ("checks_warn", checks["warn"], "", "", checks["total"]),
        ("checks_fail", checks["fail"], "", "", checks["total"]),
        ("checks_error", checks["error"], "", "", checks["total"]),
        ("checks_unknown", checks["unknown"], "", "", checks["total"]),
    ]
    return " ".join("%s=%d;%s;%s;0;%d" % row for row in rows)
