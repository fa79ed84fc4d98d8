# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""report.json as SARIF 2.1.0, for what collects findings of static analysis. Renders, decides nothing."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import posixpath
import re
import typing as t
import urllib.parse

from ..._model import FAIL, WARN, DiagnosisRow
from ..._run.plain_data import unique
from ..model.normalise import SEVERITIES
from ..shapes import Check, Report
from ..store.results import DIRECTORY, file_name
from ..text import sentences
from ..text.sanitise import show
from .shared import acceptance, explanations, moment, one_line

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

#: What these subjects say comes from configuration and code …
_SUBJECTS = ("proxy", "frontend", "electron", "environment", "tls")
#: … but for what is only tried, or read in a log.
_LIVE = ("proxy.backend", "proxy.handshake", "proxy.log", "proxy.polling", "proxy.upstream")
#: Causes that are fixed in configuration or code, whatever check shows them.
_LAYERS = ("proxy", "tls", "config", "browser")
#: GitHub takes 25 000 results of a run, and of each 1000 locations, of which it shows 100.
_RESULTS, _LOCATIONS = 25_000, 20
_NOTES = 100
_LEVELS = {FAIL: "error", WARN: "warning"}
#: ``file:line``, perhaps with a column, and the source that was bundled.
_PLACE = re.compile(r"(?P<file>.+?):(?P<line>[1-9][0-9]{0,8})(?::[0-9]+)?(?: \(.*\))?", re.S)
#: A relative name is a file's if it ends so: ``localhost:8080`` and ``example.com:443`` are none.
_SOURCE = re.compile(
    r".+\.(?:[cm]?[jt]sx?|vue|svelte|html?|css|json|map|conf|cfg|ini|env|service|toml|ya?ml|py|rb|php)", re.S
)
#: What text of a message would mean something to SARIF: an embedded link, a placeholder.
_PLACEHOLDER = re.compile(r"\{([0-9]+)\}")

#: An object of SARIF's.
_Object = dict[str, object]
#: By what ``fleet.changes`` names a check: host, service, check, vantage.
_Key = tuple[str, str, str, str]


def render_sarif(report: Report) -> str:
    """The report as SARIF 2.1.0: failures and warnings that are fixed in configuration or code, the worst first.

    These are the checks of proxies, front ends, Electron apps, environments and certificates, without what is only tried
    (a handshake). A trial that fails stands for its cause where that lies in such a layer and no other check shows it.

    Addresses of files are relative: consumers reject what has another scheme than their checkout. ``uriBaseId`` says
    to what, GitHub does not read it. Where the evidence names no file, the place is the host's result file.

    :param report: schema ``websocket.health/report/1``.
    """
    findings = sorted(_findings(report), key=_Finding.rank)
    shown = findings[:_RESULTS]
    rules = _rules(shown)
    run: _Object = {
        "tool": {"driver": {"name": "websocket.health", **_version(report), "rules": list(rules.values())}},
        "automationDetails": {"id": "websocket.health/%s" % _run_id(report)},
        "invocations": [_invocation(report, len(findings) - len(shown))],
        "columnKind": "unicodeCodePoints",
        "results": _results(shown, list(rules), _states(report)),
    }
    bases = dict(place.base for finding in shown for place in finding.places)
    if bases:
        run["originalUriBaseIds"] = {name: {"description": {"text": text}} for name, text in bases.items()}
    # Without line breaks: for a program, a third of the size, and seconds for a large fleet.
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False) + "\n"


def _run_id(report: Report) -> str:
    """A run's id in which no slash is left: what stands before the last one is GitHub's category."""
    return urllib.parse.quote(one_line(report["run_id"]), safe="")


@dataclasses.dataclass(frozen=True)
class _Place:
    """A file, relative to a base: (its id, what it is)."""

    uri: str
    base: tuple[str, str]
    line: int

    def as_dict(self) -> _Object:
        return {
            "artifactLocation": {"uri": self.uri, "uriBaseId": self.base[0]},
            "region": {"startLine": self.line},
        }


@dataclasses.dataclass
class _Finding:
    """A result of a check that is fixed in configuration or code."""

    host: str
    service: str
    check: Check
    cause: DiagnosisRow | None
    places: list[_Place]

    def rank(self) -> tuple[int, int]:
        """Failures before warnings, what harms users most first."""
        return (self.check["status"] != FAIL, SEVERITIES.index(self.check["severity"]))

    def key(self) -> _Key:
        """As ``fleet.changes`` names it."""
        return (self.host, self.service, self.check["id"], self.check["vantage"])

    def steps(self) -> list[str]:
        """What to do: about the cause, where one is known."""
        steps = self.cause["next_steps"] if self.cause else None
        return (steps and (steps["configuration"] or steps["immediate"])) or self.check["remediation"]


