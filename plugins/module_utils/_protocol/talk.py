# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What follows on an accepted handshake: a greeting, an exchange in the server's dialect, a ping, an idle time, the close."""

from __future__ import annotations

import re
import threading
import typing as t

from .._run.deadline import DeadlineExceeded
from .client import Client
from .conversation import Conversation, Ended, Frame
from .handshake import Handshake
from .path_search import NOBODYS_SUBPROTOCOL, known_subprotocols

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Close, End, Exchange, Hold, Talk

#: Seconds to wait for what a server says unasked (rule: read a second before judging a 101).
GREETING = 1.0
#: Seconds that have to be left for a ping after an idle time.
_TO_PING = 0.5
#: Seconds below which a close that is not answered says nothing about the peer.
_TO_CLOSE = 1.0
#: Seconds for which a conversation is kept open until an ordinary GET beside it is answered.
_MEANWHILE = 1.5


class Recognised(t.NamedTuple):
    """What a server speaks."""

    #: The conversation to go on with.
    talk: Conversation
    #: None: it was not recognised.
    dialect: str | None
    #: How it was.
    how: str


def converse(client: Client, main: Handshake, greeting: float, plain_answered: threading.Event) -> Talk:
    """Converse on an open handshake to its end.

    :param greeting: seconds to wait for what the server says unasked.
    :param plain_answered: set once an ordinary GET beside this conversation is answered.
    """
    talk = Conversation(main, client.context.deadline, client.context.redactor)
    record: Talk = {"dialect": None, "exchange": None, "ping_ms": None, "ended": None}
    try:
        talk = _say_and_hear(client, talk, greeting, record)
    except Ended as ended:
        record["ended"] = end_of(ended)
    except DeadlineExceeded as error:
        record["cut_short"] = str(error)
    # A worker that serves one connection at a time answers no other client before this one ends.
    patience = max(0.0, min(_MEANWHILE, client.context.deadline.remaining() - _TO_PING))
    record["get_unanswered"] = not plain_answered.wait(patience) and patience >= _MEANWHILE
    record["stream_start"] = client.context.redactor.text(_readable(talk.stream_start), 200)
    record["close"] = _closed(client, talk, record) if talk.ended is None else None
    if talk.broken_frame:
        record["broken_frame"] = talk.broken_frame
    record["trace"] = talk.trace
    record["subprotocol"] = talk.subprotocol
    return record


def _say_and_hear(client: Client, talk: Conversation, seconds: float, record: Talk) -> Conversation:
    """All but the close.

    :param record: receives what was heard, at once.
    :returns: the conversation that was gone on with.
    :raises Ended: the server ended it.
    :raises DeadlineExceeded: no time was left.
    """
    found, greeting = _greeted(client, talk, seconds)
    talk = found.talk
    record["greeting"] = client.context.redactor.text(greeting.text, 200) if greeting else None
    record["dialect"], record["dialect_from"] = found.dialect, found.how
    try:
        if found.dialect is not None:
            if greeting is not None:
                talk.push_back(greeting)
            record["exchange"] = _exchange_shown(client, talk, found.dialect)
        record["ping_ms"] = talk.ping(min(3.0, client.patience))
        if record["ping_ms"] is None and client.context.deadline.remaining() < 0.05:
            record["cut_short"] = "the deadline came before a pong"
        if client.options.get("hold"):
            record["hold"] = hold(client, talk)
    except Ended as ended:
        record["ended"] = end_of(ended)
    except DeadlineExceeded as error:
        record["cut_short"] = str(error)
    return talk


def end_of(ended: Ended) -> End:
    """How a peer ended a conversation, as evidence."""
    return {"how": ended.how, "code": ended.code, "reason": ended.reason}


def _closed(client: Client, talk: Conversation, record: Talk) -> Close | None:
    """The closing handshake; None, and why, where the peer is not given the time to answer."""
    given = min(3.0, client.patience)
    hurried = client.context.deadline.remaining() < min(given, _TO_CLOSE)
    close = talk.close(given)
    if hurried and close["how"] == "timeout":
        record.setdefault("cut_short", "the deadline came before the peer's close frame")
        return None
    return close


