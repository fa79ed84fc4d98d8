# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule on the evidence of the scenario that stages it, and held against what it declares."""

from __future__ import annotations

import ast
import collections
import json
import pathlib
import typing as t

import jsonschema
import pytest
from ansible_collections.websocket.health.plugins.module_utils._probes.websocket import ATTEMPTS
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis import rule as rule_module
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.catalogue import find_rules
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.rule import LAYERS, Attempt, Rule
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.sentences import names_in, said, shown
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import judge

from tests.scenarios.scenario import load_all
from tests.unit.probed_host import PLUGINS, ROOT

RULES = find_rules()
BY_ID = {rule.id: rule for rule in RULES}
ROWS = ROOT / "tests" / "unit" / "recorded" / "rules"
FOLDER = PLUGINS / "plugin_utils" / "_diagnosis" / "rules"
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


SCENARIOS = {scenario.id: scenario for scenario in load_all()}


def _row(rule_id: str) -> dict[str, t.Any]:
    """``scenario``, ``service`` and ``evidence``: what was seen of the scenario that stages a rule."""
    found: dict[str, t.Any] = json.loads((ROWS / f"{rule_id}.json").read_text(encoding="utf-8"))
    return found


def _judged(rule_id: str) -> list[str]:
    row = _row(rule_id)
    return [found["id"] for found in judge(row["service"], row["evidence"])["diagnoses"]]


@each_rule
def test_a_rule_names_the_fault_that_was_staged(rule: Rule) -> None:
    first = SCENARIOS[_row(rule.id)["scenario"]].expect.first
    named = _judged(rule.id)
    assert named[0] == first and rule.id in named


def test_rows_have_the_schema_of_evidence() -> None:
    """Which is made from the types that probes, checks and rules are written with."""
    schema = json.loads((ROOT / "docs" / "evidence.schema.json").read_text(encoding="utf-8"))
    services = jsonschema.Draft202012Validator({**schema["properties"]["services"], "$defs": schema["$defs"]})
    rows = [_row(rule.id) for rule in RULES]
    wrong = [f"{error.json_path}: {error.message[:200]}" for error in services.iter_errors(rows)]
    assert not wrong, "\n".join(wrong)


@each_rule
def test_a_rule_does_not_name_its_look_alikes(rule: Rule) -> None:
    """What is named beside another cause would be a second cause that is not there."""
    assert rule.look_alikes
    for other in rule.look_alikes:
        expected = SCENARIOS[_row(other.id)["scenario"]].expect
        named = _judged(other.id)
        assert other.id in named
        if rule.id not in (expected.first, *expected.companions):
            assert rule.id not in named


def _literals(folder: pathlib.Path) -> set[str]:
    """Every text in the code of a folder."""
    nodes = (node for path in folder.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@each_rule
def test_a_rule_s_sentences_name_only_values_that_rules_find(rule: Rule) -> None:
    named = names_in((*rule.because, *rule.fix, *rule.prevent, *rule.verify))
    assert named <= LITERALS, named - LITERALS


LITERALS = _literals(FOLDER.parent) | _literals(FOLDER.parents[1] / "_evidence")


def test_a_file_is_named_after_its_rule() -> None:
    for path in FOLDER.rglob("[!_]*.py"):
        text = path.read_text(encoding="utf-8")
        if "\nRULES" not in text:
            stem = path.stem.replace("_", "-")
            # What is not known has no layer in its name.
            rule_id = stem if stem.startswith("websocket-") and f'id="{stem}"' in text else f"{path.parent.name}-{stem}"
            assert f'id="{rule_id}"' in text and BY_ID[rule_id].layer == path.parent.name, path


@each_rule
def test_a_rule_s_declarations_are_consistent(rule: Rule) -> None:
    # What is not known has no layer.
    assert rule.id.startswith((rule.layer + "-", "websocket-")) and rule.layer in LAYERS
    assert {*rule.supersedes, *(entry.id for entry in rule.look_alikes)} <= set(BY_ID) - {rule.id}
    assert set(rule.confidence) <= {"certain", "likely", "possible"} and all(rule.confidence.values())
    assert rule.needs and rule.users_see and rule.why.endswith(".") and not rule.title.endswith(".")
    texts = [condition.text for condition in (*rule.needs, *rule.against)]
    assert all(texts) and len(texts) == len(set(texts))
    for entry in rule.look_alikes:
        assert not isinstance(entry.ask, Attempt) or entry.ask.what in ATTEMPTS, entry.ask


def test_every_rule_is_staged_and_every_fault_has_its_rule() -> None:
    first, fault = collections.defaultdict(list), collections.defaultdict(list)
    for scenario in SCENARIOS.values():
        first[scenario.expect.first].append(scenario.id)
        fault[scenario.fault].append(scenario.id)
    # Where another cause is to be named first in all of them, those that have it as their fault.
    assert {rule.id: sorted(rule.staged) for rule in RULES} == {
        rule.id: sorted(first.get(rule.id) or fault[rule.id]) for rule in RULES
    }
    assert {name for name in first if name} <= set(BY_ID)


def test_the_data_for_programs_has_its_schema() -> None:
    docs = ROOT / "docs"
    data = json.loads((docs / "diagnoses.json").read_text(encoding="utf-8"))
    jsonschema.validate(data, json.loads((docs / "diagnoses.schema.json").read_text(encoding="utf-8")))
    assert [entry["id"] for entry in data["diagnoses"]] == [rule.id for rule in RULES]
    renamed = json.loads((docs / "diagnoses" / "renamed.json").read_text(encoding="utf-8"))["renamed"]
    assert set(renamed.values()) <= set(BY_ID)


def test_a_sentence_is_said_where_its_values_are_known() -> None:
    sentences = (
        "{a} is {b}",
        ("install {c}", "install it"),
        "{lines}",
        rule_module.If("yes", "so it is"),
        "server { }",
    )
    values = {"a": 0, "b": ["x", "y"], "c": None, "lines": ["one", "", "two"], "yes": False}
    assert said(sentences, values) == ["0 is x, y", "install it", "one", "two", "server { }"]
    assert shown(("kill {main_pid}",)) == ["kill <main pid>"]


def _pages() -> list[pathlib.Path]:
    return sorted((ROOT / "docs" / "diagnoses").glob("*-*.md"))


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert sorted(path.stem for path in _pages()) == sorted(BY_ID)
