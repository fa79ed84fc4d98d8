# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Clients that stay connected, as browsers do: each holds one WebSocket, and connects again when it is dropped.

A thread a client, and one ledger of what happened to all of them. Nothing is judged here.
"""

from __future__ import annotations

import json
import os
import select
import ssl
import threading
import time
import typing as t

from .._protocol.conversation import PONG, Conversation, Ended
from .._protocol.handshake import Handshake, Request, open_websocket
from .._protocol.recording_socket import Endpoint, RecordingSocket
from .._protocol.web_url import WebUrl
from .._run.deadline import Deadline, DeadlineExceeded
from .._run.redact import Redactor
from .._system.local_address import is_address, looking_up

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.continuity import Drop, LedgerFacts, Refused
    from .._evidence.websocket import HandshakeSeen

#: Seconds for one handshake, name and connection included, and for the closing handshake at the end.
_PATIENCE, _CLOSING = 3.0, 1.0
#: Seconds between two attempts to connect again: the first pause, its growth, the longest.
_PAUSE, _GROWTH, _LONGEST_PAUSE = 0.25, 1.1, 2.0
#: Clients that connect for the first time at once: more would overflow a backlog on their own.
_AT_ONCE = 20
#: Drops that are listed one by one, and answers to attempts that are distinguished.
_MOST_DROPS, _MOST_ANSWERS = 1000, 50
#: Bytes of one message that a client bears, and messages that it reads before it looks at the clock.
_LARGEST, _IN_A_ROW = 1 << 22, 100
#: What distinguishes answers to attempts; times and addresses do not.
_TELLING: tuple[t.Literal["outcome", "status", "reason", "errno", "error", "problem"], ...]
_TELLING = ("outcome", "status", "reason", "errno", "error", "problem")


class Aim(t.NamedTuple):
    """Where the clients connect, and what they know."""

    url: WebUrl
    request: Request
    #: An ``ssl.SSLContext`` when the URL is wss.
    tls_context: t.Any
    library: t.Any
    redactor: Redactor
    #: Seconds between pings, and for what is sent after one; 0: none are sent.
    ping: float


def tls_context(ca_path: str | None, verify: bool) -> ssl.SSLContext:
    """What a browser does: verify the chain and the name.

    :param ca_path: roots in a PEM file in place of the system's.
    :raises OSError: they can't be read.
    """
    context = ssl.create_default_context(cafile=ca_path or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


class Stop:
    """Ends every wait of every thread at once."""

    def __init__(self) -> None:
        # A pipe wakes threads that wait for a socket, too: its reading end is ready once the other one is closed.
        self._reader, self._writer = os.pipe()
        self.stopped = False

    def set(self) -> None:
        """From now on no client waits."""
        if not self.stopped:
            self.stopped = True
            os.close(self._writer)

    def wait(self, seconds: float, descriptor: int | None = None) -> bool:
        """Wait until there is something to read (if a descriptor is given), the time is over, or all is to stop.

        :returns: whether the descriptor can be read.
        """
        waiting = select.poll()
        waiting.register(self._reader, select.POLLIN)
        if descriptor is not None:
            waiting.register(descriptor, select.POLLIN)
        ready = waiting.poll(max(seconds, 0.0) * 1000.0)
        return any(number == descriptor for number, _event in ready)


class Ledger:
    """What happened, in seconds since the connections were held; threads write, one of them reads.

    :param connections: how many are held.
    :param clock: monotonic; and one for the time of day.
    """

    def __init__(
        self,
        connections: int,
        clock: t.Callable[[], float] = time.monotonic,
        wall: t.Callable[[], float] = time.time,
    ) -> None:
        self._lock = threading.Lock()
        self._clock, self._wall = clock, wall
        self._started = clock()
        self._began = wall()
        self._connections = connections
        self._drops: list[Drop] = []
        self._more = 0
        self._dropped: set[int] = set()
        self._answers: dict[str, Refused] = {}
        #: Clients that are not connected, with the second since when.
        self._down: dict[int, float] = {}
        self._longest = 0.0
        self._back = 0
        self._pongs = False
        #: Grows with everything that is noted.
        self.version = 0

    def drop(self, client: int, how: str, code: int | None, reason: str) -> Drop:
        """A connection has ended. ``how``: ``close``, ``eof``, ``reset``, ``ping`` or ``garbage``.

        :returns: the entry, for ``back``.
        """
        with self._lock:
            after = self._now()
            entry: Drop = {"connection": client, "after_s": after, "at": round(self._wall(), 3)}
            entry.update({"how": how, "code": code, "reason": reason, "back_after_s": None, "attempts": 0})
            self._dropped.add(client)
            self._down[client] = after
            if len(self._drops) < _MOST_DROPS:
                self._drops.append(entry)
            else:
                self._more += 1
            self.version += 1
            return entry

    def refused(self, entry: Drop, seen: HandshakeSeen) -> None:
        """An attempt to connect again has failed, and this was seen of it."""
        answer = t.cast("Refused", {name: seen[name] for name in _TELLING if seen.get(name) is not None})
        key = json.dumps(answer, sort_keys=True)
        with self._lock:
            entry["attempts"] += 1
            if key not in self._answers and len(self._answers) >= _MOST_ANSWERS:
                key, answer = "", {"outcome": "other"}
            self._answers.setdefault(key, {**answer, "count": 0})["count"] += 1
            self.version += 1

    def back(self, entry: Drop) -> None:
        """The client of this drop is connected again."""
        with self._lock:
            entry["attempts"] += 1
            gap = entry["back_after_s"] = round(self._now() - self._down.pop(entry["connection"]), 3)
            self._longest = max(self._longest, gap)
            self._back += 1
            self.version += 1

    def pong(self) -> None:
        """A ping was answered."""
        with self._lock:
            if not self._pongs:
                self._pongs = True
                self.version += 1

    def facts(self) -> LedgerFacts:
        """All of it, as plain JSON."""
        with self._lock:
            now = self._now()
            since = min(self._down.values()) if self._down else None
            return {
                "held": self._connections,
                "began": round(self._began, 3),
                "held_s": now,
                "dropped": len(self._dropped),
                "drops": [entry.copy() for entry in self._drops],
                "drops_untold": self._more,
                "reconnected": self._back,
                "still_down": len(self._down),
                # Since when the first of them is: their gap goes on after this was written.
                "down_since_s": since,
                "longest_gap_s": round(max(self._longest, now - since if since is not None else 0.0), 3),
                "refused": [entry.copy() for entry in self._answers.values()],
                "pongs": self._pongs,
            }

    def _now(self) -> float:
        return round(self._clock() - self._started, 3)


class Client:
    """One of those that stay connected.

    :param number: which one, from 1.
    :param deadline: that of its whole life.
    """

    def __init__(self, number: int, aim: Aim, stop: Stop, deadline: Deadline, turns: t.Any = None) -> None:
        self.number = number
        self._aim, self._stop, self._deadline = aim, stop, deadline
        self._turns = turns or threading.BoundedSemaphore(_AT_ONCE)
        self.opened: Handshake | None = None

    def open_first(self) -> HandshakeSeen:
        """Connect for the first time; returns what was seen."""
        with self._turns:
            self.opened = self._open()
        return self.opened.seen

    def close(self) -> None:
        """Close what open_first opened."""
        if self.opened is not None:
            self.opened.close()

    def stay(self, ledger: Ledger) -> None:
        """Hold the connection, and connect again after each drop, until all stop; then close in good order."""
        opened = self.opened
        while opened is not None and opened.open:
            talk = Conversation(opened, self._deadline, self._aim.redactor)
            _bear_a_failed_answer(opened.library_socket)
            ended = self._hold(talk, ledger)
            if ended is None:
                talk.close(_CLOSING)
                return
            entry = ledger.drop(self.number, ended.how, ended.code, ended.reason)
            talk.close(0.0)
            opened = self._open_again(entry, ledger)

    def _hold(self, talk: Conversation, ledger: Ledger) -> Ended | None:
        """Until the peer ends it; None: all stop."""
        sock, ping = t.cast(RecordingSocket, talk.handshake.socket), self._aim.ping
        # Whether a ping is out that nothing has followed; whether any was answered; whether more is there to be read.
        asked, answers, busy = False, False, False
        turn = time.monotonic()
        try:
            while not self._stop.stopped:
                patience = max(turn - time.monotonic(), 0.0) if ping else self._deadline.remaining()
                if busy or self._stop.wait(patience, sock.fileno()):
                    heard, busy = self._read(talk, sock)
                    asked = asked and not heard
                    if PONG in heard:
                        answers = True
                        ledger.pong()
                if not ping or time.monotonic() < turn or self._stop.stopped:
                    continue
                # Silence after the first ping of all says nothing: there are servers that answer none.
                if asked and answers:
                    return Ended("ping")
                talk.send_ping(b"wsh-" + os.urandom(4))
                asked, turn = True, time.monotonic() + ping
        except Ended as ended:
            return ended
        except DeadlineExceeded:
            pass
        return None

    def _read(self, talk: Conversation, sock: RecordingSocket) -> tuple[set[int], bool]:
        """Read what has come; its opcodes, and whether there may be more."""
        heard: set[int] = set()
        for _turn in range(_IN_A_ROW):
            frame = talk.receive(0.01, control=True)
            if frame is None:
                return heard, False
            sock.allow(_LARGEST)
            heard.add(frame.opcode)
        return heard, True

    def _open_again(self, entry: Drop, ledger: Ledger) -> Handshake | None:
        """Try until it is let in; None: all stop."""
        pause = _PAUSE
        while not self._stop.stopped:
            opened = self._open()
            if opened.open:
                ledger.back(entry)
                return opened
            ledger.refused(entry, opened.seen)
            self._stop.wait(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)
        return None

    def _open(self) -> Handshake:
        """One handshake at the first address of the name that answers; the name is looked up anew each time."""
        aim, step = self._aim, self._deadline.within(_PATIENCE)
        addresses = [aim.url.host]
        if not is_address(aim.url.host):
            found = looking_up(aim.url.host)(step.remaining())
            if found is None or not found.addresses:
                return self._nowhere(found.error if found is not None else "no answer in time")
            addresses = found.addresses
        for address in addresses:
            opened = open_websocket(
                Endpoint(address, aim.url.port),
                aim.request,
                self._deadline,
                aim.library,
                aim.redactor,
                patience=step.remaining(),
                tls_context=aim.tls_context,
                detail=False,
            )
            if not opened.seen["outcome"].startswith("connect"):
                break
        return opened

    def _nowhere(self, error: str) -> Handshake:
        opened = Handshake(Endpoint(self._aim.url.host, self._aim.url.port), self._aim.request)
        opened.seen.update({"outcome": "unresolved", "error": error})
        return opened


def _bear_a_failed_answer(client: t.Any) -> None:
    """Let the library return a close frame even where it can't answer it any more.

    A server that is stopped sends the frame and resets: the failed answer would hide the code.
    """
    answer = client.send_close

    def send_close(*arguments: t.Any, **options: t.Any) -> None:
        try:
            answer(*arguments, **options)
        except (OSError, DeadlineExceeded):
            pass  # no thread is left to read it

    client.send_close = send_close
