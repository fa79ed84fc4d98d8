# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SARIF: the standard's schema, what is a static finding, where it is, and what stays the same from run to run."""

from __future__ import annotations

import copy
import gzip
import json
import re
import typing as t
import urllib.parse

import jsonschema
import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._report.formats import sarif
from ansible_collections.websocket.health.plugins.plugin_utils._report.formats.sarif import render_sarif

from tests.unit.probed_host import computing

from . import sample
from . import sample_reports as samples

Row = dict[str, t.Any]
SCHEMA = jsonschema.Draft4Validator(json.loads((samples.SCHEMAS / "sarif-schema-2.1.0.json").read_text()))
URI = re.compile(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+")


def findings() -> Row:
    """Every sort of finding, with places."""
    rows = [
        samples.check("proxy.upgrade", "fail", evidence=[source("/etc/nginx/conf.d/my chat.conf:12")]),
        samples.check(
            "frontend.hardcoded",
            "warn",
            evidence=[source("https://chat.example.com/assets/a.js?v=1:3:2034 (src/a.ts:7)")],
        ),
        samples.check(
            "electron.node",
            "warn",
            evidence=[source("dist/main.js:9"), source("dist/main.js:9"), source("dist/b.js:1")],
        ),
        samples.check("environment.NODE_ENV", "fail", evidence=[source("/proc/812/environ")]),
        samples.check("tls.dates", "warn", evidence=[source("chat.example.com:443")]),
    ]
    return samples.one_host(*rows)


def source(text: str) -> Row:
    return {"source": text, "text": "seen"}


REPORTS: dict[str, t.Callable[[], Row]] = {
    "fleet": samples.fleet,
    "every status": samples.every_status,
    "findings": findings,
    "hostile": samples.poisoned,
    "a megabyte": samples.megabyte,
    "nobody": lambda: samples.report_of([]),
    "unreachable": lambda: samples.report_of([], ["web1", "web2"]),
}


def run_of(report: Row) -> Row:
    return t.cast(Row, json.loads(render_sarif(report))["runs"][0])


def ids(report: Row) -> list[str]:
    return [result["ruleId"] for result in run_of(report)["results"]]


def place(text: str) -> tuple[str, str, int]:
    """Base, address and line of a finding with such evidence."""
    report = samples.one_host(samples.check("proxy.upgrade", "fail", evidence=[source(text)]))
    found = run_of(report)["results"][0]["locations"][0]["physicalLocation"]
    return (found["artifactLocation"]["uriBaseId"], found["artifactLocation"]["uri"], found["region"]["startLine"])


@pytest.mark.parametrize("name", REPORTS)
def test_the_schema_of_the_standard_holds(name: str) -> None:
    SCHEMA.validate(json.loads(render_sarif(REPORTS[name]())))


def test_the_schema_can_fail() -> None:
    log = json.loads(render_sarif(findings()))
    log["runs"][0]["results"][0]["level"] = "bad"
    assert not SCHEMA.is_valid(log)


@pytest.mark.parametrize("name", REPORTS)
def test_what_github_asks_for_besides(name: str) -> None:
    run = run_of(REPORTS[name]())
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
        assert len(rule["shortDescription"]["text"]) <= 1024 and len(rule["properties"]["tags"]) <= 10
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] and result["message"]["text"]
        assert 1 <= len(result["locations"]) <= 20
        for location in result["locations"]:
            artifact = location["physicalLocation"]["artifactLocation"]
            # Relative, with no dots that lead out, and of characters that a URI may have.
            assert URI.fullmatch(artifact["uri"]) and not artifact["uri"].startswith("/")
            assert not {"..", "."} & set(artifact["uri"].split("/"))
            assert artifact["uriBaseId"] in run["originalUriBaseIds"]
            assert location["physicalLocation"]["region"]["startLine"] >= 1
    marks = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(marks)) == len(marks)


