# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""However odd the evidence, no check breaks over it; whatever it lost, it makes nothing certain that was not."""

from __future__ import annotations

import json
import pathlib
import random
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.engine import RULES
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.drop_malformed import drop_malformed
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.evidence_types import fields_of, rows
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import CHECKS, judge
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.diagnosis.test_lost_fields import DROP, PATHS, _change, _paths
from tests.unit.known_fields import unknown_fields
from tests.unit.recorded.load import HERE, NAMES, PAGES, load

pytestmark = pytest.mark.fuzz

EVERY = [*NAMES, *PAGES]
SERVICES = [{"name": "chat", "port": 8080}, load("service-healthy")[0], load("tls-edge")[0]]
#: Names that checks look for, so that random evidence gets further than its first field.
FIELDS = sorted({name for row in rows() for name in fields_of(row)})
NUMBERS = st.integers() | st.floats() | st.sampled_from([0, -1, 101, 403, 1006, 2**64, 1e308])
TEXTS = st.text(max_size=8) | st.sampled_from(["open", "http", "timeout", "http://[", "name", "ipv6", "\0", "%s %d"])
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
KEYS = st.sampled_from(FIELDS) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
#: Each field of a record once, wherever it stands: its path without indices, to one place where it is.
PLACES = {
    tuple("*" if isinstance(step, int) else step for step in path): (name, path)
    for name in EVERY
    for path in PATHS[name]
}
SUPERSEDED = {rule.id: set(rule.supersedes) for rule in RULES}


def _broken(service: dict[str, t.Any], evidence: t.Any) -> list[str]:
    """Summaries of checks that broke. What a rule raises, the engine lets out unless it is evidence that misses something."""
    return [entry["summary"] for entry in judge(service, evidence)["checks"] if "itself crashed" in entry["summary"]]


def _put(evidence: t.Any, path: tuple[t.Any, ...], value: t.Any) -> None:
    for step in path[:-1]:
        evidence = evidence[step]
    evidence[path[-1]] = value


@settings(max_examples=600, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(sorted(PLACES, key=str)), VALUES)
def test_no_odd_field_breaks_a_check(place: tuple[str, ...], value: t.Any) -> None:
    name, path = PLACES[place]
    service, evidence = load(name)
    _put(evidence, path, value)
    assert _broken(service, evidence) == []


@pytest.mark.parametrize("value", [None, "x", 7, -0.5, True, [], {}, [None], [[]], [{}], float("nan"), 2**80], ids=repr)
def test_no_field_at_all_breaks_a_check(value: t.Any) -> None:
    """Every recorded field, one after the other; each check alone, for the time it takes."""
    for name, path in PLACES.values():
        subject, *below = path
        if below:
            service, evidence = load(name)
            _put(evidence, path, value)
            CHECKS[subject].check(drop_malformed({subject: evidence[subject]})[subject], service)


@settings(max_examples=250, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(SERVICES),
    st.dictionaries(st.sampled_from(list(CHECKS)), st.dictionaries(KEYS, VALUES, max_size=6) | VALUES, min_size=1),
)
def test_no_random_evidence_breaks_a_check(service: dict[str, t.Any], evidence: dict[str, t.Any]) -> None:
    assert _broken(service, evidence) == []


@pytest.mark.parametrize("name", EVERY)
def test_recorded_evidence_is_of_the_shape_that_is_asked_for(name: str) -> None:
    """So a probe that gives a known name another type is told here."""
    _service, evidence = load(name)
    assert drop_malformed(evidence) == evidence
    assert not unknown_fields(evidence)


@pytest.mark.parametrize("path", sorted((HERE / "rules").glob("*.json")), ids=lambda path: path.stem)
def test_evidence_of_scenarios_is_of_that_shape_as_well(path: pathlib.Path) -> None:
    evidence = json.loads(path.read_text(encoding="utf-8"))["evidence"]
    assert drop_malformed(evidence) == evidence
    assert not unknown_fields(evidence)


def test_what_is_of_another_type_is_left_out() -> None:
    seen = {
        "port": {"listeners": ["x", {}], "owned": [{"uid": "7", "port": 8080}], "error": "x", 7: 7},
        "log": None,
        "proxy": {"clock": float("nan"), "asked": 2**64, "unheard_of": [{"pid": True}]},
        "websocket": {
            "tls": 1,
            "main": {"headers": [["Server"]], "reason": "x"},
            "repeat": {"outcomes": {"101": "x", "502": 1}},
        },
        "electron": {
            "windows": [{"settings": {"sandbox": "default", "webSecurity": 1}, "file": None}],
            "loads": [None],
        },
    }
    assert drop_malformed(seen) == {
        "port": {"error": None, "owned": [{"port": 8080}]},
        "log": {},
        "proxy": {"unheard_of": [{"pid": True}]},
        "websocket": {"main": {"reason": "x"}, "repeat": {"outcomes": {"502": 1}}},
        "electron": {"windows": [{"settings": {"sandbox": "default"}, "file": None}]},
    }


def _certain(service: dict[str, t.Any], evidence: dict[str, t.Any]) -> set[str]:
    return {entry["id"] for entry in judge(service, evidence)["diagnoses"] if entry["confidence"] == "certain"}


def _akin(one: str, other: str) -> bool:
    """Whether two rules are the same, or one says less than the other about the same observation."""
    return one == other or one in SUPERSEDED[other] or other in SUPERSEDED[one]


@pytest.mark.parametrize("name", EVERY)
def test_a_lost_field_makes_nothing_else_certain(name: str) -> None:
    service, evidence = load(name)
    full = [entry["id"] for entry in judge(service, evidence)["diagnoses"]]
    wrong = {}
    for path in random.Random(name).sample(PATHS[name], min(40, len(PATHS[name]))):
        _service, evidence = load(name)
        _change(evidence, path, DROP, plausible=False)
        others = {named for named in _certain(service, evidence) if not any(_akin(named, known) for known in full)}
        if others:
            wrong[path] = others
    assert wrong == {}


def test_all_of_a_record_is_found() -> None:
    """Else the tests above would leave fields out."""
    assert _paths({"a": [{"b": None}]}) == [("a",), ("a", 0), ("a", 0, "b")]
