# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a host answers in the module's place: a result file, a status, a reason, and no exception."""

from __future__ import annotations

import copy
import itertools
import json
import pathlib
import typing as t
from collections.abc import Iterator
from unittest import mock

import pytest
from ansible_collections.websocket.health.plugins.action import checklist, process_probe
from ansible_collections.websocket.health.plugins.plugin_utils._controller.host_answer import (
    OddAnswer,
    evidence_of,
    facts_of,
)
from ansible_collections.websocket.health.plugins.plugin_utils._controller.route import Route

from tests.unit.recorded.load import load

SERVICE = {"name": "chat", "port": 8080}
ODD: tuple[t.Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    10**400,
    "",
    "²",
    "\ud800",
    [],
    [[]],
    [None],
    {},
    {"": {}},
    "x" * 70000,
)
Answer = dict[str, t.Any]


def good() -> Answer:
    """What a healthy host answers."""
    evidence = load("service-healthy")[1]
    return {"changed": False, "evidence": {"host": {"now": 1.0}, "services": [{"name": "chat", "evidence": evidence}]}}


def places(value: t.Any, depth: int) -> Iterator[list[t.Any]]:
    """The way to every value of a tree, down to a depth."""
    yield []
    if depth and isinstance(value, (dict, list)):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield from ([key, *rest] for rest in places(value[key], depth - 1))


def with_odd(way: list[t.Any], odd: t.Any) -> t.Any:
    """The good answer with one value replaced."""
    answer = good()
    if not way:
        return odd
    inner = answer
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = odd
    return answer


def deep() -> t.Any:
    """Deeper than any walk may go by calling itself."""
    value: t.Any = "x"
    for _level in range(5000):
        value = [value]
    return value


class Stub:
    """The parts of an action that Ansible gives it."""

    def __init__(self, kind: type, arguments: Answer, answer: t.Any) -> None:
        task = mock.MagicMock(args=arguments, async_val=0, check_mode=False, diff=False, environment=[])
        task.action = "websocket.health.port_probe"
        self.action = kind(
            task, mock.MagicMock(transport="ssh"), mock.MagicMock(), mock.MagicMock(), mock.MagicMock(), None
        )
        self.action.route = lambda _variables: Route("", "", "no route in this test")  # type: ignore[method-assign]
        self.action._execute_module = lambda **_options: copy.copy(answer)  # type: ignore[method-assign]

    def run(self) -> Answer:
        """The action's result."""
        result = self.action.run(None, {"inventory_hostname": "web1"})
        json.dumps(result)
        return t.cast(Answer, result)


def ask(answer: t.Any, directory: pathlib.Path) -> tuple[Answer, Answer]:
    """The result of the checklist's action over an answer, and the file that it wrote."""
    arguments = {"services": [SERVICE], "report_dir": str(directory), "run_id": "r"}
    result = Stub(checklist.ActionModule, arguments, answer).run()
    return result, json.loads((directory / "results" / "web1.json").read_text())


def test_a_good_answer_is_judged(tmp_path: pathlib.Path) -> None:
    result, row = ask(good(), tmp_path)
    assert row["status"] == result["status"] != "unreachable"
    assert [service["name"] for service in row["services"]] == ["chat"]
    assert row["facts"]["now"] == 1.0


WAYS = [way for way in places(good(), 6) if len(way) != 1 or way == ["evidence"]]


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(4))
def test_an_odd_answer_is_a_row_of_the_report(part: int, tmp_path: pathlib.Path) -> None:
    """Each value of a good answer, down to the fields of each subject, is replaced by odd ones in turn."""
    tried = 0
    odd = itertools.cycle(ODD)
    for way in WAYS[part::4]:
        for value in itertools.islice(odd, 5):
            result, row = ask(with_odd(way, value), tmp_path) if way else ask({"evidence": value}, tmp_path)
            assert row["status"] in ("pass", "warn", "fail", "unknown"), (way, value)
            assert not result.get("unreachable"), (way, value)
            assert "broke on the machine" not in row["reason"], (way, value, row["reason"])
            tried += 1
    assert tried > 60


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ("yes", "evidence is a text, not an object"),
        ({"services": {}}, "evidence.services is an object, not a list"),
        ({"services": []}, "evidence.services has 0 entries for 1 services"),
        ({"services": [1]}, "evidence.services[0] is a number, not an object"),
        (
            {"services": [{"evidence": {"port": True}}]},
            "evidence.services[0].evidence.port is true or false, not an object",
        ),
        ({"services": [{"evidence": {"port": {"x": deep()}}}]}, "evidence is nested too deep"),
    ],
)
def test_the_reason_names_the_place(found: t.Any, words: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(OddAnswer) as caught:
        evidence_of({"evidence": found}, 1)
    assert str(caught.value) == words
    if "deep" not in words:
        _result, row = ask({"evidence": found}, tmp_path)
        assert row["reason"] == "the host's answer does not have the expected form: " + words
        assert row["status"] == "unknown" and row["remedy"]


def test_a_probe_s_module_fails_with_the_place_of_an_odd_answer() -> None:
    result = Stub(process_probe.ActionModule, {"port": 8080}, {"evidence": {"services": 3}}).run()
    assert result["failed"] and result["status"] == "unknown"
    assert result["msg"].startswith("the host's answer does not have the expected form: evidence.services is a number")


def test_a_failed_module_has_no_evidence() -> None:
    assert evidence_of({"failed": True, "msg": "no", "evidence": 3}, 1) == []
    assert facts_of({"evidence": []}) == {}


def test_no_thread_left_is_no_host_s_fault(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub(checklist.ActionModule, {"services": [SERVICE], "report_dir": str(tmp_path), "run_id": "r"}, good())
    monkeypatch.setattr(stub.action, "ask", mock.Mock(side_effect=RuntimeError("can't start new thread")))
    result = stub.run()
    row = json.loads((tmp_path / "results" / "web1.json").read_text())
    assert row["status"] == "unknown" and not result.get("unreachable")
    assert row["reason"].startswith("the machine that runs Ansible has no memory or threads left")


def test_a_hold_longer_than_the_deadline_is_refused_by_name(tmp_path: pathlib.Path) -> None:
    arguments = {
        "services": [dict(SERVICE, websocket={"hold": 30})],
        "report_dir": str(tmp_path),
        "run_id": "r",
        "deadline": 20,
    }
    result = Stub(checklist.ActionModule, arguments, good()).run()
    row = json.loads((tmp_path / "results" / "web1.json").read_text())
    assert result["failed"]
    assert row["reason"] == (
        "services[0] (chat): option 'websocket.hold' is 30, and the deadline is 20 s: hold for less, or raise 'deadline'"
    )


def test_a_message_that_the_dialect_cannot_send_is_refused_by_name(tmp_path: pathlib.Path) -> None:
    arguments = {
        "services": [dict(SERVICE, websocket={"dialect": "mqtt", "send": "hello"})],
        "report_dir": str(tmp_path),
        "run_id": "r",
        "deadline": 20,
    }
    result = Stub(checklist.ActionModule, arguments, good()).run()
    row = json.loads((tmp_path / "results" / "web1.json").read_text())
    assert result["failed"]
    assert row["reason"] == (
        "services[0] (chat): option 'websocket.send' cannot be used with websocket.dialect 'mqtt', whose messages are binary: leave it out"
    )
