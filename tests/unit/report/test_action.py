# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as playbooks use it: a real ansible-playbook, on this machine alone."""

from __future__ import annotations

import copy
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import yaml
from ansible_collections.websocket.health.plugins.action.report import ARGUMENT_SPEC
from ansible_collections.websocket.health.plugins.modules import report as module
from ansible_collections.websocket.health.plugins.plugin_utils.report import results

from . import sample

TREE = pathlib.Path(__file__).resolve().parents[3] / ".cache" / "tree"


def play(directory: pathlib.Path, tasks: list[dict[str, t.Any]], *arguments: str) -> list[dict[str, t.Any]]:
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
        env=dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(TREE), PYTHONDONTWRITEBYTECODE="1"),
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
        "status", "summary", "issues", "gate", "changes", "files", "run_id", "msg", "lines",
    }  # fmt: skip
    assert yaml.safe_load(module.EXAMPLES)


def test_good_and_bad_options(tmp_path: pathlib.Path) -> None:
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
        "id": "proc-not-running",
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
