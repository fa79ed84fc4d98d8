# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-not-listening-yet: the process runs, and does not listen on any port: it waits for something, or is not asked to."""

from __future__ import annotations

import re

from ...._evidence.process import describe
from ...conditions import NOTHING_LISTENS, STOPPED
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, If, LookAlike, Rule
from ._debugger import service_ports
from ._ended import SERVES, all_lines, is_named, last_words, quoted, restarts
from ._nothing_answers import NOTHING_ANSWERS

#: Options with which a program waits for a debugger before it runs.
_DEBUGGER = re.compile(
    r"--inspect-brk|--inspect-wait|--wait-for-client|suspend=y|\bdlv\s+(?:exec|debug)\b(?!.*--continue)|-m\s+pdb\b"
)


def _waits_for_debugger(facts: Facts) -> bool:
    return any(_DEBUGGER.search(process.get("command") or "") for process in facts.processes)


def _listens_elsewhere(facts: Facts) -> bool:
    """Whether it listens on another port, a debugger's aside."""
    return bool(service_ports(facts)) or any(row.get("family") == "unix" for row in facts.owned)


def _find(facts: Facts) -> Found:
    """With what it waits for: a debugger, another host, or what its last words say."""
    process = facts.main_process
    outgoing = [one for row in facts.processes for one in row.get("outgoing") or ()]
    dialled = next((one["peer"] for one in outgoing if one.get("state") == "syn-sent"), None)
    connected = next((one["peer"] for one in outgoing if one.get("state") == "established"), None)
    debugger = _waits_for_debugger(facts)
    words = last_words(facts, "running")
    return "certain" if debugger and not connected else "likely", {
        "process": describe(process),
        "pid": process.get("pid"),
        "age": "%.0f" % (process.get("age_s") or 0),
        "dialled": dialled,
        "connected": connected if not dialled else None,
        "asleep": process.get("wchan") if not dialled and not connected else None,
        "debugger": debugger,
        "words": quoted(words),
        "lines": all_lines(words),
    }


RULE = Rule(
    id="process-not-listening-yet",
    layer="process",
    title="The process runs, but does not listen yet: it waits for something",
    users_see=(
        "`systemctl status` and `ps` show it running, and connections are refused: `connect ECONNREFUSED`",
        "its log ends with `Waiting for database…`, `Connecting to …`, `Debugger listening on ws://127.0.0.1:9229/…`",
        "nginx: 502 Bad Gateway, and `connect() failed (111: Connection refused)`, for minutes after a start",
    ),
    why="Programs open their port last, once all is ready that they need: migrations have run, the database and the broker answer, a lock is "
    "theirs, caches are filled. Until then they run and every connection is refused. A connection to a host that drops packets takes two "
    "minutes to fail; a lock that another process holds may take for ever. With --inspect-brk and its like the program's first line "
    "does not run before a debugger is attached.",
    needs=(
        Condition(
            "a process of the service runs, which was looked for by more than its port",
            lambda facts: is_named(facts) and facts.processes,
        ),
        NOTHING_LISTENS,
        Condition("nor does it listen on another port", lambda facts: not _listens_elsewhere(facts)),
    ),
    against=(STOPPED, SERVES, Condition("it is started again and again", restarts)),
    find=_find,
    confidence={
        "certain": "its command line says that it waits for a debugger, and none is connected",
        "likely": "what it waits for is inferred from what the kernel and its log show",
    },
    because=(
        "{process} has been running for {age} s, and does not listen",
        If("debugger", "its command line says that it waits for a debugger before it runs"),
        "it tries to connect to {dialled}, which does not answer",
        "it is connected to {connected}",
        "it sleeps in {asleep}",
        "its last words: {words}",
        "its last lines: {lines}",
    ),
    fix=(
        If("debugger", "start it without the debugger's option, or attach the debugger and continue"),
        "see why {dialled} does not answer: nc -vz to it from this host; or give the program the right address",
        "see what it waits for: the end of its log, py-spy dump --pid {pid}, gdb -p {pid}",
    ),
    prevent=("a timeout for each thing that it waits for at its start, with a line in the log that names it",),
    verify=("ss -ltnp shows process {pid}, or its successor, with the port", RECHECK),
    explains=("process.*", "log.*", *NOTHING_ANSWERS),
    supersedes=("process-not-running",),
    look_alikes=(
        LookAlike("process-stopped", Command("ps -o stat= -p <pid>"), "S: it waits; T: it is stopped"),
        LookAlike(
            "config-other-port", Command("ss -ltnp"), "a row of the process: another port; none: it does not listen yet"
        ),
    ),
    sources=("https://nodejs.org/en/learn/getting-started/debugging",),
    staged=("process/waits-for-database", "process/debugger-waits"),
)
