# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence of the logs: lines with a known meaning."""

from __future__ import annotations

from ansible_collections.websocket.health.plugins.module_utils._evidence.log import Signature

from tests.unit.recorded.load import Changes, change


def signature(key: str, sample: str, **captured: str) -> Signature:
    """A line with a known meaning.

    :param captured: what the line names.
    """
    return {"key": key, "captured": captured, "count": 1, "source": "/var/log/x", "line": 7, "sample": sample}


def with_signatures(*lines: Signature) -> Changes:
    """Changes: these lines with a known meaning stand in the log, and no others."""
    return change("log", signatures=list(lines))
