# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as playbooks use it: a real ansible-playbook, on this machine alone."""

from __future__ import annotations

import concurrent.futures
import copy
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml
from ansible_collections.websocket.health.plugins.action import report as action
from ansible_collections.websocket.health.plugins.action.report import ARGUMENT_SPEC
from ansible_collections.websocket.health.plugins.modules import report as module
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.assemble import assemble
from ansible_collections.websocket.health.plugins.plugin_utils._report.store import results

from . import sample

TREE = pathlib.Path(__file__).resolve().parents[3] / ".cache" / "tree"


def play(
    directory: pathlib.Path, tasks: list[dict[str, t.Any]], *arguments: str, **variables: str
) -> list[dict[str, t.Any]]:
    """Run tasks on localhost from a directory: the result of each."""
    numbered: list[dict[str, t.Any]] = []
    for number, task in enumerate(tasks):
        keep = {"content": "{{ got | to_json }}", "dest": str(directory / f"{number}.json")}
        numbered += [dict(task, register="got"), {"ansible.builtin.copy": keep, "check_mode": False}]
    book = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": numbered}]
    (directory / "play.yml").write_text(yaml.safe_dump(book))
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "ansible",
            "playbook",
            "-i",
            "localhost,",
            "play.yml",
            "-e",
            f"ansible_python_interpreter={sys.executable}",
            *arguments,
        ],
        cwd=directory,
        env=dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(TREE), PYTHONDONTWRITEBYTECODE="1", **variables),
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in ran.stdout + ran.stderr
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return [json.loads((directory / f"{number}.json").read_text()) for number in range(len(tasks))]


def report(**options: t.Any) -> dict[str, t.Any]:
    return {"websocket.health.report": options, "ignore_errors": True}


def as_spec(documented: dict[str, t.Any]) -> dict[str, t.Any]:
    """What an argument spec says, of what the documentation does."""
    keys = ("type", "elements", "choices", "default", "required")
    return {name: {key: option[key] for key in keys if key in option} for name, option in documented.items()}


def test_documentation_and_options_agree() -> None:
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    spec = copy.deepcopy(ARGUMENT_SPEC)
    assert spec["waivers"].pop("required_one_of") == [["check", "cause"]]
    assert spec["waivers"].pop("options") == as_spec(documented["waivers"].pop("suboptions"))
    assert as_spec(documented) == spec
    assert set(yaml.safe_load(module.RETURN)) == {
        "status", "summary", "issues", "gate", "reasons", "changes", "files", "run_id", "msg", "lines",
    }  # fmt: skip
    assert yaml.safe_load(module.EXAMPLES)


@pytest.mark.servers
def test_each_bad_option_fails_with_its_name(tmp_path: pathlib.Path) -> None:
    rows, names = sample.fleet()
    for row in rows:
        results.write_result(str(tmp_path / "websocket-health"), row)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "report.md.j2").write_text("{{ report.oops }}")
    by_run = {"run_id": sample.RUN, "hosts": names}
    normal, again, fresh, baseline, templates, nothing, blocked = play(
        tmp_path,
        [
            report(**by_run),
            report(formats=["json"]),
            report(report_dir="websocket-health", hosts=["web1"], formats=["html"]),
            report(baseline="play.yml", formats=["json"], **by_run),
            report(templates="own", formats=["markdown"], **by_run),
            report(report_dir="elsewhere"),
            report(report_dir="play.yml", hosts=["a"]),
        ],
        "--check",
    )
    assert not normal.get("failed") and normal["changed"] is False and normal["status"] == "fail"
    assert 20 <= len(normal["lines"]) <= 40 and normal["msg"] == "\n".join(normal["lines"])
    assert set(normal["files"]) == {"html", "markdown", "json"}
    assert normal["issues"][1] == {
        "id": "process-not-running",
        "title": "The back end's process is not running",
        "status": "fail",
        "hosts": ["web3", "web7"],
    }
    for path in normal["files"].values():
        assert os.path.getsize(path) > 1000
    # Built anew, the report still knows the host that left no result.
    assert again["summary"] == normal["summary"] and again["run_id"] == sample.RUN
    assert any("the newest in the directory" in line for line in again["lines"])
    # Asked now and no answer: what an earlier run found is not taken for it.
    assert fresh["summary"]["hosts"]["unreachable"] == 1 == fresh["summary"]["hosts"]["total"]
    assert baseline["failed"] and baseline["msg"].startswith("baseline: ") and list(baseline["files"]) == ["json"]
    assert templates["failed"] and "report.md.j2, line 1" in templates["msg"] and "markdown" in templates["files"]
    assert nothing["failed"] and nothing["msg"].startswith("report_dir: ") and not (tmp_path / "elsewhere").exists()
    assert blocked["failed"] and "report_dir" in blocked["msg"]


