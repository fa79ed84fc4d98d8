# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.json: counts, causes, order, changes."""

from __future__ import annotations

import copy
import json
import pathlib
import random
import typing as t

import jsonschema
import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._report.formats.pages import render_json
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.assemble import assemble
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.changes import KINDS
from ansible_collections.websocket.health.plugins.plugin_utils._report.store import results as result_files
from ansible_collections.websocket.health.plugins.plugin_utils._report.store.snapshot import snapshot_of_file

from . import sample

SCHEMA = json.loads((pathlib.Path(__file__).resolve().parents[3] / "docs" / "report.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
Row = dict[str, t.Any]


def report_of(results: list[Row], expected: t.Sequence[str] = (), baseline: Row | None = None) -> Row:
    before = snapshot_of_file(baseline) if baseline is not None else None
    report = assemble(results, expected, sample.GENERATED, sample.RUN, baseline=before)
    VALIDATOR.validate(report)
    return report


def issue(report: Row, issue_id: str) -> Row:
    found = [entry for entry in report["issues"] if entry["id"] == issue_id]
    assert len(found) == 1, [entry["id"] for entry in report["issues"]]
    return found[0]


def test_the_schema_is_a_valid_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_counts_and_issues_of_a_fleet() -> None:
    report = report_of(*sample.fleet())
    hosts = report["summary"]["hosts"]
    assert hosts == {"total": 20, "pass": 9, "warn": 1, "fail": 6, "unknown": 2, "unreachable": 2}
    assert report["summary"]["status"] == "fail"
    assert [entry["id"] for entry in report["issues"]] == [
        "proxy-upgrade-dropped",
        "process-not-running",
        "websocket.repeat",
        "host.unreachable",
        "process.code",
        "port.owner",
        "host.unjudged",
    ]
    assert [host["host"] for host in report["hosts"]] == sample.fleet()[1]
    assert report["fleet"]["diagnoses"][0] == {
        "id": "proxy-upgrade-dropped",
        "title": "nginx does not pass the WebSocket upgrade to the back end",
        "hosts": ["web9", "web12", "web13"],
    }
    assert report["fleet"]["drift"] == []


@pytest.mark.parametrize("size", [0, 1, 2, 20, 60])
def test_the_equations_hold(size: int) -> None:
    results, names = sample.fleet(size) if size else ([], [])
    report = report_of(results, names)
    for counts in (report["summary"]["hosts"], report["summary"]["checks"]):
        assert counts["total"] == sum(number for name, number in counts.items() if name != "total")
    assert report["summary"]["hosts"]["total"] == size == len(report["hosts"])


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], "unknown"),
        (["pass"], "pass"),
        (["pass", "unknown"], "unknown"),
        (["unknown", "warn"], "warn"),
        (["warn", "unreachable"], "fail"),
        (["pass", "fail"], "fail"),
    ],
)
def test_the_worst_host_decides(statuses: list[str], expected: str) -> None:
    rows = [sample.result(f"web{number}", status=status) for number, status in enumerate(statuses)]
    assert report_of(rows)["summary"]["status"] == expected


def test_hosts_without_an_answer_are_rows_and_one_issue() -> None:
    report = report_of([sample.result("web1", sample.healthy(1))], ["web1", "web2", "web10"])
    assert [(host["host"], host["status"]) for host in report["hosts"]] == [
        ("web1", "pass"),
        ("web2", "unreachable"),
        ("web10", "unreachable"),
    ]
    assert report["hosts"][1]["reason"].startswith("no answer in this run")
    assert issue(report, "host.unreachable")["hosts"] == [
        {"host": "web2", "service": None},
        {"host": "web10", "service": None},
    ]
    assert report["summary"]["status"] == "fail"


def test_an_earlier_run_is_not_taken(tmp_path: pathlib.Path) -> None:
    """All green yesterday, no answer today."""
    yesterday = sample.result("web1", sample.healthy(1), run_id="20261122T020000Z-aaaaaaaaaaaa")
    result_files.write_result(str(tmp_path), yesterday)
    rows = list(result_files.read_results(str(tmp_path), sample.RUN))
    assert report_of(rows, ["web1"])["hosts"][0]["status"] == "unreachable"


