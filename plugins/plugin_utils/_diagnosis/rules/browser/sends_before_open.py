# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-sends-before-open: the page calls send() while the connection is still being established."""

from __future__ import annotations

import typing as t

from ...._evidence.browser import console_errors
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._sockets import BROWSER_SAYS, REOPEN, SOCKET_CHECKS

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import ConsoleEntry


def _early(facts: Facts) -> list[ConsoleEntry]:
    """Uncaught exceptions: send() while the connection is still being established."""
    about, _others = console_errors(facts.browser, facts.service)
    return [entry for entry in about if "Still in CONNECTING state" in str(entry.get("text"))]


def _find(facts: Facts) -> Found:
    found = _early(facts)[0]
    where = "at %s:%s" % (found["url"], (found.get("line") or 0) + 1) if found.get("url") else "in the page"
    return "certain", {"place": where, "exception": str(found.get("text"))}


RULE = Rule(
    id="browser-sends-before-open",
    layer="browser",
    title="The page sends before the connection is open",
    users_see=(
        "browser console: `InvalidStateError: Failed to execute 'send' on 'WebSocket': Still in CONNECTING state.`",
        "Firefox: `InvalidStateError: An attempt was made to use an object that is not, or is no longer, usable`",
        "it works on a fast network or after a breakpoint, and fails on a slow one; the server never gets the first message",
    ),
    why="new WebSocket() returns at once, before the connection exists. Until the event open comes, readyState is CONNECTING, and "
    "send() throws. The exception ends the function that called it, so whatever it was to do after that, such as "
    "subscribing or registering handlers, does not happen either: the connection opens and stays silent.",
    needs=(
        Condition(
            "an uncaught exception: send() while the connection is still being established",
            _early,
        ),
    ),
    find=_find,
    confidence=BROWSER_SAYS,
    because=("{place}: {exception}",),
    fix=("send only after the event open, and queue messages until then",),
    prevent=(
        "keep the connection in one module that does so for all senders: socket.addEventListener('open', () => "
        "queue.splice(0).forEach((message) => socket.send(message)))",
    ),
    verify=(REOPEN,),
    explains=SOCKET_CHECKS,
    look_alikes=(
        LookAlike(
            "browser-closed-before-open",
            Look("the words in the console"),
            "Still in CONNECTING state: send() came too early; closed before the connection is established: close() did",
        ),
    ),
    sources=("https://websockets.spec.whatwg.org/#dom-websocket-send",),
    staged=("browser/send-before-open",),
)
