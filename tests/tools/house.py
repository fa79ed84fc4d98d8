# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of the code's order, for who keeps it: ``python -m tests.tools.house``."""

from __future__ import annotations

import ast
import collections
import pathlib
from collections.abc import Iterator

from tests.conftest import CHECKOUT, link_collection

link_collection()

from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.catalogue import find_rules

PLUGINS = CHECKOUT / "plugins"
LONG = 40
#: From the bottom up: no floor imports one above it, and of one floor none imports another.
FLOORS = (
    ("_model",),
    ("_run",),
    ("_evidence",),
    ("_checks", "_diagnosis"),
    ("_judge_service",),
    ("_controller", "_report"),
)


def main() -> int:
    """Print the figures; 1 where something is that must not be."""
    files = sorted(path for path in PLUGINS.rglob("*.py") if path.relative_to(PLUGINS).parts[0] != "modules")
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    lines = sum(path.read_text(encoding="utf-8").count("\n") for path in files)
    print(f"files: {len(files)}, lines: {lines}")
    long = [(size, path, name) for path, tree in trees.items() for name, size in _functions(tree) if size > LONG]
    print(f"functions over {LONG} lines: {len(long)}")
    for size, path, name in sorted(long, key=lambda entry: -entry[0])[:10]:
        print(f"  {size} {path.relative_to(PLUGINS)}: {name}")
    untyped = collections.Counter({path: _any_mappings(tree) for path, tree in trees.items()})
    print(f"dict[str, Any]: {untyped.total()}")
    for path, count in untyped.most_common(5):
        print(f"  {count} {path.relative_to(PLUGINS)}")
    upward = sorted(
        f"{path.relative_to(PLUGINS)} imports {name}" for path, tree in trees.items() for name in _upward(path, tree)
    )
    print(f"upward imports: {len(upward)}", *upward, sep="\n  ")
    rules = find_rules()
    rows = {path.stem for path in (CHECKOUT / "tests/unit/recorded/rules").glob("*.json")}
    bare = [rule.id for rule in rules if not rule.staged or rule.id not in rows or not rule.look_alikes]
    print(f"rules: {len(rules)}, without a scenario, a recorded row or a look-alike: {len(bare)}", *bare, sep="\n  ")
    return 1 if upward or bare else 0


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def _any_mappings(tree: ast.Module) -> int:
    """How often a mapping of anything is a type: evidence should have a name."""
    texts = (ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Subscript))
    return sum(text in ("dict[str, t.Any]", "t.Dict[str, t.Any]") for text in texts)


def _floor(parts: tuple[str, ...]) -> int | None:
    """The floor of a module of the controller half, by its path below plugin_utils."""
    name = parts[0].removesuffix(".py")
    return next((number for number, names in enumerate(FLOORS) if name in names), None)


def _upward(path: pathlib.Path, tree: ast.Module) -> Iterator[str]:
    parts = path.relative_to(PLUGINS).parts
    own = _floor(parts[1:]) if parts[0] == "plugin_utils" else None
    if own is None:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            package = parts[:-1][: len(parts) - node.level]
            target = (*package, *(node.module or "").split("."))
            names = [target] if node.module else [(*package, alias.name) for alias in node.names]
            for name in names:
                other = _floor(name[1:]) if name[0] == "plugin_utils" and len(name) > 1 else None
                if other is not None and (other > own or (other == own and name[1] != parts[1].removesuffix(".py"))):
                    yield ".".join(name)


if __name__ == "__main__":
    raise SystemExit(main())
