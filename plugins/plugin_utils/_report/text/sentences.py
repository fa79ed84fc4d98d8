# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Sentences about a report: the same ones in the terminal, in HTML and in Markdown."""

from __future__ import annotations

import typing as t
import unicodedata

from ..._model import DiagnosisRow
from ..._run.plain_data import unique
from ..model.normalise import KINDS_OF_STEP, WRONG
from ..shapes import CheckCounts, Headed, Host, HostCounts, Issue, IssueCore, Report, Service
from .sanitise import clean, clip

#: Mark and word of each status: no meaning hangs on a colour alone.
MARKS = {
    "pass": "✓",
    "warn": "▲",
    "fail": "✗",
    "error": "!",
    "unknown": "?",
    "skip": "–",
    "unreachable": "⊘",
}


def count(number: int, noun: str) -> str:
    """``1 host``, ``2 hosts``."""
    return "%d %s%s" % (number, noun, "" if number == 1 else "s")


def equation(counts: HostCounts | CheckCounts, noun: str) -> str:
    """``20 hosts = 17 pass + 0 warn + 2 fail + 0 unknown + 1 unreachable``."""
    parts = ["%s %s" % (number, status) for status, number in counts.items() if status != "total"]
    return "%s = %s" % (count(counts["total"], noun), " + ".join(parts))


def hosts_of(issue: IssueCore) -> list[str]:
    """The hosts of an issue, each once."""
    return unique(place["host"] for place in issue["hosts"])


def some(names: t.Sequence[str], limit: int = 8) -> str:
    """``web1, web2 and 18 more``."""
    if len(names) <= limit:
        return ", ".join(names)
    return "%s and %d more" % (", ".join(names[:limit]), len(names) - limit)


def verdict(report: Report) -> str:
    """The report in a sentence or two."""
    hosts = report["summary"]["hosts"]
    if not hosts["total"]:
        return "No host was judged."
    first = ""
    rest: list[str] = []
    if hosts["fail"]:
        verb = "fails" if hosts["fail"] == 1 else "fail"
        first = "%d of %s %s%s." % (hosts["fail"], count(hosts["total"], "host"), verb, _causes(report["issues"]))
    for number, one, many in (
        (hosts["unreachable"], "did not answer", "did not answer"),
        (hosts["warn"], "has warnings", "have warnings"),
        (hosts["unknown"], "could not be fully judged", "could not be fully judged"),
    ):
        if number:
            rest.append("%s %s" % (number if rest else count(number, "host"), one if number == 1 else many))
    if not first and not rest:
        waived = report["summary"]["accepted"]
        but = ", except for %s" % count(waived, "accepted finding") if waived else ""
        return "Everything that was checked works on %s%s." % (count(hosts["total"], "host"), but)
    if not first and hosts["pass"]:
        rest.append("%d %s" % (hosts["pass"], "passes" if hosts["pass"] == 1 else "pass"))
    return " ".join(part for part in (first, ", ".join(rest) + "." if rest else "") if part)


def _causes(issues: list[Issue]) -> str:
    """What is behind the failures, as the end of a sentence."""
    failing = [issue for issue in issues if issue["status"] == "fail"]
    causes = sum(issue["kind"] == "cause" for issue in failing)
    loose = sum(issue["kind"] == "check" for issue in failing)
    parts = []
    if causes:
        parts.append(count(causes, "cause"))
    if loose:
        parts.append("%s that no known cause explains" % count(loose, "failed check"))
    return ": " + " and ".join(parts) if parts else ""


def headline(issue: Headed) -> str:
    """The title of an issue as a heading: a check's title says what is right, so say that it is not."""
    if issue["kind"] != "check":
        return issue["title"]
    words = {"warn": "Warning", "error": "Check crashed", "unknown": "Not observed"}
    return "%s: %s" % (words.get(issue["status"], "Failed check"), issue["title"])


def main_reason(host: Host) -> str:
    """Why a host has the status it has, in one line; nothing where all is well."""
    roots = [
        (diagnosis["title"], is_accepted(diagnosis, service))
        for service in host["services"]
        for diagnosis in service["diagnoses"]
        if diagnosis["role"] == "root"
    ]
    open_ = unique(title for title, accepted in roots if not accepted)
    if open_:
        return "; ".join(open_)
    if roots and host["status"] == "pass":
        return "accepted: %s" % "; ".join(unique(title for title, _accepted in roots))
    if host["reason"]:
        return host["reason"]
    for status in ("fail", "error", "warn", "unknown"):
        found = [
            check
            for service in host["services"]
            for check in service["checks"]
            if check["status"] == status and not check["waiver"]
        ]
        if found and host["status"] != "pass":
            more = " (and %d more)" % (len(found) - 1) if len(found) > 1 else ""
            return "%s: %s%s" % (found[0]["id"], found[0]["summary"], more)
    return ""


def is_accepted(diagnosis: DiagnosisRow, service: Service) -> bool:
    """Whether a waiver accepts all that a diagnosis explains."""
    found = [check for check in service["checks"] if check["id"] in diagnosis["explains"] and check["status"] in WRONG]
    return bool(found) and all(check["waiver"] for check in found)


