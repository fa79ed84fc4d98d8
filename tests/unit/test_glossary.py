# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts for users are written in the words of docs/glossary.md: none has a word of its last column."""

from __future__ import annotations

import ast
import pathlib
import re
from collections.abc import Iterator

import pytest

from tests.unit.probed_host import PLUGINS, ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
#: Pages for people; what is made from the code is held against it there.
PAGES = [
    *ROOT.glob("*.md"),
    *(path for path in (ROOT / "docs").glob("*.md") if path not in (GLOSSARY, ROOT / "docs" / "architecture.md")),
]
TEMPLATES = sorted((ROOT / "roles").rglob("*.j2"))
CODE = sorted(
    path
    for part in ("plugin_utils", "module_utils", "modules", "action", "doc_fragments")
    for path in (PLUGINS / part).rglob("*.py")
)


def _avoided() -> dict[str, str]:
    """What is to be written, by what is not."""
    found = {}
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[-1].startswith("`"):
            found.update(dict.fromkeys(re.findall(r"`([^`]+)`", cells[-1].lower()), cells[0]))
    return found


AVOIDED = _avoided()
_WORDS = "|".join(map(re.escape, sorted(AVOIDED, key=len, reverse=True)))
#: No names of users, hosts and functions.
_PATTERN = re.compile(rf"(?<![\w.(-])(?:{_WORDS})(?![\w)-]|\.\w)", re.IGNORECASE)


def _prose(path: pathlib.Path) -> Iterator[tuple[int, str]]:
    """Lines, and constants of code that are no documentation of its own; without what stands in backticks."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        for number, line in enumerate(
            re.sub(r"```.*?```", lambda code: "\n" * code[0].count("\n"), text, flags=re.S).splitlines(), 1
        ):
            yield number, re.sub(r"`[^`]*`", "", line)
        return
    tree = ast.parse(text)
    own = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in own
            and node.value != "nobody"
        ):
            yield node.lineno, re.sub(r"`[^`]*`|default: nobody", "", node.value)


@pytest.mark.parametrize("path", [*PAGES, *TEMPLATES, *CODE], ids=lambda path: str(path.relative_to(ROOT)))
def test_the_words_of_the_glossary(path: pathlib.Path) -> None:
    wrong = [
        f"line {number}: {found[0]!r}: write {AVOIDED[found[0].lower()]}"
        for number, text in _prose(path)
        for found in _PATTERN.finditer(text)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_glossary_says_what_to_write_instead() -> None:
    assert len(AVOIDED) >= 20 and all(AVOIDED.values())