EVERYTHING = ["html", "markdown", "json", "junit", "prometheus", "sarif", "nagios"]


@pytest.mark.servers
def test_the_same_results_make_the_same_bytes(tmp_path: pathlib.Path) -> None:
    rows, names = sample.fleet(40)
    seen = []
    for order in (rows, rows[::-1]):
        directory = tmp_path / f"run{len(seen)}"
        (directory / "websocket-health").mkdir(parents=True)
        for row in order:
            results.write_result(str(directory / "websocket-health"), row)
        options = {"hosts": names, "run_id": sample.RUN, "formats": EVERYTHING}
        # The second time it finds what it left itself, and must not take that for an earlier run.
        for answer in play(directory, [report(**options), report(**options)], SOURCE_DATE_EPOCH="1795400000"):
            assert not answer.get("failed"), answer["msg"]
            assert set(answer["files"]) == set(EVERYTHING)
            files = sorted((directory / "websocket-health").rglob("*"))
            seen.append({path.name: path.read_bytes() for path in files if path.is_file()})
            assert {path.stat().st_mode & 0o777 for path in files if path.is_file()} == {0o640}
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert b'"generated": "2026-11-23T' in seen[0]["report.json"]


@pytest.mark.servers
def test_the_run_before_is_compared_with(tmp_path: pathlib.Path) -> None:
    directory = str(tmp_path / "websocket-health")
    results.write_result(directory, sample.result("web1", sample.healthy(1), run_id="1"))
    results.write_result(directory, sample.result("web2", sample.not_running(2), run_id="1"))
    (first,) = play(tmp_path, [report(hosts=["web1", "web2"], run_id="1")])
    assert first["changes"] == {} and first["gate"]["new"] == first["gate"]["fail"] == ["web2"]
    for number in (1, 2):
        row = sample.result(f"web{number}", sample.not_running(number), run_id="2", generated="2026-11-23T03:00:00Z")
        results.write_result(directory, row)
    options = {"hosts": ["web1", "web2"], "run_id": "2"}
    waiver = {"cause": "process-*", "host": "web1", "reason": "it is replaced", "until": "2099-12-31"}
    second, waived, alone, wrong = play(
        tmp_path,
        [
            report(**options),
            report(waivers=[waiver, dict(waiver, host="web9")], **options),
            report(history=0, **options),
            report(waivers=[dict(waiver, until="soon")], **options),
        ],
    )
    assert second["changes"] == {"new": 3, "fixed": 0, "still": 3, "unseen": 0, "gone": 0}
    assert second["gate"] == {"fail": ["web1", "web2"], "warn": ["web1", "web2"], "new": ["web1"]}
    assert any(line.startswith("Since the run of 2026-11-23T02:00:05Z: 3 new") for line in second["lines"])
    assert waived["gate"] == {"fail": ["web2"], "warn": ["web2"], "new": []}
    assert waived["summary"]["accepted"] == 3 and "matches nothing that is wrong" in " ".join(waived["lines"])
    assert alone["changes"] == {} and alone["gate"]["new"] == ["web1", "web2"]
    assert wrong["failed"] and wrong["msg"].startswith("waivers[0]: until is 'soon'") and "html" in wrong["files"]


@pytest.mark.servers
def test_results_that_come_as_data_are_merged(tmp_path: pathlib.Path) -> None:
    rows = [sample.result(f"web{number}", sample.healthy(number), run_id=f"slice {number}") for number in (1, 2)]
    good, bad = play(
        tmp_path,
        [
            report(results=rows, hosts=["web1", "web2", "web3"]),
            report(results=[{"host": "x"}, *rows], formats=["json"]),
        ],
    )
    assert good["summary"]["hosts"]["pass"] == 2 and good["summary"]["hosts"]["unreachable"] == 1
    assert bad["failed"] and "results[0]: it is not a result" in bad["msg"] and bad["summary"]["hosts"]["pass"] == 2


