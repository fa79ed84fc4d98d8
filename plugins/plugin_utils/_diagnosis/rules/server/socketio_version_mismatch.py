# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-socketio-version-mismatch: client and server speak different versions of Engine.IO."""

from __future__ import annotations

from ...._evidence.who_answered import engine_io_code
from ...._model import PASS
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS_DIRECT


def _polling_refusal(facts: Facts) -> str:
    """What Engine.IO answers to a client that begins by polling, where it refuses."""
    return str((facts.websocket.get("polling") or {}).get("body") or "")


def _refuses_in_stream(facts: Facts) -> bool:
    return "Unsupported protocol version" in str(facts.conversation.get("stream_start"))


def _is_other_version(facts: Facts) -> bool:
    """Whether the server answers as Engine.IO 3 does, or refuses the version by one of its known words."""
    return bool(
        facts.exchange.get("peer")
        or _refuses_in_stream(facts)
        or engine_io_code({"body": _polling_refusal(facts)}) == 5
        or "unsupported version of the Socket.IO" in _polling_refusal(facts)
    )


def _find(facts: Facts) -> Found:
    """With the version that the server speaks, as far as it says so."""
    line = facts.signature("socketio-version-mismatch")
    return "certain", {
        "spoken_version": facts.exchange.get("peer"),
        "refused_in_stream": _refuses_in_stream(facts),
        "answer_to_polling": _polling_refusal(facts),
        "log_line": facts.quote(line) if line else None,
    }


RULE = Rule(
    id="server-socketio-version-mismatch",
    layer="server",
    title="The Socket.IO versions of client and server do not match",
    users_see=(
        "console of a newer client: `It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client`",
        'the 400 that an older client gets when it polls: `{"code":5,"message":"Unsupported protocol version"}`; the client reports `xhr poll '
        "error`",
        "browser console, with transport websocket: `Invalid frame header`",
        "the 400 of python-socketio: `The client is using an unsupported version of the Socket.IO or Engine.IO protocols`",
    ),
    why="Socket.IO 2 speaks Engine.IO protocol 3, Socket.IO 3 and later speak protocol 4, and the two are not compatible: packets are encoded "
    "differently, and pings go in the opposite direction. The client names its version in the query (EIO=3 or EIO=4). A newer server refuses "
    "EIO=3: a client that polls gets 400, and with transport websocket the same 400 is written into the stream after the 101. A server "
    "of version 2 does not refuse: it answers in protocol 3, which a newer client cannot read.",
    needs=(
        Condition(
            "the server answers an Engine.IO 4 client in Engine.IO 3, or refuses the protocol version",
            _is_other_version,
        ),
    ),
    against=(
        Condition(
            "the exchange completed anyway",
            lambda facts: facts.status("websocket.message") == PASS or facts.exchange["completed"],
        ),
    ),
    find=_find,
    confidence={"certain": "the server's own answer shows its version"},
    because=(
        (
            "to an Engine.IO 4 client, the server speaks {spoken_version}",
            If("refused_in_stream", "the server refuses the protocol version inside the stream"),
            "the server refuses the protocol version",
        ),
        "polling is answered with {answer_to_polling}",
        "{log_line}",
    ),
    fix=("use matching versions: 2.x on both sides, or 3 and later on both sides",),
    prevent=(
        "allowEIO3: true lets a newer server accept 2.x clients; if the server is to stay at 2.x, set dialect: socketio2",
    ),
    explains=EXPLAINS_DIRECT,
    supersedes=("server-asgi-no-route", "server-two-upgrade-handlers", "server-application-silent"),
    look_alikes=(
        LookAlike(
            "server-two-upgrade-handlers",
            Look("the body of the HTTP answer inside the stream"),
            "Unsupported protocol version: the versions; anything else: a second handler",
        ),
    ),
    sources=("https://socket.io/docs/v4/client-installation/#version-compatibility",),
    staged=("socketio/eio3-in-stream", "socketio/python-clients-of-version-2", "socketio/versions"),
)
