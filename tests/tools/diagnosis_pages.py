# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, from the rules alone, a page for every diagnosis and the same data for programs."""

from __future__ import annotations

import json
import pathlib
import typing as t

SCHEMA = "websocket.health/diagnoses/1"
#: Kinds of questions by the class that a rule uses for them.
ASKED = {"Attempt": "attempt", "Command": "command", "Look": "look"}


def pages(rules: t.Sequence[t.Any], renamed: t.Mapping[str, str], shown: t.Callable[..., list[str]]) -> dict[str, str]:
    """The text of every page by its file name.

    :param renamed: new id by old id.
    :param shown: sentences.shown.
    """
    made = {f"{rule.id}.md": "\n".join(_page(rule, rules, renamed, shown)) + "\n" for rule in rules}
    return {"README.md": "\n".join(_index(rules)) + "\n", **made}


def data(rules: t.Sequence[t.Any], renamed: t.Mapping[str, str], shown: t.Callable[..., list[str]]) -> str:
    """docs/diagnoses.json: see docs/diagnoses.schema.json."""
    entries = [_entry(rule, renamed, shown) for rule in rules]
    return json.dumps({"schema": SCHEMA, "diagnoses": entries}, indent=1, ensure_ascii=False) + "\n"


def _index(rules: t.Sequence[t.Any]) -> list[str]:
    lines = [
        "# Diagnoses",
        "",
        "Root causes that the checklist can name, from the lowest layer up. Each page has the error texts that users see, why it happens,",
        "and how to fix it. The same data for programs: [diagnoses.json](../diagnoses.json); old ids: [renamed.json](renamed.json).",
        "",
        "| id | layer | cause |",
        "| --- | --- | --- |",
    ]
    return lines + [f"| [{rule.id}]({rule.id}.md) | {rule.layer} | {rule.title} |" for rule in rules]


def _page(
    rule: t.Any, rules: t.Sequence[t.Any], renamed: t.Mapping[str, str], shown: t.Callable[..., list[str]]
) -> list[str]:
    stronger = [entry.id for entry in rules if rule.id in entry.supersedes]
    against = [condition.text for condition in rule.against]
    against += [f"a cause is found that says more: {_links(stronger)}"] if stronger else []
    old = [name for name, new in renamed.items() if new == rule.id and name != rule.id]
    known_as = f" Its id was `{'`, `'.join(old)}`." if old else ""
    lines = [f"# {rule.id}", "", f"{rule.title}.", "", f"Layer: {rule.layer}.{known_as}"]
    lines += _section("What users see", rule.users_see)
    lines += ["", "## Why it happens", "", rule.why]
    lines += _section("Fix", shown(rule.fix))
    lines += _section("Prevent", shown(rule.prevent))
    lines += _section("Verify", shown(rule.verify))
    lines += _section("What looks the same", [_look_alike(entry) for entry in rule.look_alikes])
    lines += _section("What the checklist needs to have seen", [condition.text for condition in rule.needs])
    lines += _section("What speaks against it", against)
    lines += _section("How sure it is", [f"{confidence}: {when}" for confidence, when in rule.confidence.items()])
    lines += _section("What the report says about it", shown(rule.because))
    lines += _section("Checks that fail because of it", [", ".join(f"`{pattern}`" for pattern in rule.explains)])
    lines += _section("What it replaces", [_links(rule.supersedes)] if rule.supersedes else [])
    lines += _section("Sources", [f"<{link}>" for link in rule.sources])
    return lines + _section("Staged by", [f"[{name}](../../tests/scenarios/cases/{name}.yml)" for name in rule.staged])


def _section(heading: str, entries: t.Sequence[str]) -> list[str]:
    """A heading and a list; nothing, where there is nothing to list."""
    return ["", f"## {heading}", "", *(f"- {entry}" for entry in map(_safe, entries))] if entries else []


def _safe(text: str) -> str:
    """Names in angle brackets are no HTML; what stands in backticks is as it is, and a link in them is one."""
    parts = text.split("`")
    parts[::2] = [part if part.startswith("<http") else part.replace("<", "\\<") for part in parts[::2]]
    return "`".join(parts)


def _look_alike(entry: t.Any) -> str:
    """A look-alike, and what tells it apart: an attempt that the probe makes on its own, a command, or something to look at."""
    kind = ASKED[type(entry.ask).__name__]
    by = {"attempt": "the probe's attempt `%s`", "command": "`%s`", "look": "%s"}[kind] % entry.ask.what
    return f"{_links([entry.id])}, by {by}. {entry.tells[0].upper()}{entry.tells[1:]}."


def _links(ids: t.Iterable[str]) -> str:
    return ", ".join(f"[{name}]({name}.md)" for name in ids)


def _entry(rule: t.Any, renamed: t.Mapping[str, str], shown: t.Callable[..., list[str]]) -> dict[str, t.Any]:
    return {
        "id": rule.id,
        "layer": rule.layer,
        "title": rule.title,
        "former_ids": [name for name, new in renamed.items() if new == rule.id and name != rule.id],
        "users_see": list(rule.users_see),
        "mechanism": rule.why,
        "fix": shown(rule.fix),
        "prevent": shown(rule.prevent),
        "verify": shown(rule.verify),
        "look_alikes": [
            {"id": entry.id, "ask": ASKED[type(entry.ask).__name__], "what": entry.ask.what, "tells": entry.tells}
            for entry in rule.look_alikes
        ],
        "needs": [condition.text for condition in rule.needs],
        "against": [condition.text for condition in rule.against],
        "confidence": dict(rule.confidence),
        "because": shown(rule.because),
        "explains": list(rule.explains),
        "supersedes": list(rule.supersedes),
        "sources": list(rule.sources),
        "staged": list(rule.staged),
    }


def renamed_ids(folder: pathlib.Path) -> dict[str, str]:
    """docs/diagnoses/renamed.json: new id by old id."""
    found: dict[str, str] = json.loads((folder / "renamed.json").read_text(encoding="utf-8"))["renamed"]
    return found
