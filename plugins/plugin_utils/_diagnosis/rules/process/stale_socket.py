# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-stale-socket: the file of a unix socket is left over from a process that has ended."""

from __future__ import annotations

from ...conditions import NOTHING_LISTENS, logged
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ._nothing_answers import NOTHING_ANSWERS
from ._restart import restart_words


def _find(facts: Facts) -> Found:
    """With the file, which has to go before the next start."""
    return "certain", {
        "line": facts.quote(facts.signature("eaddrinuse")),
        "socket": facts.service.get("socket"),
        "restart": restart_words(facts),
    }


RULE = Rule(
    id="process-stale-socket",
    layer="process",
    title="The service cannot start: the file of its unix socket is left over",
    users_see=(
        "`Error: listen EADDRINUSE: address already in use /run/chat.sock`; Python: `OSError: [Errno 98] Address already in use`",
        "nginx: `connect() to unix:/run/chat.sock failed (111: Connection refused)`, though the file is there",
    ),
    why="bind() to a unix socket creates a file, and nothing removes it when the process is killed. The file alone is no listener: connections are "
    "refused. The next start's bind() finds the file and fails with EADDRINUSE, unless the program removes it first.",
    needs=(
        Condition("the file of the unix socket exists", lambda facts: facts.port["socket_file"]),
        NOTHING_LISTENS,
        logged("the log reports that the address is in use", "eaddrinuse"),
    ),
    find=_find,
    confidence={"certain": "the file is there, no process listens on it, and the log says that bind() failed"},
    because=("{line}", "{socket} exists, and no process listens on it"),
    fix=("rm {socket}, then {restart}",),
    prevent=("remove the file before each start (ExecStartPre=/bin/rm -f {socket}), or let RuntimeDirectory= do it",),
    verify=("ss -lx src {socket} shows a row", RECHECK),
    explains=("process.*", "log.*", "environment.*", *NOTHING_ANSWERS),
    supersedes=("process-not-running", "process-ended", "process-not-listening-yet"),
    look_alikes=(
        LookAlike(
            "process-port-in-use",
            Command("ss -lxp src <socket>"),
            "a row: another process has it; none: the file is left over",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man7/unix.7.html",),
    staged=("process/stale-socket",),
)
