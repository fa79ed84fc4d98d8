# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-handler-exception: the server closes with 1011, since its handler raised an exception."""

from __future__ import annotations

from ...facts import Facts
from ...rule import Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS_DIRECT, OTHER_CLOSE_REASON, closed_by


def _find(facts: Facts) -> Found:
    """With the last stack trace of the log."""
    trace = facts.fatal_trace()
    # 1011 is whatever the server did not expect: programs send it on purpose, too.
    return "certain" if trace else "likely", {
        "reason": facts.ended.get("reason"),
        "stack_trace": facts.quote(trace) if trace else None,
        "takes_path": "missing 1 required positional argument: 'path'" in str(trace.get("root")),
    }


RULE = Rule(
    id="server-handler-exception",
    layer="server",
    title="The server's handler raised an exception",
    users_see=(
        "the client's close event: code `1011`",
        "Python's websockets, in the client: `received 1011 (internal error)`; in the server's log: `connection handler failed`",
        "after an update of Python's websockets, in the server's log: `TypeError: handler() missing 1 required positional argument: 'path'`",
    ),
    why="The WebSocket was open, then the application's code raised an exception that nothing caught. Libraries answer this by closing with "
    "1011, internal error; the exception itself goes to the server's log only. If every client gets 1011 at once, the handler does not "
    "even start, for example after a library update; if only some do, it depends on what they send.",
    needs=(closed_by("101, then close code 1011", 1011),),
    against=(OTHER_CLOSE_REASON,),
    find=_find,
    confidence={"certain": "its stack trace is in the log", "likely": "the close code alone tells"},
    because=(
        ("101, then close code 1011 (internal error) {reason}", "101, then close code 1011 (internal error)"),
        "{stack_trace}",
    ),
    fix=(
        "read the server's log: 1011 is sent when the handler raised an exception",
        If(
            "takes_path",
            "websockets 14 and later call handler(connection): drop the argument path, and use connection.request.path",
        ),
    ),
    prevent=("catch and log exceptions per message, and pin the version of the WebSocket library",),
    explains=EXPLAINS_DIRECT,
    look_alikes=(
        LookAlike(
            "server-drops-after-101",
            Look("the server's log at the moment of the handshake"),
            "a traceback from the handler: its exception; none: the connection was dropped",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1",),
    staged=("server/handler-exception",),
)