def test_each_sort_of_finding() -> None:
    run = run_of(findings())
    assert [(result["level"], result["ruleId"]) for result in run["results"]] == [
        ("error", "proxy.upgrade"),
        ("error", "environment.NODE_ENV"),
        ("warning", "frontend.hardcoded"),
        ("warning", "electron.node"),
        ("warning", "tls.dates"),
    ]
    found = [
        [
            (place["uriBaseId"], place["uri"])
            for place in (row["physicalLocation"]["artifactLocation"] for row in result["locations"])
        ]
        for result in run["results"]
    ]
    assert found == [
        [("HOST:web1", "etc/nginx/conf.d/my%20chat.conf")],
        [("REPORT", "results/web1.json")],
        [("WEB", "chat.example.com/assets/a.js")],
        [("SERVICE:web1/chat", "dist/main.js"), ("SERVICE:web1/chat", "dist/b.js")],
        [("REPORT", "results/web1.json")],
    ]
    names = [place["fullyQualifiedName"] for place in run["results"][0]["locations"][0]["logicalLocations"]]
    assert names == ["web1", "web1/chat"]
    assert run["invocations"][0]["endTimeUtc"] == sample.GENERATED
    assert urllib.parse.unquote(run["automationDetails"]["id"]) == "websocket.health/" + sample.RUN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/etc/nginx/nginx.conf:12", ("HOST:web1", "etc/nginx/nginx.conf", 12)),
        ("/srv/ü:x/%.js:7:3", ("HOST:web1", "srv/%C3%BC%3Ax/%25.js", 7)),
        ("/a/../../etc/x.conf:1", ("HOST:web1", "etc/x.conf", 1)),
        ("../../secret.js:4", ("SERVICE:web1/chat", "secret.js", 4)),
        ("http://user:pw@host:8080/x.js:5", ("WEB", "host%3A8080/x.js", 5)),
        *((text, ("REPORT", "results/web1.json", 1)) for text in (
            "10.0.0.1:8080", "localhost:443", "chat.example.com:443", "https://chat.example.com:8443", "[::1]:80",
            "/etc/x.conf", "/etc/x.conf:0", "systemd", "", "/:3", "a.js:99999999999", "10.0.0.1:80/ws", "wss://h/x:3",
        )),
    ],
)  # fmt: skip
def test_places_are_lines_of_files(text: str, expected: tuple[str, str, int]) -> None:
    assert place(text) == expected


def test_only_findings_in_configuration_or_code_are_results() -> None:
    subjects = ("process", "port", "log", "websocket", "browser", "firewall", "capture")
    assert not ids(samples.one_host(*(samples.check(subject + ".x", "fail") for subject in subjects)))
    assert not ids(
        samples.one_host(*(samples.check("proxy.config", status) for status in ("pass", "unknown", "error", "skip")))
    )
    live = [samples.check(check_id, "fail") for check_id in ("proxy.handshake", "proxy.log", "proxy.backend")]
    assert not ids(samples.one_host(*live))


