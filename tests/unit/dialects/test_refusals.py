# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each dialect makes of the frames by which servers of its kind refuse, and of those by which they accept."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.conversation import (
    TEXT,
    Conversation,
    Ended,
    Frame,
)
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline

from tests.unit.probed_host import DIALECTS, Evidence

SUBSCRIBE = '{"command":"subscribe","identifier":"{\\"channel\\":\\"X\\"}"}'
AUTH = '{"type":"auth","access_token":"x"}'
PHOENIX = '[null,"1","phoenix","phx_reply",{"status":"%s","response":{}}]'
FEATURES = "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>"
STREAM_ERROR = "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><%s/></stream:error>"


class Scripted(Conversation):
    """A conversation with a server whose messages are given; it is silent after them."""

    def __init__(self, messages: t.Iterable[str | bytes], path: str = "/", host: str = "chat.example.com:8080") -> None:
        self.deadline = Deadline(1.0)
        self.ended = None
        self.sent: list[str] = []
        self.handshake = t.cast(t.Any, types.SimpleNamespace(request=types.SimpleNamespace(path=path, host=host)))
        self._waiting = [Frame(TEXT, text if isinstance(text, bytes) else text.encode()) for text in messages]

    def _send(self, data: bytes, opcode: int) -> None:
        self.sent.append(data.decode("utf-8", "replace"))

    def _receive_one(self, step: Deadline) -> Frame | None:
        return None


def converse(name: str, messages: t.Iterable[str | bytes], **options: str) -> tuple[Evidence, list[str]]:
    """The result of a dialect's exchange, and what it sent."""
    talk = Scripted(messages, path=options.pop("path", "/"))
    return DIALECTS[name].converse(talk, {"patience": 0.2, **options}), talk.sent


#: Dialect, what the server says, the service's options; whether the exchange counts as done, and words of the refusal.
REFUSED: tuple[tuple[str, tuple[str | bytes, ...], dict[str, str], bool, str], ...] = (
    ("socketio", ('0{"sid":"a"}', '44{"message":"not authorized"}'), {}, False, "not authorized"),
    ("socketio", ('0{"sid":"a"}', "41"), {}, False, "41"),
    ("socketio2", ('0{"sid":"a"}', '44"Authentication error"'), {}, False, "Authentication error"),
    ("socketio2", ('0{"sid":"a"}', "41"), {}, False, "41"),
    ("sockjs", ('c[3000,"Go away!"]',), {}, False, "Go away!"),
    ("sockjs", ("o", 'c[3000,"Go away!"]'), {"send": "hi"}, False, "Go away!"),
    ("graphql-transport-ws", ('{"type":"connection_error"}',), {}, False, "connection_error"),
    ("graphql-ws", ('{"type":"connection_error","payload":{"message":"no"}}',), {}, False, "no"),
    ("signalr", ('{"error":"The protocol \'json\' is not supported."}\x1e',), {}, True, "not supported"),
    ("signalr", ('{}\x1e{"type":7,"error":"Connection closed"}\x1e',), {}, False, "Connection closed"),
    ("signalr", ("{}\x1e", '{"type":6}\x1e', '{"type":7,"error":"OnConnectedAsync"}\x1e'), {}, False, "OnConnected"),
    ("phoenix", ('[null,"1","phoenix","phx_error",{}]',), {}, False, "phx_error"),
    ("phoenix", (PHOENIX % "error",), {}, False, "error"),
    ("actioncable", ('{"type":"disconnect","reason":"unauthorized"}',), {}, False, "unauthorized"),
    (
        "actioncable",
        ('{"type":"welcome"}', '{"identifier":"{}","type":"reject_subscription"}'),
        {"send": SUBSCRIBE},
        False,
        "reject_subscription",
    ),
    ("stomp", ("ERROR\nmessage:Bad CONNECT\n\n\0",), {}, True, "Bad CONNECT"),
    ("mqtt", (b"\x20\x02\x00\x01",), {}, True, "unacceptable protocol version"),
    ("mqtt", (b"\x20\x02\x00\x04",), {}, True, "bad user name or password"),
    ("mqtt", (b"\x20\x02\x00\x05",), {}, True, "not authorized"),
    ("jsonrpc", ('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse"}}',), {}, True, "-32700"),
    ("wamp", ('[3,{"message":"no"},"wamp.error.no_such_realm"]',), {}, True, "no_such_realm"),
    ("wamp", ('[4,"ticket",{}]',), {}, True, "ticket"),
    ("xmpp", ("<open id='1'/>", STREAM_ERROR % "host-unknown"), {}, True, "host-unknown"),
    ("xmpp", ("<open id='1'/>", STREAM_ERROR % "host-unknown"), {"send": "<open to='x'/>"}, False, "host-unknown"),
    ("xmpp", ("<open id='1'/>", STREAM_ERROR % "policy-violation"), {}, False, "policy-violation"),
    ("xmpp", ("<close see-other-uri='wss://other.example/'/>",), {}, False, "see-other-uri"),
    ("pusher", ('{"event":"pusher:error","data":{"code":4001}}',), {}, False, "4001"),
    (
        "pusher",
        ('{"event":"pusher:connection_established","data":"{}"}', '{"event":"pusher:error","data":{"code":4200}}'),
        {},
        False,
        "4200",
    ),
    (
        "home-assistant",
        ('{"type":"auth_required"}', '{"type":"auth_invalid","message":"Invalid password"}'),
        {"send": AUTH},
        False,
        "Invalid password",
    ),
    ("ddp", ('{"server_id":"0"}', '{"msg":"failed","version":"pre2"}'), {}, False, "pre2"),
)
ACCEPTED: tuple[tuple[str, tuple[str | bytes, ...], dict[str, str]], ...] = (
    ("socketio", ('0{"sid":"a"}', "2", '40{"sid":"b"}'), {}),
    ("sockjs", ("o", "h", 'a["no"]', 'a["say \\"hi\\""]'), {"send": 'say "hi"'}),
    ("sockjs", ("o", 'a["pong 17"]'), {"send": "ping", "expect": r"pong \d+"}),
    ("signalr", ('{}\x1e{"type":6}\x1e',), {}),
    ("phoenix", (PHOENIX % "ok",), {"path": "/socket/websocket?vsn=2.0.0"}),
    ("phoenix", ('{"topic":"phoenix","event":"phx_reply","payload":{"status":"ok"},"ref":"1"}',), {}),
    ("actioncable", ('{"type":"welcome"}', '{"type":"ping"}', '{"type":"confirm_subscription"}'), {"send": SUBSCRIBE}),
    ("jsonrpc", ('{"jsonrpc":"2.0","method":"hello"}', '{"id":"wsh-1","error":{"code":-32601}}'), {}),
    ("wamp", ('[2,9129137332,{"roles":{"broker":{}}}]',), {}),
    ("xmpp", ("<open from='chat.example.com' id='1'/>", FEATURES), {}),
    ("pusher", ('{"event":"pusher:connection_established","data":"{}"}', '{"event":"pusher:pong"}'), {}),
    ("home-assistant", ('{"type":"auth_required","ha_version":"2026.11"}',), {}),
    ("home-assistant", ('{"type":"auth_required"}', '{"type":"auth_ok"}'), {"send": AUTH}),
    ("vite-hmr", ('{"type":"connected"}',), {}),
    ("ddp", ('{"server_id":"0"}', '{"msg":"connected","session":"s"}'), {}),
)


