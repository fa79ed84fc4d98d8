# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""report.json as JUnit XML, for what shows the results of tests: Jenkins, GitLab and their like. Renders, decides nothing."""

from __future__ import annotations

import datetime
import re
import typing as t
import xml.etree.ElementTree as ET

from ..._model import ERROR, FAIL, SKIP, UNKNOWN, WARN, DiagnosisRow
from ..model.normalise import KINDS_OF_STEP
from ..shapes import NO_SERVICES, Check, Host, Issue, Report, Service
from ..text import sanitise
from .shared import acceptance, explanations, moment, one_line, silent_hosts

#: Pieces of evidence that a failure shows; report.json has all.
_EVIDENCE = 10
#: Longest text of a case: GitLab reads no file with a text that is very long.
_STORY = 20_000
#: What XML 1.0 cannot hold, escaped or not, and :func:`sanitise.clean` lets through.
_NO_XML = re.compile("[\ufffe\uffff]")
_ZERO = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def render_junit(report: Report) -> str:
    """The report as JUnit XML: a suite for each host and service, a case for each result of a check.

    ``fail`` is a failure, ``error`` an error; ``unknown``, ``skip`` and what is accepted are skipped. JUnit has no
    warning: ``warn`` passes, and says so in ``system-out``. A host that was not judged is a suite with one case in
    error; one for which no service is defined had nothing to be judged, and its case is skipped. Times are those of
    the checks' probes: checks of one subject share theirs. The form is that of the schema of the Jenkins plugin xunit
    (junit-10.xsd), with what Ant's asks for besides (``id``, ``package``, times without a zone).

    :param report: schema ``websocket.health/report/1``.
    """
    root = ET.Element("testsuites", name="websocket.health")
    silent, taken = silent_hosts(report), dict[tuple[str, str], int]()
    for host in report["hosts"]:
        stamp = _stamp(moment(host["generated"]) or moment(report["generated"]))
        for service in host["services"]:
            suite = _suite(root, (host["host"], service["name"]), stamp)
            cases = [(check, _case(suite, host, service, check, taken)) for check in service["checks"]]
            causes = explanations(service)
            for check, case in cases:
                _outcome(case, check, causes.get(check["id"]))
            _count(suite, host["duration_s"])
        if host["host"] in silent or not host["services"]:
            suite = _suite(root, (host["host"],), stamp)
            _silent(suite, host, silent.get(host["host"]))
            _count(suite, host["duration_s"])
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n%s\n' % ET.tostring(root, encoding="unicode")


def _xml(value: str, longest: int = sanitise.LONGEST) -> str:
    """A text in which every character may stand in XML 1.0."""
    return _NO_XML.sub(lambda match: ascii(match.group())[1:-1], sanitise.clean(value, longest))


def _line(value: t.Any) -> str:
    return _xml(one_line(value))


def _stamp(time: datetime.datetime | None) -> str:
    return (time or _ZERO).strftime("%Y-%m-%dT%H:%M:%S")


def _seconds(milliseconds: float | None) -> str:
    return "%.3f" % ((milliseconds or 0) / 1000)


def _suite(root: ET.Element, names: tuple[str, ...], stamp: str) -> ET.Element:
    suite = ET.SubElement(root, "testsuite", name=_line("/".join(names)), hostname=_line(names[0]), timestamp=stamp)
    suite.set("id", str(len(root) - 1))
    suite.set("package", _line(names[0]))
    ET.SubElement(suite, "properties")
    return suite


def _case(
    suite: ET.Element, host: Host, service: Service, check: Check, taken: dict[tuple[str, str], int]
) -> ET.Element:
    """A test case whose name no other of its class has: GitLab keeps one of those that share theirs."""
    where = [check["vantage"]] if check["vantage"] != "host" else []
    where += [check["instance"]] if check["instance"] else []
    name = _line("%s [%s]" % (check["id"], ", ".join(where)) if where else check["id"])
    class_name = _line("%s.%s" % (host["host"], service["name"]))
    own, number = name, taken.get((class_name, name), 0)
    # A name with a number may be taken as well: servers have a say in them.
    while (class_name, own) in taken:
        number += 1
        own = "%s #%d" % (name, number)
    taken[class_name, name] = max(number, 1)
    taken.setdefault((class_name, own), 1)
    return ET.SubElement(suite, "testcase", name=own, classname=class_name, time=_seconds(check["duration_ms"]))


