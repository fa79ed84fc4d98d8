# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-ended-by-client: the process ends when a client does its handshake, or sends a message."""

from __future__ import annotations

import typing as t

from ...._evidence.process import describe
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Command, Condition, Found, If, LookAlike, Rule
from ._ended import last_words, quoted
from ._owners import serving_pids
from ._restart import service_unit

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.process import ProcessRow

#: How a connection ends that the server's kernel ends because the process is gone.
_LOST = ("eof", "reset", "closed")


def _was_lost(facts: Facts) -> bool:
    """Whether a connection was accepted, and then ended without a close frame or an answer."""
    main = facts.websocket.get("main") or {}
    return main.get("outcome") in _LOST or (
        main.get("outcome") == "open" and facts.ended.get("how") in ("eof", "reset")
    )


def _serving(facts: Facts) -> list[ProcessRow]:
    """The processes that have the port, or else the main one: what starts them again stays."""
    serving = serving_pids(facts)
    return [row for row in facts.processes if row.get("pid") in serving] or facts.processes[:1]


def _is_gone(facts: Facts) -> bool:
    """Whether those that had the port have ended after they were first seen."""
    serving = serving_pids(facts)
    rows = [row for row in facts.processes if row.get("pid") in serving]
    # Listeners are read after the processes: then the port may be the successor's already.
    return all(row.get("gone") for row in rows) if rows else any(row.get("gone") for row in facts.processes)


def _was_started_since(facts: Facts) -> bool:
    """Whether they are younger than this run's first question."""
    rows = _serving(facts)
    return bool(rows) and all((row.get("after_asked_s") or 0.0) > 0.0 for row in rows)


def _left_the_port(facts: Facts) -> bool:
    """Whether nothing listens any more where a connection was accepted a moment ago."""
    return facts.port.get("listeners") == []


def _find(facts: Facts) -> Found:
    """With what it said last: in the log of the run, or in that of the next one."""
    process = next((row for row in facts.processes if row.get("gone")), next(iter(_serving(facts)), None))
    trace = facts.fatal_trace()
    words = last_words(facts, "ended", "previous", "running")
    return "likely", {
        "opened": (facts.websocket.get("main") or {}).get("outcome") == "open",
        "refused": (facts.websocket.get("main") or {}).get("outcome") != "open",
        "process": describe(process) if process and _is_gone(facts) else None,
        "started": describe(process) if process and not _is_gone(facts) and _was_started_since(facts) else None,
        "left": _left_the_port(facts),
        "trace": facts.quote(trace) if trace else None,
        "words": quoted(words) if not trace else None,
        "unit": service_unit(facts),
    }


RULE = Rule(
    id="process-ended-by-client",
    layer="process",
    title="The process ends when a client connects or sends",
    users_see=(
        "every client is disconnected whenever one connects: close code 1006, and all come back at once",
        "nodemon: `[nodemon] app crashed - waiting for file changes before starting...`, or `restarting due to changes...`",
        "pm2: the number of restarts grows with each visitor; systemd: `Main process exited` at the time of each handshake",
    ),
    why="An exception that nothing catches in the handler of a connection or message ends the whole process in Node, Go and others, and with it "
    "the connections of all clients. A supervisor starts it again, so a moment later it looks healthy, until the next client comes. A "
    "development supervisor (nodemon, --reload) restarts it as well where the program writes a file that is watched.",
    needs=(
        Condition("the connection was accepted, and ended without an answer or a close frame", _was_lost),
        Condition(
            "the process that was seen before is gone after it, was started since, or nothing listens on the port any more",
            lambda facts: _is_gone(facts) or _was_started_since(facts) or _left_the_port(facts),
        ),
    ),
    find=_find,
    confidence={"likely": "it may have been stopped at this very moment by somebody else"},
    because=(
        If("refused", "the connection was accepted, and ended before the handshake was answered"),
        If("opened", "101, then the connection ended without a close frame"),
        "{process} was there before our handshake, and is gone after it",
        "{started} was started after our handshake had been sent",
        If("left", "nothing listens on the port any more"),
        "{trace}",
        "its last words: {words}",
    ),
    fix=(
        (
            "fix what its log says: {trace}",
            "read what its log says last: journalctl -u {unit} -n 50",
            "read the end of its log",
        ),
    ),
    prevent=(
        "catch errors of each connection and message: ws.on('error', …), recover() in a goroutine, try/except in the handler",
        "let a development supervisor ignore what the program writes (nodemon --ignore, --reload-exclude)",
    ),
    verify=("the process ID stays the same while a client connects and sends", RECHECK),
    explains=("process.*", "log.*", "environment.*", "port.*", "websocket.*", "proxy.handshake", *IN_BROWSER),
    supersedes=(
        "process-ended",
        "process-not-running",
        "process-not-listening-yet",
        "server-error-at-handshake",
        "server-drops-after-101",
        "server-upgrade-closed",
        "server-handler-exception",
    ),
    look_alikes=(
        LookAlike(
            "server-drops-after-101",
            Command("pgrep -f <command>, before and after a handshake"),
            "another process ID: it ended; the same: it only drops the connection",
        ),
    ),
    sources=("https://nodejs.org/api/process.html#event-uncaughtexception",),
    staged=("process/ends-at-handshake", "process/ends-at-message"),
)
