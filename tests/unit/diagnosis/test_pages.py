# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a rule has all that the rule says, and what it says of its confidence is so."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.engine import RULES
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.rule import Rule

from tests.unit.probed_host import ROOT
from tests.unit.recorded.load import NAMES, PAGES, verdict

BY_ID = {rule.id: rule for rule in RULES}
#: What every page has.
ALWAYS = (
    "What users see", "Why it happens", "Fix", "Verify", "What looks the same", "What the checklist needs to have seen",
    "How sure it is", "Checks that fail because of it", "Staged by",
)  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_has_its_sections(rule: Rule) -> None:
    page = (ROOT / "docs/diagnoses" / f"{rule.id}.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in page.split("\n## ")[1:]}
    assert not set(ALWAYS) - set(sections)
    assert ("Sources" in sections) == bool(rule.sources)
    assert ("What speaks against it" in sections) >= bool(rule.against)
    for other in rule.look_alikes:
        assert f"[{other.id}]({other.id}.md)" in sections["What looks the same"]
    for name in rule.staged:
        assert (ROOT / "tests/scenarios/cases" / f"{name}.yml").is_file()
    assert rule.why in page


@pytest.mark.parametrize("name", [*NAMES, *PAGES])
def test_a_diagnosis_is_as_sure_as_its_rule_says(name: str) -> None:
    for found in verdict(name)["diagnoses"]:
        told = set(BY_ID[found["id"]].confidence)
        # Where nobody knows what speaks against it, the engine makes likely of certain.
        assert found["confidence"] in told | ({"likely"} if BY_ID[found["id"]].against else set()), found["id"]
