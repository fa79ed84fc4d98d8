# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-closed-before-open: the page closes its connections while they are still being established."""

from __future__ import annotations

from ...._evidence.browser import outcome
from ...facts import Facts
from ...rule import Command, Condition, Found, If, Look, LookAlike, Rule
from ._sockets import DIALS, REOPEN, SOCKET_CHECKS, attempt, own

#: Milliseconds after which a handshake that a page waits for is a slow one.
_SLOW = 1000.0


def _all_given_up(facts: Facts) -> bool:
    """Whether the page closed all its attempts while they were being established."""
    sockets = own(facts)
    return bool(sockets) and all(outcome(entry) == "given-up" for entry in sockets)


def _find(facts: Facts) -> Found:
    sockets = own(facts)
    waited = max((entry.get("closed_ms") or 0) - (entry.get("at_ms") or 0) for entry in sockets)
    return "likely", {**attempt(sockets[-1]), "waited": "%.0f" % waited, "slow": waited >= _SLOW}


RULE = Rule(
    id="browser-closed-before-open",
    layer="browser",
    title="The page closes the connection before it is established",
    users_see=(
        "browser console, as a warning: `WebSocket connection to 'ws://…' failed: WebSocket is closed before the connection is "
        "established.`",
        "Firefox: `The connection to ws://… was interrupted while the page was loading.`",
        "in React's development mode once at each start, followed by a connection that opens",
    ),
    why="The script called close(), or the page was left, before the server had answered the handshake. Often a component is unmounted "
    "and mounted again, as React's StrictMode does on purpose, and its clean-up closes the first connection; that is harmless as long as "
    "the next one opens. Where every attempt ends so, the page's own timeout is shorter than the handshake takes, or "
    "a clean-up runs each time.",
    needs=(
        Condition(
            "the page itself closed all its WebSockets while they were being established",
            _all_given_up,
        ),
    ),
    find=_find,
    confidence={"likely": "a page may do so on purpose"},
    because=(
        DIALS,
        "Chromium: WebSocket is closed before the connection is established",
        "the page waited at most {waited} ms",
    ),
    fix=(
        (
            If("slow", "find out why the handshake is slow: it took longer than the page waits"),
            "look for a close() that runs before the event open: a component that unmounts, a page that is left",
        ),
    ),
    prevent=(
        "keep the connection outside of components that mount and unmount, and give up only after longer than the slowest "
        "handshake takes",
    ),
    verify=(REOPEN,),
    explains=SOCKET_CHECKS,
    look_alikes=(
        LookAlike(
            "browser-sends-before-open",
            Look("the words in the console"),
            "closed before the connection is established: close() came too early; Still in CONNECTING state: send() did",
        ),
        LookAlike(
            "server-upgrade-unanswered",
            Command("wscat -c <URL of the WebSocket>"),
            "it connects at once: the page gives up too early; it waits: the server does not answer",
        ),
    ),
    sources=("https://websockets.spec.whatwg.org/#dom-websocket-close",),
    staged=("browser/given-up",),
)
