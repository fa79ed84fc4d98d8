# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Engine.IO by polling: what clients of Socket.IO begin with, and fall back to (engine.io-protocol, Transports)."""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Plain, Polling

#: Sessions that are begun; requests dealt out in turns to two servers miss one of them surely enough.
_SESSIONS = 4
_SID = re.compile(r'"sid":"([^"]{1,200})"')
#: What a process says that has not begun the session: Socket.IO on Node, python-engineio.
_UNKNOWN = re.compile(r'"code":1\b|Session ID unknown|Invalid session')


def is_engine_io(path: str, dialect: str) -> bool:
    """Whether a service is one of Socket.IO, by what its inventory says of it or by the path that was found."""
    bare = path.partition("?")[0].rstrip("/")
    return dialect.startswith("socketio") or "EIO=" in path or bare.endswith(("/socket.io", "/engine.io"))


def polling_path(path: str) -> str:
    """The path on which the same server is polled."""
    return _with_transport(path, "polling")


def websocket_path(path: str, version: str = "4") -> str:
    """The path on which a client opens the WebSocket, of the one that users know: ``/socket.io/``.

    :param version: of Engine.IO, where the path does not say one.
    """
    return _with_transport(path, "websocket", version)


def _with_transport(path: str, transport: str, version: str = "4") -> str:
    """The path with Engine.IO's own parameters; others that it has are kept."""
    base, _mark, query = path.partition("?")
    base = base if query or base.strip("/") else "/socket.io/"
    pairs = [pair for pair in query.split("&") if pair]
    told = next((pair for pair in pairs if pair.startswith("EIO=")), "EIO=" + version)
    others = [pair for pair in pairs if not pair.startswith(("EIO=", "transport=", "sid="))]
    return "%s?%s" % (base, "&".join([told, "transport=" + transport, *others]))


class Unredacted:
    """Stands in for the redactor where an answer is looked at here and does not travel: sessions have secret names."""

    def text(self, text: str, limit: int = 0) -> str:
        """The text as it is."""
        return text[:limit] if limit else text

    def headers(self, pairs: t.Any) -> t.Any:
        """No headers: none are needed."""
        return []


def poll(ask: t.Callable[..., Plain], path: str, sessions: int = _SESSIONS) -> Polling:
    """Create sessions, and end each immediately with Engine.IO's close packet: if one is unknown, another process created it.

    :param ask: does a GET for a ``path`` with a ``patience`` in seconds, or a POST of ``post``; see plain_http.get.
    :param sessions: how many at most.
    :returns: ``outcome``, ``status`` and, of a refusal, ``body`` of the first answer; ``sid`` whether it began a session;
        ``sessions`` begun and ``unknown`` at the second request; ``refusal``, the body that said so.
    """
    record: Polling = {"sessions": 0, "unknown": 0, "refusal": ""}
    while record["sessions"] < sessions and not record["unknown"]:
        answer = ask(path=path, patience=2.0)
        body = str(answer.get("body") or "")
        begun = _SID.search(body)
        if "outcome" not in record:
            record.update({"outcome": answer["outcome"], "status": answer.get("status"), "sid": bool(begun)})
            record["body"] = "" if begun else body[:200]
        if begun is None:
            break
        record["sessions"] += 1
        end = ask(path="%s&sid=%s" % (path, begun.group(1)), patience=2.0, post="1:1" if "EIO=3" in path else "1")
        if end.get("status") == 400 and _UNKNOWN.search(str(end.get("body") or "")):
            record["unknown"] += 1
            record["refusal"] = str(end["body"])[:200]
    return record
