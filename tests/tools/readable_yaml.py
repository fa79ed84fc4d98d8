# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML as people write it: lists in mappings are indented, texts of several lines are blocks, what is short is on one line."""

from __future__ import annotations

import typing as t

import yaml

#: Lines end here.
_WIDTH = 118
#: What takes so many characters is short.
_SHORT = 100


class _Mapping(dict[str, t.Any]):
    """A mapping on one line."""


class _List(list[t.Any]):
    """A list on one line."""


class Dumper(yaml.SafeDumper):
    """Indents lists in mappings, as yamllint and ansible-lint like it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Never without an indent."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: t.Any) -> bool:
        """What is there twice is written twice."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _mapping(dumper: yaml.SafeDumper, value: _Mapping) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


def _list(dumper: yaml.SafeDumper, value: _List) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)


Dumper.add_representer(str, _text)
Dumper.add_representer(_Mapping, _mapping)
Dumper.add_representer(_List, _list)


def dump(value: t.Any) -> str:
    """The value as YAML, in its own order."""
    made: str = yaml.dump(
        value, Dumper=Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True, default_flow_style=False
    )
    return made


def compact(value: t.Any) -> t.Any:
    """The same value, to be dumped with mappings and lists on one line where that holds them."""
    if not isinstance(value, (dict, list)):
        return value
    if len(str(value)) < _SHORT and "\\n" not in str(value):
        return _Mapping(value) if isinstance(value, dict) else _List(value)
    if isinstance(value, dict):
        return {name: compact(part) for name, part in value.items()}
    return [compact(part) for part in value]
