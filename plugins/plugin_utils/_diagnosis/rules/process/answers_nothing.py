# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-answers-nothing: the process waits, and answers neither a handshake nor an ordinary GET."""

from __future__ import annotations

from ...._evidence.process import describe
from ...conditions import GETS_NO_BYTE, STOPPED
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Command, Condition, Found, If, LookAlike, Rule
from ._cpu import is_idle, serving, spinning

#: Connections of the probe itself that may still be open.
_OWN = 6


def _answered_another(facts: Facts) -> bool:
    outcomes = (facts.websocket.get("repeat") or {}).get("outcomes") or {}
    return bool(outcomes.get("101"))


def _find(facts: Facts) -> Found:
    """With what the kernel says that it waits for, and who takes up its threads."""
    behind = serving(facts)
    process = next(iter(behind), None) or {}
    threads = sum(one.get("threads") or 1 for one in behind)
    established = (facts.port.get("connections") or {}).get("established") or 0
    others = established - facts.queued
    peers = [one for row in behind for one in row.get("outgoing") or () if one.get("state") != "close-wait"]
    port = str(facts.service.get("port"))
    pending = [one for one in peers if one.get("state") == "syn-sent"]
    idle = bool(behind) and all(is_idle(one) for one in behind)
    return "likely" if idle else "possible", {
        "process": describe(process) if process else None,
        "idle": idle,
        "pid": process.get("pid"),
        "asleep": process.get("wchan"),
        "queued": facts.queued or None,
        "accepted": others if others > _OWN else None,
        "threads": threads,
        "taken": others > _OWN and others >= threads - 1,
        "waits_for": (pending or [one for one in peers if port not in str(one.get("peer"))] or [{}])[0].get("peer"),
        "dials": bool(pending),
    }


RULE = Rule(
    id="process-answers-nothing",
    layer="process",
    title="The process runs and answers nothing: a call blocks it, or all its threads or workers are taken",
    users_see=(
        "the page itself hangs, not only the WebSocket; after a restart everything works for a while",
        "nginx: `upstream timed out (110: Connection timed out) while reading response header from upstream`, and 504 Gateway Time-out",
        "`top` shows the process at 0 % CPU, `ps -o wchan` a wait for a lock, a socket or a file",
    ),
    why="The kernel accepts connections for the process, and who would answer them waits: one thread that calls something slowly (a database "
    "driver without a timeout, a lock, a DNS look-up, a name server that does not answer) blocks an event loop; with threads or workers, as "
    "many open connections as there are of them leave none for the next. An ordinary GET waits just as the handshake does, so no handler "
    "for upgrades is to blame.",
    needs=(
        GETS_NO_BYTE,
        Condition("an ordinary GET gets no answer either", lambda facts: facts.plain["outcome"] == "timeout"),
    ),
    against=(
        STOPPED,
        Condition("the owner of the port uses a CPU all the time, or waits for one", spinning),
        Condition(
            "another handshake of this run was answered",
            _answered_another,
        ),
    ),
    find=_find,
    confidence={
        "likely": "the processes behind the port use next to no CPU; what they wait for is inferred from what the kernel shows",
        "possible": "the process behind the port cannot be seen, or computes part of the time",
    },
    because=(
        "the connection is accepted, but neither the handshake nor an ordinary GET gets a byte back",
        If("idle", "{process} uses next to no CPU"),
        "it sleeps in {asleep}",
        If("taken", "{accepted} connections are open, and it has {threads} threads: all may be taken"),
        ("it waits for {waits_for}", If("dials", "it waits for another host")),
        "{queued} connections are waiting to be accepted",
    ),
    fix=(
        "see what it waits for: py-spy dump --pid {pid} (Python), jstack {pid} (Java), gdb -p {pid} -batch -ex 'thread apply all bt'",
        If("taken", "raise the number of threads or workers, or end connections that idle"),
    ),
    prevent=(
        "a timeout for every call to something else; threads or workers for as many connections as there will be",
    ),
    verify=("curl -m 5 answers while clients are connected", RECHECK),
    explains=("port.backlog", "port.reachable", "websocket.*", *IN_BROWSER),
    supersedes=("process-accept-queue-full", "server-upgrade-unanswered", "network-firewall-drops"),
    look_alikes=(
        LookAlike(
            "process-event-loop-blocked",
            Command("top -b -n 1 -p <pid>"),
            "next to no CPU: it waits; all of one: it computes",
        ),
        LookAlike("process-stopped", Command("ps -o stat= -p <pid>"), "S: it waits; T: it is stopped"),
    ),
    sources=("https://man7.org/linux/man-pages/man5/proc_pid_wchan.5.html",),
    staged=("process/blocking-call", "process/threads-taken"),
)
