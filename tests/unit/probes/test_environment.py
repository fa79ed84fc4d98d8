# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment probe against real processes: the process's own environment, and no secret of it."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t
import uuid

import pytest
from ansible_collections.websocket.health.plugins.module_utils._system.base import Gone, NoAccess

from tests.unit.probed_host import listening, new_context, probe, probe_with, python_child

CANARY = "cAnArY7x"


def _clean(**variables: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **variables}


def _service(mark: str, **environment: t.Any) -> dict[str, t.Any]:
    return {"port": 1, "process": {"command": mark}, "environment": environment}


def test_the_variables_of_the_process_and_not_of_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_ENV", "of the tester")
    monkeypatch.setenv("FLASK_ENV", "of the tester")
    mark = uuid.uuid4().hex
    with python_child("# " + mark, env=_clean(NODE_ENV="production", PORT="8080", UNKNOWN="x")) as it:
        evidence = probe("environment", _service(mark))
    assert evidence["variables"] == {
        "NODE_ENV": {"set": True, "value": "production"},
        "PORT": {"set": True, "value": "8080"},
    }
    assert (evidence["pid"], evidence["gaps"]) == (it.pid, [])
    assert "as of its start" in evidence["source"]


def test_what_the_inventory_names() -> None:
    mark = uuid.uuid4().hex
    env = _clean(NODE_ENV="dev", REDIS_URL=f"redis://:{CANARY}@r", API_TOKEN=CANARY, MODE="blue", LEFT=CANARY)
    service = _service(
        mark,
        expect={"NODE_ENV": "production", "MODE": "blue", "API_TOKEN": "something else", "WORKERS": 4},
        require=["REDIS_URL", "MISSING"],
        forbid=["NODE_TLS_REJECT_UNAUTHORIZED", "LEFT"],
    )
    with python_child("# " + mark, env=env):
        evidence = probe("environment", service)
    assert CANARY not in json.dumps(evidence)
    assert evidence["variables"] == {
        "NODE_ENV": {"set": True, "value": "dev", "matches": False},
        "MODE": {"set": True, "value": "blue", "matches": True},
        "API_TOKEN": {"set": True, "value": None, "matches": False, "withheld": True},
        "WORKERS": {"set": False, "value": None},
        "REDIS_URL": {"set": True, "value": None, "withheld": True},
        "MISSING": {"set": False, "value": None},
        "NODE_TLS_REJECT_UNAUTHORIZED": {"set": False, "value": None},
        "LEFT": {"set": True, "value": None, "withheld": True},
    }


def test_a_value_with_a_password_in_it_is_shown_without() -> None:
    mark = uuid.uuid4().hex
    with python_child("# " + mark, env=_clean(http_proxy=f"http://user:{CANARY}@proxy:3128")):
        evidence = probe("environment", _service(mark))
    assert evidence["variables"]["http_proxy"]["value"] == "http://[redacted]@proxy:3128"


def test_what_a_file_declares(tmp_path: pathlib.Path) -> None:
    (tmp_path / ".env").write_text(f"NODE_ENV=production\nPORT=8080\nAPI_TOKEN={CANARY}\nOTHER=1\nDEBUG=1\n")
    mark = uuid.uuid4().hex
    env = _clean(NODE_ENV="development", PORT="8080", API_TOKEN=CANARY)
    with python_child("# " + mark, env=env, cwd=tmp_path):
        evidence = probe("environment", _service(mark, expect={"API_TOKEN": "x"}))
        named = tmp_path / "other.env"
        named.write_text("NODE_ENV=test\n")
        other = probe("environment", _service(mark, file=str(named)))
    where = str(tmp_path / ".env")
    assert evidence["declared"] == {
        "NODE_ENV": {"value": "production", "where": f"{where}:1", "set": True, "same": False},
        "PORT": {"value": "8080", "where": f"{where}:2", "set": True, "same": True},
        "API_TOKEN": {"value": None, "where": f"{where}:3", "set": True, "same": True},
        "DEBUG": {"value": "1", "where": f"{where}:5", "set": False, "same": False},
    }
    assert CANARY not in json.dumps(evidence)
    assert other["declared"]["NODE_ENV"]["where"] == f"{named}:1"


def test_workers_in_another_mode() -> None:
    mark = uuid.uuid4().hex
    with (
        python_child("# " + mark, env=_clean(NODE_ENV="production", PORT="1")),
        python_child("# " + mark, env=_clean(NODE_ENV="development", PORT="2")) as other,
        python_child("# " + mark, env=_clean(NODE_ENV="production", PORT="3")),
    ):
        evidence = probe("environment", _service(mark))
    assert evidence["differing"] == {str(other.pid): ["NODE_ENV"]}, "each worker may have a port of its own"


def test_no_process() -> None:
    with listening() as sock:
        port = sock.getsockname()[1]
    evidence = probe("environment", {"port": port})
    assert [gap["what"] for gap in evidence["gaps"]] == ["environ"]
    assert evidence["variables"] == {}


@pytest.mark.parametrize(
    ("error", "remedy"),
    [(NoAccess("EACCES (Permission denied)"), "become"), (Gone("process 1 no longer exists"), "re-run")],
)
def test_an_environment_that_may_not_be_read(error: Exception, remedy: str) -> None:
    mark = uuid.uuid4().hex
    with python_child("# " + mark):
        service = _service(mark)
        context = new_context(service)

        def refuse(_pid: int) -> t.Any:
            raise error

        context.system.table.environ = refuse
        evidence = probe_with("environment", service, context)
    (gap,) = evidence["gaps"]
    assert gap["reason"] == str(error)
    assert remedy in gap["remedy"]


def test_an_environment_that_was_overwritten_is_a_gap() -> None:
    mark = uuid.uuid4().hex
    with python_child("# " + mark, env={}):
        evidence = probe("environment", _service(mark))
    assert "overwritten" in evidence["gaps"][0]["reason"]
