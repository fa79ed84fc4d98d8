# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-signalr-refused: the hub of SignalR refuses the handshake of its protocol, or closes the connection right after it."""

from __future__ import annotations

from ...conditions import ACCEPTED_DIRECTLY
from ...facts import Facts
from ...rule import Found, If, Look, LookAlike, Rule
from ._dialects import refuses_in
from ._server import EXPLAINS, refusal


def _find(facts: Facts) -> Found:
    """With the hub's words: an error to the handshake is about the protocol, a close after it about the application."""
    words = refusal(facts, "signalr")
    return "certain", {"refusal": words, "closed_later": '"type":7' in words}


RULE = Rule(
    id="server-signalr-refused",
    layer="server",
    title="The SignalR hub refuses the client",
    users_see=(
        "browser console: `Error: Server returned handshake error: The protocol 'json' is not supported.`",
        "browser console: `Error: Connection disconnected with error 'Error: Server returned an error on close: Connection closed with an "
        "error.'.`",
        'message after the handshake record: `{"type":7,"error":"Connection closed with an error."}`',
    ),
    why="After the 101 a SignalR client sends a handshake record that names a protocol and its version. A hub that has no such protocol "
    "answers with an error. Otherwise it runs OnConnectedAsync; where that throws, or a service of the hub cannot be created, the hub "
    "sends a Close message (type 7) and ends the connection. The details stay in the server's log unless EnableDetailedErrors is on.",
    needs=(ACCEPTED_DIRECTLY, refuses_in("signalr")),
    find=_find,
    confidence={"certain": "the hub itself reports it"},
    because=(
        (
            If("closed_later", "101, and then the hub closes the connection: {refusal}"),
            "101, and then the hub refuses the handshake: {refusal}",
        ),
    ),
    fix=(
        (
            If(
                "closed_later",
                "read the exception of OnConnectedAsync in the log, or send the credentials that it requires (the probe: websocket.headers)",
            ),
            "use a protocol and a version that the hub supports (json, messagepack)",
        ),
    ),
    explains=EXPLAINS,
    supersedes=("server-application-silent",),
    look_alikes=(
        LookAlike(
            "server-application-silent",
            Look("the messages after the handshake record"),
            "an error, or one of type 7: the hub refuses; none at all: the application is silent",
        ),
    ),
    sources=("https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md",),
    staged=("framework/signalr-refuses",),
)
