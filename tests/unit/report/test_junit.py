# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JUnit XML: the counts, the words for each status, and what Jenkins' schema and a reader of others make of it."""

from __future__ import annotations

import collections
import copy
import re
import typing as t
import xml.etree.ElementTree as ET

import junitparser
import pytest
import xmlschema
from ansible_collections.websocket.health.plugins.plugin_utils._report.formats.junit import render_junit
from ansible_collections.websocket.health.plugins.plugin_utils._report.shapes import NO_SERVICES

from tests.unit.probed_host import computing

from . import sample
from . import sample_reports as samples

Row = dict[str, t.Any]
JENKINS = xmlschema.XMLSchema(str(samples.SCHEMAS / "junit-10.xsd"))
REPORTS: dict[str, t.Callable[[], Row]] = {
    "fleet": samples.fleet,
    "every status": samples.every_status,
    "hostile": samples.poisoned,
    "a megabyte": samples.megabyte,
    "nobody": lambda: samples.report_of([]),
    "unreachable": lambda: samples.report_of([], ["web1", "web2"]),
}


def cases(report: Row) -> dict[str, ET.Element]:
    return {str(case.get("name")): case for case in ET.fromstring(render_junit(report)).iter("testcase")}


@pytest.mark.parametrize("name", REPORTS)
def test_the_schema_of_jenkins_holds(name: str) -> None:
    JENKINS.validate(render_junit(REPORTS[name]()))


def test_the_schema_can_fail() -> None:
    assert not JENKINS.is_valid(render_junit(samples.every_status()).replace(' tests="6"', ""))


@pytest.mark.parametrize("name", REPORTS)
def test_what_ants_schema_asks_for_besides(name: str) -> None:
    for number, suite in enumerate(ET.fromstring(render_junit(REPORTS[name]()))):
        assert (suite.get("id"), bool(suite.get("package")), bool(suite.get("name"))) == (str(number), True, True)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", str(suite.get("timestamp")))
        assert re.fullmatch(r"\d+\.\d{3}", str(suite.get("time")))
        tags = [element.tag for element in suite]
        assert tags == ["properties", *["testcase"] * (len(tags) - 3), "system-out", "system-err"]
        for case in suite.iter("testcase"):
            assert len(case) <= 1 and set(case.keys()) == {"name", "classname", "time"}


@pytest.mark.parametrize("name", REPORTS)
def test_the_counts_are_those_of_the_cases(name: str) -> None:
    root = ET.fromstring(render_junit(REPORTS[name]()))
    totals: collections.Counter[str] = collections.Counter()
    for suite in root:
        found = collections.Counter(outcome.tag for case in suite.iter("testcase") for outcome in case)
        counts = {"tests": len(suite.findall("testcase")), "failures": found["failure"], "errors": found["error"]}
        for word, number in {**counts, "skipped": found["skipped"]}.items():
            assert suite.get(word) == str(number), word
        totals.update(counts)
    assert {word: root.get(word) for word in totals} == {word: str(number) for word, number in totals.items()}


def test_another_reader_counts_the_same() -> None:
    report = samples.fleet()
    read = junitparser.JUnitXml.fromstring(render_junit(report).encode())
    counts = report["summary"]["checks"]
    silent = sum(not host["services"] for host in report["hosts"])
    assert sum(suite.tests for suite in read) == counts["total"] + silent
    assert sum(suite.failures for suite in read) == counts["fail"]
    assert sum(suite.errors for suite in read) == counts["error"] + silent == 3
    assert sum(suite.skipped for suite in read) == counts["unknown"] + counts["skip"]


def test_each_status_in_junits_words() -> None:
    found = cases(samples.every_status())
    assert {name: [outcome.tag for outcome in case] for name, case in found.items()} == {
        "port.pass": [],
        "port.warn": ["system-out"],
        "port.fail": ["failure"],
        "port.error": ["error"],
        "port.unknown": ["skipped"],
        "port.skip": ["skipped"],
    }
    assert found["port.unknown"][0].get("message") == "unknown: port.unknown is unknown"
    assert found["port.skip"][0].get("message") == "port.skip is skip"
    assert str(found["port.warn"][0].text).startswith("WARNING: port.warn is warn")
    assert (found["port.fail"][0].get("type"), found["port.fail"][0].get("message")) == (
        "port.fail",
        "port.fail is fail",
    )


def test_a_failure_has_cause_evidence_and_next_steps() -> None:
    report = samples.report_of([sample.result("web7", sample.not_running(7))])
    failure = cases(report)["process.running"][0]
    assert str(failure.text).split("\n") == [
        "no process found (looked for command node .*server\\.js, port 8080)",
        "expected: a running process",
        "actual: 0",
        "cause: The back end's process is not running [process-not-running] (certain)",
        "  - no process matches `node .*server\\.js`, and nothing listens on port 8080",
        "  - systemd says: chat.service failed, exit status 1, after 7 restarts",
        "evidence, systemd:",
        "chat.service is failed/failed, result exit-code, exit status 1, 7 restarts",
        "next steps:",
        "  - read the last lines before its end: `journalctl -u chat.service -n 50`",
        "  - let systemd start it again: `Restart=on-failure` in chat.service",
        "  - run the checklist again; `process.running` must pass",
    ]