@pytest.mark.parametrize(("name", "messages", "options", "completed", "words"), REFUSED)
def test_a_refusal_is_seen_with_its_words(
    name: str, messages: tuple[str | bytes, ...], options: dict[str, str], completed: bool, words: str
) -> None:
    result, _sent = converse(name, messages, **options)
    assert words in result["refusal"]
    assert words in result["proof"]
    assert result["completed"] is completed


@pytest.mark.parametrize(("name", "messages", "options"), ACCEPTED)
def test_an_acceptance_is_none(name: str, messages: tuple[str | bytes, ...], options: dict[str, str]) -> None:
    result, _sent = converse(name, messages, **options)
    assert result["completed"] is True
    assert not result.get("refusal")
    assert result["proof"]


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_silence_is_neither(name: str) -> None:
    result, _sent = converse(name, ())
    assert result["completed"] is False
    assert not result.get("refusal")
    assert (result["proof"], bool(result["wanted"])) == ("", True)


@pytest.mark.parametrize("name", sorted(DIALECTS))
@pytest.mark.parametrize("noise", ["hello", "{}", "[]", "null", "7", '{"type":"hello"}', "[[]]", "\x1e"])
def test_other_messages_prove_nothing(name: str, noise: str) -> None:
    result, _sent = converse(name, [noise])
    assert result["completed"] is False


@pytest.mark.parametrize(("path", "form"), [("/socket/websocket", "{"), ("/socket/websocket?vsn=2.0.0", "[")])
def test_phoenix_is_asked_in_the_form_that_its_path_names(path: str, form: str) -> None:
    _result, (heartbeat,) = converse("phoenix", [PHOENIX % "ok"], path=path)
    assert heartbeat.startswith(form)


def test_xmpp_asks_for_the_domain_of_the_host_header() -> None:
    _result, (opening,) = converse("xmpp", ())
    assert 'to="chat.example.com"' in opening
    _result, (opening,) = converse("xmpp", (), send="<open to='example.com'/>")
    assert opening == "<open to='example.com'/>"


def test_a_token_is_not_among_what_was_sent() -> None:
    result, sent = converse("home-assistant", ['{"type":"auth_required"}', '{"type":"auth_ok"}'], send=AUTH)
    assert (sent, result["sent"]) == ([AUTH], "auth")


def test_a_close_code_in_place_of_an_answer_is_told() -> None:
    """graphql-transport-ws refuses by close codes: 4400 and up."""

    class Closing(Scripted):
        def _receive_one(self, step: Deadline) -> Frame | None:
            raise Ended("close", 4429, "Too many initialisation requests")

    with pytest.raises(Ended) as raised:
        DIALECTS["graphql-transport-ws"].converse(Closing(()), {"patience": 0.2})
    assert "4429 Too many" in str(raised.value)
