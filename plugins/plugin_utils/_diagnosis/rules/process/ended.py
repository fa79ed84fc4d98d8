# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-ended: no process runs, or none stays up; its last words or its supervisor say how it ended."""

from __future__ import annotations

from ...._evidence.unit_results import how_unit_ended
from ...conditions import NOTHING_LISTENS
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, If, LookAlike, Rule
from ._ended import (
    NOTHING_RUNS_OR_STAYS,
    SERVES,
    all_lines,
    is_named,
    is_served_otherwise,
    last_words,
    quoted,
    restarts,
)
from ._nothing_answers import NOTHING_ANSWERS
from ._restart import restart_words, service_unit, unit_name


def _says_how(facts: Facts) -> bool:
    """Whether its words speak of an error, or are the same each time, or its unit has failed."""
    words = last_words(facts, "ended", "previous") or {}
    return bool(words.get("tells") or words.get("of") == "previous" or how_unit_ended(facts.process.get("unit") or {}))


def _was_stopped(facts: Facts) -> bool:
    """Whether somebody stopped its unit: what its log says before that is another story."""
    unit = facts.process.get("unit") or {}
    return unit.get("active") == "inactive" and unit.get("result") == "success"


def _is_its_end(facts: Facts, telling: str) -> bool:
    """Whether the runtime or the supervisor itself says that it ended by an error."""
    trace = facts.fatal_trace()
    runtime = trace.get("kind") == "fatal" and telling[:80] in str(trace.get("sample"))
    return runtime or how_unit_ended(facts.process.get("unit") or {}) is not None


def _find(facts: Facts) -> Found:
    """With its last lines, and the unit's result."""
    unit = facts.process.get("unit") or {}
    words = last_words(facts, "ended", "previous")
    looping = restarts(facts)
    kills = (facts.process.get("memory_events") or {}).get("oom_kill")
    missed = is_named(facts) and not facts.processes and not is_served_otherwise(facts)
    sure = missed and _is_its_end(facts, (words or {}).get("telling") or "")
    return "certain" if sure else "likely", {
        "words": quoted(words),
        "lines": all_lines(words),
        "result": how_unit_ended(unit),
        "unit": unit_name(facts),
        "service_unit": service_unit(facts),
        "kills": kills or None,
        "none": not facts.processes,
        "looping": looping,
        "restarts": unit.get("restarts") or None,
        "restart": restart_words(facts),
    }


RULE = Rule(
    id="process-ended",
    layer="process",
    title="The process has ended, and says why",
    users_see=(
        "the last line of its log: `Error: config.yml not found`, `panic: …`, `NotCapable: Requires net access`, a usage message",
        "`systemctl status`: `Active: failed (Result: exit-code)`, `status=203/EXEC`, `Main process exited, code=exited`",
        "nginx: 502 Bad Gateway, and `connect() failed (111: Connection refused) while connecting to upstream` in error.log",
    ),
    why="A program that cannot go on says so and exits: a file is missing, a setting is wrong, a permission is not granted, a dependency "
    "refuses. From then on nothing listens, so every connection is refused. What it wrote last stands at the end of its log or journal, "
    "whatever language it is written in, and its supervisor keeps the exit status. Where the supervisor starts it again it ends in the "
    "same way each time.",
    needs=(
        NOTHING_RUNS_OR_STAYS,
        NOTHING_LISTENS,
        Condition("the last words of its log speak of an error or recur, or its unit has failed", _says_how),
    ),
    against=(SERVES, Condition("its unit was stopped properly", _was_stopped)),
    find=_find,
    confidence={
        "certain": "it was looked for by more than its port, there is none, and runtime or supervisor say that it failed",
        "likely": "otherwise: the log's last words may be of another time",
    },
    because=(
        "{words}",
        "its last lines: {lines}",
        "systemd on {unit}: {result}",
        "its control group counts {kills} processes killed for lack of memory",
        If("none", "no process of the service runs, and nothing listens on the port"),
        If("looping", "it is started again and again, and does not come to listen"),
        "{restarts} restarts so far",
    ),
    fix=(
        ("fix what its last words name, then {restart}: {words}", "fix what its unit's result says, then {restart}"),
        "all of its last words: journalctl -u {service_unit} -n 50",
    ),
    prevent=("check its configuration before the restart of a deployment, and alert on a unit that has failed",),
    verify=("its log no longer ends with these words", RECHECK),
    explains=("process.*", "log.*", "environment.*", *NOTHING_ANSWERS),
    supersedes=("process-not-running",),
    look_alikes=(
        LookAlike(
            "process-not-running",
            Command("journalctl -u <unit> -n 50"),
            "words of an error: it ended because of it; none: it was stopped, or never started",
        ),
    ),
    sources=(
        "https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Process%20Exit%20Codes",
        "https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html",
    ),
    staged=("process/config-missing", "process/usage-message", "process/restarts-at-once"),
)
