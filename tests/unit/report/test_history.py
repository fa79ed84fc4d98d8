# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers, the gate, the memory of earlier runs, and what is compared with it."""

from __future__ import annotations

import datetime
import gzip
import json
import os
import pathlib
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._model import host_status
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.assemble import assemble
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.gate import gate, reasons
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.waivers import read_waivers
from ansible_collections.websocket.health.plugins.plugin_utils._report.store.history import read_history, write_history
from ansible_collections.websocket.health.plugins.plugin_utils._report.store.snapshot import snapshot, snapshot_of_file

from . import sample

Row = dict[str, t.Any]
GOOD = {"reason": "it is known", "until": "2026-12-31"}
TODAY = datetime.date.fromisoformat(sample.GENERATED[:10])


def report_of(results: list[Row], waivers: t.Sequence[Row] = (), before: Row | None = None, **more: t.Any) -> Row:
    problems: list[str] = []
    baseline = snapshot(before) if before else None
    report = assemble(
        results, [row["host"] for row in results], sample.GENERATED, sample.RUN,
        waivers=read_waivers(waivers, problems), baseline=baseline, **more,
    )  # fmt: skip
    assert not problems
    return report


def results() -> list[Row]:
    return [
        sample.result("web1", sample.healthy(1)),
        sample.result("web3", sample.not_running(3)),
        sample.result("web5", sample.stale_code(5)),
        sample.result("web18", status="unreachable", reason="Connection timed out", remedy="see whether it is up"),
    ]


def gates(report: Row) -> dict[str, list[str]]:
    return gate(report["hosts"], report["fleet"]["changes"])


def test_a_waived_finding_keeps_its_status_and_fails_no_gate() -> None:
    open_ = report_of(results())
    assert gates(open_) == {"fail": ["web3", "web18"], "warn": ["web3", "web5", "web18"], "new": ["web3", "web18"]}
    waivers = [
        dict(GOOD, cause="process-not-*", host="web3"),
        dict(GOOD, check="process.code", service="chat"),
        dict(GOOD, check="host.unreachable", until=str(TODAY)),
    ]
    report = report_of(results(), waivers)
    assert gates(report) == {"fail": [], "warn": [], "new": []}
    assert report["issues"] == [] and report["next_steps"] == {"immediate": [], "configuration": [], "testing": []}
    assert {issue["id"] for issue in report["accepted"]} == {"process-not-running", "process.code", "host.unreachable"}
    assert all(issue["waiver"]["reason"] == "it is known" for issue in report["accepted"])
    # The equation is about what was measured, and that has not changed.
    assert report["summary"]["checks"] == open_["summary"]["checks"]
    assert report["summary"]["accepted"] == 5 and report["summary"]["status"] == "pass"
    assert [waiver["state"] for waiver in report["waivers"]] == ["active"] * 3
    assert [host["status"] for host in report["hosts"]] == ["pass", "pass", "pass", "unreachable"]


@pytest.mark.parametrize(
    "waiver",
    [
        dict(GOOD, check="process.code", until=str(TODAY - datetime.timedelta(days=1))),
        dict(GOOD, check="process.code", host="web1"),
        dict(GOOD, check="process.code", service="other"),
        dict(GOOD, check="process.cod"),
        dict(GOOD, check="process.code", cause="process-not-running"),
    ],
    ids=["expired", "other host", "other service", "other check", "check and other cause"],
)
def test_a_waiver_covers_only_what_it_names(waiver: Row) -> None:
    report = report_of(results(), [waiver])
    assert report["summary"]["accepted"] == 0 and report["accepted"] == []
    assert gates(report)["warn"] == ["web3", "web5", "web18"]
    assert report["waivers"][0]["state"] == ("expired" if waiver["until"] < str(TODAY) else "unused")


def test_half_of_a_service_may_be_waived() -> None:
    report = report_of(results(), [dict(GOOD, check="port.listening")])
    host = report["hosts"][1]
    assert (host["host"], host["status"]) == ("web3", "fail")
    issue = next(issue for issue in report["issues"] if issue["id"] == "process-not-running")
    assert "port.listening" not in issue["failed_checks"] and issue["waiver"] is None
    assert report["accepted"][0]["failed_checks"] == ["port.listening"]


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ({"reason": "x", "until": "2026-12-31"}, "set check or cause"),
        ({"check": "a", "reason": " ", "until": "2026-12-31"}, "reason"),
        ({"check": "a", "reason": "x", "until": "next week"}, "until"),
        ({"check": "a", "reason": "x", "until": "2026-13-01"}, "until"),
    ],
)
def test_an_incomplete_waiver_is_reported_and_not_applied(entry: Row, word: str) -> None:
    problems: list[str] = []
    assert read_waivers([entry, dict(GOOD, check="b")], problems)[0]["check"] == "b"
    assert (
        len(problems) == 1
        and problems[0].startswith("waivers[0]: ")
        and word in problems[0].replace("in check or", "check or")
    )


