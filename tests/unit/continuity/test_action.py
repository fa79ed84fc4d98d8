# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module continuity as playbooks use it, and its words from a table."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.websocket.health.plugins.module_utils._run.service_spec import continuity_spec
from ansible_collections.websocket.health.plugins.modules import continuity as module
from ansible_collections.websocket.health.plugins.plugin_utils._continuity_verdict import complain, finished

from tests.unit.continuity.test_holder_process import SECRET, _free_port, alive, deploying
from tests.unit.report.test_action import play

NAME = "websocket.health.continuity"


def _described(options: dict[str, t.Any], spec: dict[str, t.Any]) -> None:
    assert options.keys() == spec.keys()
    for name, entry in spec.items():
        for key in ("type", "default", "choices", "elements", "required"):
            assert options[name].get(key) == entry.get(key), (name, key)
        if "options" in entry:
            _described(options[name]["suboptions"], entry["options"])


def test_documentation_and_options_agree() -> None:
    _described(yaml.safe_load(module.DOCUMENTATION)["options"], continuity_spec())


def test_examples_name_options_that_exist() -> None:
    for task in yaml.safe_load(module.EXAMPLES):
        assert set(task.get(NAME, {})) <= continuity_spec().keys()


def test_every_key_of_a_result_is_documented() -> None:
    documented = yaml.safe_load(module.RETURN)
    result = finished({"max_gap": None}, {"held": 1, "drops": [_drop(how="eof")], "ended": "asked"})
    assert result.keys() - {"changed"} <= documented.keys()
    assert result["drops"][0].keys() == documented["drops"]["contains"].keys()


@pytest.mark.servers
@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=["run", "check"])
def test_a_play_starts_and_finishes_once_without_showing_secrets(
    tmp_path: pathlib.Path, arguments: tuple[str, ...]
) -> None:
    port = _free_port()
    options = {
        "url": f"ws://127.0.0.1:{port}/ws?ticket={SECRET}",
        "connections": 2,
        "lasts": 60,
        "websocket": {"headers": {"Authorization": f"Bearer {SECRET}"}},
    }
    found = "{{ found.id }}"
    tasks = [
        {NAME: {"state": "started", **options}},
        {"ansible.builtin.set_fact": {"found": "{{ got }}"}},
        {NAME: {"state": "finished", "id": found}},
        {NAME: {"state": "finished", "id": found}, "ignore_errors": True},
    ]
    with deploying(port):
        started, _fact, done, again = play(tmp_path, tasks, *arguments)
    assert started["msg"].startswith(f"2 connections open to ws://127.0.0.1:{port}/ws?…; process ")
    assert (started["changed"], done["changed"], done["dropped"], done["failed"]) == (False, False, 0, False)
    assert done["ended"] == "asked", "no task waits for the process it leaves"
    assert again["failed"] is True and "finished already" in again["msg"]
    assert not alive(started["pid"])
    assert SECRET not in json.dumps([started, done, again])


#: Options, and a word of what is said of them.
MISTAKES: list[tuple[dict[str, t.Any], str]] = [
    ({"state": "started"}, "url"),
    ({"state": "finished"}, "id"),
    ({"state": "started", "url": f"https:/chat?t={SECRET}"}, "option 'url' is not a WebSocket URL"),
    ({"state": "started", "url": "ws://chat/", "connections": 0}, "'connections' is 0; it must be from 1 to 1000"),
    ({"state": "started", "url": "ws://chat/", "lasts": 100000}, "'lasts' is 100000"),
    ({"state": "started", "url": "ws://chat/", "ping": 0.1}, "'ping' is 0.1"),
    ({"state": "started", "url": "ws://chat/", "websocket": {"path": "ws"}}, "'websocket.path' must start with '/'"),
    ({"state": "started", "url": "ws://chat/", "websocket": {"hold": 3}}, "hold"),
    ({"state": "finished", "id": "0" * 32, "max_gap": -1}, "'max_gap' is -1; it must be 0 or more"),
    ({"state": "started", "url": "ws://chat/", "lasts": "inf"}, "option 'lasts' is inf; it must be a finite number"),
    ({"state": "started", "url": "ws://chat/", "lasts": float("nan")}, "option 'lasts' is nan"),
    ({"state": "started", "url": "ws://chat/", "ping": "nan"}, "option 'ping' is nan"),
    ({"state": "started", "url": "ws://chat/", "connections": float("inf")}, "connections"),
    ({"state": "finished", "id": "0" * 32, "deadline": "nan"}, "option 'deadline' is nan"),
    ({"state": "finished", "id": "0" * 32, "max_gap": "nan"}, "option 'max_gap' is nan"),
    ({"state": "finished", "id": "0" * 32, "max_dropped": "nan"}, "max_dropped"),
    ({"state": "finished", "id": "0" * 32}, "no connections are held under id"),
    ({"state": "finished", "id": "../x"}, "is not an id that state=started has returned"),
]


@pytest.fixture(scope="module")
def mistakes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, t.Any]]:
    """The answer to each of MISTAKES, of one play."""
    tasks = [{NAME: options, "ignore_errors": True} for options, _words in MISTAKES]
    return play(tmp_path_factory.mktemp("mistakes"), tasks)