def _findings(report: Report) -> t.Iterator[_Finding]:
    for host in report["hosts"]:
        for service in host["services"]:
            causes = explanations(service)
            for check in _chosen(service["checks"], causes):
                places = _places(host["host"], service["name"], check)
                yield _Finding(host["host"], service["name"], check, causes.get(check["id"]), places)


def _chosen(checks: list[Check], causes: dict[str, DiagnosisRow]) -> list[Check]:
    """What is a static finding, and for each cause that has none, the worst of what shows it."""
    wrong = [check for check in checks if check["status"] in _LEVELS]
    chosen = [check for check in wrong if _is_static(check["id"])]
    told = {causes[check["id"]]["id"] for check in chosen if check["id"] in causes}
    for check in sorted(wrong, key=lambda check: check["status"] != FAIL):
        cause = causes.get(check["id"])
        if cause and cause["layer"] in _LAYERS and cause["id"] not in told:
            told.add(cause["id"])
            chosen.append(check)
    return chosen


def _is_static(check_id: str) -> bool:
    return check_id.partition(".")[0] in _SUBJECTS and check_id not in _LIVE


def _places(host: str, service: str, check: Check) -> list[_Place]:
    """The files that the evidence names; else the file in which the finding is kept."""
    # What a trial names is a log, and nothing is fixed there.
    named = (_place(host, service, entry["source"]) for entry in check["evidence"] if _is_static(check["id"]))
    found = list(dict.fromkeys(place for place in named if place))[:_LOCATIONS]
    kept = "%s/%s" % (DIRECTORY, file_name(host))
    return found or [_Place(urllib.parse.quote(kept), ("REPORT", "the directory of the report"), 1)]


def _place(host: str, service: str, source: str) -> _Place | None:
    """Where a piece of evidence was seen, if that is a line of a file."""
    match = _PLACE.fullmatch(source[:2000])
    if not match:
        return None
    name, line = one_line(match["file"], 1000), int(match["line"])
    host, service = one_line(host), one_line(service)
    if name.startswith(("https://", "http://")):
        _scheme, _slashes, rest = name.partition("://")
        address, _slash, path = rest.partition("/")
        # The scheme of an address differs from that of a checkout, which GitHub would reject.
        path = "%s/%s" % (address.rpartition("@")[2], re.split("[?#]", path)[0]) if path else ""
        base = ("WEB", "web addresses, without their scheme")
    elif name.startswith("/"):
        path, base = name, ("HOST:%s" % host, "the file system of %s" % host)
    else:
        path = name if _SOURCE.fullmatch(name) else ""
        base = ("SERVICE:%s/%s" % (host, service), "what was read of %s on %s" % (service, host))
    path = posixpath.normpath("/" + path).lstrip("/")
    return _Place(urllib.parse.quote(path), base, line) if path else None


def _rules(findings: list[_Finding]) -> dict[str, _Object]:
    """The checks that have findings, by their ids."""
    by_id: dict[str, list[_Finding]] = {}
    for finding in findings:
        by_id.setdefault(one_line(finding.check["id"]), []).append(finding)
    return {rule: _rule(rule, found) for rule, found in sorted(by_id.items())}


def _rule(rule: str, findings: list[_Finding]) -> _Object:
    check = findings[0].check
    advice = unique(step for finding in findings[:100] for step in finding.steps())[:8]
    title = one_line(check["title"])
    return {
        "id": rule,
        "shortDescription": {"text": _inert(title)},
        "fullDescription": {"text": _inert("Must hold: %s." % title)},
        "help": {"text": _inert("\n".join(one_line(step) for step in advice) or "Each result says what was seen.")},
        "defaultConfiguration": {"level": "error" if check["severity"] in ("critical", "high") else "warning"},
        "properties": {"tags": unique(("websocket", rule.partition(".")[0]))},
    }


