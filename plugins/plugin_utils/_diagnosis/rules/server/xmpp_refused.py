# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-xmpp-refused: an XMPP server refuses the handshake for its sub-protocol, or the stream after it."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS, refusal


def _is_prosody(facts: Facts) -> bool:
    command = str(facts.main_process.get("command") or "")
    return "prosody" in command or "xmpp-websocket" in str(facts.served_path)


def _find(facts: Facts) -> Found:
    """With the answer: 501 asks for the sub-protocol, a stream error names something else."""
    words = refusal(facts, "xmpp")
    return "certain", {
        "refusal": words,
        "answer": outcome_words(facts.handshake),
        "unknown_domain": "host-unknown" in words,
        "no_subprotocol": not words,
    }


RULE = Rule(
    id="server-xmpp-refused",
    layer="server",
    title="The XMPP server refuses the stream",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…/xmpp-websocket' failed: Error during WebSocket handshake: Unexpected "
        "response code: 501`",
        "Prosody's debug log: `Client didn't want to talk XMPP, list of protocols was (empty)`",
        "message after the 101: `<stream:error>` with `<host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>`",
        "Prosody log: `No stream features to offer on insecure session. Check encryption and security settings.`",
    ),
    why="XMPP over WebSocket needs the sub-protocol xmpp; Prosody answers 501 to a client that does not offer it. After the 101 the client "
    "opens a stream to a domain. A domain that the server does not host gets the stream error host-unknown. Where encryption is "
    "required and the connection arrives without TLS, as it does behind a proxy that terminates TLS, the server has no way to log in "
    "to offer, and ends the stream with undefined-condition.",
    needs=(
        Condition(
            "an XMPP server answers 501, as it does to clients without its sub-protocol, or sends a stream error",
            lambda facts: refusal(facts, "xmpp") or (facts.handshake.get("status") == 501 and _is_prosody(facts)),
        ),
    ),
    find=_find,
    confidence={"certain": "the server itself reports it"},
    because=(("101, and then {refusal}", "the handshake is answered with {answer}"),),
    fix=(
        (
            If("unknown_domain", "correct the domain that clients ask for (to='…'), or add a VirtualHost for it"),
            If("no_subprotocol", "offer the sub-protocol xmpp (RFC 7395)"),
            "read the stream error; behind a proxy that terminates TLS: consider_websocket_secure = true",
        ),
    ),
    explains=EXPLAINS,
    supersedes=("server-application-silent", "server-drops-after-101", "server-no-subprotocol-selected"),
    look_alikes=(
        LookAlike(
            "server-no-subprotocol-selected",
            Look("the status of the handshake"),
            "501: the client does not offer xmpp; 101 without Sec-WebSocket-Protocol: the server selects none of those offered",
        ),
        LookAlike(
            "server-application-silent",
            Look("the answer to the client's <open/>"),
            "a stream error: the server refuses; nothing: the application is silent",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc7395",),
    staged=("framework/prosody-encryption", "framework/prosody-no-subprotocol", "framework/prosody-unknown-host"),
)
