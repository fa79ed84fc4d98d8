# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-drops-after-101: the connection ends after the 101, without a close frame."""

from __future__ import annotations

from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._server import EXPLAINS_DIRECT


def _find(facts: Facts) -> Found:
    """With the last stack trace of the log."""
    trace = facts.fatal_trace()
    return "likely", {
        "reset_or_closed": "reset" if facts.ended["how"] == "reset" else "closed",
        "stack_trace": facts.quote(trace) if trace else None,
    }


RULE = Rule(
    id="server-drops-after-101",
    layer="server",
    title="The server drops the connection right after the handshake",
    users_see=(
        "in the browser, the open event is followed at once by the close event: code `1006`, `wasClean` false, no reason",
        "Python's websockets, in the client: `no close frame received or sent`",
        "uvicorn's log, where the handler raised an exception: `Exception in ASGI application`",
        "nginx's error.log, where the server resets: `recv() failed (104: Connection reset by peer) while proxying upgraded connection`",
    ),
    why="A WebSocket that ends properly ends with a close frame; 1006 means that none came. The TCP connection was closed or reset below the "
    "protocol: the process crashed or was restarted, the handler called terminate() or destroy() on the socket, or an exception in it "
    "made the framework drop the connection. The client cannot tell these apart, only the server's log can.",
    needs=(
        Condition(
            "101, then the connection ends without a close frame",
            lambda facts: facts.ended.get("how") in ("eof", "reset"),
        ),
    ),
    find=_find,
    confidence={"likely": "what ended it cannot be seen from outside"},
    because=("101, then the connection was {reset_or_closed} without a close frame", "{stack_trace}"),
    fix=(
        "look in the server's log at the time of the probe: an exception in the connection handler, a crash, a call to socket.destroy()",
    ),
    prevent=(
        "end connections with a close frame and a code, ws.close(1011, 'reason'), not with terminate() or destroy()",
    ),
    explains=EXPLAINS_DIRECT,
    look_alikes=(
        LookAlike(
            "server-handler-exception",
            Look("the server's log at the moment of the handshake"),
            "a traceback from the handler: its exception; none: a crash or destroy()",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-7.1.5",),
    staged=("server/dropped-after-101",),
)