#: Where a connection passes, from the inside out: what to call it, and the check that looks at it from there.
HOPS = (
    ("back end", "proxy.backend", None),
    ("process", "process.running", None),
    ("port", "port.listening", None),
    ("server", "websocket.handshake", "host"),
    ("from outside", "websocket.handshake", "controller"),
    ("proxy", "proxy.handshake", None),
    ("public URL", "websocket.handshake", "public"),
    ("browser", "browser.websocket", None),
)


class Hop(t.TypedDict):
    """Where a connection passes, as the check that looks at it found it."""

    name: str
    status: str
    summary: str
    #: It is bad here first.
    turns: bool


def hops(service: Service) -> list[Hop]:
    """The path of a service's connections, hop by hop; those that do not apply (``skip``) or were not asked are left out."""
    found: list[Hop] = []
    for name, check_id, vantage in HOPS:
        results = [
            check
            for check in service["checks"]
            if check["id"] == check_id and vantage in (None, check["vantage"]) and check["status"] != "skip"
        ]
        if results:
            bad = results[0]["status"] in ("fail", "error")
            first = bad and not any(hop["turns"] for hop in found)
            found.append(
                {"name": name, "status": results[0]["status"], "summary": results[0]["summary"], "turns": first}
            )
    return found


def path_line(service: Service) -> str:
    """The same in one line: ``process ✓ → port ✓ → server ✓ → proxy ✗ (turns bad here)``."""
    return " → ".join(
        "%s %s%s" % (hop["name"], MARKS[hop["status"]], " (turns bad here)" if hop["turns"] else "")
        for hop in hops(service)
    )


#: Columns that every terminal has, and issues that a screen holds.
_COLUMNS, _ISSUES = 80, 6


def terminal_lines(report: Report, files: dict[str, str], notes: t.Sequence[str]) -> list[str]:
    """The report for the terminal: verdict, then what, where, why and the next step of each cause, and where to read on.

    No line is longer than 80 columns but one that holds a path or a word of that length.
    """
    issues = report["issues"]
    lines = _wrapped("WebSocket health: %s. %s" % (report["summary"]["status"].upper(), verdict(report)))
    lines += _wrapped(equation(report["summary"]["hosts"], "host"))
    for issue in issues[:_ISSUES]:
        lines += _issue_lines(issue)
    if len(issues) > _ISSUES:
        lines.append("… and %s in the report" % count(len(issues) - _ISSUES, "more issue"))
    for text in (changed(report), accepted(report)):
        lines += _wrapped(text)
    for note in notes:
        lines += _wrapped(note)
    if files:
        # The page is what people open; the others are next to it.
        lines.append("Report: %s" % files.get("html", next(iter(files.values()))))
    return lines


def _issue_lines(issue: Issue) -> list[str]:
    why = (issue["because"] or issue["errors"] or [""])[0]
    steps = [step["text"] for kind in KINDS_OF_STEP for step in issue["next_steps"][kind]]
    lines = _wrapped("%s [%s]" % (headline(issue), issue["id"]), MARKS[issue["status"]] + " ", "  ")
    service = service_of(issue)
    where = some(hosts_of(issue), 5) + (" (service %s)" % service if service else "")
    for name, text in (("where", where), ("why", why), ("next", (steps or [""])[0])):
        lines += _wrapped(clip(text, 300), "  %-6s " % (name + ":"), " " * 9)
    return lines


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    """A text in lines, with what the first one and the others begin with; no line where there is no text."""
    lines: list[str] = []
    for word in clean(" ".join(text.split())).split():
        if lines and _width("%s %s" % (lines[-1], word)) <= _COLUMNS:
            lines[-1] += " " + word
        else:
            lines.append((rest if lines else first) + word)
    return lines


def _width(text: str) -> int:
    """The columns a text takes in a terminal (Unicode Standard Annex 11): two for what is wide, none for what combines."""
    marks = ("Mn", "Me")
    return sum(
        0 if unicodedata.category(char) in marks else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def service_of(issue: IssueCore) -> str:
    """The name of the only service an issue is about; nothing if there are several."""
    names = {place["service"] for place in issue["hosts"]}
    return str(names.pop()) if len(names) == 1 and None not in names else ""


def changed(report: Report) -> str:
    """What is different from the earlier run, in a sentence; nothing where none was compared with."""
    changes = report["fleet"]["changes"]
    if changes["against"] is None:
        return ""
    told = [
        (len(changes["new"]), "new"),
        (len(changes["fixed"]), "fixed"),
        (len(changes["still"]), "still wrong"),
        (len(changes["gone"]), "gone"),
    ]
    if changes["unseen"]:
        told.append((len(changes["unseen"]), "not seen again"))
    parts = ["%d %s" % pair for pair in told]
    return "Since the run of %s: %s." % (changes["against"]["generated"], ", ".join(parts))


def accepted(report: Report) -> str:
    """What is waived, and which waivers no longer apply; empty if there is neither."""
    number = report["summary"]["accepted"]
    parts = ["%s accepted by a waiver." % count(number, "finding")] if number else []
    for waiver in report["waivers"]:
        if waiver["state"] != "active":
            what = waiver["cause"] or waiver["check"]
            why = "ended on %s" % waiver["until"] if waiver["state"] == "expired" else "matches nothing that is wrong"
            parts.append("The waiver of %s %s." % (what, why))
    return " ".join(parts)
