# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-runs-deleted-release: the release that the process was started from is gone, and the process still runs."""

from __future__ import annotations

from ...conditions import failed
from ...facts import Facts
from ...rule import RECHECK, Command, Found, LookAlike, Rule
from ._restart import RESTART, service_unit


def _find(facts: Facts) -> Found:
    """A restart loads what is deployed now."""
    result = facts.result("process.binary")
    return "certain", {
        "deleted": result.summary if result else None,
        "unit": service_unit(facts),
    }


RULE = Rule(
    id="process-runs-deleted-release",
    layer="process",
    title="The process still runs a release that has been deleted",
    users_see=(
        "a new release was deployed, and nothing has changed: the old behaviour, the old protocol",
        "`ls -l /proc/<pid>/exe /proc/<pid>/cwd` ends in `(deleted)`",
        "Node's log, when it asks for its working directory: `Error: ENOENT: no such file or directory, uv_cwd`",
        "files that are loaded late are missing: `Cannot find module`, `No such file or directory`, although the new "
        "release has them",
    ),
    why="A running process keeps its executable and its working directory open, even after their names have been "
    "deleted. A deployment that replaces files, or moves a `current` link to a new directory, therefore changes "
    "nothing for a process that already runs. It keeps running the old code from memory until it is restarted. What it "
    "opens later by a relative path is looked for in the deleted directory, and is missing.",
    needs=(
        failed(
            "the kernel marks the executable or the working directory as deleted, or the symlink to the release now "
            "points elsewhere",
            "process.binary",
        ),
    ),
    find=_find,
    confidence={"certain": "reported by the kernel"},
    because=("{deleted}", "the process was started before the deployment and is still running"),
    fix=(RESTART,),
    prevent=("restart (or re-exec) the service as the last step of every deployment",),
    verify=("readlink /proc/<new pid>/exe /proc/<new pid>/cwd shows no (deleted)", RECHECK),
    explains=("process.binary", "process.code", "log.source"),
    supersedes=("process-older-than-code",),
    look_alikes=(
        LookAlike(
            "process-older-than-code",
            Command("readlink /proc/<pid>/exe /proc/<pid>/cwd"),
            "(deleted): the release is gone; otherwise its files are only newer",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man5/proc_pid_exe.5.html",),
    staged=("process/deployed-over",),
)
