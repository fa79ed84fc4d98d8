# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of evidence that no type knows: what a probe says without telling anybody."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.plugin_utils._evidence.evidence_types import TYPES, Kind, fields_of


def unknown_fields(evidence: dict[str, t.Any]) -> list[str]:
    """Where they are, as ``proxy.access.sizes``.

    :param evidence: by subject, well formed.
    """
    return [
        path
        for subject, found in evidence.items()
        for path in _unknown(found, Kind("row", row=TYPES[subject]), subject)
    ]


def _unknown(value: t.Any, kind: Kind, path: str) -> list[str]:
    if isinstance(value, list) and kind.form == "list":
        return sorted({found for entry in value for found in _unknown(entry, kind.of[0], path)})
    if not isinstance(value, dict):
        return []
    if kind.row is None:
        return [found for entry in value.values() for found in _unknown(entry, kind.of[0], path + ".*")]
    known = fields_of(kind.row)
    strange = [f"{path}.{name}" for name in value if name not in known]
    return strange + [
        found for name in value if name in known for found in _unknown(value[name], known[name], f"{path}.{name}")
    ]
