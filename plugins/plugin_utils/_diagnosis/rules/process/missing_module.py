# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-missing-module: a dependency is not installed where the service runs, so it exits at startup."""

from __future__ import annotations

from ...conditions import NOTHING_LISTENS, logged
from ...facts import Facts
from ...rule import RECHECK, Command, Found, LookAlike, Rule
from ._nothing_answers import NOTHING_ANSWERS
from ._restart import restart_words


def _find(facts: Facts) -> Found:
    """With the module, where the line names it."""
    line = facts.signature("missing-module")
    module = (line.get("captured") or {}).get("module")
    return "certain" if module else "likely", {
        "line": facts.quote(line),
        "module": module,
        "restart": restart_words(facts),
    }


RULE = Rule(
    id="process-missing-module",
    layer="process",
    title="The process exits at startup: a module it needs is not installed",
    users_see=(
        "Node's log: `Error: Cannot find module 'express'` and `code: 'MODULE_NOT_FOUND'`; with ES modules `Error "
        "[ERR_MODULE_NOT_FOUND]: Cannot find package 'express' imported from …`",
        "Python's log: `ModuleNotFoundError: No module named 'websockets'`",
        "Ruby's log: `cannot load such file -- puma (LoadError)`; Java's: `java.lang.ClassNotFoundException`",
        "nginx in front of it: 502 Bad Gateway, and `connect() failed (111: Connection refused) while connecting to "
        "upstream` in error.log",
    ),
    why="The runtime resolves imports while the program starts. When one cannot be resolved, the program exits before "
    "it opens its port, so nothing listens and every connection is refused. Usually the dependency was installed for "
    "another environment: in another virtual environment or another user's, for another version of the runtime, or in "
    "a working directory that the unit does not use. A deployment that copies code without its install step does the "
    "same. Under a supervisor the process is restarted and fails in the same way each time.",
    needs=(logged("the log names a module that could not be loaded", "missing-module"), NOTHING_LISTENS),
    find=_find,
    confidence={"certain": "the log line names the module", "likely": "otherwise"},
    because=("{line}", "nothing listens on the port"),
    fix=(
        (
            "install the missing module {module} into the environment the service runs in, then {restart}",
            "install the missing module into the environment the service runs in, then {restart}",
        ),
    ),
    prevent=(
        "install dependencies as a deployment step (npm ci, pip install -r requirements.txt), before the restart",
    ),
    verify=("its log shows it starting without this error", RECHECK),
    explains=("process.*", "log.*", *NOTHING_ANSWERS),
    supersedes=("process-ended", "process-not-running"),
    look_alikes=(
        LookAlike(
            "process-not-running",
            Command("journalctl -u <unit> -n 100"),
            "a module that cannot be found: install it; another last error, or none: it exited for another reason",
        ),
    ),
    sources=(
        "https://nodejs.org/api/errors.html#module_not_found",
        "https://docs.python.org/3/library/exceptions.html#ModuleNotFoundError",
    ),
    staged=("process/module-missing", "process/python-module-missing"),
)
