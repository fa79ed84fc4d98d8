# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made from the types of evidence is up to date, and says what is so."""

from __future__ import annotations

import functools
import json
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.drop_malformed import drop_malformed
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.evidence_types import TYPES, fields_of, rows
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import CHECKS

from tests.tools import evidence_schema, return_values
from tests.tools.type_words import comments, docstring
from tests.unit.known_fields import unknown_fields
from tests.unit.probed_host import PLUGINS, ROOT

each_subject = pytest.mark.parametrize("subject", TYPES)
RECORDED = ROOT / "tests" / "unit" / "recorded" / "rules"


@each_subject
def test_return_is_what_the_types_say(subject: str) -> None:
    source = (PLUGINS / "modules" / f"{subject}_probe.py").read_text(encoding="utf-8")
    assert return_values.with_return(subject, source) == source, "run make generate"


def test_the_schema_of_evidence_is_what_the_types_say() -> None:
    made = (ROOT / "docs" / "evidence.schema.json").read_text(encoding="utf-8")
    assert evidence_schema.schema() == made, "run make generate"


def test_every_field_is_described() -> None:
    """Documentation has nothing else to say of it."""
    bare = [f"{row.__name__}.{name}" for row in rows() for name in fields_of(row) if not comments(row).get(name)]
    assert not bare
    assert not [row.__name__ for row in rows() if not docstring(row)]


@each_subject
def test_samples_are_evidence(subject: str) -> None:
    evidence = {subject: return_values.example_of(subject)["evidence"]}
    assert drop_malformed(evidence) == evidence
    assert not unknown_fields(evidence)


@each_subject
def test_samples_are_results_of_checks(subject: str) -> None:
    known = {definition.id: definition for definition in CHECKS[subject].DEFINITIONS}
    example = return_values.example_of(subject)
    for check in example["checks"]:
        assert check.keys() == return_values.parts()["checks"]["contains"].keys()
        definition = known.get(check["id"]) or known[f"{subject}.*"]
        assert (check["item"], check["severity"]) == (definition.item, definition.severity)
        assert check["vantage"] in example["vantages"]


@functools.cache
def _recorded(subject: str) -> list[dict[str, t.Any]]:
    """What was seen of a subject in every scenario, where its probe finished."""
    found = [json.loads(path.read_text(encoding="utf-8"))["evidence"].get(subject) for path in RECORDED.glob("*.json")]
    return [evidence for evidence in found if evidence and not evidence["error"]]


#: What the probes have learned to see since most of the rows were recorded.
NEWER = {"log": {"last_words", "provoked"}, "port": {"claims", "local_range", "reserved"}}


@each_subject
def test_what_is_said_to_be_always_there_is(subject: str) -> None:
    documented = return_values.return_of(subject)["evidence"]["contains"]
    always = {name for name, value in documented.items() if value["returned"] == "always"}
    assert not {
        name for evidence in _recorded(subject) for name in always - evidence.keys() - NEWER.get(subject, set())
    }
