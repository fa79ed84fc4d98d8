# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-stopped: a signal has stopped the process, which keeps its port."""

from __future__ import annotations

from ...._evidence.process import describe
from ...conditions import STOPPED, is_stopped
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Command, Found, If, LookAlike, Rule


def _find(facts: Facts) -> Found:
    """Connections are then opened by the kernel, and nothing answers on them."""
    stuck = next(process for process in facts.processes if is_stopped(process))
    return "certain", {
        "process": describe(stuck),
        "state": stuck["state"] if not stuck.get("frozen") else None,
        "frozen": bool(stuck.get("frozen")),
        "pid": stuck.get("pid"),
        "unanswered": facts.handshake.get("outcome") in ("timeout", "connect-timeout"),
        "queued": facts.queued or None,
    }


RULE = Rule(
    id="process-stopped",
    layer="process",
    title="The process is stopped (SIGSTOP, a frozen control group): it holds the port but does not run",
    users_see=(
        "the browser waits until it gives up: `WebSocket connection to 'ws://…' failed`, without a status",
        "nginx: `upstream timed out (110: Connection timed out) while reading response header from upstream`, and 504 Gateway Time-out",
        "`ps` shows the process in state `T`",
    ),
    why="A process in state T is alive and keeps its listening socket, but the kernel gives it no processor until it gets SIGCONT. The kernel "
    "goes on completing TCP handshakes for it, so clients connect, send their request and wait. When the accept queue is full, new "
    "connections time out as well. Ctrl-Z in a shell, a debugger, a frozen cgroup and SIGSTOP in a script all do this.",
    needs=(STOPPED,),
    find=_find,
    confidence={"certain": "the kernel says so"},
    because=(
        ("{process} is in state {state} (stopped)", "the control group of {process} is frozen"),
        If("unanswered", "connections are opened by the kernel, but nothing answers on them"),
        "{queued} connections are waiting to be accepted",
    ),
    fix=(
        (
            If(
                "frozen",
                "thaw its control group (cat /proc/{pid}/cgroup names it): docker unpause, podman unpause, systemctl thaw",
            ),
            "kill -CONT {pid}",
        ),
    ),
    prevent=("find who stopped it: a debugger, job control (Ctrl-Z), a freezer cgroup, a SIGSTOP in a script",),
    verify=((If("state", "ps -o stat= -p {pid} shows no T"), "its control group is no longer frozen"), RECHECK),
    explains=("process.state", "port.backlog", "port.reachable", "websocket.*", *IN_BROWSER),
    supersedes=(
        "process-event-loop-blocked",
        "process-accept-queue-full",
        "server-upgrade-unanswered",
        "network-firewall-drops",
    ),
    look_alikes=(
        LookAlike("process-event-loop-blocked", Command("ps -o stat= -p <pid>"), "T: it is stopped; R: it computes"),
    ),
    sources=("https://man7.org/linux/man-pages/man7/signal.7.html",),
    staged=("process/stopped",),
)
