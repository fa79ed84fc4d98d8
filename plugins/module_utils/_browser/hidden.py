# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What of a page may leave the browser: texts without secrets, cut to what people read."""

from __future__ import annotations

import typing as t

from .._run.redact import Redactor, without_tickets
from .sockets import FRAME

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.browser import ConsoleEntry, PageFrame, PageSocket, WatchedSocket

#: Characters of a text that are kept: the start of an answer's body shows who wrote it.
TEXT = 1024
#: Characters of what a page says in its console.
_LINE = 300


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

    def console(self, entries: list[ConsoleEntry]) -> list[ConsoleEntry]:
        """Entries of the console, each with its text as one line."""
        return [
            {**t.cast("ConsoleEntry", self.tree(entry)), "text": self.line(str(entry["text"]))} for entry in entries
        ]

    def socket(self, record: WatchedSocket) -> PageSocket:
        """A WebSocket of sockets.py without what only pairs its halves."""
        kept = {key: value for key, value in record.items() if key not in ("session_id", "sent", "received")}
        headers: t.Tuple[t.Literal["request", "response"], ...] = ("request", "response")
        for name in headers:
            if name in kept:
                kept[name] = self._redactor.headers(record[name])[:40]
        shown = t.cast("PageSocket", self.tree(kept))
        directions: t.Tuple[t.Literal["sent", "received"], ...] = ("sent", "received")
        for way in directions:
            shown[way] = {**record[way], "first": [self._frame(frame) for frame in record[way]["first"]]}
        return shown

    def _frame(self, frame: PageFrame) -> PageFrame:
        """Kind, size and time of a frame; what is in it is the page's and the server's, unless it may be shown."""
        data = frame["data"]
        shown = t.cast("PageFrame", {key: value for key, value in frame.items() if key != "data"})
        if not self._redactor.reveal:
            return shown
        text = data.decode("utf-8", "replace") if frame["kind"] == "text" else data[:32].hex(" ")
        return {**shown, "text": self.text(text, FRAME)}