@pytest.mark.servers
@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=[words for _options, words in MISTAKES])
def test_wrong_options_are_named(mistakes: list[dict[str, t.Any]], number: int) -> None:
    result, words = mistakes[number], MISTAKES[number][1]
    assert result["failed"] is True
    assert words in result["msg"] and SECRET not in result["msg"]


def _drop(**changes: t.Any) -> dict[str, t.Any]:
    entry = {"connection": 1, "after_s": 1.5, "at": 1795402310.1234, "how": "close", "code": 1001, "reason": ""}
    return {**entry, "back_after_s": None, "attempts": 2, **changes}


@pytest.mark.parametrize(
    "drop, reason, code",
    [
        ({"code": 1001}, "close code 1001 (going away)", 1001),
        ({"code": 1005}, "close code 1005 (no status received)", 1005),
        ({"code": 1013, "reason": "full"}, "close code 1013 (try again later): full", 1013),
        ({"code": 3000}, "close code 3000 (registered, or library-specific)", 3000),
        ({"code": 4100, "reason": "a\x1b[31mb"}, "close code 4100 (application-specific): ab", 4100),
        ({"how": "eof", "code": None}, "end of stream without a close frame (1006)", 1006),
        ({"how": "reset", "code": None}, "TCP reset (1006)", 1006),
        ({"how": "ping", "code": None}, "ping unanswered (1006)", 1006),
        ({"how": "garbage", "code": None, "reason": "rsv"}, "broken frame (1006): rsv", 1006),
    ],
)
def test_why_a_connection_ended(drop: dict[str, t.Any], reason: str, code: int) -> None:
    result = finished({}, {"held": 2, "held_s": 9.0, "dropped": 1, "drops": [_drop(**drop)], "ended": "asked"})
    assert result["reasons"] == [{"reason": reason, "count": 1}]
    assert (result["drops"][0]["reason"], result["drops"][0]["code"]) == (reason, code)
    assert result["drops"][0]["at"] == "2026-11-23T02:51:50.123Z"


@pytest.mark.parametrize(
    "seen, said",
    [
        ({"outcome": "http", "status": 502, "reason": "Bad Gateway"}, "HTTP 502 Bad Gateway"),
        ({"outcome": "http", "status": 503, "reason": ""}, "HTTP 503"),
        ({"outcome": "connect-refused", "errno": "ECONNREFUSED"}, "ECONNREFUSED (connection refused)"),
        (
            {"outcome": "connect-error", "errno": "EHOSTUNREACH", "error": "No route to host"},
            "EHOSTUNREACH (No route to host)",
        ),
        ({"outcome": "timeout"}, "no answer to the handshake"),
        ({"outcome": "upgraded", "accept": "wrong"}, "101, but not a valid handshake, Sec-WebSocket-Accept wrong"),
        ({"outcome": "tls-error", "error": "expired"}, "TLS failed: expired"),
    ],
)
def test_what_an_attempt_was_answered(seen: dict[str, t.Any], said: str) -> None:
    facts = {"held": 1, "held_s": 9.0, "dropped": 1, "drops": [_drop()], "refused": [{**seen, "count": 3}]}
    assert finished({}, {**facts, "ended": "asked"})["refused"] == [{"said": said, "count": 3}]


def test_the_message_sums_up_drops_gap_and_refusals() -> None:
    drops = [_drop(back_after_s=2.4), _drop(connection=2, how="reset", code=None, back_after_s=1.0)]
    refused = [{"outcome": "http", "status": code, "reason": "x", "count": code} for code in (500, 501, 502, 503, 504)]
    facts = {"held": 10, "held_s": 94.11, "dropped": 2, "drops": drops, "longest_gap_s": 2.417, "refused": refused}
    assert finished({"max_dropped": 2, "max_gap": 2.417}, {**facts, "ended": "asked"})["msg"] == (
        "2 of 10 connections dropped in 94.1 s: close code 1001 (going away) (1 time), TCP reset (1006) (1 time); "
        "all reconnected; longest gap 2.42 s; "
        "meanwhile HTTP 504 x (504 times), HTTP 503 x (503 times), HTTP 502 x (502 times), 2 others"
    )


def test_a_process_that_left_nothing() -> None:
    result = finished({"max_dropped": 0}, {"ended": "died"})
    assert result["failed"] is True
    assert result["msg"].startswith(
        "nothing is known about the connections; the process that held the connections is gone"
    )


@pytest.mark.parametrize(
    "ended, limits, words",
    [
        (
            "lasts",
            {"max_gap": 0.0},
            "the process ended then; the connections were not watched after that, so max_gap is unverified",
        ),
        ("signal", {"max_dropped": 3, "max_gap": 9.0}, "so max_dropped and max_gap are unverified"),
        ("stuck", {}, "did not respond and was killed: what happened after that is not known"),
    ],
)
def test_an_end_before_the_end_is_named(ended: str, limits: dict[str, t.Any], words: str) -> None:
    result = finished(limits, {"held": 2, "held_s": 9.0, "dropped": 0, "ended": ended})
    assert result["failed"] is True and result["msg"].endswith(words)


def test_correct_options_are_accepted() -> None:
    assert complain({"state": "started", "url": "wss://chat/ws", "connections": 1, "lasts": 1.0, "ping": 0.0}) is None
    assert complain({"state": "finished", "id": "x", "max_dropped": 0, "max_gap": 0.0}) is None