def test_only_what_was_broken_since_is_new() -> None:
    before = report_of(results())
    now = results()
    now[0] = sample.result("web1", sample.missing_upgrade(1))
    now[2] = sample.result("web5", sample.healthy(5))
    report = report_of(now, before=before)
    assert gates(report)["new"] == ["web1"]
    assert gates(report)["fail"] == ["web1", "web3", "web18"]
    # A host that does not answer any more was broken, too; one whose new failure is waived was not.
    now[0] = sample.result("web1", status="unreachable", reason="no route", remedy="")
    assert gates(report_of(now, before=before))["new"] == ["web1"]
    now[0] = sample.result("web1", sample.missing_upgrade(1))
    assert gates(report_of(now, [dict(GOOD, cause="proxy-*")], before))["new"] == []


def test_a_host_that_was_not_judged_fails_the_gate_and_one_without_services_does_not() -> None:
    rows = [
        sample.result(
            "a",
            status="unknown",
            reason="no services are defined for this host",
            remedy="set websocket_health_services",
            why="no_services",
        ),
        sample.result("b", **sample.NO_PYTHON),
    ]
    assert gates(report_of(rows))["fail"] == ["b"]


def history_of(directory: pathlib.Path, *runs: tuple[str, str], keep: int = 30) -> None:
    for run_id, generated in runs:
        entry = dict(snapshot(report_of(results())), run_id=run_id, generated=generated)
        write_history(str(directory), entry, keep)


def test_runs_are_remembered_and_forgotten(tmp_path: pathlib.Path) -> None:
    history_of(
        tmp_path, ("b", "2026-11-02T00:00:00Z"), ("a", "2026-11-01T00:00:00Z"), ("c/../../x", "2026-11-03T00:00:00Z")
    )
    assert [entry["run_id"] for entry in read_history(str(tmp_path), [])] == ["a", "b", "c/../../x"]
    history_of(tmp_path, ("d", "2026-11-04T00:00:00Z"), keep=2)
    assert [entry["run_id"] for entry in read_history(str(tmp_path), [])] == ["c/../../x", "d"]
    assert len(list((tmp_path / "history").iterdir())) == 2
    for path in (tmp_path / "history").iterdir():
        assert path.stat().st_mode & 0o777 == 0o640


def test_the_last_run_before_is_compared_with_and_the_others_are_shown(tmp_path: pathlib.Path) -> None:
    rows = results()
    history_of(
        tmp_path, ("old", "2026-11-01T00:00:00Z"), ("last", "2026-11-22T00:00:00Z"), ("later", "2026-11-24T00:00:00Z")
    )
    history_of(tmp_path, (sample.RUN, "2026-11-23T00:00:00Z"))
    report = report_of(rows, history=read_history(str(tmp_path), []))
    assert report["fleet"]["changes"]["against"]["run_id"] == "last"
    assert [run["run_id"] for run in report["fleet"]["history"]] == ["old", "last"]
    assert report["fleet"]["history"][0]["hosts"]["total"] == 4
    assert len(report["fleet"]["changes"]["still"]) == 5 and not report["fleet"]["changes"]["new"]


GARBAGE = {
    "empty": b"", "text": b"hello", "null": gzip.compress(b"null"), "cut": gzip.compress(b'{"schema": 1}')[:-6],
    "other": gzip.compress(json.dumps({"schema": "websocket.health/history/2"}).encode()),
    "flipped": gzip.compress(json.dumps(snapshot_of_file({})).encode())[:30] + b"\xff" * 30,
    "status": gzip.compress(json.dumps(dict(snapshot_of_file({}), status="weird")).encode()),
    "counts": gzip.compress(json.dumps(dict(snapshot_of_file({}), hosts={"pass": 1})).encode()),
    "types": gzip.compress(json.dumps(dict(snapshot_of_file({}), wrong=[["a"]])).encode()),
    "deep": gzip.compress(b"[" * 100_000),
}  # fmt: skip


@pytest.mark.parametrize("name", GARBAGE)
def test_a_broken_memory_is_passed_over_and_named(tmp_path: pathlib.Path, name: str) -> None:
    history_of(tmp_path, ("good", "2026-11-01T00:00:00Z"))
    (tmp_path / "history" / "bad.json.gz").write_bytes(GARBAGE[name])
    notes: list[str] = []
    assert [entry["run_id"] for entry in read_history(str(tmp_path), notes)] == ["good"]
    assert len(notes) == 1 and "bad.json.gz" in notes[0]


