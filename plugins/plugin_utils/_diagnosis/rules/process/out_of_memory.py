# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-out-of-memory: the kernel has killed the process for lack of memory, or its runtime hit its heap limit."""

from __future__ import annotations

from ...._model import FAIL
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._nothing_answers import NOTHING_ANSWERS
from ._restart import RESTART, service_unit


def _has_run_out(facts: Facts) -> object:
    killed = facts.status("process.memory") == FAIL
    return killed or (facts.signature("out-of-memory") and facts.status("process.running") == FAIL)


def _find(facts: Facts) -> Found:
    """With what the kernel and the log say of it."""
    line = facts.signature("out-of-memory")
    result = facts.result("process.memory")
    return "certain", {
        "killed": result.summary if result and result.status == FAIL else None,
        "line": facts.quote(line) if line else None,
        "unit": service_unit(facts),
    }


RULE = Rule(
    id="process-out-of-memory",
    layer="process",
    title="The process ran out of memory",
    users_see=(
        "Node's log: `FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory`, exit status "
        "134",
        "the kernel's log (`dmesg`, `journalctl -k`): `Out of memory: Killed process …`, exit status 137",
        "`systemctl status`: `Result: oom-kill`, or `Failed with result 'oom-kill'.` in the journal",
        "Java's log: `java.lang.OutOfMemoryError: Java heap space`",
        "browsers: all clients are disconnected at the same moment, with close code 1006, every few hours or days",
    ),
    why="Each open WebSocket costs memory for as long as it is open: buffers, session state, and with "
    "permessage-deflate a compression window. When the machine or the control group has no memory left, the kernel "
    "kills a process with SIGKILL, which it cannot catch, so the process sends no close frame and logs nothing. A "
    "runtime with a heap limit of its own (Node, Java) aborts when that is reached, even while the machine has memory "
    "to spare.",
    needs=(
        Condition(
            "the kernel has killed a process in the service's control group (`process.memory`), or the process has "
            "exited and its log reports that memory ran out",
            _has_run_out,
        ),
    ),
    find=_find,
    confidence={"certain": "reported by the kernel, or by the runtime itself"},
    because=("{killed}", "{line}"),
    fix=(RESTART,),
    prevent=("raise the limit (MemoryMax= in the unit, --max-old-space-size for Node), or find the leak",),
    explains=("process.*", "log.*", *NOTHING_ANSWERS),
    supersedes=("process-ended", "process-not-running"),
    look_alikes=(
        LookAlike(
            "process-not-running",
            Command("journalctl -k | grep -i 'killed process'; journalctl -u <unit> -n 100"),
            "an OOM kill, or a heap limit that was reached: memory; neither: it exited for another reason",
        ),
    ),
    sources=(
        "https://www.freedesktop.org/software/systemd/man/latest/systemd.resource-control.html",
        "https://nodejs.org/api/cli.html",
    ),
    staged=("process/heap",),
)
