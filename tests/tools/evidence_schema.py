# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes docs/evidence.schema.json from the types of evidence (plugins/module_utils/_evidence)."""

from __future__ import annotations

import importlib
import json
import types
import typing as t

PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
#: The class of each subject whose name is not the subject's with a capital.
NAMES = {"frontend": "FrontEnd"}


def schema(package: str, subjects: t.Iterable[str]) -> str:
    """The schema of the files that ``websocket_health_keep_evidence`` keeps.

    :param package: dotted name of the types' package.
    """
    definitions: dict[str, t.Any] = {}
    evidence = {}
    for subject in subjects:
        module = importlib.import_module(f"{package}.{subject}")
        evidence[subject] = _of(getattr(module, NAMES.get(subject, subject.capitalize())), definitions)
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


def _of(kind: t.Any, definitions: dict[str, t.Any]) -> dict[str, t.Any]:
    """The schema of a type; those of TypedDicts become definitions."""
    origin, arguments = t.get_origin(kind), t.get_args(kind)
    if t.is_typeddict(kind):
        name = f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"
        if name not in definitions:
            definitions[name] = {}  # itself may be in it
            properties = {field: _of(value, definitions) for field, value in t.get_type_hints(kind).items()}
            words = (kind.__doc__ or "").strip().partition("\n")[0]
            definitions[name] = {"type": "object", "description": words, "properties": properties}
        return {"$ref": f"#/$defs/{name}"}
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    if origin is t.Literal:
        return {"enum": list(arguments)}
    if origin in (t.Union, types.UnionType):
        return _either([_of(one, definitions) for one in arguments])
    if origin in (list, tuple):
        return {"type": "array", "items": _of(arguments[0], definitions)} if arguments else {"type": "array"}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    return {}


def _either(kinds: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    """One of several; what is plain is a list of types."""
    names = [kind["type"] for kind in kinds if set(kind) == {"type"}]
    if len(names) == len(kinds):
        return {"type": names}
    return {"anyOf": kinds}