def test_a_failure_names_its_root_cause_before_a_contributing_one() -> None:
    diagnoses = [
        samples.cause(["port.fail"], name="later", role="next"),
        samples.cause(["port.fail"], name="adds", role="contributing"),
        samples.cause(["port.fail"], name="root"),
    ]
    for number, word in ((3, "root"), (2, "adds"), (1, None)):
        failure = cases(samples.one_host(samples.check("port.fail", "fail"), diagnoses=diagnoses[:number]))[
            "port.fail"
        ][0]
        assert (f"[{word}]" in str(failure.text)) if word else "cause:" not in str(failure.text)


def test_what_is_accepted_is_skipped() -> None:
    report = samples.every_status()
    for check in samples.checks_of(report):
        check["waiver"] = {"reason": "known", "until": "2026-12-31"}
    found = cases(report)
    for status in ("warn", "fail", "error", "unknown"):
        outcome = found["port." + status][0]
        assert (outcome.tag, outcome.get("message")) == ("skipped", "accepted until 2026-12-31: known")
    assert not len(found["port.pass"])
    assert found["port.skip"][0].get("message") == "port.skip is skip"
    samples.checks_of(report)[2]["waiver"] = None
    assert cases(report)["port.fail"][0].tag == "failure"


def test_hosts_that_were_not_judged_are_one_case_in_error() -> None:
    report = samples.report_of([sample.result("web1", **sample.SSH_DOWN), sample.result("web2", **sample.NO_PYTHON)])
    suites = list(ET.fromstring(render_junit(report)))
    assert [(suite.get("name"), suite.get("tests"), suite.get("errors")) for suite in suites] == [
        ("web1", "1", "1"),
        ("web2", "1", "1"),
    ]
    assert [suite[1].get("name") for suite in suites] == ["host.unreachable", "host.unjudged"]
    assert "port 22: Connection timed out" in str(suites[0][1][0].get("message"))
    assert str(suites[1][1][0].text).endswith("`ansible_python_interpreter`")
    report["hosts"][0]["waiver"] = {"reason": "it is off", "until": "2026-12-31"}
    report["issues"], report["accepted"] = [], report["issues"]
    case = ET.fromstring(render_junit(report))[0][1]
    assert (case.get("name"), case[0].tag) == ("host.unreachable", "skipped")


def test_a_host_without_services_is_skipped() -> None:
    reason = "no services are defined for this host"
    report = samples.report_of([sample.result("web1", [], status="unknown", reason=reason, why=NO_SERVICES)])
    suite = ET.fromstring(render_junit(report))[0]
    assert (suite.get("tests"), suite.get("errors"), suite.get("skipped")) == ("1", "0", "1")
    assert (suite[1][0].tag, suite[1][0].get("message")) == ("skipped", reason)
    JENKINS.validate(render_junit(report))


def test_names_are_unique_whatever_is_asked() -> None:
    rows = [samples.check("tls.dates", "pass", instance=name) for name in ("a", "a", "a #2", "x" * 500, "x" * 500, "a")]
    rows += [
        samples.check("tls.dates", "pass"),
        dict(samples.check("tls.dates", "pass"), vantage="public", instance="a"),
    ]
    names = [case.get("name") for case in ET.fromstring(render_junit(samples.one_host(*rows))).iter("testcase")]
    assert len(set(names)) == len(rows)
    assert names[:3] == ["tls.dates [a]", "tls.dates [a] #2", "tls.dates [a #2]"]
    assert names[-2:] == ["tls.dates", "tls.dates [public, a]"]


def test_times_are_seconds() -> None:
    suite = ET.fromstring(render_junit(samples.fleet()))[0]
    assert (suite.get("time"), suite[1].get("time")) == ("1.900", "0.013")
    report = samples.every_status()
    report["hosts"][0].update(duration_s=None, generated="yesterday")
    suite = ET.fromstring(render_junit(report))[0]
    assert (suite.get("time"), suite.get("timestamp")) == ("0.013", "2026-11-23T02:00:07")


def test_hostile_text_is_text() -> None:
    text = render_junit(samples.poisoned())
    assert not re.search(samples.UNSEEN + "|[\ufffe\uffff]", text)
    text.encode("utf-8")
    bad, good = ET.fromstring(text), ET.fromstring(render_junit(samples.poisoned("x")))
    assert [element.tag for element in bad.iter()] == [element.tag for element in good.iter()]
    failure = next(bad.iter("failure"))
    for part in ("]]></script><!--", "\\x00\\x08", "\\u202e", "\\ufffe\\uffff\\ud800"):
        assert part in str(failure.text), part


def test_a_megabyte_of_text_is_cut() -> None:
    assert len(render_junit(samples.megabyte())) < 200_000


def test_the_same_report_gives_the_same_bytes() -> None:
    report = samples.fleet()
    untouched = copy.deepcopy(report)
    assert render_junit(report) == render_junit(copy.deepcopy(report))
    assert report == untouched


@pytest.mark.fuzz
def test_a_thousand_hosts_in_time() -> None:
    report = samples.large()
    with computing(15):
        text = render_junit(report)
    # GitLab reads no file of 30 MB.
    assert len(text.encode()) < 30_000_000
    assert ET.fromstring(text).get("tests") == "25000"
