# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Result files: names, runs, and files that are none."""

from __future__ import annotations

import json
import os
import pathlib

import jsonschema
import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._report.store import results

from . import sample

DOCS = pathlib.Path(__file__).resolve().parents[3] / "docs"
NASTY = ["../../etc/passwd", "a/b", "a_b", "a:b", ".hidden", "..", "", "WEB1", "web1", "x" * 300, "ü", "a~b", "a\nb"]


def write(directory: pathlib.Path, name: str, content: str) -> None:
    (directory / "results").mkdir(exist_ok=True)
    (directory / "results" / name).write_text(content)


@pytest.mark.parametrize("host", NASTY)
def test_a_name_stays_in_the_directory(tmp_path: pathlib.Path, host: str) -> None:
    path = results.result_path(str(tmp_path), host)
    assert os.path.dirname(path) == str(tmp_path / "results")
    name = os.path.basename(path)
    assert name.endswith(".json") and not name.startswith(".") and len(name.encode()) < 200
    assert name.isascii() and "/" not in name and "\n" not in name


def test_names_do_not_collide_even_without_case() -> None:
    assert len({results.file_name(host).lower() for host in NASTY}) == len(NASTY)
    assert results.file_name("web1.example.com") == "web1.example.com.json"


@pytest.mark.parametrize("host", [name for name in NASTY if name])
def test_a_written_result_is_read_back_equal(tmp_path: pathlib.Path, host: str) -> None:
    row = sample.result(host, sample.healthy(1))
    path = results.write_result(str(tmp_path), row)
    assert os.stat(path).st_mode & 0o777 == 0o640
    assert list(results.read_results(str(tmp_path), sample.RUN)) == [row]


def test_results_fit_their_schema() -> None:
    schema = json.loads((DOCS / "result.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for row in sample.fleet()[0]:
        jsonschema.validate(row, schema, cls=jsonschema.Draft202012Validator)


def test_only_the_run_asked_for(tmp_path: pathlib.Path) -> None:
    old = "20261122T020000Z-aaaaaaaaaaaa"
    results.write_result(str(tmp_path), sample.result("web1", run_id=old, generated="2026-11-22T02:00:00Z"))
    results.write_result(str(tmp_path), sample.result("web2"))
    read = results.read_results
    assert [row["host"] for row in read(str(tmp_path), sample.RUN)] == ["web2"]
    assert [row["host"] for row in read(str(tmp_path), old)] == ["web1"]
    assert list(read(str(tmp_path), "20270101T000000Z-bbbbbbbbbbbb")) == []


def test_the_newest_run_is_the_one_that_wrote_last(tmp_path: pathlib.Path) -> None:
    """Ids that users choose need not sort by time."""
    results.write_result(str(tmp_path), sample.result("a", run_id="zz", generated="2026-11-22T02:00:00Z"))
    results.write_result(str(tmp_path), sample.result("b", run_id="aa", generated="2026-11-23T02:00:00Z"))
    assert [row["host"] for row in results.read_results(str(tmp_path), None)] == ["b"]
    assert list(results.read_results(str(tmp_path / "nothing"), None)) == []


GOOD = sample.result("other")
BROKEN = {
    "empty": "",
    "cut": json.dumps(GOOD)[:200],
    "deep": "[" * 100000,
    "list": "[]",
    "null": "null",
    "foreign": '{"name": "package", "version": "1.0"}',
    "newer": json.dumps(dict(GOOD, schema="websocket.health/result/2")),
    "nohost": json.dumps({**GOOD, "host": None}),
    "services": json.dumps(dict(GOOD, services={"a": 1})),
    "checks": json.dumps(dict(GOOD, services=[{"name": "x", "checks": ["a"]}])),
    "copy": json.dumps(GOOD),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_a_row_of_its_own(tmp_path: pathlib.Path, name: str) -> None:
    write(tmp_path, name + ".json", BROKEN[name])
    results.write_result(str(tmp_path), sample.result("web1"))
    rows = {row["host"]: row for row in results.read_results(str(tmp_path), sample.RUN)}
    assert set(rows) == {name, "web1"}
    assert rows[name]["status"] == "unknown"
    assert name + ".json" in rows[name]["reason"]
    assert rows[name]["remedy"]


def test_what_is_no_file_does_not_hang(tmp_path: pathlib.Path) -> None:
    (tmp_path / "results" / "dir.json").mkdir(parents=True)
    os.mkfifo(tmp_path / "results" / "pipe.json")
    (tmp_path / "results" / "binary.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "results" / "link.json").symlink_to("nowhere")
    write(tmp_path, ".hidden.json", "x")
    write(tmp_path, "notes.txt", "x")
    rows = list(results.read_results(str(tmp_path), sample.RUN))
    assert [row["host"] for row in rows] == ["binary", "dir", "link", "pipe"]
    assert {row["status"] for row in rows} == {"unknown"}


def test_results_that_link_elsewhere_are_refused(tmp_path: pathlib.Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    report_dir = tmp_path / "report"
    report_dir.mkdir()
    (report_dir / "results").symlink_to(outside)
    with pytest.raises(OSError, match="symbolic link"):
        results.write_result(str(report_dir), sample.result("web1"))
    assert not list(outside.iterdir())


def test_nan_is_written_as_null(tmp_path: pathlib.Path) -> None:
    path = results.write_result(str(tmp_path), sample.result("web1", duration_s=float("nan")))
    assert json.loads(pathlib.Path(path).read_text())["duration_s"] is None


def test_a_result_that_another_run_overwrote_is_an_unknown_row(tmp_path: pathlib.Path) -> None:
    """Two runs in one report_dir at once: the host answered, and its answer is gone."""
    for host, run, at in (
        ("web1", sample.RUN, "2026-11-23T02:00:05Z"),
        ("web2", "other", "2026-11-23T02:00:09Z"),
        ("web3", "earlier", "2026-11-22T02:00:00Z"),
    ):
        results.write_result(str(tmp_path), {**sample.result(host), "run_id": run, "generated": at})
    missing = ["web2", "web3", "web4"]
    (row,) = results.overwritten(str(tmp_path), sample.RUN, missing, "2026-11-23T02:00:00Z")
    assert (row["host"], row["status"], row["run_id"]) == ("web2", "unknown", sample.RUN)
    assert row["reason"] == (
        "another run (other) wrote its result of this host to the same report_dir at 2026-11-23T02:00:09Z and replaced this run's"
    )
    assert row["remedy"] == "give runs that may overlap different report_dirs"
