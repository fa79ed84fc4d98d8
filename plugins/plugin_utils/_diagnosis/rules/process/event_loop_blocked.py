# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-event-loop-blocked: a computation keeps the process from serving its connections."""

from __future__ import annotations

from ...._evidence.process import describe
from ...conditions import GETS_NO_BYTE
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Command, Condition, Found, LookAlike, Rule
from ._cpu import spinning
from ._descriptors import are_used_up


def _find(facts: Facts) -> Found:
    """With the busiest process; a dump of its stacks shows what it computes."""
    busiest = spinning(facts)[0]
    return "certain", {
        "process": describe(busiest),
        "percent": "%.0f" % (busiest.get("cpu_percent") or 0),
        "queued": facts.queued or None,
        "pid": busiest.get("pid"),
    }


RULE = Rule(
    id="process-event-loop-blocked",
    layer="process",
    title="The event loop is blocked by CPU-bound work",
    users_see=(
        "the handshake hangs: the browser's network panel shows the WebSocket as pending, then it fails without a "
        "status",
        "many clients lose their connection at once with close code 1006, or Socket.IO's `ping timeout`, and come back "
        "later",
        "nginx: 504 Gateway Time-out, and `upstream timed out (110: Connection timed out) while reading response "
        "header from upstream` in error.log",
        "`top` shows the process at 100 % CPU",
    ),
    why="Node, asyncio and other event loops run all handlers of a process one after another on one thread. While one "
    "of them computes, the process reads nothing, accepts nothing and answers no pings. The kernel goes on completing "
    "TCP handshakes and keeps what clients send, so connections look open but stay silent. When the work is done, "
    "everything that has waited is served at once, unless the clients have given up by then.",
    needs=(
        GETS_NO_BYTE,
        Condition("the owner of the port uses a CPU all the time, or waits for one", spinning),
    ),
    against=(
        Condition(
            "its file descriptors are used up: accept() then fails in a loop, which keeps a CPU busy as well",
            are_used_up,
        ),
    ),
    find=_find,
    confidence={"certain": "a process that computes all the time accepts no connections"},
    because=(
        "{process} uses {percent} % of a CPU",
        "the kernel accepts connections, but no byte comes back",
        "{queued} connections are waiting to be accepted",
    ),
    fix=(
        "find out what it is computing: py-spy dump --pid {pid} (Python), or kill -USR1 {pid} and chrome://inspect "
        "(Node)",
    ),
    prevent=("move the work off the event loop: worker threads, a queue, an executor",),
    verify=("the handshake is answered within milliseconds under the same load", RECHECK),
    explains=("process.cpu", "port.backlog", "port.reachable", "websocket.*", *IN_BROWSER),
    supersedes=("process-accept-queue-full", "server-upgrade-unanswered", "network-firewall-drops"),
    look_alikes=(
        LookAlike("process-stopped", Command("ps -o stat= -p <pid>"), "R: it computes; T: it is stopped"),
        LookAlike(
            "server-upgrade-unanswered",
            Command("top -b -n 1 -p <pid>"),
            "a CPU all the time: the loop is blocked; next to nothing: the handler does not answer",
        ),
    ),
    sources=(
        "https://nodejs.org/en/learn/asynchronous-work/dont-block-the-event-loop",
        "https://docs.python.org/3/library/asyncio-dev.html",
    ),
    staged=("process/event-loop-blocked",),
)