@pytest.mark.servers
def test_slices_that_write_at_once_lose_nothing(tmp_path: pathlib.Path) -> None:
    """Each slice knows its own hosts alone; one of each leaves no result."""
    names = [f"web{number}" for number in range(1, 25)]
    shared = str(tmp_path / "shared")
    for name in names:
        if name not in ("web7", "web8", "web9"):
            results.write_result(shared, sample.result(name, sample.healthy(1)))

    def slice_of(number: int) -> dict[str, t.Any]:
        directory = tmp_path / f"slice{number}"
        directory.mkdir()
        return play(
            directory, [report(report_dir=shared, hosts=names[number::3], run_id=sample.RUN, formats=EVERYTHING)]
        )[0]

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(slice_of, range(3)))
    assert not any(answer.get("failed") for answer in answers)
    last = json.loads((tmp_path / "shared" / "report.json").read_text())
    assert [host["host"] for host in last["hosts"]] == names
    assert last["summary"]["hosts"]["unreachable"] == 3
    assert not [path.name for path in (tmp_path / "shared").rglob("*.tmp")]


@pytest.mark.servers
def test_odd_settings_are_named_and_the_report_is_written(tmp_path: pathlib.Path) -> None:
    directory = str(tmp_path / "websocket-health")
    results.write_result(directory, sample.result("web1", sample.not_running(1)))
    old = sample.result("web2", sample.healthy(2), generated="2026-11-23T01:00:00Z")
    new = sample.result("web2", sample.not_running(2), generated="2026-11-23T02:00:00Z")
    options = {"hosts": ["web1"], "run_id": sample.RUN}
    fial, epoch, merged, hostile = play(
        tmp_path,
        [
            report(fail_on="fial", **options),
            report(formats=["json"], **options),
            report(results=[new, old], run_id=sample.RUN, formats=["html"]),
            report(results=[{"schema": "\x1b[31mEVIL\u202e\x07"}], run_id=sample.RUN, formats=["html"]),
        ],
        SOURCE_DATE_EPOCH="99999999999999999999",
    )
    assert (
        fial["failed"]
        and fial["msg"].startswith("fail_on: 'fial' is not one of fail, warn, new, never")
        and fial["files"]
    )
    assert fial["gate"]["fail"] == ["web1"] and fial["reasons"] == {
        "web1": "The back end's process is not running [process-not-running]"
    }
    assert not epoch.get("failed") and "SOURCE_DATE_EPOCH" in epoch["msg"]
    assert merged["gate"]["fail"] == ["web1", "web2"] and "several results" in merged["msg"]
    assert hostile["failed"] and "EVIL" in hostile["msg"] and not set(hostile["msg"]) & {"\x1b", "\u202e", "\x07"}


@pytest.mark.servers
def test_hosts_of_other_slices_are_expected_whatever_is_written(tmp_path: pathlib.Path) -> None:
    directory = str(tmp_path / "websocket-health")
    results.write_result(directory, sample.result("c", sample.healthy(1)))
    first, second, other = play(
        tmp_path,
        [
            report(hosts=["a", "b"], run_id=sample.RUN, formats=["html"]),
            report(hosts=["c"], run_id=sample.RUN, formats=["html"]),
            report(hosts=["c"], run_id="another", formats=["html"]),
        ],
    )
    assert first["summary"]["hosts"]["unreachable"] == 2
    assert second["summary"]["hosts"] == dict(first["summary"]["hosts"], total=3)
    assert other["summary"]["hosts"]["total"] == 1


@pytest.mark.servers
def test_numbers_out_of_all_bounds_cost_no_report(tmp_path: pathlib.Path) -> None:
    """Whoever owns a file on a host chooses its time."""
    directory = str(tmp_path / "websocket-health")
    for number in range(1, 5):
        huge = 10**400 if number == 1 else 7e16 if number == 2 else 1.0
        traits = {"code": huge, "started": 9e14 if number == 3 else 1.0, "latency_ms": huge, "certificate_days": huge}
        row = sample.result(
            f"web{number}", sample.healthy(number), facts={"services": {"chat": traits}}, duration_s=huge
        )
        results.write_result(directory, row)
    (answer,) = play(tmp_path, [report(run_id=sample.RUN, formats=EVERYTHING)])
    assert not answer.get("failed"), answer["msg"]
    assert set(answer["files"]) == set(EVERYTHING)


def test_a_format_that_breaks_costs_the_others_nothing(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: t.Any) -> str:
        raise ZeroDivisionError("division by zero")

    for name in ("html", "junit"):
        monkeypatch.setitem(action.FORMATS, name, (action.FORMATS[name][0], broken))
    made = assemble(*sample.fleet(3), sample.GENERATED, sample.RUN)
    problems: list[str] = []
    files = action._write(made, str(tmp_path), {"formats": EVERYTHING, "templates": None}, problems)
    assert set(EVERYTHING) - set(files) == {"html", "junit"}
    assert [problem.split(":")[0] for problem in problems] == ["formats", "formats"] and "junit.xml" in problems[1]