def test_a_file_that_cannot_be_read_is_its_host(tmp_path: pathlib.Path) -> None:
    path = pathlib.Path(result_files.result_path(str(tmp_path), "WEB:1"))
    path.parent.mkdir()
    path.write_text("{")
    report = report_of(result_files.read_results(str(tmp_path), sample.RUN), ["WEB:1"])
    assert [(host["host"], host["status"]) for host in report["hosts"]] == [("WEB:1", "unknown")]
    assert "not valid JSON" in report["hosts"][0]["reason"]
    assert issue(report, "host.unjudged")["next_steps"]["immediate"]


def test_one_cause_on_many_hosts_is_one_issue() -> None:
    rows = [sample.result(f"web{number}", sample.not_running(number)) for number in range(1, 31)]
    report = report_of(rows)
    assert len(report["issues"]) == 1
    cause = issue(report, "process-not-running")
    assert len(cause["hosts"]) == 30
    assert cause["failed_checks"] == ["process.running", "port.listening", "websocket.handshake"]
    assert cause["severity"] == "critical" and cause["confidence"] == "certain" and not cause["unexplained"]
    # "after 3 restarts" and "after 4 restarts" are one reason.
    assert len(cause["because"]) == 2
    assert "nothing listens on port 8080" in cause["errors"]
    assert cause["evidence"][0]["host"] == "web1"


def test_steps_keep_their_numbers_apart() -> None:
    """A process to stop on one host is none to stop on another."""
    rows = []
    for number in (1, 2):
        services = sample.not_running(number)
        services[0]["diagnoses"][0]["next_steps"]["immediate"] = [f"stop pid {number}", "read the log"]
        rows.append(sample.result(f"web{number}", services))
    steps = report_of(rows)["next_steps"]["immediate"]
    assert steps == [
        {"text": "stop pid 1", "hosts": ["web1"]},
        {"text": "read the log", "hosts": ["web1", "web2"]},
        {"text": "stop pid 2", "hosts": ["web2"]},
    ]


def test_a_failure_that_nothing_explains_is_an_issue() -> None:
    report = report_of([sample.result("web1", sample.differing_answers(1))])
    loose = issue(report, "websocket.repeat")
    assert loose["unexplained"] and loose["kind"] == "check" and loose["layer"] == "websocket"
    assert loose["errors"] == ["outcomes differ: 7 × 404, 3 × open"]


def test_what_is_explained_is_no_issue_of_its_own() -> None:
    report = report_of([sample.result("web1", sample.missing_upgrade(1))])
    assert [entry["id"] for entry in report["issues"]] == ["proxy-upgrade-dropped"]
    assert report["issues"][0]["related"] == [
        {"id": "proxy-nginx-read-timeout", "title": "nginx will cut idle connections after 60 s", "role": "next"}
    ]


def test_a_contributing_cause_without_a_root_is_the_issue() -> None:
    services = sample.missing_upgrade(1)
    services[0]["diagnoses"][0]["role"] = "contributing"
    report = report_of([sample.result("web1", services)])
    assert [entry["id"] for entry in report["issues"]] == ["proxy-upgrade-dropped"]


def test_failures_come_first_then_what_hits_most() -> None:
    rows = [sample.result(f"a{number}", sample.stale_code(number)) for number in range(5)]
    rows += [sample.result(f"b{number}", sample.not_running(number)) for number in range(4)]
    rows += [sample.result(f"c{number}", sample.missing_upgrade(number)) for number in range(3)]
    order = [entry["id"] for entry in report_of(rows)["issues"]]
    assert order == ["process-not-running", "proxy-upgrade-dropped", "process.code"]


def working(services: list[Row]) -> dict[str, bool | None]:
    return report_of([sample.result("web1", services)])["working"][0]["connections"]


def test_working_connections() -> None:
    names = ("Backend server", "WebSocket server", "Frontend connection", "Data flow")
    assert working(sample.healthy(1)) == dict.fromkeys(names, True)
    assert working(sample.not_running(1)) == dict(zip(names, (False, False, None, None), strict=True))
    assert working(sample.missing_upgrade(1)) == dict(zip(names, (True, True, False, True), strict=True))