def _outcome(case: ET.Element, check: Check, cause: DiagnosisRow | None) -> None:
    """What a result is in JUnit's words; nothing is added to a case that passes."""
    status, accepted = check["status"], acceptance(check)
    if accepted:
        ET.SubElement(case, "skipped", message=_line(accepted)).text = _story(check, cause)
    elif status in (FAIL, ERROR):
        word = "failure" if status == FAIL else "error"
        element = ET.SubElement(case, word, type=_line(check["id"]), message=_line(check["summary"] or check["title"]))
        element.text = _story(check, cause)
    elif status == UNKNOWN:
        ET.SubElement(case, "skipped", message=_line("unknown: %s" % check["summary"]))
    elif status == SKIP:
        ET.SubElement(case, "skipped", message=_line(check["summary"]))
    elif status == WARN:
        ET.SubElement(case, "system-out").text = "WARNING: %s" % _story(check, cause)


def _story(check: Check, cause: DiagnosisRow | None) -> str:
    """What was seen, why it is so and what to do, for a reader who has only this text."""
    lines = [check["summary"] or check["title"]]
    for word, value in (("expected", check["expected"]), ("actual", check["actual"])):
        if value is not None:
            lines.append("%s: %s" % (word, sanitise.show(value)))
    if cause:
        lines.append("cause: %s [%s] (%s)" % (cause["title"], cause["id"], cause["confidence"]))
        lines += ["  - %s" % reason for reason in cause["because"]]
    for entry in check["evidence"][:_EVIDENCE]:
        lines.append("evidence, %s:\n%s" % (entry["source"], entry["text"]))
    if len(check["evidence"]) > _EVIDENCE:
        lines.append("and %d more pieces of evidence" % (len(check["evidence"]) - _EVIDENCE))
    steps = [step for kind in KINDS_OF_STEP for step in cause["next_steps"][kind]] if cause else check["remediation"]
    lines += ["next steps:", *("  - %s" % step for step in steps)] if steps else []
    return sanitise.clip("\n".join(_xml(line) for line in lines), _STORY)


def _silent(suite: ET.Element, host: Host, issue: Issue | None) -> None:
    """The one case of a host of which no service was judged."""
    name = issue["id"] if issue else "host.unjudged"
    case = ET.SubElement(suite, "testcase", name=_line(name), classname=_line(host["host"]), time=_seconds(None))
    reason = host["reason"] or (issue["title"] if issue else "no service of this host was judged")
    # Who defines no service for a host asked for nothing: the gate passes it, and so must a test.
    excuse = acceptance(host) or (reason if host.get("why") == NO_SERVICES else "")
    if excuse:
        ET.SubElement(case, "skipped", message=_line(excuse))
    else:
        element = ET.SubElement(case, "error", type=_line(name), message=_line(reason))
        element.text = "\n".join(_xml(line) for line in (reason, host["remedy"]) if line)


def _count(suite: ET.Element, seconds: float | None) -> None:
    """The numbers of a suite. Its probes ran at the same time: its time is the host's, and no sum."""
    cases = suite.findall("testcase")
    longest = max((float(case.get("time", "0")) for case in cases), default=0.0)
    suite.set("time", "%.3f" % (longest if seconds is None else seconds))
    for name, word in (("tests", ""), ("failures", "/failure"), ("errors", "/error"), ("skipped", "/skipped")):
        suite.set(name, str(len(suite.findall("testcase" + word))))
    # Ant's schema wants both, after the cases.
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")
