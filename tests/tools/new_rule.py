# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the files of a new rule, to be filled in: ``make rule ID=proxy-body-buffered LAYER=proxy``."""

from __future__ import annotations

import pathlib
import re
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
LAYERS = ("process", "config", "bind", "network", "tls", "proxy", "server", "browser")
RULE = '''# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""{id}: say in one sentence what is wrong."""

from __future__ import annotations

from ...conditions import failed
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Command, Found, LookAlike, Rule


def _find(facts: Facts) -> Found | None:
    """Say how sure it is, and the values that the sentences name."""
    return "likely", {{"pid": facts.main_process.get("pid")}}


RULE = Rule(
    id="{id}",
    layer="{layer}",
    title="The cause in one line",
    users_see=("`the error text that users search for`, and where it stands",),
    why="Why it happens, in whole sentences.",
    needs=(failed("what must have been seen", "websocket.handshake"),),
    find=_find,
    confidence={{"likely": "when it is so sure"}},
    because=("what was seen, with its {{pid}}",),
    fix=("what to do now",),
    prevent=("what keeps it from coming back",),
    verify=(RECHECK,),
    explains=("websocket.*", *IN_BROWSER),
    look_alikes=(LookAlike("process-stopped", Command("ps -o stat= -p <pid>"), "what each answer means"),),
    sources=(),
    staged=("{scenario}",),
)
'''
SCENARIO = """# SPDX-License-Identifier: GPL-3.0-or-later
title: What is wrong, in a few words
fault: {id}
servers:
  back: {{run: ws_standalone}}
service:
  port: <<back>>
  websocket: {{path: /, dialect: echo}}
expect:
"""


def main() -> int:
    """Write the files, and say what comes next."""
    try:
        rule_id, layer = sys.argv[1:3]
    except ValueError:
        print("usage: make rule ID=<layer>-<what is wrong> LAYER=<layer>", file=sys.stderr)
        return 2
    problem = why_not(rule_id, layer)
    if problem:
        print(problem, file=sys.stderr)
        return 2
    what = rule_id.removeprefix(layer + "-")
    rule = CHECKOUT / "plugins/plugin_utils/_diagnosis/rules" / layer / f"{what.replace('-', '_')}.py"
    scenario = CHECKOUT / "tests/scenarios/cases" / layer / f"{what}.yml"
    for path, text in ((rule, RULE), (scenario, SCENARIO)):
        if path.exists():
            print(f"{path.relative_to(CHECKOUT)} is there already", file=sys.stderr)
            return 2
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(id=rule_id, layer=layer, scenario=f"{layer}/{what}"), encoding="utf-8")
        print(f"made {path.relative_to(CHECKOUT)}")
    print(f"Stage the fault and write the rule; then: make evidence ID={rule_id}, make generate, make test-fast")
    return 0


def why_not(rule_id: str, layer: str) -> str:
    """What is wrong with these names; empty: nothing."""
    if layer not in LAYERS:
        return f"LAYER={layer!r} is none of {', '.join(LAYERS)}"
    if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", rule_id) or not rule_id.startswith(layer + "-"):
        return f"ID={rule_id!r} is no kebab case that begins with {layer}-"
    return ""


if __name__ == "__main__":
    sys.exit(main())
