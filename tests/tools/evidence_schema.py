# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes docs/evidence.schema.json from the types of evidence (plugins/module_utils/_evidence)."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.websocket.health.plugins.plugin_utils._evidence.evidence_types import TYPES, Kind, fields_of

from tests.tools.type_words import comments, docstring

PLAIN = {"text": "string", "integer": "integer", "number": "number", "flag": "boolean"}


def schema() -> str:
    """The schema of the files that ``websocket_health_keep_evidence`` keeps."""
    definitions: dict[str, t.Any] = {}
    evidence = {subject: _of_row(row, definitions) for subject, row in TYPES.items()}
    service = {
        "type": "object",
        "required": ["service", "evidence"],
        "properties": {
            "service": {"type": "object", "description": "Its entry in websocket_health_services, redacted."},
            "evidence": {"type": "object", "properties": evidence},
        },
    }
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "websocket.health/evidence/1",
        "title": "What was seen on a host (evidence/<host>.json). Any field may be missing; further ones may be there.",
        "type": "object",
        "required": ["schema", "run_id", "host", "generated", "collection", "facts", "services"],
        "properties": {
            "schema": {"const": "websocket.health/evidence/1"},
            **{name: {"type": "string"} for name in ("run_id", "host", "generated", "collection")},
            "facts": {"type": "object"},
            "services": {"type": "array", "items": service},
        },
        "$defs": dict(sorted(definitions.items())),
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _of(kind: Kind, definitions: dict[str, t.Any]) -> dict[str, t.Any]:
    """The schema of what a field may hold."""
    kinds = [_of_form(one, definitions) for one in (kind.of if kind.form == "either" else [kind])]
    return _either([*kinds, {"type": "null"}] if kind.optional else kinds)


def _of_form(kind: Kind, definitions: dict[str, t.Any]) -> dict[str, t.Any]:
    """The same without None."""
    if kind.row is not None:
        return _of_row(kind.row, definitions)
    if kind.form == "list":
        length = {} if kind.length is None else {"minItems": kind.length, "maxItems": kind.length}
        return {"type": "array", "items": _of(kind.of[0], definitions), **length}
    if kind.form == "map":
        return {"type": "object", "additionalProperties": _of(kind.of[0], definitions)}
    return {"type": PLAIN[kind.form]} if kind.form in PLAIN else {}


def _of_row(row: type, definitions: dict[str, t.Any]) -> dict[str, t.Any]:
    """A reference to a TypedDict, which becomes a definition."""
    name = f"{row.__module__.rpartition('.')[2]}.{row.__name__}"
    if name not in definitions:
        definitions[name] = {}  # itself may be in it
        properties = {
            field: {**_of(kind, definitions), "description": _said(comments(row)[field])}
            for field, kind in fields_of(row).items()
        }
        definitions[name] = {"type": "object", "description": _said(docstring(row)), "properties": properties}
    return {"$ref": f"#/$defs/{name}"}


def _said(comment: str) -> str:
    """A comment for those who know no Python."""
    return re.sub(r"\bNone\b", "null", comment.replace("``", "`"))


def _either(kinds: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    """One of several; what is plain is a list of types."""
    if len(kinds) == 1:
        return kinds[0]
    names = [kind["type"] for kind in kinds if set(kind) == {"type"}]
    return {"type": names} if len(names) == len(kinds) else {"anyOf": kinds}
