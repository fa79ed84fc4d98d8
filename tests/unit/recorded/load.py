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
Evidence = dict[str, t.Any]


@functools.cache
def _text(name: str) -> str:
    return (HERE / f"{name}.json").read_text(encoding="utf-8")


def load(name: str, **changes: t.Any) -> tuple[Service, dict[str, Evidence]]:
    """A service and its evidence, as a copy.

    :param changes: values by their path in ``service`` or ``evidence``, ``__`` between the steps:
        ``evidence__port__controller={…}``; a number is an index.
    """
    record = json.loads(_text(name))
    for path, value in changes.items():
        *steps, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        target = record
        for step in steps:
            target = target.setdefault(step, {}) if isinstance(target, dict) else target[step]
        target[last] = copy.deepcopy(value)
    return record["service"], record["evidence"]


def verdict(name: str, **changes: t.Any) -> dict[str, t.Any]:
    """The judgement of a recorded case."""
    return judge(*load(name, **changes))


def results(name: str, **changes: t.Any) -> dict[str, dict[str, t.Any]]:
    """Check results of the host by id, and the controller's with ``@controller`` behind it."""
    found = {}
    for entry in verdict(name, **changes)["checks"]:
        found[entry["id"] + ("" if entry["vantage"] == "host" else "@" + entry["vantage"])] = entry
    return found


def causes(name: str, **changes: t.Any) -> list[str]:
    """Ids of all diagnoses, the root first."""
    return [entry["id"] for entry in verdict(name, **changes)["diagnoses"]]
