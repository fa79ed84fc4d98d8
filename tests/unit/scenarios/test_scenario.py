# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of scenarios as they are read, and the verdicts on what a report said of them."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.scenarios.rounds import BROWSER_HOSTS, EACH, EACH_BROWSER, HOSTS, Outcome, deal
from tests.scenarios.scenario import (
    END_OF_PORTS,
    FIRST_PORT,
    PORTS_EACH,
    Scenario,
    ScenarioError,
    load,
    load_all,
    render,
)
from tests.scenarios.verdict import judge, table
from tests.servers.catalogue import SERVERS

FAULT = "title: x\nfault: process-stopped\nservers: {back: {run: ws_standalone}}\nservice: {port: <<back>>}\n"
HEALTHY = FAULT.replace("fault: process-stopped\n", "")
SCENARIOS = load_all()


def _load(folder: pathlib.Path, text: str, number: int = 0) -> Scenario:
    path = folder / "case.yml"
    path.write_text(text, encoding="utf-8")
    return load(path, number, "process/case")


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_read(tmp_path: pathlib.Path) -> None:
    found = _load(tmp_path, FAULT + "ports: [more]\nexpect: {with: [a], confidence: likely, hidden: [secret]}\n", 3)
    assert found.ports == {"back": FIRST_PORT + 3 * PORTS_EACH, "more": FIRST_PORT + 3 * PORTS_EACH + 1}
    assert (found.expect.first, found.expect.companions) == ("process-stopped", ("a",))
    assert (found.expect.confidence, found.expect.hidden) == ("likely", ("secret",))
    assert (found.group, found.directory, found.deadline) == ("process", "/srv/scenarios/process-case", 25)


@pytest.mark.parametrize(
    "text, words",
    [
        ("title: [", "no YAML"),
        ("- title", "the file must be a mapping"),
        (FAULT + "expect: {}\nserver: {}\n", "server is no known key"),
        (FAULT + "expect: {firts: x}\n", "expect.firts is no known key"),
        (FAULT, "expect is missing"),
        ("expect: {}\nservice: {}\n", "title is missing"),
        (FAULT + "expect: []\n", "expect must be a dict"),
        (FAULT + "expect: {with: process-stopped}\n", "expect.with must be a list"),
        (FAULT + "expect: {hidden: secret}\n", "expect.hidden must be a list"),
        (FAULT + "expect: {confidence: sure}\n", "expect.confidence: 'sure' is none of certain, likely, possible"),
        (FAULT + "expect: {}\ndeadline: soon\n", "deadline must be a int"),
        (FAULT + "expect: {}\nneeds: [root]\n", "needs: 'root' is none of"),
        (FAULT + "expect: {}\ninventory: {ansible_port: 22}\n", "needs must have own host"),
        (FAULT.replace("run: ws_standalone", "at: peer") + "expect: {}\n", "servers.back must be a mapping"),
        (FAULT + "expect: {}\nports: [back]\n", "each once"),
        (FAULT + f"expect: {{}}\nports: {[f'p{n}' for n in range(PORTS_EACH)]}\n", f"{PORTS_EACH} names at most"),
        (HEALTHY + "expect: {first: process-stopped}\n", "a healthy stack none"),
        (FAULT + "expect: {first: null}\n", "a fault has an expect.first"),
        (HEALTHY + "expect: {because: [x]}\n", "expect.because is about a cause"),
        (HEALTHY + "expect: {confidence: likely}\n", "expect.confidence is about a cause"),
    ],
)
def test_a_wrong_scenario_is_named_with_file_and_key(tmp_path: pathlib.Path, text: str, words: str) -> None:
    with pytest.raises(ScenarioError) as error:
        _load(tmp_path, text)
    assert "case.yml: " in str(error.value) and words in str(error.value)


def test_ports_end_below_those_of_clients(tmp_path: pathlib.Path) -> None:
    last = (END_OF_PORTS - FIRST_PORT) // PORTS_EACH - 1
    assert max(_load(tmp_path, FAULT + "expect: {}\n", last).ports.values()) < END_OF_PORTS
    with pytest.raises(ScenarioError, match=r"case\.yml: ports: there are none left"):
        _load(tmp_path, FAULT + "expect: {}\n", last + 1)


