# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""The types of evidence (module_utils/_evidence), read when they are asked for: what may each field hold?"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing as t

from ...module_utils._evidence.subjects import Subjects

#: The TypedDict of each subject.
TYPES: dict[str, type] = t.get_type_hints(Subjects)

Form = t.Literal["text", "integer", "number", "flag", "bytes", "list", "map", "row", "either", "anything"]
_PLAIN: dict[t.Any, Form] = {str: "text", int: "integer", float: "number", bool: "flag", bytes: "bytes"}


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a field, an entry of a list or a value of a mapping may hold.

    :param form: ``row``: a mapping with known fields; ``map``: one whose keys are data; ``either``: one of several.
    :param of: of a list its entries, of a map its values, of ``either`` the alternatives.
    :param row: of a row its TypedDict.
    :param length: of a list how many entries it has; None: any number.
    :param optional: it may be None.
    """

    form: Form
    of: tuple[Kind, ...] = ()
    row: type | None = None
    length: int | None = None
    optional: bool = False


@functools.cache
def fields_of(row: type) -> dict[str, Kind]:
    """The fields of a TypedDict, those of its bases first."""
    return {name: _kind(hint) for name, hint in t.get_type_hints(row, include_extras=True).items()}


@functools.cache
def rows() -> tuple[type, ...]:
    """Every TypedDict that evidence is made of."""
    found = list(TYPES.values())
    for row in found:  # which grows meanwhile
        for kind in fields_of(row).values():
            found += [one for one in _rows_in(kind) if one not in found]
    return tuple(found)


def _rows_in(kind: Kind) -> list[type]:
    return [kind.row] if kind.row is not None else [row for part in kind.of for row in _rows_in(part)]


def _kind(hint: t.Any) -> Kind:
    """What a type hint says; ``anything`` where no evidence has such a type."""
    origin, arguments = t.get_origin(hint), t.get_args(hint)
    if t.is_typeddict(hint):
        return Kind("row", row=hint)
    if origin is t.Annotated:
        return dataclasses.replace(_kind(arguments[0]), length=arguments[1])
    if origin in (t.Union, types.UnionType):
        return _either([argument for argument in arguments if argument is not type(None)], type(None) in arguments)
    if origin is list:
        return Kind("list", (_kind(arguments[0]),))
    if origin is dict:
        return Kind("map", (_kind(arguments[1]),))
    return Kind(_PLAIN.get(hint, "anything"))


def _either(hints: list[t.Any], optional: bool) -> Kind:
    kinds = tuple(_kind(hint) for hint in hints)
    if len(kinds) == 1:
        return dataclasses.replace(kinds[0], optional=optional)
    return Kind("either", kinds, optional=optional)
