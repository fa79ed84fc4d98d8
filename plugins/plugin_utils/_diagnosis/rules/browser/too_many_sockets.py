# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-too-many-sockets: the page opens connections and does not close them, until the browser opens no more."""

from __future__ import annotations

from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._sockets import BROWSER_SAYS, CHROMIUM, REOPEN, SOCKET_CHECKS

#: WebSockets that Chromium keeps open at the same time, over all tabs.
_MOST = 255


def _says_too_many(facts: Facts) -> bool:
    """Whether Chromium says that more WebSockets are open than it allows."""
    texts = [str(entry.get("error")) for entry in facts.browser.get("sockets") or ()]
    texts += [str(entry.get("text")) for entry in facts.browser.get("console") or ()]
    return any("Insufficient resources" in text for text in texts)


def _find(facts: Facts) -> Found:
    return "certain", {"made": facts.browser.get("sockets_total"), "most": _MOST}


RULE = Rule(
    id="browser-too-many-sockets",
    layer="browser",
    title="The page opens more WebSockets than a browser allows",
    users_see=(
        "browser console, many times: `WebSocket connection to 'ws://…' failed: Insufficient resources`",
        "after a reload, or with all other tabs closed, it works for a while",
        "the server counts hundreds of connections from one address",
    ),
    why="Chromium keeps at most 255 WebSockets open over all tabs, and refuses each further one at once. A page gets "
    "there by a leak: it opens a new connection at every reconnect, every render of a component or every change of the route, and "
    "never closes the one before. A loop that reconnects without a pause gets there within seconds.",
    needs=(Condition("Chromium reports Insufficient resources", _says_too_many),),
    find=_find,
    confidence=BROWSER_SAYS,
    because=(
        "the page has created {made} WebSockets",
        "Chromium: Insufficient resources; it keeps at most {most} open",
    ),
    fix=("close the old connection before opening a new one, above all where the page reconnects",),
    prevent=("wait longer after each failed attempt, and share one connection between components",),
    verify=(REOPEN,),
    explains=SOCKET_CHECKS,
    look_alikes=(
        LookAlike(
            "process-descriptors-used-up",
            Look("the same page in another browser"),
            "it connects there: this browser's limit; it fails there, too: the server accepts no more connections",
        ),
    ),
    sources=(CHROMIUM + "services/network/websocket_factory.cc",),
    staged=("browser/too-many",),
)
