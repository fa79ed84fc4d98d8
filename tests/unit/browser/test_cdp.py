# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages through a pair of pipes, whole, in pieces, and too long."""

from __future__ import annotations

import json
import os
import threading
import typing as t
from collections.abc import Iterator

import pytest
from ansible_collections.websocket.health.plugins.module_utils._browser import cdp
from ansible_collections.websocket.health.plugins.module_utils._browser.cdp import CallFailed, Gone, Protocol
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline, DeadlineExceeded


class Peer:
    """The browser's end of the pipes."""

    def __init__(self) -> None:
        self.commands, commands = os.pipe()
        answers, self.answers = os.pipe()
        self.open = {self.commands, self.answers, commands, answers}
        self.heard: list[tuple[str, dict[str, t.Any], str]] = []
        self.protocol = Protocol(commands, answers, lambda: "it crashed")
        self.protocol.listener = lambda *event: self.heard.append(event)

    def say(self, *messages: dict[str, t.Any], end: bytes = b"\0") -> None:
        """Send messages."""
        os.write(self.answers, b"\0".join(json.dumps(message).encode() for message in messages) + end)

    def close(self, number: int) -> None:
        """Close one end."""
        self.open.discard(number)
        os.close(number)


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A pair of pipes."""
    it = Peer()
    yield it
    for number in it.open:
        os.close(number)


def test_an_answer_comes_between_events(peer: Peer) -> None:
    peer.say({"method": "A.b", "params": {"x": 1}}, {"id": 1, "result": {"y": 2}}, {"method": "A.c", "sessionId": "S"})
    assert peer.protocol.call("C.d", {"z": 3}, Deadline(2.0), "S") == {"y": 2}
    assert json.loads(os.read(peer.commands, 4096)[:-1]) == {
        "id": 1,
        "method": "C.d",
        "params": {"z": 3},
        "sessionId": "S",
    }
    assert peer.heard == [("A.b", {"x": 1}, ""), ("A.c", {}, "S")]


def test_a_message_may_arrive_in_pieces(peer: Peer) -> None:
    peer.say({"method": "A.b", "params": {"text": "é"}}, end=b"")
    assert peer.protocol.hear(0.1) is False
    os.write(peer.answers, b"\0")
    assert peer.protocol.hear(0.1) is True
    assert peer.heard == [("A.b", {"text": "é"}, "")]


def test_what_is_too_long_is_dropped(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdp, "_LONGEST", 100)
    for piece in (b'{"method": "Too.long", "params": "' + b"x" * 200, b"y" * 200, b'"}\0'):
        os.write(peer.answers, piece)
        peer.protocol.hear(0.1)
    peer.say({"method": "A.b"})
    peer.protocol.hear(0.1)
    assert [event[0] for event in peer.heard] == ["A.b"]


def test_what_is_no_json_is_passed_over(peer: Peer) -> None:
    os.write(peer.answers, b"garbage\0")
    peer.say({"method": "A.b"})
    peer.protocol.hear(0.1)
    assert len(peer.heard) == 1


def test_a_call_raises_when_it_is_refused_or_not_answered(peer: Peer) -> None:
    peer.say({"id": 1, "error": {"message": "no such target"}})
    with pytest.raises(CallFailed, match=r"A\.b: no such target"):
        peer.protocol.call("A.b", None, Deadline(2.0))
    with pytest.raises(DeadlineExceeded):
        peer.protocol.call("A.b", None, Deadline(0.1))


def test_reading_and_writing_raise_when_the_browser_has_ended(peer: Peer) -> None:
    peer.close(peer.answers)
    with pytest.raises(Gone, match="it crashed"):
        peer.protocol.hear(1.0)
    peer.close(peer.commands)
    with pytest.raises(Gone):
        peer.protocol.post("A.b")


def test_hear_until_ends_when_its_condition_holds_or_at_the_deadline(peer: Peer) -> None:
    timer = threading.Timer(0.05, lambda: peer.say({"method": "A.b"}))
    timer.start()
    assert peer.protocol.hear_until(Deadline(5.0), lambda: bool(peer.heard))
    assert not peer.protocol.hear_until(Deadline(0.05), lambda: False)
    timer.join()