@pytest.mark.fuzz
def test_the_memory_is_small_and_always_the_same(tmp_path: pathlib.Path) -> None:
    rows, names = sample.fleet(1000)
    report = assemble(rows, names, sample.GENERATED, sample.RUN)
    write_history(str(tmp_path), snapshot(report), 30)
    path = next((tmp_path / "history").iterdir())
    first = path.read_bytes()
    assert len(first) < 30_000
    write_history(str(tmp_path), snapshot(report), 30)
    assert path.read_bytes() == first


def test_a_history_that_links_elsewhere_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "report").mkdir()
    os.symlink(tmp_path / "outside", tmp_path / "report" / "history")
    with pytest.raises(OSError, match="symbolic link"):
        history_of(tmp_path / "report", ("a", "2026-11-01T00:00:00Z"))
    assert not list((tmp_path / "outside").iterdir())


def wrong(*found: tuple[str, str], waivers: t.Sequence[Row] = (), host: str = "a", severity: str = "high") -> Row:
    """A result with checks of these statuses."""
    checks = [
        dict(sample.healthy_checks(1)[0], id=name, title=name, status=status, severity=severity, evidence=[])
        for name, status in found
    ]
    return sample.result(host, [sample.service(checks)])


def runs(*rows_of_runs: list[Row], waivers: t.Sequence[Row] = ()) -> Row:
    """The report of the last of several runs in one directory."""
    history: list[Row] = []
    report: Row = {}
    for number, rows in enumerate(rows_of_runs):
        moment = f"2026-11-23T02:{number:02d}:00Z"
        asked = [dict(row, generated=moment) for row in rows]
        accepted = read_waivers(waivers if number == len(rows_of_runs) - 1 else (), [])
        report = assemble(
            asked, [row["host"] for row in asked], moment, f"run {number}", history=history, waivers=accepted
        )
        history.append(snapshot(report, history[-1] if history else None))
    return report


A_FAILS, B_FAILS = wrong(("x.old", "fail")), wrong(("x.old", "fail"), host="b")


@pytest.mark.parametrize(
    "between",
    [
        [A_FAILS],
        [A_FAILS, sample.result("b", status="unreachable", reason="timed out", remedy="")],
        [A_FAILS, wrong(("x.old", "unknown"), host="b")],
        [A_FAILS, wrong(("x.other", "pass"), host="b")],
    ],
    ids=["not asked", "unreachable", "not observed", "left out"],
)
def test_a_run_that_did_not_look_does_not_forget(between: list[Row]) -> None:
    report = runs([A_FAILS, B_FAILS], between, between, [A_FAILS, B_FAILS])
    assert gates(report)["new"] == [] and gates(report)["fail"] == ["a", "b"]
    changes = report["fleet"]["changes"]
    assert {entry["host"] for entry in changes["still"] if entry["check"] == "x.old"} == {"a", "b"}
    # It is told once that something was not seen.
    again = runs([A_FAILS, B_FAILS], between, between)["fleet"]["changes"]
    assert not [entry for entry in again["gone"] + again["unseen"] if entry["check"] == "x.old"]
    mended = runs([A_FAILS, B_FAILS], between, [A_FAILS, wrong(("x.old", "pass"), host="b")])["fleet"]["changes"]
    assert [(entry["host"], entry["check"]) for entry in mended["fixed"] if entry["check"] == "x.old"] == [
        ("b", "x.old")
    ]
    assert [(entry["id"], entry["hosts"]) for entry in mended["causes"]["fixed"] if entry["id"] == "x.old"] == [
        ("x.old", ["b"])
    ]


def test_a_finding_that_is_not_looked_at_for_many_runs_is_new_again() -> None:
    report = runs([A_FAILS, B_FAILS], *([[A_FAILS]] * 33), [A_FAILS, B_FAILS])
    assert gates(report)["new"] == ["b"]


def test_a_warning_that_becomes_a_failure_is_new() -> None:
    report = runs([wrong(("x.a", "warn"), ("x.b", "fail"))], [wrong(("x.a", "fail"), ("x.b", "fail"))])
    assert gates(report)["new"] == ["a"]
    assert [(entry["check"], entry["was"]) for entry in report["fleet"]["changes"]["new"]] == [("x.a", "warn")]
    both = runs([wrong(("x.a", "pass"))], [wrong(("x.a", "error"), ("x.a", "warn"))])
    assert gates(both)["new"] == ["a"]


def test_a_waived_new_failure_does_not_make_an_old_one_new() -> None:
    now = [wrong(("x.old", "fail"), ("x.new", "fail"))]
    assert gates(runs([A_FAILS], now))["new"] == ["a"]
    assert gates(runs([A_FAILS], now, waivers=[dict(GOOD, check="x.new")]))["new"] == []
    # When its waiver ends it is nothing that the next deployment broke.
    assert gates(runs([A_FAILS], now, now))["new"] == []