# What the server speaks.


def _greeted(client: Client, talk: Conversation, seconds: float) -> tuple[Recognised, Frame | None]:
    """Wait for what the server says unasked, and find out what it speaks.

    :returns: the latter, and the greeting.
    :raises Ended: the server ended it, and offering sub-protocols makes no difference.
    """
    refusal: Ended | None = None
    greeting: Frame | None = None
    try:
        greeting = talk.receive(min(seconds, client.context.deadline.remaining()))
    except Ended as ended:
        refusal = ended
    found = _recognise(client, talk, greeting)
    searching = (client.options.get("dialect") or "auto") == "auto" and not client.subprotocols
    if found.dialect is None and greeting is None and searching:
        # Silence, or a refusal of a client that offered nothing (4406, say): both may want a sub-protocol.
        found = _offer_everything(client, talk)
        if found.dialect is None and refusal is not None:
            found = _offer_each(client, found.talk)
    if found.dialect is None and refusal is not None:
        raise refusal
    return found, greeting


def _recognise(client: Client, talk: Conversation, greeting: Frame | None) -> Recognised:
    dialects = client.context.dialects
    configured = client.options.get("dialect") or "auto"
    if configured != "auto":
        known = configured in dialects
        return Recognised(
            talk, configured if known else None, "configured" if known else "unknown dialect %s" % configured
        )
    if client.options.get("send"):
        return Recognised(talk, "echo", "configured")
    selected = _dialect_of(client, talk.subprotocol) if talk.subprotocol else None
    if selected is not None:
        return Recognised(talk, selected, "sub-protocol")
    if greeting is not None:
        for name, dialect in dialects.items():
            if dialect.recognises(greeting.text):
                return Recognised(talk, name, "greeting")
    return Recognised(talk, None, "not recognised")


def _offer_everything(client: Client, talk: Conversation) -> Recognised:
    """A silent server is offered every known sub-protocol; what it selects names its dialect."""
    offered = client.handshake(subprotocols=known_subprotocols(client.context.dialects))
    selected = offered.seen.get("subprotocol")
    if not offered.open or selected in (None, NOBODYS_SUBPROTOCOL):
        offered.close()
        return Recognised(talk, None, "not recognised")
    if talk.ended is None:
        talk.close(1.0)
    second = Conversation(offered, client.context.deadline, client.context.redactor)
    how = "sub-protocol %s, which the server selects when offered" % selected
    return Recognised(second, _dialect_of(client, selected), how)


def _offer_each(client: Client, talk: Conversation) -> Recognised:
    """A server that selects blindly and then ends the connection is offered one sub-protocol after the other.

    :returns: the first with which the connection stays open.
    """
    for name, dialect in sorted(client.context.dialects.items()):
        if not dialect.SUBPROTOCOLS or client.context.deadline.expired():
            continue
        offered = client.handshake(subprotocols=dialect.SUBPROTOCOLS[:1], patience=2.0)
        if not offered.open:
            continue
        second = Conversation(offered, client.context.deadline, client.context.redactor)
        try:
            frame = second.receive(0.3)
        except Ended:
            offered.close()
            continue
        if frame is not None:
            second.push_back(frame)
        return Recognised(second, name, "the connection only stays open with sub-protocol %s" % dialect.SUBPROTOCOLS[0])
    return Recognised(talk, None, "not recognised")


def _dialect_of(client: Client, subprotocol: str | None) -> str | None:
    dialects = client.context.dialects
    return next((name for name, dialect in dialects.items() if subprotocol in dialect.SUBPROTOCOLS), None)


# The parts of a conversation.


def exchange(client: Client, talk: Conversation, name: str) -> Exchange:
    """Send what the dialect answers, and wait for the answer; see dialects/."""
    options = dict(client.options, patience=min(5.0, client.patience))
    dialect = client.context.dialects[name]
    try:
        result: Exchange = dialect.converse(talk, options)
        if options.get("send") and not getattr(dialect, "USES_SEND", False) and _went_well(result):
            result = _own_message(talk, options)
    except Ended as ended:
        result = {"completed": False, "sent": "", "wanted": "an answer", "proof": ""}
        result["ended"] = end_of(ended)
    return result


