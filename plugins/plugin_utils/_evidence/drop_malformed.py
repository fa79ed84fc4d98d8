# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Brings odd evidence into the shape that checks and rules expect.

Evidence comes from another machine, and maybe from another version of a probe. A field that has not its declared type is left
out, as if it had not been observed; so a check has to cope with missing fields, and with nothing else.
"""

from __future__ import annotations

import typing as t

from .evidence_types import TYPES, Form, Kind, fields_of

#: What no count, time or size reaches.
_TOO_MUCH = 2.0**62
#: Stands for a value that does not fit.
_MALFORMED: t.Any = object()


def drop_malformed(evidence: t.Any) -> dict[str, dict[str, t.Any]]:
    """Leave out of all evidence of a service what is not of the type that its field has.

    A field that no type knows is kept as it is: nothing reads it.

    :returns: a copy, by subject; a subject that is no mapping is empty.
    :raises RecursionError: it is nested too deep.
    """
    subjects = evidence if isinstance(evidence, dict) else {}
    return {
        subject: _of_subject(subject, found) if isinstance(found, dict) else {} for subject, found in subjects.items()
    }


def _of_subject(subject: t.Any, found: dict[t.Any, t.Any]) -> dict[str, t.Any]:
    kept = _fields(found, fields_of(TYPES[subject]) if subject in TYPES else {})
    if "error" in found:
        # That there is one is not lost: what the runner says of a whole subject.
        kept.setdefault("error", None)
    return kept


def _fields(found: dict[t.Any, t.Any], known: t.Mapping[str, Kind]) -> dict[str, t.Any]:
    kept = {}
    for name, value in found.items():
        if isinstance(name, str):
            kind = known.get(name)
            value = _copied(value) if kind is None else None if value is None else _fitting(value, kind)
            if value is not _MALFORMED:
                kept[name] = value
    return kept


def _copied(value: t.Any) -> t.Any:
    """A value of which nothing is known."""
    if isinstance(value, dict):
        return _fields(value, {})
    return [_copied(entry) for entry in value] if isinstance(value, list) else value


def _fitting(value: t.Any, kind: Kind) -> t.Any:
    """What of a value is of a kind; _MALFORMED: nothing."""
    if value is None:
        return None if kind.optional else _MALFORMED
    return _FITTING[kind.form](value, kind)


def _number(value: t.Any, _kind: Kind) -> t.Any:
    # Neither NaN nor infinity is less.
    sane = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _TOO_MUCH
    return value if sane else _MALFORMED


def _list(value: t.Any, kind: Kind) -> t.Any:
    """A whole list: what is left of one with an odd entry would be evidence of something else, a port without its listener."""
    if not isinstance(value, list) or kind.length not in (None, len(value)):
        return _MALFORMED
    entries = [_fitting(entry, kind.of[0]) for entry in value]
    return _MALFORMED if any(entry is _MALFORMED for entry in entries) else entries


def _map(value: t.Any, kind: Kind) -> t.Any:
    """What fits of a mapping whose keys are data."""
    if not isinstance(value, dict):
        return _MALFORMED
    fitting = ((name, _fitting(entry, kind.of[0])) for name, entry in value.items() if isinstance(name, str))
    return {name: entry for name, entry in fitting if entry is not _MALFORMED}


def _row(value: t.Any, kind: Kind) -> t.Any:
    return _fields(value, fields_of(t.cast(type, kind.row))) if isinstance(value, dict) else _MALFORMED


def _either(value: t.Any, kind: Kind) -> t.Any:
    fitting = (_fitting(value, one) for one in kind.of)
    return next((found for found in fitting if found is not _MALFORMED), _MALFORMED)


def _of_type(expected: type) -> t.Callable[[t.Any, Kind], t.Any]:
    return lambda value, _kind: value if isinstance(value, expected) else _MALFORMED


_FITTING: dict[Form, t.Callable[[t.Any, Kind], t.Any]] = {
    "text": _of_type(str),
    "flag": _of_type(bool),
    "bytes": _of_type(bytes),
    "integer": _number,
    "number": _number,
    "list": _list,
    "map": _map,
    "row": _row,
    "either": _either,
    "anything": lambda value, _kind: _copied(value),
}
