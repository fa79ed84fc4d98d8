# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clothes of scenarios: drawn by the seed alone, consistent in themselves, and judged by what may still be seen."""

from __future__ import annotations

import pathlib
import random
import typing as t

import pytest

from tests.scenarios.clothes import GARMENTS, DoesNotFit, Dressed, kind, sample, table, wardrobe
from tests.scenarios.rounds import Outcome, deal
from tests.scenarios.scenario import END_OF_PORTS, FIRST_PORT, Scenario, load, load_all

SCENARIOS = load_all()
FAULT = """title: x
fault: process-stopped
names: [app.example]
files: {page.html: 'ws://app.example:<<front>>/chat'}
servers:
  back: {run: node, code: "if (request.url === '/chat' && other !== '/chatter') go()"}
  front: {run: nginx, http: 'location /chat { proxy_pass http://127.0.0.1:<<back>>/chat; }'}
service: {port: <<back>>, public_url: 'ws://app.example:<<front>>/chat', websocket: {path: /chat}}
expect: {with: [process-slow]}
"""


def _scenario(folder: pathlib.Path, text: str = FAULT) -> Scenario:
    path = folder / "case.yml"
    path.write_text(text, encoding="utf-8")
    return load(path, 3, "process/case")


def _worn(folder: pathlib.Path, garment: str) -> Scenario:
    return GARMENTS[garment](_scenario(folder), random.Random(1))


def test_the_seed_draws_the_same_whatever_else_is_drawn() -> None:
    every = wardrobe(SCENARIOS, 1)
    assert len(every) == len(SCENARIOS)
    assert wardrobe(SCENARIOS[40:50], 1) == every[40:50]
    assert [one.garment for one in wardrobe(SCENARIOS, 2)] != [one.garment for one in every]
    assert {one.garment for one in every} == set(GARMENTS)


@pytest.mark.parametrize("seed", range(5))
def test_clothes_of_different_scenarios_do_not_collide(seed: int) -> None:
    every = [one.scenario for one in wardrobe(SCENARIOS, seed)]
    assert len({one.id for one in every}) == len(every)
    assert all(FIRST_PORT <= port < END_OF_PORTS for one in every for port in one.ports.values())
    for what in deal(every):
        for members in what.hosts:
            ports = [port for one in members for port in one.ports.values()]
            assert len(set(ports)) == len(ports)


def test_a_sample_is_spread_over_the_groups() -> None:
    chosen = sample(SCENARIOS, 60, 1)
    assert len(chosen) == 60
    quick = {one.group for one in SCENARIOS if "browser" not in one.needs and one.deadline <= 25}
    assert {one.group for one in chosen} == quick


def test_a_path_is_renamed_everywhere_and_nothing_else_is(tmp_path: pathlib.Path) -> None:
    worn = _worn(tmp_path, "other path")
    path = worn.service["websocket"]["path"]
    assert path != "/chat"
    assert worn.files == {"page.html": f"ws://app.example:<<front>>{path}"}
    assert worn.servers["back"]["code"] == f"if (request.url === '{path}' && other !== '/chatter') go()"
    assert worn.servers["front"]["http"] == f"location {path} {{ proxy_pass http://127.0.0.1:<<back>>{path}; }}"


def test_a_host_is_renamed_everywhere(tmp_path: pathlib.Path) -> None:
    worn = _worn(tmp_path, "other names")
    assert worn.names[0] != "app.example"
    assert worn.service["public_url"] == f"ws://{worn.names[0]}:<<front>>/chat"
    assert (worn.group, worn.id != "process/case") == ("process", True)


def test_name_and_port_only(tmp_path: pathlib.Path) -> None:
    assert _worn(tmp_path, "name and port only").service == {"port": "<<back>>"}
    with pytest.raises(DoesNotFit):
        GARMENTS["name and port only"](_worn(tmp_path, "name and port only"), random.Random(1))


def test_who_is_asked_twice_is_dealt_apart(tmp_path: pathlib.Path) -> None:
    rounds = deal([_scenario(tmp_path), _worn(tmp_path, "asked twice")])
    assert sorted(what.times for what in rounds) == [1, 2]


def _said(*causes: tuple[str, str], status: str = "fail") -> dict[str, t.Any]:
    found = [{"id": name, "confidence": sure, "role": "root"} for name, sure in causes]
    return {"diagnoses": found, "checks": [], "status": status}


@pytest.mark.parametrize(
    ("garment", "service", "expected"),
    [
        ("no log", _said(("process-stopped", "likely")), "first"),
        ("no log", _said(("process-stopped", "certain"), ("process-slow", "certain")), "first"),
        ("no log", _said(("process-slow", "certain")), "lesser"),
        ("no log", _said(("tls-expired", "likely"), ("process-stopped", "likely")), "lesser"),
        ("no log", _said(("process-stopped", "certain"), ("tls-expired", "certain")), "certain-but-wrong"),
        ("no log", _said(("tls-expired", "likely")), "wrong"),
        ("no log", _said(("websocket-path-unknown", "possible")), "lesser"),
        ("no log", _said(status="unknown"), "lesser"),
        ("no log", _said(status="pass"), "missed"),
        ("name and port only", _said(status="pass"), "unseen"),
        ("name and port only", _said(("tls-expired", "certain")), "certain-but-wrong"),
        ("no log", None, "not staged"),
    ],
)
def test_a_fault(tmp_path: pathlib.Path, garment: str, service: dict[str, t.Any] | None, expected: str) -> None:
    scenario = _scenario(tmp_path)
    dressed, outcome = Dressed(garment, scenario, scenario), Outcome(scenario, service, 1.0)
    assert kind(dressed, outcome) == expected
    assert (f"{expected}: process/case" in table([(dressed, outcome)])) == (
        expected in ("wrong", "certain-but-wrong", "missed", "not staged")
    )


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (_said(status="pass"), "healthy"),
        (_said(status="unknown"), "lesser"),
        (_said(("tls-expired", "possible"), status="warn"), "false alarm"),
        ({**_said(), "checks": [{"id": "tcp.connect", "vantage": "host", "status": "fail"}]}, "false alarm"),
    ],
)
def test_a_healthy_stack(tmp_path: pathlib.Path, service: dict[str, t.Any], expected: str) -> None:
    scenario = _scenario(
        tmp_path, FAULT.replace("fault: process-stopped\n", "").replace("{with: [process-slow]}", "{}")
    )
    assert kind(Dressed("no log", scenario, scenario), Outcome(scenario, service, 1.0)) == expected