def test_what_is_waived_or_not_seen_is_not_mended() -> None:
    waived = runs([A_FAILS], [A_FAILS], waivers=[dict(GOOD, check="x.old")])["fleet"]["changes"]["causes"]
    unseen = runs([A_FAILS], [wrong(("x.old", "unknown"), ("x.b", "pass"))])["fleet"]["changes"]["causes"]
    assert waived["fixed"] == unseen["fixed"] == []
    assert runs([A_FAILS], [wrong(("x.old", "pass"))])["fleet"]["changes"]["causes"]["fixed"]


def test_a_waived_warning_leaves_an_unobserved_service_unknown() -> None:
    row = wrong(("port.exposure", "warn"), ("process.running", "unknown"), severity="critical")
    report = report_of([row], [dict(GOOD, check="port.exposure")])
    assert report["hosts"][0]["status"] == report["summary"]["status"] == "unknown"


def test_a_waiver_beside_a_check_that_broke_leaves_its_host_unknown() -> None:
    row = wrong(("port.exposure", "warn"), ("process.running", "error"))
    report = report_of([row], [dict(GOOD, check="port.exposure")])
    assert report["hosts"][0]["status"] == host_status(["error"]) == "unknown" and gates(report)["fail"] == ["a"]


@pytest.mark.parametrize("until", ["20260101", "2026-W01-1"])
def test_every_iso_form_of_a_date_ends_a_waiver(until: str) -> None:
    report = report_of([A_FAILS], [dict(GOOD, check="x.old", until=until)])
    assert report["waivers"][0]["state"] == "expired" and gates(report)["fail"] == ["a"]


def test_waivers_end_with_the_day_of_the_run_and_not_of_the_report() -> None:
    waivers = read_waivers([dict(GOOD, check="x.old", until="2026-11-22")], [])
    report = assemble([A_FAILS], ["a"], "1970-01-01T00:00:00Z", sample.RUN, waivers=waivers)
    assert report["waivers"][0]["state"] == "expired"


def test_a_waiver_s_name_matches_literally_before_it_is_a_glob() -> None:
    rows = [wrong(("x.old", "fail"), host="a[1]"), sample.result("b", **sample.NO_PYTHON)]
    waivers = [dict(GOOD, check="x.old", host="a[1]"), dict(GOOD, check="x.*"), dict(GOOD, check="host.unjudged")]
    report = report_of(rows, waivers)
    assert gates(report)["fail"] == [] and [waiver["state"] for waiver in report["waivers"]] == ["active"] * 3
    other = report_of(
        rows, [dict(GOOD, check="host.unjudged", service="chat"), dict(GOOD, check="host.unjudged", cause="x")]
    )
    assert [waiver["state"] for waiver in other["waivers"]] == ["unused"] * 2


def test_the_gate_says_why_and_names_what_is_new_first() -> None:
    report = runs([A_FAILS], [wrong(("x.old", "fail"), ("x.new", "fail"))])
    assert reasons(report["issues"], report["fleet"]["changes"]) == {"a": "Failed check: x.new [x.new]"}
    assert reasons(report_of(results())["issues"], {"new": []})["web3"].endswith("[process-not-running]")


def test_a_copy_of_a_snapshot_and_one_from_the_future_do_no_harm(tmp_path: pathlib.Path) -> None:
    history_of(tmp_path, ("a", "2026-11-01T00:00:00Z"), ("later", "2099-01-01T00:00:00Z"))
    directory = tmp_path / "history"
    (directory / "copy.json.gz").write_bytes((directory / "a.json.gz").read_bytes())
    history_of(tmp_path, ("b", "2026-11-02T00:00:00Z"), keep=1)
    assert sorted(path.name for path in directory.iterdir()) == ["b.json.gz", "later.json.gz"]


def test_a_pipe_among_the_snapshots_is_skipped_with_a_note(tmp_path: pathlib.Path) -> None:
    history_of(tmp_path, ("a", "2026-11-01T00:00:00Z"))
    os.mkfifo(tmp_path / "history" / "pipe.json.gz")
    notes: list[str] = []
    assert len(read_history(str(tmp_path), notes)) == 1 and "not a regular file" in notes[0]


def test_a_baseline_of_another_shape_is_read_as_far_as_it_goes() -> None:
    for odd in (5, {"a": 1}, "x", [5]):
        host = {"host": "a", "services": odd}
        other = {"host": "b", "services": [{"name": "x", "checks": odd, "diagnoses": odd}]}
        before = snapshot_of_file({"hosts": [host, other], "summary": odd, "issues": odd})
        assert before["causes"] == {}
    assert snapshot_of_file({"hosts": 7})["wrong"] == []
