# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the source says of a TypedDict: its docstring, and the ``#:`` comment of each field."""

from __future__ import annotations

import ast
import functools
import pathlib
import sys


def docstring(row: type) -> str:
    """The first paragraph of a TypedDict's docstring."""
    return " ".join((row.__doc__ or "").strip().partition("\n\n")[0].split())


@functools.cache
def bases(row: type) -> tuple[type, ...]:
    """The TypedDicts that one extends, which it does not tell when it runs."""
    node, _lines = _source_of(row)
    names = [base.id for base in node.bases if isinstance(base, ast.Name)] if isinstance(node, ast.ClassDef) else []
    return tuple(getattr(sys.modules[row.__module__], name) for name in names)


@functools.cache
def comments(row: type) -> dict[str, str]:
    """What is said of each field, those of the bases included; a field of which nothing is said is missing."""
    node, lines = _source_of(row)
    found = {name: text for base in bases(row) for name, text in comments(base).items()}
    if isinstance(node, ast.Assign):
        # t.TypedDict("_From", {"from": …}): one field, whose name no class can have.
        return dict.fromkeys(row.__annotations__, _above(node, lines))
    for entry in node.body:
        if isinstance(entry, ast.AnnAssign) and isinstance(entry.target, ast.Name) and _above(entry, lines):
            found[entry.target.id] = _above(entry, lines)
    return found


def _source_of(row: type) -> tuple[ast.ClassDef | ast.Assign, list[str]]:
    nodes, lines = _parsed(str(sys.modules[row.__module__].__file__))
    return nodes[row.__name__], lines


@functools.cache
def _parsed(path: str) -> tuple[dict[str, ast.ClassDef | ast.Assign], list[str]]:
    """The classes and assignments of a file by name, and its lines."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    nodes: dict[str, ast.ClassDef | ast.Assign] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            nodes[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            nodes[node.targets[0].id] = node
    return nodes, text.splitlines()


def _above(node: ast.stmt, lines: list[str]) -> str:
    """The comment above a statement, in one line; empty: there is none."""
    first = node.lineno - 1
    while lines[first - 1].strip().startswith("#:"):
        first -= 1
    return " ".join(line.strip().removeprefix("#:").strip() for line in lines[first : node.lineno - 1])