def _went_well(result: Exchange) -> bool:
    return result["completed"] and not result.get("refusal")


def _own_message(talk: Conversation, options: dict[str, t.Any]) -> Exchange:
    """The operator's own message, once the dialect's exchange is done; without ``expect`` any answer counts.

    Shorter ones than two characters do not: Socket.IO's pings are such messages.
    """
    pattern = options.get("expect")
    wanted = re.compile(pattern or "..", re.S)
    talk.send_text(options["send"])
    frame = talk.await_message(lambda frame: bool(wanted.search(frame.text)), options["patience"])
    return {
        "completed": frame is not None,
        "sent": options["send"],
        "wanted": pattern or "an answer",
        "proof": frame.text if frame else "",
    }


def _exchange_shown(client: Client, talk: Conversation, name: str) -> Exchange:
    """The same as it may travel: of what the operator has sent, and of what comes back for it, the size."""
    result = exchange(client, talk, name)
    redactor = client.context.redactor
    own = bool(client.options.get("send") or client.options.get("expect")) and not redactor.reveal
    keys: tuple[t.Literal["sent", "wanted", "proof", "refusal"], ...] = ("sent", "wanted", "proof", "refusal")
    for key in keys:
        text = str(result.get(key) or "")
        if own and (key in ("sent", "proof") or text == client.options.get("expect")):
            result[key] = _size_of(text) if text else ""
        elif text:
            result[key] = redactor.text(text, 200)
    return result


def held_handshake(client: Client, **arguments: t.Any) -> Hold:
    """A handshake, and the connection held idle for the ``hold`` seconds of the service.

    :param arguments: as of ``Client.handshake``.
    :returns: as hold; nothing was held where the handshake fails (``opened`` is false).
    """
    opened = client.handshake(detail=False, **arguments)
    if not opened.open:
        opened.close()
        return {"opened": False, "wanted_s": float(client.options.get("hold") or 0)}
    talk = Conversation(opened, client.context.deadline, client.context.redactor)
    record: Hold = {**hold(client, talk), "opened": True}
    if talk.ended is None:
        talk.close(min(1.0, client.patience))
    return record


def hold(client: Client, talk: Conversation) -> Hold:
    """Keep the connection idle and see who ends it, and after how long (seconds); then whether it still works.

    :returns: ``wanted_s``, ``held_s``, ``ended``; ``pinged`` if it was still open and time was left, with ``pong_ms``
        (None: nothing came back). A connection that a device in the path has forgotten looks open to both ends.
    """
    deadline = client.context.deadline
    started = deadline.elapsed()
    wanted = float(client.options.get("hold") or 0)
    step = deadline.within(wanted)
    record: Hold = {"wanted_s": wanted, "ended": None, "held_s": None, "pinged": False, "pong_ms": None}
    try:
        while not step.expired():
            talk.receive(step.remaining())
        record["held_s"] = round(deadline.elapsed() - started, 2)
        if deadline.remaining() > _TO_PING:
            record["pinged"] = True
            record["pong_ms"] = talk.ping(min(3.0, client.patience))
    except Ended as ended:
        record["ended"] = end_of(ended)
    if record["held_s"] is None:
        record["held_s"] = round(deadline.elapsed() - started, 2)
    if record["pong_ms"] is None and deadline.expired():
        record["pinged"] = False
    return record


def _size_of(text: str) -> str:
    """A message's kind and size."""
    return "a text of %d characters" % len(text)


def _readable(data: bytes) -> str:
    if all(32 <= byte < 127 or byte in (9, 10, 13) for byte in data):
        return data.decode("ascii")
    # Enough to distinguish the head of a frame from another protocol; the payload is shown, redacted, by the trace.
    return " ".join("%02x" % byte for byte in data[:4]) + (" …" if len(data) > 4 else "")