def test_words_are_filled_in() -> None:
    words = {"back": 11000, "dir": "/srv/x"}
    value = {"port": "<<back>>", "url": "ws://h:<<back>>/", "<<dir>>": ["<<dir>>/log", 1]}
    assert render(value, words, "a/b") == {"port": 11000, "url": "ws://h:11000/", "/srv/x": ["/srv/x/log", 1]}


def test_an_unknown_placeholder_raises() -> None:
    with pytest.raises(ScenarioError, match="a/b: <<bakc>> is none of back"):
        render({"url": ["ws://<<bakc>>/"]}, {"back": 1}, "a/b")


# -- all files --------------------------------------------------------------------------------------------------------


def test_no_two_scenarios_share_a_port() -> None:
    ports = [port for scenario in SCENARIOS for port in scenario.ports.values()]
    assert ports and len(set(ports)) == len(ports)
    assert min(ports) >= FIRST_PORT and max(ports) < END_OF_PORTS


def test_a_scenario_that_needs_its_own_host_shares_it_with_none() -> None:
    rounds = deal(SCENARIOS)
    assert sum(len(host) for what in rounds for host in what.hosts) == len(SCENARIOS)
    for what in rounds:
        assert len(what.hosts) <= (BROWSER_HOSTS if what.browser else HOSTS)
        for host in what.hosts:
            assert len(host) <= (EACH_BROWSER if what.browser else EACH)
            assert len(host) == 1 or not any("own host" in scenario.needs for scenario in host)


#: Answers 101, and is a fault all the same.
_FAULTS = {"ws_two_on_one"}
#: Without a path these answer nowhere where a stranger would look, or only to those who know a secret.
_NEEDS_MORE = {
    *("uvicorn_token", "ws_auth", "daphne_channels", "actioncable", "socketio2", "phoenix", "sockjs"),
    *("vite", "pusher", "jupyter", "rails_cable"),
    # It has a domain of its own, and says so.
    "prosody",
}


@pytest.mark.parametrize("name", [name for name, server in SERVERS.items() if server.status == 101])
def test_every_server_of_the_catalogue_has_scenarios(name: str) -> None:
    found = {scenario.id for scenario in SCENARIOS}
    wanted = f"healthy-server/{name.replace('_', '-')}"
    assert (wanted in found) is (name not in _FAULTS)
    assert (f"{wanted}-bare" in found) is (name not in _FAULTS | _NEEDS_MORE)


# -- verdicts ---------------------------------------------------------------------------------------------------------


def _diagnosis(name: str, role: str = "root", **more: t.Any) -> dict[str, t.Any]:
    return {"id": name, "role": role, "confidence": "certain", "because": ["it is so"], "explains": ["a.b"], **more}


def _check(status: str = "pass", name: str = "a.b") -> dict[str, t.Any]:
    return {"id": name, "vantage": "host", "status": status, "summary": "state T"}


def _outcome(
    folder: pathlib.Path, text: str, diagnoses: list[dict[str, t.Any]], checks: list[dict[str, t.Any]], status: str
) -> Outcome:
    return Outcome(_load(folder, text), {"diagnoses": diagnoses, "checks": checks, "status": status}, 2.0)


def _complaint(folder: pathlib.Path, expect: str, *diagnoses: dict[str, t.Any], status: str = "fail") -> str:
    return judge(_outcome(folder, FAULT + f"expect: {expect}\n", list(diagnoses), [_check(status)], status)).complaint


STOPPED = _diagnosis("process-stopped")


def test_the_fault_is_named_first(tmp_path: pathlib.Path) -> None:
    asked = "{because: [it is], seen: [state T], hidden: [hunter2], confidence: certain}"
    assert _complaint(tmp_path, asked, STOPPED) == ""


