# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the module on a host answered, brought into its shape: a host may answer anything."""

from __future__ import annotations

import typing as t

from .._evidence.drop_malformed import drop_malformed
from .._evidence.evidence_types import rows

# Ansible forks a worker for every host: the types are read once, before the fork.
rows()

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.subjects import Subjects


class OddAnswer(ValueError):
    """The answer has not the expected shape; the message says where."""


def evidence_of(answer: t.Mapping[str, object], services: int) -> list[Subjects]:
    """The evidence of each service by subject, fields of a wrong type left out; empty: the module brought none.

    :param answer: the module's result, in plain types.
    :param services: how many were asked about.
    :raises OddAnswer: it holds something, and that is no evidence of these services.
    """
    found = answer.get("evidence")
    if found is None or answer.get("failed") or answer.get("unreachable"):
        return []
    rows = _entry(found, "evidence", dict).get("services")
    if len(_entry(rows, "evidence.services", list)) != services:
        raise OddAnswer("evidence.services has %d entries for %d services" % (len(rows), services))
    try:
        return [t.cast("Subjects", drop_malformed(_subjects(row, number))) for number, row in enumerate(rows)]
    except RecursionError:
        raise OddAnswer("evidence is nested too deep") from None


def facts_of(answer: t.Mapping[str, object]) -> dict[str, t.Any]:  # what a host reports has not been checked
    """What the host reports."""
    found = answer.get("evidence")
    facts = found.get("host") if isinstance(found, dict) else None
    return dict(facts) if isinstance(facts, dict) else {}


def _subjects(row: t.Any, number: int) -> t.Any:
    where = "evidence.services[%d]" % number
    subjects = _entry(_entry(row, where, dict).get("evidence"), where + ".evidence", dict)
    for subject, seen in subjects.items():
        _entry(seen, "%s.evidence.%s" % (where, str(subject)[:40]), dict)
    return subjects


def _entry(value: t.Any, where: str, kind: type) -> t.Any:
    if not isinstance(value, kind):
        raise OddAnswer("%s is %s, not %s" % (where, _word(value), "a list" if kind is list else "an object"))
    return value


def _word(value: t.Any) -> str:
    """A JSON value's type as JSON names it."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
