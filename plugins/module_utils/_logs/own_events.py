# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a server logs about one connection of the probe: found by what is added to its logs, and by what the probe sent."""

from __future__ import annotations

import os
import typing as t

from .._system.open_file import open_regular, read_on
from . import known_lines

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.log import EventKind, OwnEvents
    from .._evidence.service import Service
    from .._run.context import Context

#: Bytes at the end of a log that are looked at.
_MOST = 262144


def one_connection(service: Service, context: Context, path: str) -> str | None:
    """Connect, send a message where the dialect is plain, and close.

    :param path: on which the service accepts handshakes.
    :returns: the text that was sent; empty: none was that a log would show; None: the handshake was not accepted.
    """
    from .._protocol.client import client_of, endpoints_of
    from .._protocol.conversation import Conversation
    from .._protocol.talk import exchange
    from .._run.deadline import DeadlineExceeded

    if context.library is None:
        return None
    client = client_of(service, context, endpoints_of(service, context.found(service).on_port)[0])
    client = client.having(
        path=path, tls=context.told(service, "spoken", 0.0) == "tls", host=context.told(service, "host", 0.0)
    )
    try:
        opened = client.handshake(detail=False)
        if not opened.open:
            opened.close()
            return None
        talk = Conversation(opened, context.deadline, context.redactor)
        plain = context.told(service, "dialect", 1.0) == "echo"
        sent = str(exchange(client, talk, "echo").get("sent") or "") if plain else ""
        if talk.ended is None:
            talk.close(1.0)
        return sent
    except DeadlineExceeded:
        return None


def own_events(sizes: dict[str, int], sent: str, reveal: bool = True) -> OwnEvents:
    """Events in the lines by which logs have grown.

    :param sizes: of each log before the connection.
    :param sent: the text that the probe sent as a message; empty if it sent none that can be recognised.
    :param reveal: whether that may be shown where a line has it.
    :returns: ``events`` (kinds of known_lines.EVENTS that were seen, with the last line of each) and ``message_sent``
        (whether what the probe sent is in a line).
    """
    events: dict[EventKind, str] = {}
    known = False
    hidden = b"" if reveal else sent.encode()
    for path, size in sizes.items():
        for line in grown_by(path, size):
            known = known or bool(sent) and sent.encode() in line
            for kind, literals in known_lines.EVENTS.items():
                if any(literal in line for literal in literals):
                    events[kind] = (line.replace(hidden, b"[redacted]") if hidden else line).decode("utf-8", "replace")
    return {"events": events, "message_sent": known}


def size_of(path: str) -> int:
    """The size of a log; 0: there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def grown_by(path: str, size: int) -> list[bytes]:
    """The lines that a log has more than when it had this size, the last of them where they are many."""
    try:
        descriptor = open_regular(path)
    except OSError:
        return []
    try:
        end = os.fstat(descriptor).st_size
        # A log that shrank was rotated or cut: all of it is new.
        os.lseek(descriptor, max(size if end >= size else 0, end - _MOST), os.SEEK_SET)
        return read_on(descriptor, _MOST).split(b"\n")
    finally:
        os.close(descriptor)
