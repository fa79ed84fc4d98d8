# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Rails ActionCable (sub-protocol actioncable-v1-json)."""

from __future__ import annotations

import typing as t

from .._protocol.conversation import Conversation, json_type

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Exchange

NAME = "actioncable"
TITLE = "ActionCable"
SUBPROTOCOLS = ("actioncable-v1-json",)
PATHS = ("/cable",)
#: ``options["send"]`` is part of its own exchange.
USES_SEND = True


def recognises(greeting: str) -> bool:
    """The welcome message, or a refusal in its place."""
    return greeting.replace(" ", "").startswith(('{"type":"welcome"', '{"type":"disconnect"'))


def converse(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """The welcome proves that ``connect`` of the connection class ran; without it the 101 means nothing.

    ``options["send"]``, a ``subscribe`` command, is answered by ``confirm_subscription``, or ``reject_subscription``.
    """
    result = _await(talk, options, "welcome", "disconnect")
    if not result["completed"] or not options.get("send"):
        return result
    talk.send_text(options["send"])
    result = _await(talk, options, "confirm_subscription", "reject_subscription", "disconnect")
    return {**result, "sent": options["send"]}


def _await(talk: Conversation, options: dict[str, t.Any], wanted: str, *refusals: str) -> Exchange:
    """The result of waiting for one type of message, or for those that come in its place."""
    frame = talk.await_message(lambda frame: json_type(frame) in (wanted, *refusals), options["patience"])
    text = frame.text if frame else ""
    completed = frame is not None and json_type(frame) == wanted
    result: Exchange = {"completed": completed, "sent": "", "wanted": '{"type":"%s"}' % wanted, "proof": text}
    if text and not completed:
        result["refusal"] = text
    return result
