# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The DevTools Protocol over a pair of pipes: JSON messages, each ended by a zero byte.

A pipe has no port to which other users of the machine could connect.
"""

from __future__ import annotations

import json
import os
import select
import typing as t

from .._run.deadline import Deadline

if t.TYPE_CHECKING:  # pragma: no cover
    from .devtools_types import Answer, Command, Result

#: A message longer than this is a frame or a body of the page that is not needed whole; it is dropped.
_LONGEST = 32 * 1024 * 1024

#: Each event has parameters of its own.
Listener = t.Callable[[str, t.Any, str], None]


class Gone(Exception):
    """The browser has closed its pipe; the message is what it complained about."""


class CallFailed(Exception):
    """The browser refused a command; the message is its reason."""


class Protocol:
    """Commands to a browser, and the events it sends meanwhile. Used by one thread.

    :param writing: descriptor that takes commands.
    :param reading: descriptor that brings answers and events.
    :param complaint: what the browser printed, for the message of Gone.
    """

    def __init__(self, writing: int, reading: int, complaint: t.Callable[[], str] = str) -> None:
        self._writing, self._reading = writing, reading
        self._complaint = complaint
        self._number = 0
        self._waiting: dict[int, t.Callable[[Answer], None]] = {}
        self._buffer = bytearray()
        self._dropping = False
        #: Called with method, parameters and session (empty: the browser's own) of every event.
        self.listener: Listener = lambda _method, _parameters, _session: None

    def post(
        self,
        method: str,
        parameters: t.Mapping[str, object] | None = None,
        session: str = "",
        then: t.Callable[[Answer], None] | None = None,
    ) -> None:
        """Send a command; its answer goes to ``then`` (with ``error`` or ``result``) when it comes."""
        self._number += 1
        message: Command = {"id": self._number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        if then is not None:
            self._waiting[self._number] = then
        data = json.dumps(message).encode("utf-8") + b"\0"
        try:
            while data:
                data = data[os.write(self._writing, data) :]
        except OSError as error:
            raise Gone(self._complaint()) from error

    def call(
        self, method: str, parameters: t.Mapping[str, object] | None, deadline: Deadline, session: str = ""
    ) -> Result:
        """Send a command and wait for its answer, while events are heard.

        :raises DeadlineExceeded: it did not come in time.
        """
        answers: list[Answer] = []
        self.post(method, parameters, session, answers.append)
        while not answers:
            self.hear(deadline.require("waiting for the browser's answer to %s" % method))
        if "error" in answers[0]:
            raise CallFailed("%s: %s" % (method, answers[0]["error"].get("message")))
        return answers[0].get("result") or {}

    def hear(self, seconds: float) -> bool:
        """Wait for messages for so long, and hand on those that have come; whether any has."""
        if not select.select([self._reading], [], [], max(0.0, seconds))[0]:
            return False
        data = os.read(self._reading, 1 << 18)
        if not data:
            raise Gone(self._complaint())
        self._buffer += data
        *messages, rest = self._buffer.split(b"\0")
        self._buffer = bytearray(rest)
        for number, message in enumerate(messages):
            if not (number == 0 and self._dropping):
                self._hand_on(bytes(message))
        self._dropping = (self._dropping and not messages) or len(self._buffer) > _LONGEST
        if self._dropping:
            self._buffer.clear()
        return bool(messages)

    def hear_until(self, deadline: Deadline, done: t.Callable[[], bool]) -> bool:
        """Hear events until something is so, or no time is left; whether it is so."""
        while not done():
            if deadline.expired():
                return False
            self.hear(min(0.25, deadline.remaining()))
        return True

    def _hand_on(self, data: bytes) -> None:
        try:
            message = json.loads(data.decode("utf-8", "replace"))
        except ValueError:
            return
        if "id" in message:
            then = self._waiting.pop(message["id"], None)
            if then is not None:
                then(message)
        elif "method" in message:
            self.listener(message["method"], message.get("params") or {}, message.get("sessionId") or "")
