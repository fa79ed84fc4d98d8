# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often causes were right, by confidence and by rule: over the scenarios as they are, and in other clothes.

``make scenarios`` and ``make clothes`` keep their claims in .cache/claims; ``python -m tests.scenarios.calibration`` makes docs/calibration.md
of them, and ends with 1 where a confidence is right less often than it says.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import sys
import typing as t

from tests.conftest import CHECKOUT
from tests.scenarios.scenario import Expect

CLAIMS, PAGE = CHECKOUT / ".cache" / "claims", CHECKOUT / "docs" / "calibration.md"
#: The share of causes with this confidence that must be right.
FLOORS = {"certain": 0.99, "likely": 0.85}
#: Diagnoses that name no cause, and say so.
NO_CAUSES = ("websocket-path-unknown",)
_CONFIDENCES = ("certain", "likely", "possible")


@dataclasses.dataclass(frozen=True)
class Claim:
    """A root cause that a report named, and whether it was what is staged."""

    #: What was judged: a scenario's id, and the garment it wore.
    of: str
    rule: str
    confidence: str
    right: bool


def true_causes(expect: Expect) -> set[str]:
    """Ids that are no mistake: what is staged, what may be named beside it, and the less specific causes that it replaces."""
    # Importable once tests.conftest has made it so.
    from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.engine import RULES

    replaced = [other for rule in RULES if rule.id == expect.first for other in rule.supersedes]
    return {*([expect.first] if expect.first else []), *expect.companions, *replaced} - set(expect.never)


def claims(of: str, expect: Expect, service: dict[str, t.Any] | None) -> list[Claim]:
    """The root causes that the report names.

    :param expect: what is staged.
    :param service: the service of report.json; None: it was not judged.
    """
    right = true_causes(expect)
    roots = [entry for entry in (service or {"diagnoses": []})["diagnoses"] if entry["role"] == "root"]
    return [
        Claim(of, entry["id"], entry["confidence"], entry["id"] in right)
        for entry in roots
        if entry["id"] not in NO_CAUSES
    ]


def keep(name: str, found: t.Iterable[Claim]) -> None:
    """Keep the claims of a run, instead of those of an earlier one of the same name."""
    CLAIMS.mkdir(parents=True, exist_ok=True)
    rows = [dataclasses.asdict(claim) for claim in found]
    (CLAIMS / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def kept() -> dict[str, list[Claim]]:
    """The claims of every run that was kept, by its name."""
    return {path.stem: [Claim(**row) for row in json.loads(path.read_text())] for path in sorted(CLAIMS.glob("*.json"))}


def under_floor(found: t.Sequence[Claim]) -> list[str]:
    """The confidences that were right less often than they say, in words."""
    said = []
    for confidence, floor in FLOORS.items():
        right, number = _rate([claim for claim in found if claim.confidence == confidence])
        if number and right < floor * number:
            wrong = ", ".join(
                f"{claim.rule} for {claim.of}" for claim in found if claim.confidence == confidence and not claim.right
            )
            said.append(f"{confidence}: {right} of {number} were right, {floor:.0%} must be; wrong: {wrong}")
    return said


def page(runs: dict[str, list[Claim]]) -> str:
    """docs/calibration.md."""
    found = [claim for members in runs.values() for claim in members]
    lines = [
        "<!-- Made by make calibration. -->",
        "# Calibration",
        "",
        "How often the root causes that reports named were what had been staged. `make calibration` runs every scenario as it is and in other "
        "clothes (other ports, names, paths, neighbours; less that is told), and makes this page. The build fails where fewer than "
        + " or ".join(f"{floor:.0%} of the {name} ones" for name, floor in FLOORS.items())
        + " are right.",
        "",
        "## By confidence",
        "",
        "| run | " + " | ".join(_CONFIDENCES) + " |",
        "| --- |" + " --- |" * len(_CONFIDENCES),
    ]
    for name, members in [*runs.items(), ("all", found)]:
        cells = [_cell([claim for claim in members if claim.confidence == word]) for word in _CONFIDENCES]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "## By rule",
        "",
        "| rule | " + " | ".join(_CONFIDENCES) + " | named instead of |",
        "| --- |" + " --- |" * 4,
    ]
    rules: dict[str, list[Claim]] = collections.defaultdict(list)
    for claim in found:
        rules[claim.rule].append(claim)
    for rule, members in sorted(rules.items()):
        cells = [_cell([claim for claim in members if claim.confidence == word]) for word in _CONFIDENCES]
        wrong = ", ".join(sorted({claim.of for claim in members if not claim.right}))
        lines.append(f"| `{rule}` | " + " | ".join(cells) + f" | {wrong} |")
    return "\n".join(lines) + "\n"


def _rate(members: t.Sequence[Claim]) -> tuple[int, int]:
    return sum(claim.right for claim in members), len(members)


def _cell(members: t.Sequence[Claim]) -> str:
    right, number = _rate(members)
    return f"{right} of {number}" if number else ""


def main() -> int:
    """Make the page; 1: there is nothing to make it of, or a confidence is under its floor."""
    runs = kept()
    if not runs:
        print("nothing was judged yet: make scenarios clothes", file=sys.stderr)
        return 1
    PAGE.write_text(page(runs), encoding="utf-8")
    complaints = under_floor([claim for members in runs.values() for claim in members])
    for words in complaints:
        print(words, file=sys.stderr)
    return int(bool(complaints))


if __name__ == "__main__":
    sys.exit(main())