def test_a_trial_stands_for_a_cause_that_nothing_else_shows() -> None:
    trials = [
        samples.check("browser.websocket", "warn"),
        samples.check("websocket.handshake", "fail"),
        samples.check("proxy.handshake", "fail"),
    ]
    explains = [row["id"] for row in trials]
    for layer, expected in (("proxy", ["websocket.handshake"]), ("tls", ["websocket.handshake"]), ("process", [])):
        assert ids(samples.one_host(*trials, diagnoses=[samples.cause(explains, layer)])) == expected
    static = samples.check("proxy.upgrade", "fail")
    assert ids(samples.one_host(static, *trials, diagnoses=[samples.cause([*explains, static["id"]])])) == [
        "proxy.upgrade"
    ]
    trials[1]["evidence"] = [source("/var/log/chat.log:812")]
    result = run_of(samples.one_host(*trials, diagnoses=[samples.cause(explains)]))["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "results/web1.json"
    assert "cause: The title of the-cause [the-cause] (certain)\nnext: change it" in result["message"]["text"]


def test_fingerprints_are_those_of_the_next_run() -> None:
    def marks(report: Row) -> list[Row]:
        return [result["partialFingerprints"] for result in run_of(report)["results"]]

    before, after = findings(), findings()
    after.update(generated="2027-01-01T00:00:00Z", run_id="other")
    for check in samples.checks_of(after):
        check.update(summary="pid 4711 after 77 s", actual=4711, duration_ms=1.0)
        for entry in check["evidence"]:
            entry.update(source=entry["source"].replace("12", "13"), text="4711")
    assert marks(before) == marks(after)
    after["hosts"][0]["host"] = "web2"
    assert not {str(mark) for mark in marks(before)} & {str(mark) for mark in marks(after)}


def test_results_that_share_everything_have_fingerprints_of_their_own() -> None:
    row = samples.check("tls.dates", "fail")
    marks = [
        result["partialFingerprints"]["websocketHealth/v1"]
        for result in run_of(samples.one_host(row, dict(row)))["results"]
    ]
    assert [mark.partition(":")[2] for mark in marks] == ["1", "2"]


def test_results_have_a_baseline_state_where_runs_were_compared() -> None:
    report = findings()
    assert all("baselineState" not in result for result in run_of(report)["results"])
    change = {"host": "web1", "service": "chat", "vantage": "host", "status": "fail", "was": "fail"}
    report["fleet"]["changes"]["still"] = [{**change, "check": "proxy.upgrade"}]
    report["fleet"]["changes"]["new"] = [{**change, "check": "tls.dates"}]
    states = {result["ruleId"]: result["baselineState"] for result in run_of(report)["results"]}
    assert (states["proxy.upgrade"], states["tls.dates"], states["electron.node"]) == ("unchanged", "new", "new")
    report["fleet"]["changes"].update(still=[], new=[], fixed=[{**change, "check": "proxy.route"}])
    assert {result["baselineState"] for result in run_of(report)["results"]} == {"new"}
    SCHEMA.validate(json.loads(render_sarif(report)))


def test_a_runs_id_is_no_part_of_githubs_category() -> None:
    report = findings()
    report["run_id"] = "nightly/eu west/7%"
    assert run_of(report)["automationDetails"]["id"] == "websocket.health/nightly%2Feu%20west%2F7%25"


def test_what_is_accepted_is_suppressed() -> None:
    report = findings()
    assert all("suppressions" not in result for result in run_of(report)["results"])
    samples.checks_of(report)[0]["waiver"] = {"reason": "known", "until": "2026-12-31"}
    found = {result["ruleId"]: result["suppressions"] for result in run_of(report)["results"]}
    note = "accepted until 2026-12-31: known"
    assert found.pop("proxy.upgrade") == [{"kind": "external", "status": "accepted", "justification": note}]
    assert set(map(str, found.values())) == {"[]"}
    SCHEMA.validate(json.loads(render_sarif(report)))


def test_unjudged_hosts_are_notifications() -> None:
    notes = run_of(samples.fleet())["invocations"][0]["toolExecutionNotifications"]
    assert {(note["level"], note["message"]["text"]) for note in notes} >= {
        ("error", "No answer from the host: web18, web20"),
        ("warning", "The host could not be judged: web16"),
    }


def test_hostile_text_is_escaped() -> None:
    text = render_sarif(samples.poisoned())
    assert not re.search(samples.UNSEEN, text)
    text.encode("utf-8")
    bad, good = json.loads(text)["runs"][0], run_of(samples.poisoned("x"))
    assert len(bad["results"]) == len(good["results"]) > 0
    for result in bad["results"]:
        message = result["message"]["text"]
        assert "\\[a\\](javascript:alert(1))" in message and "{{0}}" in message
        assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", message) and not re.search(r"(?<!\{)\{\d+\}", message)


def test_a_megabyte_of_text_is_cut() -> None:
    report = samples.megabyte()
    assert len(render_sarif(report)) < 50_000
    samples.checks_of(report)[0]["evidence"] = [source(f"/etc/nginx/{number}.conf:1") for number in range(2000)]
    assert max(len(result["locations"]) for result in run_of(report)["results"]) == 20


def test_the_least_severe_is_left_out_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_RESULTS", 3)
    rows = [samples.check(f"proxy.n{number}", "warn") for number in range(3)] + [samples.check("proxy.grave", "fail")]
    for row, severity in zip(rows, ("high", "medium", "critical", "low"), strict=True):
        row["severity"] = severity
    run = run_of(samples.one_host(*rows))
    assert [result["ruleId"] for result in run["results"]] == ["proxy.grave", "proxy.n2", "proxy.n0"]
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert notes == ["1 result left out, the least severe: a run may have 3"]


def test_only_one_semantic_version_is_given_as_such() -> None:
    report = findings()
    for version, expected in (
        ("1.2.3", {"version": "1.2.3", "semanticVersion": "1.2.3"}),
        ("1.0.0, 1.1.0", {"version": "1.0.0, 1.1.0"}),
        ("", {}),
    ):
        report["collection"] = version
        driver = run_of(report)["tool"]["driver"]
        assert {key: driver[key] for key in driver if "ersion" in key} == expected


def test_the_same_report_gives_the_same_bytes() -> None:
    report = samples.fleet()
    untouched = copy.deepcopy(report)
    assert render_sarif(report) == render_sarif(copy.deepcopy(report))
    assert report == untouched


@pytest.mark.fuzz
def test_a_thousand_hosts_in_time() -> None:
    report = samples.large()
    with computing(20):
        run = run_of(report)
    assert len(run["results"]) == 25_000
    # GitHub takes 10 MB, compressed.
    assert len(gzip.compress(render_sarif(report).encode())) < 10_000_000
    levels = [result["level"] for result in run["results"]]
    assert levels == sorted(levels) and set(levels) == {"error", "warning"}
