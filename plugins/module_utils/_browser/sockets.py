# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Records what the browser reports about a page's WebSockets.

The DevTools Protocol knows connections, headers and frames; the witness in the page (witness.py) knows constructors and
close codes. Both number what a page opens in the same order, so the two halves of one WebSocket find each other.
"""

from __future__ import annotations

import base64
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.browser import PageFrames, Place, WatchedSocket
    from .devtools_types import Headers, Initiator, SocketEvent, SocketMessage, Witnessed

#: WebSockets that are described one by one, and that are distinguished at all.
MOST_SOCKETS, _MOST_KNOWN = 40, 2000
#: Characters of a URL, and of what a page says, that are kept.
MOST_OF_URL = 4096
#: Frames whose beginning is kept of each, and characters of that.
MOST_FRAMES, FRAME = 3, 120
#: Bytes of a frame that the redactor looks at before it is cut.
_LOOKED_AT = 4096
#: Operation codes of RFC 6455 by the names that evidence uses.
_OPCODES = {1: "text", 2: "binary"}


class Sockets:
    """WebSockets of all targets of a visit, in the order in which they were made.

    :param elapsed: milliseconds since the visit began.
    """

    def __init__(self, elapsed: t.Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._by_request: dict[tuple[str, str], WatchedSocket] = {}
        self._by_number: dict[tuple[str, str, int], WatchedSocket] = {}
        self.records: list[WatchedSocket] = []
        #: How many were made in all, beyond those that are kept.
        self.total = 0

    def hear(self, event: str, parameters: SocketEvent, session: str, place: Place) -> None:
        """An event ``Network.webSocket<event>`` of a session.

        :param place: of the target: ``from`` (its kind) and ``from_url``.
        """
        key = (session, str(parameters.get("requestId")))
        if event == "Created":
            url = str(parameters.get("url"))[:MOST_OF_URL]
            record = self._halved(session, url, "created") or self._new(session, url, place)
            record.update({"created": True, "initiator": _initiator(parameters.get("initiator") or {})})
            self._by_request[key] = record
            return
        known = self._by_request.get(key)
        if known is None:
            return
        if event == "WillSendHandshakeRequest":
            known["request"] = pairs((parameters.get("request") or {}).get("headers"))
            known["asked_ms"] = self._elapsed()
        elif event == "HandshakeResponseReceived":
            self._answered(known, parameters.get("response") or {})
        elif event in ("FrameSent", "FrameReceived"):
            self._frame(known["sent" if event == "FrameSent" else "received"], parameters.get("response") or {})
        elif event == "FrameError":
            known["error"] = str(parameters.get("errorMessage"))
        elif event == "Closed":
            known["closed_ms"] = self._elapsed()

    def witness(self, entry: Witnessed, session: str, context: str, place: Place) -> None:
        """What the script in a page or worker reported.

        :param context: the execution context: frames of one session count for themselves.
        """
        number, what = entry.get("number"), entry.get("what")
        # The page can make the script say anything.
        if not isinstance(number, int) or isinstance(number, bool):
            return
        key = (session, context, number)
        if what in ("made", "thrown"):
            url = str(entry.get("url"))[:MOST_OF_URL]
            record = self._halved(session, url, "witnessed") or self._new(session, url, place)
            record["witnessed"] = True
            self._by_number[key] = record
            if what == "thrown":
                record["thrown"] = ("%s: %s" % (entry.get("error"), entry.get("text")))[:MOST_OF_URL]
            return
        known = self._by_number.get(key)
        if known is not None and what == "closed":
            code = entry.get("code")
            known.update(
                {
                    "code": code if isinstance(code, int) else None,
                    "reason": str(entry.get("reason") or "")[:MOST_OF_URL],
                    "clean": entry.get("clean") is True,
                }
            )
            known.setdefault("closed_ms", self._elapsed())
        elif known is not None and what == "error":
            known["failed_ms"] = self._elapsed()

    def _halved(self, session: str, url: str, half: t.Literal["created", "witnessed"]) -> WatchedSocket | None:
        """The first WebSocket of this session and URL of which only the other half is known."""
        for record in self.records:
            # What a constructor threw never gets its other half.
            waits = not record[half] and not record["thrown"]
            if waits and record["session_id"] == session and record["url"] == url:
                return record
        return None

    def _new(self, session: str, url: str, place: Place) -> WatchedSocket:
        self.total += 1
        record: WatchedSocket = {
            "url": url,
            **place,
            "session_id": session,
            "at_ms": self._elapsed(),
            "created": False,
            "witnessed": False,
            "thrown": None,
            "status": None,
            "error": None,
            "sent": {"frames": 0, "bytes": 0, "first": []},
            "received": {"frames": 0, "bytes": 0, "first": []},
        }
        if len(self.records) < _MOST_KNOWN:
            self.records.append(record)
        return record

    def _answered(self, record: WatchedSocket, response: SocketMessage) -> None:
        record.update(
            {
                "status": response.get("status"),
                "reason_phrase": response.get("statusText"),
                "response": pairs(response.get("headers")),
                "answered_ms": self._elapsed(),
            }
        )
        # With the answer comes the request as it was sent, cookies included.
        if response.get("requestHeaders"):
            record["request"] = pairs(response["requestHeaders"])

    def _frame(self, count: PageFrames, frame: SocketMessage) -> None:
        opcode, payload = frame.get("opcode"), str(frame.get("payloadData") or "")
        data = payload.encode("utf-8", "replace") if opcode == 1 else _decoded(payload)
        count["frames"] += 1
        count["bytes"] += len(data)
        if len(count["first"]) < MOST_FRAMES:
            kind = _OPCODES.get(int(opcode or 0), "opcode %s" % opcode)
            count["first"].append(
                {"at_ms": self._elapsed(), "kind": kind, "bytes": len(data), "data": data[:_LOOKED_AT]}
            )


def _is_undecided(record: WatchedSocket) -> bool:
    """What was never created has the witness's word alone: a constructor that threw, or a policy that forbade it."""
    if record["thrown"] or record["error"] or record["status"] is not None:
        return False
    # For what was created, the witness may report the end before the protocol reports the reason.
    return record["created"] or ("closed_ms" not in record and "failed_ms" not in record)


def any_undecided(records: list[WatchedSocket]) -> bool:
    """Whether one of these WebSockets has neither been answered nor refused yet."""
    return any(_is_undecided(record) for record in records)


def pairs(headers: Headers | None) -> list[list[str]]:
    """Headers of the protocol (a mapping; values of a repeated one on lines of their own) as name and value."""
    found = headers if isinstance(headers, dict) else {}
    return [[str(name), line] for name, value in found.items() for line in str(value).split("\n")]


def _decoded(payload: str) -> bytes:
    try:
        return base64.b64decode(payload)
    except ValueError:
        return payload.encode("utf-8", "replace")


def _initiator(initiator: Initiator) -> str:
    """Where in the page's code it was opened: ``app.js:12``."""
    frames = (initiator.get("stack") or {}).get("callFrames") or []
    if frames and not frames[0].get("url"):
        frames = frames[1:]  # the witness
    if frames:
        return "%s:%s" % (frames[0].get("url") or "inline", int(frames[0].get("lineNumber") or 0) + 1)
    return str(initiator.get("url") or "")
