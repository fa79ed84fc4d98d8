# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-descriptors-used-up: the process is at its limit of open files, and cannot accept another connection."""

from __future__ import annotations

from ...facts import Facts
from ...rule import IN_BROWSER, Command, Condition, Found, LookAlike, Rule
from ._descriptors import are_used_up
from ._restart import restart_words


def _new_connections_fail(facts: Facts) -> bool:
    return facts.handshake.get("outcome") in ("eof", "reset", "timeout", "connect-timeout")


def _find(facts: Facts) -> Found:
    """With the number of descriptors, and what new connections meet."""
    line = facts.signature("fd-limit")
    result = facts.result("process.descriptors")
    return "certain" if are_used_up(facts) else "likely", {
        "count": result.summary if result else None,
        "line": facts.quote(line) if line else None,
        "outcome": facts.handshake.get("outcome") if _new_connections_fail(facts) else None,
        "restart": restart_words(facts),
        "pid": facts.main_process.get("pid"),
    }


RULE = Rule(
    id="process-descriptors-used-up",
    layer="process",
    title="The process has run out of file descriptors",
    users_see=(
        "connected clients keep working; every new connection fails",
        "Node: new connections are closed without a byte, and nothing is logged",
        "Python's asyncio: new handshakes time out, and the log has `socket.accept() out of system resource` and "
        "`OSError: [Errno 24] Too many open files`",
        "Go's log: `accept4: too many open files`",
        "nginx, if it is the one at its limit: 500, and `socket() failed (24: Too many open files) while connecting to "
        "upstream` in error.log",
    ),
    why="Every connection takes a file descriptor of the process, and the kernel allows no more than the soft limit on "
    "open files (`Max open files`), which is often 1024. At the limit accept() fails with EMFILE. The kernel still "
    "completes the TCP handshake, so clients do connect, and then wait or are closed. WebSockets reach the limit where "
    "short requests never do, because each client keeps its descriptor; sockets that are never closed after the client "
    "has gone reach it with any limit.",
    needs=(
        Condition(
            "at least 95 % of the soft limit on file descriptors is used (`process.descriptors`), or the log reports "
            "that none are left and new connections fail",
            lambda facts: are_used_up(facts) or (facts.signature("fd-limit") and _new_connections_fail(facts)),
        ),
    ),
    find=_find,
    confidence={"certain": "the descriptors were counted", "likely": "only the log reports it"},
    because=("{count}", "{line}", "new connections: {outcome}"),
    fix=("raise the limit: LimitNOFILE=65536 under [Service] in the unit, systemctl daemon-reload, then {restart}",),
    prevent=("count the sockets with ss -tnp | grep pid={pid}, and close those whose client has gone (CLOSE-WAIT)",),
    explains=(
        "process.descriptors",
        "process.cpu",
        "port.backlog",
        "port.reachable",
        "log.*",
        "websocket.*",
        *IN_BROWSER,
    ),
    supersedes=("server-upgrade-unanswered", "process-accept-queue-full", "server-socketio-path-mismatch"),
    look_alikes=(
        LookAlike(
            "server-socketio-path-mismatch",
            Command("ls /proc/<pid>/fd | wc -l; grep 'open files' /proc/<pid>/limits"),
            "as many as the soft limit: no descriptor is left; fewer: look at the path",
        ),
    ),
    sources=(
        "https://man7.org/linux/man-pages/man2/getrlimit.2.html",
        "https://man7.org/linux/man-pages/man2/accept.2.html",
    ),
    staged=("process/descriptors",),
)
