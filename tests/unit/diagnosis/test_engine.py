# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the engine applies a rule, and in which order it names causes."""

from __future__ import annotations

import random
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis import engine
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.facts import Facts
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.rule import (
    Attempt,
    Command,
    Condition,
    Found,
    LookAlike,
    Rule,
)
from ansible_collections.websocket.health.plugins.plugin_utils._model import CheckResult, Diagnosis

from tests.unit.recorded.load import NAMES, PAGES, verdict

FAILS = CheckResult("port.listening", "4", "t", "fail", "critical", "s")
YES = Condition("it is so", lambda _facts: True)
NO = Condition("it is not so", lambda _facts: False)
NOBODY_KNOWS = Condition("nobody knows", lambda facts: facts.evidence["port"]["lost"])


def _rule(rule_id: str, confidence: str = "certain", **more: t.Any) -> Rule:
    def find(_facts: Facts) -> Found:
        return confidence, {"what": "seen"}

    fixed: dict[str, t.Any] = {"layer": "process", "explains": ("port.*",), "verify": (), "fix": (), "staged": ()}
    sentences: dict[str, t.Any] = {
        "title": rule_id,
        "why": "So.",
        "because": ("{what}",),
        "confidence": {confidence: "so"},
    }
    return Rule(**{"id": rule_id, "find": find, **fixed, **sentences, **more})


def _named(monkeypatch: pytest.MonkeyPatch, *rules: Rule, **evidence: t.Any) -> list[Diagnosis]:
    monkeypatch.setattr(engine, "RULES", rules)
    return engine.diagnose([FAILS], evidence, {})


@pytest.mark.parametrize(
    ("needs", "against", "confidence"),
    [
        ((), (), "certain"),
        ((YES, YES), (NO,), "certain"),
        ((YES, NO), (), None),
        ((NOBODY_KNOWS,), (), None),
        ((), (YES,), None),
        ((), (NO, NOBODY_KNOWS), "likely"),
    ],
)
def test_a_rule_applies_where_all_it_needs_is_seen_and_nothing_against_it(
    monkeypatch: pytest.MonkeyPatch,
    needs: tuple[Condition, ...],
    against: tuple[Condition, ...],
    confidence: str | None,
) -> None:
    found = _named(monkeypatch, _rule("x", needs=needs, against=against), port={})
    assert [entry.confidence for entry in found] == ([confidence] if confidence else [])


def test_an_unknown_counter_condition_leaves_possible_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (found,) = _named(monkeypatch, _rule("x", "possible", against=(NOBODY_KNOWS,)))
    assert found.confidence == "possible"


def test_layer_then_confidence_then_specificity_then_id(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [
        _rule("b"),
        _rule("a"),
        _rule("z-two-conditions", needs=(YES,), against=(NO,)),
        _rule("likely", "likely", needs=(YES, YES, YES)),
        _rule("network", layer="network", needs=(YES, YES, YES)),
    ]
    for number in range(10):
        random.Random(number).shuffle(rules)
        named = [entry.id for entry in _named(monkeypatch, *rules)]
        assert named == ["z-two-conditions", "a", "b", "likely", "network"]


@pytest.mark.parametrize("name", [*NAMES, *PAGES])
def test_the_order_of_the_rules_changes_no_diagnosis(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    expected = verdict(name)["diagnoses"]
    shuffled = list(engine.RULES)
    for number in range(3):
        random.Random(number).shuffle(shuffled)
        monkeypatch.setattr(engine, "RULES", tuple(shuffled))
        assert verdict(name)["diagnoses"] == expected


RIVALS = (
    LookAlike("y", Attempt("no_origin"), "101 means y"),
    LookAlike("z", Command("ss -ltnp"), "two rows mean z"),
)


def test_causes_that_fit_equally_name_what_tells_them_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    x = _rule("x", "likely", look_alikes=RIVALS)
    (alone,) = _named(monkeypatch, x)
    assert alone.next_steps["testing"] == []
    first, *_others = _named(monkeypatch, x, _rule("y", "likely"), _rule("z", "likely"))
    assert first.next_steps["testing"] == [
        "no_origin tells x from y: 101 means y",
        "ss -ltnp tells x from z: two rows mean z",
    ]


def test_what_the_probe_has_asked_by_itself_is_no_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = _rule("x", "likely", look_alikes=RIVALS), _rule("y", "likely")
    first, _other = _named(monkeypatch, *rules, websocket={"attempts": {"no_origin": {"outcome": "http"}}})
    assert first.next_steps["testing"] == []


def test_what_is_certain_asks_nothing_further(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _other = _named(monkeypatch, _rule("x", look_alikes=RIVALS), _rule("y", "likely"))
    assert first.next_steps["testing"] == []


def test_supersedes_has_no_cycles() -> None:
    """Two rules that drop each other would name nothing."""
    less = {rule.id: set(rule.supersedes) for rule in engine.RULES}
    assert {name for names in less.values() for name in names} <= set(less)
    while less:
        leaves = {name for name, names in less.items() if not names & set(less)}
        assert leaves, f"each of these says less than another of them: {sorted(less)}"
        less = {name: names for name, names in less.items() if name not in leaves}
