# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-older-than-code: code, .env file or unit were changed, and the process was not restarted."""

from __future__ import annotations

from ...conditions import wrong
from ...facts import Facts
from ...rule import Command, Found, If, LookAlike, Rule
from ._restart import RESTART, service_unit


def _find(facts: Facts) -> Found:
    """A warning, for the change may be harmless."""
    result = facts.result("process.code")
    return "likely", {
        "changed": result.summary if result else None,
        "unit": service_unit(facts),
        "unread_unit": (facts.process.get("unit") or {}).get("need_daemon_reload"),
    }


RULE = Rule(
    id="process-older-than-code",
    layer="process",
    title="The process is older than its code on disk",
    users_see=(
        "a fix was deployed, or a setting was changed in `.env`, and the service behaves as before",
        "stack traces whose line numbers do not match the file",
        "systemctl: `Warning: The unit file, source configuration file or drop-ins of chat.service changed on disk. "
        "Run 'systemctl daemon-reload' to reload units.`",
    ),
    why="A program reads its code, its environment and usually its .env file once, when it starts. systemd likewise "
    "reads a unit once, and again only on daemon-reload. Changes to these files have no effect on a process that is "
    "already running.",
    needs=(wrong("the main script, the .env file or the unit is newer than the process", "process.code"),),
    find=_find,
    confidence={"likely": "the change may be harmless"},
    because=("{changed}",),
    fix=((If("unread_unit", "systemctl daemon-reload && systemctl restart {unit}"), *RESTART),),
    prevent=(
        "restart the service after every change to code, .env file or unit (for a unit, systemctl daemon-reload first)",
    ),
    explains=("process.code", "environment.declared"),
    look_alikes=(
        LookAlike(
            "process-runs-deleted-release",
            Command("readlink /proc/<pid>/exe /proc/<pid>/cwd"),
            "no (deleted): its files are only newer; (deleted): the release is gone",
        ),
    ),
    sources=("https://www.freedesktop.org/software/systemd/man/latest/systemctl.html",),
    staged=("process/code-changed",),
)