@pytest.mark.parametrize(
    "expect, diagnoses, words",
    [
        ("{}", [], "process-stopped was expected first; named: nothing"),
        ("{with: [x]}", [_diagnosis("x"), STOPPED], "expected first; named: x, process-stopped"),
        (
            "{with: [x]}",
            [_diagnosis("process-stopped", "contributing"), _diagnosis("x")],
            "process-stopped (contributing)",
        ),
        ("{}", [STOPPED, _diagnosis("x")], "not expected: x"),
        ("{with: [x], never: [x]}", [STOPPED, _diagnosis("x")], "not expected: x"),
        ("{}", [_diagnosis("process-stopped", explains=[])], "a.b (host) is explained by nothing: state T"),
        ("{because: [clock]}", [STOPPED], "its reasons lack 'clock': it is so"),
        ("{seen: [state D]}", [STOPPED], "no check says 'state D'"),
        ("{hidden: [it is so]}", [STOPPED], "the report says 'it is so'"),
        ("{confidence: likely}", [STOPPED], "it is certain, not likely"),
    ],
)
def test_the_complaint_names_what_was_not_as_expected(
    tmp_path: pathlib.Path, expect: str, diagnoses: list[dict[str, t.Any]], words: str
) -> None:
    assert words in _complaint(tmp_path, expect, *diagnoses)


def test_a_companion_is_allowed(tmp_path: pathlib.Path) -> None:
    assert _complaint(tmp_path, "{with: [x]}", STOPPED, _diagnosis("x", "contributing")) == ""


@pytest.mark.parametrize(
    "expect, status, words",
    [
        ("{}", "pass", ""),
        ("{}", "unknown", "its status is unknown"),
        ("{}", "warn", "warn a.b (host): state T"),
        ("{allow: [a.b]}", "warn", ""),
        ("{allow: [a.b]}", "unknown", "its status is unknown"),
        ("{seen: [state D]}", "pass", "no check says 'state D'"),
        ("{hidden: [state T]}", "pass", "the report says 'state T'"),
        ("{passed: [a.b host]}", "pass", ""),
        ("{passed: [a.b public]}", "pass", "a.b public does not pass"),
        ("{passed: [a.b host], allow: [a.b]}", "warn", "a.b host does not pass"),
    ],
)
def test_a_healthy_stack_complains_of_what_does_not_pass(
    tmp_path: pathlib.Path, expect: str, status: str, words: str
) -> None:
    found = judge(_outcome(tmp_path, HEALTHY + f"expect: {expect}\n", [], [_check(status)], status)).complaint
    assert words in found if words else not found


def test_a_cause_in_a_healthy_stack_is_an_alarm(tmp_path: pathlib.Path) -> None:
    verdict = judge(_outcome(tmp_path, HEALTHY + "expect: {}\n", [STOPPED], [_check()], "pass"))
    assert (verdict.alarms, verdict.detected) == (["process-stopped"], True)


def test_an_unjudged_scenario_has_a_complaint(tmp_path: pathlib.Path) -> None:
    verdict = judge(Outcome(_load(tmp_path, FAULT + "expect: {}\n"), None, 2.0, "it was not judged"))
    assert (verdict.complaint, verdict.place, verdict.detected) == ("it was not judged", None, False)


def test_the_table_counts(tmp_path: pathlib.Path) -> None:
    failing = [_check("fail")]
    verdicts = [
        judge(_outcome(tmp_path, FAULT + "expect: {}\n", [STOPPED], failing, "fail")),
        judge(_outcome(tmp_path, FAULT + "expect: {}\n", [_diagnosis("x"), STOPPED], failing, "fail")),
        judge(_outcome(tmp_path, FAULT + "expect: {}\n", [], [_check()], "pass")),
        judge(_outcome(tmp_path, HEALTHY + "expect: {}\n", [STOPPED], [_check()], "pass")),
    ]
    lines = table(verdicts, [("plain", 4, 12.0)]).splitlines()
    rows = {line.rsplit(maxsplit=6)[0].strip(): line.split()[-6:] for line in lines[1:4]}
    # staged, named first, in the first three, missed, false alarms, seconds
    assert rows == {
        "process": ["4", "1", "2", "1", "2", "8"],
        "all faults": ["3", "1", "2", "1", "1", "6"],
        "all healthy": ["1", "-", "-", "-", "1", "2"],
    }
    assert "1 different faults in 3 scenarios; 1 healthy stacks" in lines
    assert "run of 4 scenarios (plain): 12 s" in lines
    assert lines[-3].startswith("  process/case: process-stopped was expected first; named: x, process-stopped")
