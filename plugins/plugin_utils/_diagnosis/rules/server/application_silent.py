# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-application-silent: the WebSocket is open, and the application does not answer on it."""

from __future__ import annotations

from ...conditions import failed
from ...facts import Facts
from ...rule import Command, Condition, Found, If, LookAlike, Rule
from ._server import EXPLAINS_DIRECT


def _find(facts: Facts) -> Found:
    """With what was sent; a pong shows whether the library still runs."""
    pong = facts.conversation.get("ping_ms") is not None
    return "likely" if pong else "certain", {"sent": facts.exchange.get("sent"), "pong": pong}


RULE = Rule(
    id="server-application-silent",
    layer="server",
    title="The application does not answer messages",
    users_see=(
        "the browser's network tab: status 101, messages that go out, none that come in",
        "no error anywhere: the client waits forever, or gives up after a timeout of its own",
        "the first message after the connection opened is lost, later ones are answered",
    ),
    why="A WebSocket library accepts connections and answers pings on its own; only the application answers messages. It stays silent where "
    "no message handler is attached, where it is attached after an await and the first message came before, where the handler waits for a "
    "database or a lock, and where it expects messages of another form.",
    needs=(failed("101, and what was sent is not answered", "websocket.message"),),
    against=(
        Condition("something arrived that proves that data flows", lambda facts: facts.exchange.get("proof")),
        Condition("the connection ended in the meantime", lambda facts: facts.exchange.get("ended") or facts.ended),
    ),
    find=_find,
    confidence={"certain": "pings are not answered either", "likely": "pings are answered: the library runs"},
    because=(
        ("101, but {sent} was not answered", "101, but no greeting came and nothing was answered"),
        (
            If("pong", "pings are answered: the library runs, the application's handler does not answer"),
            "pings are not answered either: nothing reads the connection",
        ),
    ),
    fix=("attach the message handler before the first await of the connection handler, and log what it receives",),
    prevent=("if the application expects other messages, configure them: websocket.dialect, or send and expect",),
    explains=EXPLAINS_DIRECT,
    look_alikes=(
        LookAlike(
            "process-event-loop-blocked",
            Command("top -b -n 1 -p <pid>"),
            "about 100 % CPU: the loop is blocked; almost none: the handler does not answer",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2",),
    staged=("server/app-silent",),
)
