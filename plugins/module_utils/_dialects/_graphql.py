# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the two GraphQL sub-protocols share: initialise, ask for ``__typename``, wait for any answer."""

from __future__ import annotations

import typing as t

from .._protocol.conversation import Conversation, json_type

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

PATHS = ("/graphql", "/subscriptions")


def exchange(talk: Conversation, patience: float, init: str, query: str, answers: tuple[str, ...]) -> Exchange:
    """Run the exchange; an ``error`` answer to the query proves the flow as well as data does.

    :param init: the connection_init message.
    :param query: the message that asks for ``__typename``.
    :param answers: message types that answer it.
    """
    talk.send_text(init)
    frame = talk.await_message(lambda frame: json_type(frame) in ("connection_ack", "connection_error"), patience)
    result: Exchange = {"completed": False, "sent": "connection_init", "wanted": "connection_ack", "proof": ""}
    if frame is None:
        return result
    result["proof"] = frame.text
    if json_type(frame) != "connection_ack":
        result["refusal"] = frame.text
        return result
    talk.send_text(query)
    answer = talk.await_message(lambda frame: json_type(frame) in answers, patience)
    result.update({"sent": "{__typename}", "wanted": ", ".join(answers), "completed": answer is not None})
    if answer is not None:
        result["proof"] = answer.text
    return result
