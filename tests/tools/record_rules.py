# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes rows of recorded evidence for the unit tests of rules, from what scenarios saw.

    SCENARIO_EVIDENCE=.cache/evidence make scenarios
    python tests/tools/record_rules.py .cache/evidence [ID ...]

A rule's row is what was seen of the first scenario that it says stages it. Its look-alikes have rows of their own.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
import typing as t

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tests.conftest import link_collection

link_collection()

from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.catalogue import find_rules

ROWS = CHECKOUT / "tests" / "unit" / "recorded" / "rules"
#: Places of the machine on which it was recorded, and what stands for them.
_PLACES = (
    (re.compile(re.escape(str(CHECKOUT))), "/srv/checkout"),
    (re.compile(r"/(?:root|home/\w+)/\.pyenv/versions/[\w.]+"), "/opt/python"),
    (re.compile(r"/root/(?=\.)"), "/srv/home/"),
    (re.compile(r"/tmp/pytest-of-\w+/pytest-\d+"), "/tmp/lab"),
)


def main() -> int:
    """Write the rows; those of rules whose scenario was not run are named. ``--scenarios ID`` prints pytest's word for them."""
    if sys.argv[1] == "--scenarios":
        print(
            " or ".join(name for rule in find_rules() if rule.id == sys.argv[2] for name in rule.staged) or sys.argv[2]
        )
        return 0
    folder, wanted = pathlib.Path(sys.argv[1]), sys.argv[2:]
    ROWS.mkdir(parents=True, exist_ok=True)
    missing = []
    for rule in find_rules():
        if wanted and rule.id not in wanted:
            continue
        paths = [folder / f"{name}.json" for name in rule.staged]
        path = next((path for path in paths if path.exists()), None)
        if path is None:
            missing.append(rule.id)
            continue
        row = {"scenario": str(path.relative_to(folder).with_suffix("")), **json.loads(path.read_text("utf-8"))}
        (ROWS / f"{rule.id}.json").write_text(_text(row), encoding="utf-8")
    print("not recorded: " + ", ".join(missing) if missing else "every rule has a row")
    return 1 if missing else 0


def _text(row: dict[str, t.Any]) -> str:
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for pattern, stand_in in _PLACES:
        text = pattern.sub(stand_in, text)
    return text + "\n"


if __name__ == "__main__":
    sys.exit(main())
