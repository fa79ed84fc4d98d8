# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule says by data what its page says in words, and what it says is so."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.engine import RULES
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.rule import Rule

from tests.unit.kit import ROOT
from tests.unit.recorded.load import NAMES, PAGES, verdict

BY_ID = {rule.id: rule for rule in RULES}
#: The sections that each page has, and those that it has where its rule has the data.
ALWAYS = ("What it needs to have seen", "What speaks against it", "How sure it is", "What it explains")


def _sections(rule: Rule) -> dict[str, str]:
    page = (ROOT / "docs/diagnoses" / f"{rule.id}.md").read_text(encoding="utf-8")
    return {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in page.split("\n## ")[1:]}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_has_its_sections(rule: Rule) -> None:
    sections = _sections(rule)
    assert set(ALWAYS) <= set(sections)
    assert ("What tells it from its look-alikes" in sections) == bool(rule.apart)
    assert ("Source" in sections) == bool(rule.source)
    for condition in rule.needs:
        assert f"- {condition.text}\n" in sections["What it needs to have seen"]
    for condition in rule.against:
        assert f"- {condition.text}\n" in sections["What speaks against it"]
    for pattern in rule.explains:
        assert f"`{pattern}`" in sections["What it explains"]
    for rival in rule.apart:
        assert f"[{rival.id}]({rival.id}.md)" in sections["What tells it from its look-alikes"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_needs_and_how_sure_it_is(rule: Rule) -> None:
    assert rule.needs
    assert {confidence for confidence, _when in rule.sureness} <= {"certain", "likely", "possible"}
    assert rule.sureness and all(when for _confidence, when in rule.sureness)
    texts = [condition.text for condition in (*rule.needs, *rule.against)]
    assert all(texts) and len(texts) == len(set(texts))


@pytest.mark.parametrize("name", [*NAMES, *PAGES])
def test_a_diagnosis_is_as_sure_as_its_rule_says(name: str) -> None:
    for found in verdict(name)["diagnoses"]:
        told = {confidence for confidence, _when in BY_ID[found["id"]].sureness}
        # Where nobody knows what speaks against it, the engine makes likely of certain.
        assert found["confidence"] in told | ({"likely"} if BY_ID[found["id"]].against else set()), found["id"]
