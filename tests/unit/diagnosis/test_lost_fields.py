# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence that lost fields, or holds others, breaks no judgement and accuses nobody."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import CHECKS, judge
from ansible_collections.websocket.health.plugins.plugin_utils._model import STATUSES
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.recorded.load import HEALTHY, NAMES, PAGES, load

pytestmark = pytest.mark.fuzz

#: Nothing at all, and values of every type; each replaces only what is of another type.
WRONG: tuple[t.Any, ...] = (None, "wrong", 7, -1.5, True, [], {}, ["wrong"], {"wrong": 1})
DROP = object()
Path = tuple[t.Any, ...]


def _paths(value: t.Any, before: Path = ()) -> list[Path]:
    """Every field of a JSON-like value, by its steps."""
    found: list[Path] = []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, entry in entries:
        found.append((*before, step))
        found += _paths(entry, (*before, step))
    return found


PATHS = {name: _paths(load(name)[1]) for name in [*NAMES, *PAGES]}


def _kind(value: t.Any) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)


def _change(evidence: t.Any, path: Path, value: t.Any, plausible: bool = True) -> None:
    """Change one field.

    :param plausible: also where the result is evidence of something else: a value in place of nothing, a list with
        one entry less.
    """
    for step in path[:-1]:
        evidence = evidence[step]
    if not plausible and (evidence[path[-1]] is None or (value is DROP and isinstance(evidence, list))):
        return
    if value is DROP:
        del evidence[path[-1]]
    elif _kind(evidence[path[-1]]) is not _kind(value):
        evidence[path[-1]] = value


@st.composite
def damaged(
    draw: st.DrawFn, names: t.Sequence[str], plausible: bool
) -> tuple[dict[str, t.Any], dict[str, t.Any], list[t.Any]]:
    """A service, evidence with up to four fields dropped or of another type, and what was done to it."""
    name = draw(st.sampled_from(sorted(names)))
    service, evidence = load(name)
    done: list[t.Any] = [name]
    for _number in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(PATHS[name]))
        value = draw(st.sampled_from([DROP, *WRONG]))
        try:
            _change(evidence, path, value, plausible)
        except (KeyError, IndexError, TypeError):
            continue  # its parent has gone already
        done.append((path, "dropped" if value is DROP else value))
    return service, evidence, done


def _judge(service: dict[str, t.Any], evidence: dict[str, t.Any]) -> dict[str, t.Any]:
    judged = judge(service, evidence)
    json.dumps(judged)
    assert judged["status"] in STATUSES
    return judged


@settings(max_examples=400, deadline=None, derandomize=True)
@given(damaged([*NAMES, *PAGES], True))
def test_nothing_makes_it_raise(case: tuple[dict[str, t.Any], dict[str, t.Any], list[t.Any]]) -> None:
    service, evidence, _done = case
    judged = _judge(service, evidence)
    ids = [(entry["id"], entry["vantage"]) for entry in judged["checks"]]
    assert len(ids) == len(set(ids))
    definitions = {d.id for module in CHECKS.values() for d in module.DEFINITIONS if "*" not in d.id}
    asked = {name.split(".")[0] for name in definitions} & set(evidence)
    assert {name for name in definitions if name.split(".")[0] in asked} <= {entry["id"] for entry in judged["checks"]}


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(damaged(HEALTHY, False))
def test_nothing_accuses_a_healthy_server(case: tuple[dict[str, t.Any], dict[str, t.Any], list[t.Any]]) -> None:
    service, evidence, done = case
    certain = [entry["id"] for entry in _judge(service, evidence)["diagnoses"] if entry["confidence"] == "certain"]
    assert certain == [], done


@pytest.mark.parametrize("value", [DROP, *WRONG], ids=lambda value: "dropped" if value is DROP else json.dumps(value))
@pytest.mark.parametrize("name", ["service-healthy", "ws-healthy", "wildcard-direct", "tls-trusted"])
def test_no_single_field_accuses_a_healthy_server(name: str, value: t.Any) -> None:
    """All of them, one by one."""
    accused = {}
    for path in PATHS[name]:
        service, evidence = load(name)
        _change(evidence, path, value, plausible=False)
        certain = [entry["id"] for entry in _judge(service, evidence)["diagnoses"] if entry["confidence"] == "certain"]
        if certain:
            accused[path] = certain
    assert accused == {}


@pytest.mark.parametrize(
    "subjects", [(), ("process",), ("port",), ("websocket",), ("log", "environment"), tuple(CHECKS)]
)
@pytest.mark.parametrize(
    "empty", [{}, {"error": {"kind": "deadline", "message": "not finished"}}, {"error": {"kind": "crash"}}]
)
def test_evidence_that_is_empty_accuses_nobody(subjects: tuple[str, ...], empty: dict[str, t.Any]) -> None:
    judged = _judge({"name": "chat", "port": 8080}, {subject: dict(empty) for subject in subjects})
    assert judged["diagnoses"] == []
    assert not [entry["id"] for entry in judged["checks"] if entry["status"] in ("fail", "pass")]
    if "kind" in str(empty) and "crash" in str(empty) and subjects:
        assert judged["status"] == "error"
