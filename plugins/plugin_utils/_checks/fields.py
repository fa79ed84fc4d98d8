# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What several results of a check have in common."""

from __future__ import annotations

import typing as t


class Fields(t.TypedDict, total=False):
    """Fields of a CheckResult; those that are not here are each result's own."""

    vantage: str
    instance: str
    actual: t.Any
    evidence: list[dict[str, str]]
    remediation: list[str]
