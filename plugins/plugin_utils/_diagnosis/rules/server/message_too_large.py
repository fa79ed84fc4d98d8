# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-message-too-large: a message is larger than the server accepts."""

from __future__ import annotations

from ...facts import Facts
from ...rule import RECHECK, Found, Look, LookAlike, Rule
from ._server import EXPLAINS, closed_by


def _find(facts: Facts) -> Found:
    """With the reason that came with the close frame, which may name the limit."""
    line = facts.signature("message-too-big")
    return "certain", {"reason": facts.ended.get("reason"), "line": facts.quote(line) if line else None}


RULE = Rule(
    id="server-message-too-large",
    layer="server",
    title="The message is larger than the server accepts",
    users_see=(
        "close code `1009`, in browsers as `event.code` of the close event",
        "the close reason of Python's websockets and uvicorn: `frame with 2097152 bytes exceeds limit of 1048576 bytes`",
        "log of Node's ws: `RangeError: Max payload size exceeded`, code `WS_ERR_UNSUPPORTED_MESSAGE_LENGTH`",
        "Python clients: `received 1009 (message too big)`",
    ),
    why="The protocol allows messages of practically any size, so servers set a limit to protect their memory: 1 MiB in Python's websockets, 16 MiB in "
    "uvicorn, 100 MiB in Node's ws. A larger message ends the whole connection with close code 1009, and what else was under way on it is "
    "lost. The limit applies to the message after decompression: a small compressed frame may exceed it.",
    needs=(closed_by("101, then close code 1009 (message too big)", 1009),),
    find=_find,
    confidence={"certain": "the code means nothing else"},
    because=(("101, then close code 1009 {reason}", "101, then close code 1009"), "{line}"),
    fix=(
        "raise the server's limit (ws: maxPayload, websockets: max_size, uvicorn: --ws-max-size), or send smaller messages",
    ),
    prevent=("the limit applies to the message after decompression; agree on it with the clients",),
    verify=("send a message as large as clients need: websocket.send and websocket.expect", RECHECK),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "network-path-mtu-black-hole",
            Look("a message of 16 bytes"),
            "answered: the size decides. A larger one closed with 1009: the server; met with silence: the network",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1",),
    staged=("server/message-too-big", "server/message-too-big-python"),
)