def _results(findings: list[_Finding], rules: list[str], states: dict[_Key, str] | None) -> list[_Object]:
    """The results. Where one is accepted, or compared with an earlier run, SARIF wants all of them to say whether they are."""
    numbers = {rule: number for number, rule in enumerate(rules)}
    notes = [acceptance(finding.check) for finding in findings]
    accepted = any(notes)
    seen: dict[str, int] = {}
    rows = []
    for finding, note in zip(findings, notes, strict=True):
        rule = one_line(finding.check["id"])
        row: _Object = {"ruleId": rule, "ruleIndex": numbers[rule], **_result(finding, seen)}
        if states is not None:
            row["baselineState"] = states.get(finding.key(), "new")
        if accepted:
            row["suppressions"] = [{"kind": "external", "status": "accepted", "justification": note}] if note else []
        rows.append(row)
    return rows


def _result(finding: _Finding, seen: dict[str, int]) -> _Object:
    host, service = one_line(finding.host), one_line(finding.service)
    logical = [
        {"name": host, "fullyQualifiedName": host, "kind": "resource"},
        {"name": service, "fullyQualifiedName": "%s/%s" % (host, service), "kind": "module"},
    ]
    locations: list[_Object] = [{"physicalLocation": place.as_dict()} for place in finding.places]
    locations[0]["logicalLocations"] = logical
    mark = _fingerprint(finding)
    seen[mark] = seen.get(mark, 0) + 1
    return {
        "level": _LEVELS[finding.check["status"]],
        "message": {"text": _inert(_message(finding))},
        "locations": locations,
        # The second name is the only one that GitHub reads.
        "partialFingerprints": {
            "websocketHealth/v1": "%s:%d" % (mark, seen[mark]),
            "primaryLocationLineHash": "%s:%d" % (mark[:16], seen[mark]),
        },
        "properties": {"vantage": one_line(finding.check["vantage"]), "severity": finding.check["severity"]},
    }


def _fingerprint(finding: _Finding) -> str:
    """The same in each run: of where and what was asked, and not of what was seen, in which numbers change."""
    text = json.dumps([*finding.key(), finding.check["instance"]])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _message(finding: _Finding) -> str:
    check, cause = finding.check, finding.cause
    lines = ["%s/%s: %s" % (finding.host, finding.service, check["summary"] or check["title"])]
    values = (("expected", check["expected"]), ("actual", check["actual"]))
    lines += ["%s: %s" % (word, show(value, 200)) for word, value in values if value is not None]
    if cause:
        lines.append("cause: %s [%s] (%s)" % (cause["title"], cause["id"], cause["confidence"]))
    lines += ["next: %s" % step for step in finding.steps()[:3]]
    return "\n".join(one_line(line) for line in lines)


def _inert(text: str) -> str:
    """Text that is no link and no placeholder to who shows a message."""
    if "](" in text:
        text = text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return _PLACEHOLDER.sub(r"{{\1}}", text)


def _states(report: Report) -> dict[_Key, str] | None:
    """What is new and what was so before; None where nothing was compared."""
    changes = report["fleet"]["changes"]
    if not changes["new"] and not changes["still"] and not changes["fixed"]:
        return None
    return {
        (row["host"], row["service"], row["check"], row["vantage"]): state
        for rows, state in ((changes["new"], "new"), (changes["still"], "unchanged"))
        for row in rows
    }


def _invocation(report: Report, left_out: int) -> _Object:
    """When it was, and what could not be looked at."""
    generated = moment(report["generated"])
    notes = []
    if left_out:
        notes.append(
            _note(
                "warning",
                "%s left out, the least severe: a run may have %d" % (sentences.count(left_out, "result"), _RESULTS),
            )
        )
    for issue in report["issues"][:_NOTES]:
        if issue["status"] in ("error", "unreachable", "unknown"):
            hosts = one_line(sentences.some(sentences.hosts_of(issue)))
            level = "warning" if issue["status"] == "unknown" else "error"
            notes.append(_note(level, "%s: %s" % (one_line(sentences.headline(issue)), hosts)))
    row: _Object = {"executionSuccessful": True, "toolExecutionNotifications": notes}
    if generated:
        row["endTimeUtc"] = generated.strftime("%Y-%m-%dT%H:%M:%SZ")
    return row


def _note(level: str, text: str) -> _Object:
    return {"level": level, "message": {"text": _inert(text)}}


def _version(report: Report) -> dict[str, str]:
    """The collection's version; that of a fleet of several is no semantic one."""
    version = one_line(report["collection"])
    if not version:
        return {}
    exact = re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?", version)
    return {"version": version, "semanticVersion": version} if exact else {"version": version}