@pytest.mark.parametrize(
    ("message", "ping", "flow"),
    [
        ("pass", "fail", True),
        ("skip", "pass", True),
        ("skip", "fail", False),
        ("skip", "unknown", None),
        ("fail", "pass", False),
        ("unknown", "pass", None),
    ],
)
def test_data_flow_follows_message_and_then_ping(message: str, ping: str, flow: bool | None) -> None:
    checks = sample.healthy_checks()
    sample.find(checks, "websocket.message")["status"] = message
    sample.find(checks, "websocket.ping")["status"] = ping
    assert working([sample.service(checks)])["Data flow"] is flow


def test_the_frontend_connection_is_judged_by_the_browser_before_the_controller() -> None:
    checks = sample.healthy_checks()
    outside = sample.find(checks, "websocket.handshake", "controller")
    outside["status"] = "skip"
    assert working([sample.service(checks)])["Frontend connection"] is None
    outside["status"] = "pass"
    checks.append(dict(outside, id="browser.websocket", vantage="browser", status="fail"))
    assert working([sample.service(checks)])["Frontend connection"] is False


def test_changes_against_a_baseline() -> None:
    before = report_of(
        [
            sample.result("web1", sample.not_running(1)),
            sample.result("web2", sample.stale_code(2)),
            sample.result("web3", sample.differing_answers(3)),
        ]
    )
    now = [
        sample.result("web1", sample.not_running(99)),
        sample.result("web2", sample.missing_upgrade(2)),
    ]
    changes = report_of(now, ["web1", "web2", "web3"], before)["fleet"]["changes"]
    key = ("host", "service", "check", "vantage")
    got = {kind: [tuple(entry[name] for name in key) for entry in changes[kind]] for kind in KINDS}
    assert got == {
        "new": [("web2", "chat", "websocket.handshake", "controller"), ("web3", "", "host.unreachable", "")],
        "fixed": [("web2", "chat", "process.code", "host")],
        "still": [
            ("web1", "chat", name, "host") for name in ("process.running", "port.listening", "websocket.handshake")
        ],
        # A host that does not answer any more has not mended anything.
        "unseen": [("web3", "chat", "websocket.repeat", "host")],
        "gone": [],
    }
    assert changes["against"] == {"run_id": sample.RUN, "generated": "2026-11-23T02:00:05Z"}
    causes = {kind: {entry["id"]: entry["hosts"] for entry in changes["causes"][kind]} for kind in changes["causes"]}
    assert causes == {
        "new": {"proxy-upgrade-dropped": ["web2"], "host.unreachable": ["web3"]},
        "fixed": {"process.code": ["web2"]},
        "still": {"process-not-running": ["web1"]},
    }
    nothing = report_of(now)["fleet"]["changes"]
    assert nothing["against"] is None and not any(nothing[kind] for kind in KINDS)
    # A host that was not to be asked is not among the new ones, and has mended nothing either.
    gone = report_of(now[:1], ["web1"], before)["fleet"]["changes"]["gone"]
    assert {entry["host"] for entry in gone} == {"web2", "web3"}
    # A baseline may be anything that calls itself a report.
    report_of(now, (), {"schema": "websocket.health/report/1", "hosts": [{}, "x", {"host": "a", "services": [3]}]})


def test_the_same_input_gives_the_same_bytes() -> None:
    results, names = sample.fleet(60)
    untouched = copy.deepcopy(results)
    first = render_json(report_of(results, names))
    assert results == untouched
    random.Random(7).shuffle(results)
    shuffled = [json.loads(json.dumps(row, sort_keys=True)) for row in results]
    assert json.loads(render_json(report_of(shuffled, names[::-1]))) == json.loads(first)
    assert render_json(report_of(untouched, names)) == first


GARBAGE: list[t.Any] = [None, 7, "x", [], {}, ["x", None, {}], {"a": [1]}, True, 1e400]


@pytest.mark.fuzz
@pytest.mark.parametrize("value", GARBAGE, ids=repr)
def test_garbage_in_any_field_still_makes_a_report(value: t.Any) -> None:
    """An older collection, or an editor, may have written the file."""
    base = sample.result("web1", sample.not_running(1))
    for path in list(_paths(base)):
        row = copy.deepcopy(base)
        target: t.Any = row
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value
        if row.get("host") == "web1" and not result_files._problem(row):
            report_of([row], ["web1"])


def _paths(value: t.Any, prefix: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, entry in entries:
        yield (*prefix, key)
        yield from _paths(entry, (*prefix, key))
