# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-shutting-down: the server ends connections because it shuts down or restarts."""

from __future__ import annotations

from ...facts import Facts
from ...rule import RECHECK, Found, Look, LookAlike, Rule
from ._server import EXPLAINS, OTHER_CLOSE_REASON, closed_by

_MEANINGS = {1001: "going away", 1012: "service restart", 1013: "try again later"}


def _find(facts: Facts) -> Found:
    """With the code, and what it means."""
    code = facts.ended.get("code") or 0
    return "likely", {"code": code, "meaning": _MEANINGS.get(code), "reason": facts.ended.get("reason")}


RULE = Rule(
    id="server-shutting-down",
    layer="server",
    title="The server ends connections because it shuts down or restarts",
    users_see=(
        "close code `1012` (uvicorn on SIGTERM), `1001` or `1013`, in browsers as `event.code` of the close event",
        "Python clients: `received 1012 (service restart)` or `received 1001 (going away)`",
        "all clients lose the connection at the same moment, and all reconnect at once",
    ),
    why="A server that shuts down cleanly sends a close frame on each open connection before it exits: 1001 going away, 1012 service restart, "
    "1013 try again later. During a deployment that is normal and passes. When it is seen again and again, the process is restarted "
    "over and over, or the application uses such a code for reasons of its own.",
    needs=(closed_by("101, then close code 1001, 1012 or 1013", *_MEANINGS),),
    against=(OTHER_CLOSE_REASON,),
    find=_find,
    confidence={"likely": "a server may send these codes for reasons of its own"},
    because=(("101, then close code {code} ({meaning}) {reason}", "101, then close code {code} ({meaning})"),),
    fix=(
        "check whether the server was stopped or restarted at that moment; if not, find out why it closes with this code",
    ),
    prevent=("let clients reconnect after a random delay: a restart ends all connections at once",),
    verify=("re-check once the restart is over", RECHECK),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "server-drops-after-101",
            Look("how the connection ends"),
            "a close frame with 1001, 1012 or 1013: an orderly end; no close frame: the connection is dropped",
        ),
        LookAlike(
            "server-refuses-after-open",
            Look("the close code"),
            "1001, 1012 or 1013: an orderly end; 1008, 3000, 3003, 4001, 4401 or 4403: it refuses the client",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1",),
    staged=("server/closes-for-a-restart", "server/going-away"),
)
