# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What of a page may leave the browser: texts without secrets, cut to what people read."""

from __future__ import annotations

import typing as t

from .._run.redact import Redactor, without_tickets
from .sockets import FRAME

#: Characters of a text that are kept: the beginning of an answer's body tells who wrote it.
TEXT = 1024
#: Characters of what a page says in its console.
_LINE = 300

Message = t.Dict[str, t.Any]


class Hidden:
    """Takes secrets and other people's tickets from texts, and cuts them."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def text(self, value: str, limit: int = TEXT) -> str:
        """A text as it may travel."""
        return self._redactor.text(without_tickets(value), limit)

    def line(self, value: str) -> str:
        """What a page says in its console: one line, which may be anything."""
        return self.text(" ".join(value.split()), _LINE)

    def tree(self, value: t.Any) -> t.Any:
        """The same for every string of a JSON-like value."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.tree(entry) for key, entry in value.items()}
        return [self.tree(entry) for entry in value] if isinstance(value, list) else value

    def console(self, entries: list[Message]) -> list[Message]:
        """Entries of the console, each with its text as one line."""
        return [dict(self.tree(entry), text=self.line(str(entry["text"]))) for entry in entries]

    def socket(self, record: Message) -> Message:
        """A WebSocket of sockets.py without what only pairs its halves."""
        shown = {key: value for key, value in record.items() if key not in ("session_id", "sent", "received")}
        for name in ("request", "response"):
            if name in shown:
                shown[name] = self._redactor.headers(shown[name])[:40]
        shown = self.tree(shown)
        for name in ("sent", "received"):
            shown[name] = dict(record[name], first=[self._frame(frame) for frame in record[name]["first"]])
        return t.cast("Message", shown)

    def _frame(self, frame: Message) -> Message:
        """Kind, size and time of a frame; what is in it is the page's and the server's, unless it may be shown."""
        data, shown = frame["data"], {key: value for key, value in frame.items() if key != "data"}
        if not self._redactor.reveal:
            return shown
        text = data.decode("utf-8", "replace") if frame["kind"] == "text" else data[:32].hex(" ")
        return dict(shown, text=self.text(text, FRAME))
