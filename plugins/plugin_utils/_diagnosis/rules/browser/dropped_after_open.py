# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-dropped-after-open: an open connection ends without a close frame, which browsers report as code 1006."""

from __future__ import annotations

import typing as t

from ...._evidence.browser import ended_badly
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._sockets import DIALS, REOPEN, SOCKET_CHECKS, attempt, own

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import PageSocket


def _silently_ended(facts: Facts) -> list[PageSocket]:
    """WebSockets that ended with 1006 after the 101, of which Chromium has nothing to say: a FIN or RST."""
    return [
        entry for entry in own(facts) if entry.get("code") == 1006 and ended_badly(entry) and not entry.get("error")
    ]


def _find(facts: Facts) -> Found:
    entry = _silently_ended(facts)[0]
    after = ((entry.get("closed_ms") or 0) - (entry.get("answered_ms") or 0)) / 1000.0
    return "likely", {**attempt(entry), "after": "%.1f" % after}


RULE = Rule(
    id="browser-dropped-after-open",
    layer="browser",
    title="The open connection is dropped without a close frame",
    users_see=(
        "the script gets a CloseEvent with `code: 1006`, an empty `reason` and `wasClean: false`, and the console has no message at all",
        "Socket.IO clients: `disconnect` with the reason `transport close`",
        "it opens, works for some time, and ends: after a fixed idle time, at certain messages, or at each deployment",
    ),
    why="A peer that ends a WebSocket in order sends a close frame with a code. Here the TCP connection ended without one, by a FIN "
    "or a reset, and 1006 is what browsers report then; it never goes over the wire. The process crashed or was restarted, its code "
    "destroyed the socket, or a proxy in the path cut the connection, often because it was idle.",
    needs=(
        Condition(
            "after the 101 the connection ended with code 1006, and Chromium reports no error",
            _silently_ended,
        ),
    ),
    find=_find,
    confidence={"likely": "what dropped it cannot be seen"},
    because=(
        DIALS,
        "it was answered with 101, and ended {after} s later with code 1006",
        "nothing in the console: the other side dropped the connection without a close frame",
    ),
    fix=("check the server's log for that moment: a crash, an exception in the handler, a restart",),
    prevent=(
        "look for an idle timeout of a proxy or firewall in the path, and let the server send pings more often than that",
    ),
    verify=(REOPEN,),
    explains=(*SOCKET_CHECKS, "log.errors"),
    look_alikes=(
        LookAlike(
            "proxy-nginx-read-timeout",
            Look("the time between the last message and the end, in several visits"),
            "always the same: an idle timeout; varying: the server drops it",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-7.1.5",),
    staged=("browser/dropped",),
)
