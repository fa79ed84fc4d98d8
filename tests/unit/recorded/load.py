# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence that was recorded from real faults (see record.py), and changes to it."""

from __future__ import annotations

import copy
import functools
import json
import pathlib
import typing as t

from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import judge

HERE = pathlib.Path(__file__).resolve().parent
NAMES = sorted(path.stem for path in HERE.glob("*.json"))
#: Recorded from visits of pages: a browser's evidence alone.
PAGES = sorted(f"pages/{path.stem}" for path in (HERE / "pages").glob("*.json"))
#: Recorded from servers that have no fault.
HEALTHY = (
    "healthy",
    "service-healthy",
    "ws-healthy",
    "ws-credentials",
    "uvicorn-healthy",
    "socketio-healthy",
    "socketio2-unconfigured",
    "graphql-healthy",
    "daphne-healthy",
    "workers",
    "dual-stack",
    "wildcard-direct",
    "descriptors-left",
    "subprotocol-first",
    "tls-trusted",
    "tls-private-ca",
    "tls-cross-signed",
    "tls-edge",
    "tls-edge-two-hosts",
    "tls-edge-reject-others",
    "tls-edge-own-tls",
    "tls-edge-optional",
)
Service = dict[str, t.Any]
#: By subject, of the types in plugins/module_utils/_evidence.
Evidence = dict[str, t.Any]
Path = tuple[str | int, ...]


class Change(t.NamedTuple):
    """What a test sees otherwise than it was recorded; tests/unit/builders makes them."""

    #: The steps to a mapping in the record, from ``service`` or ``evidence``; a number is an index.
    path: Path
    #: Its new values by key; what is not named stays as it was recorded.
    fields: dict[str, t.Any]
    #: What is on the way, or a key, need not have been recorded.
    add: bool = False


#: Several add up: ``with_page(status=502) + with_socket(code=1011)``.
Changes = tuple[Change, ...]
AS_RECORDED: Changes = ()


def change(*path: str | int, add: bool = False, **fields: t.Any) -> Changes:
    """Other values in the evidence, whatever their types: ``change("tls", "sessions", 0, clock=7)``.

    :param add: make what was not recorded; without it, a path or a key that is not there is a mistake of the test.
    """
    return (Change(("evidence", *path), fields, add),)


def _make(change: Change, record: t.Any) -> None:
    """Make a change in a record.

    :raises LookupError: it is of something that is not there.
    """
    place = record
    for step in change.path:
        if change.add and isinstance(place, dict) and place.get(step) is None:
            place[step] = {}
        place = place[step]
    unknown = [] if change.add else sorted(set(change.fields) - set(place))
    if unknown:
        raise LookupError(f"{change.path} has no {', '.join(unknown)}; it has {', '.join(place)}")
    place.update(copy.deepcopy(change.fields))


@functools.cache
def _text(name: str) -> str:
    return (HERE / f"{name}.json").read_text(encoding="utf-8")


def load(name: str, changes: Changes = AS_RECORDED) -> tuple[Service, Evidence]:
    """A service and its evidence, as a copy.

    :raises LookupError: a change is of something that was not recorded.
    """
    record = json.loads(_text(name))
    for one in changes:
        _make(one, record)
    return record["service"], record["evidence"]


def verdict(name: str, changes: Changes = AS_RECORDED) -> dict[str, t.Any]:
    """The judgement of a recorded case."""
    return judge(*load(name, changes))


def results(name: str, changes: Changes = AS_RECORDED) -> dict[str, dict[str, t.Any]]:
    """Check results of the host by id, and the controller's with ``@controller`` behind it."""
    found = {}
    for entry in verdict(name, changes)["checks"]:
        found[entry["id"] + ("" if entry["vantage"] == "host" else "@" + entry["vantage"])] = entry
    return found


def causes(name: str, changes: Changes = AS_RECORDED) -> list[str]:
    """Ids of all diagnoses, the root first."""
    return [entry["id"] for entry in verdict(name, changes)["diagnoses"]]
