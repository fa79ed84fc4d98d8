# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence of the processes: the main one, its script, and the unit that starts it."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.process import (
    FileAge,
    Process,
    ProcessRow,
    Unit,
)

from tests.unit.recorded.load import Changes, change


def with_process(**seen: t.Unpack[Process]) -> Changes:
    """Changes in the evidence of the processes."""
    return change("process", **seen)


def with_main_process(**seen: t.Unpack[ProcessRow]) -> Changes:
    """Changes of the main process."""
    return change("process", "processes", 0, **seen)


def with_main_script(**seen: t.Unpack[FileAge]) -> Changes:
    """Changes of the script that the main process runs."""
    return change("process", "processes", 0, "script", **seen)


def with_unit(**seen: t.Unpack[Unit]) -> Changes:
    """Changes: a systemd unit starts the service, which runs without restarts but for what is said otherwise."""
    usual: Unit = {
        "name": "chat.service",
        "active": "active",
        "sub": "running",
        "result": "success",
        "exit_status": 0,
        "restarts": 0,
    }
    return change("process", unit={**usual, **seen})
