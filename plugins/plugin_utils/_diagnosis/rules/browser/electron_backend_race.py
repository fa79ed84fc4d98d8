# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-electron-backend-race: the app's page dials the server that the app starts, before it listens."""

from __future__ import annotations

from ...._evidence.electron import decided, pages_here
from ...conditions import wrong
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._electron import electron, place


def _find(facts: Facts) -> Found:
    started, here = decided(electron(facts), "child")[0], pages_here(electron(facts))[0]
    return "possible", {
        "start_place": place(started),
        "program": started.get("value") or "a program",
        "socket_place": place(here),
        "url": str(here.get("url")),
    }


RULE = Rule(
    id="browser-electron-backend-race",
    layer="browser",
    title="The Electron app's page dials before the app's own server listens",
    users_see=(
        "in the app's console, at its start only: `WebSocket connection to 'ws://localhost:…' failed: Error in connection establishment: "
        "net::ERR_CONNECTION_REFUSED`",
        "it works after the window is reloaded (Ctrl+R), and more often on fast machines",
        "`connect ECONNREFUSED 127.0.0.1:…` where the main process dials",
    ),
    why="The app starts its server as a child process and loads the page at the same time. Until the child has loaded its "
    "modules and called listen(), its port refuses connections; how long that takes depends on the disk, a virus scanner and the "
    "first start after an update. A page that dials once, and does not try again, stays without a connection although the server is up a moment later.",
    needs=(
        wrong(
            "nothing in the app's programs waits for a sign from the program that it starts, or reconnects",
            "electron.backend",
        ),
        Condition("the app starts a program", lambda facts: decided(electron(facts), "child")),
        Condition("a page of the app dials this host", lambda facts: pages_here(electron(facts))),
    ),
    find=_find,
    confidence={"possible": "the files show the order, not which of the two is faster"},
    because=(
        "{start_place} starts {program}",
        "{socket_place} dials {url} at once",
        "none of the app's programs waits for it, or reconnects: the first attempt gets ECONNREFUSED "
        "(net::ERR_CONNECTION_REFUSED) when the server is slower than the page",
    ),
    fix=("load the page once the server is up: child.once('message', () => window.loadFile(…)) after its listen()",),
    prevent=("reconnect after a pause when the event close comes before the event open",),
    verify=("start the app ten times, and count ERR_CONNECTION_REFUSED in its console",),
    explains=("electron.backend",),
    look_alikes=(
        LookAlike(
            "process-not-running",
            Command("ss -ltnp 'sport = :<port>'"),
            "a row while the app runs: the page was too early; none: the server never comes up",
        ),
    ),
    sources=("https://www.electronjs.org/docs/latest/api/utility-process",),
    staged=("electron/page-is-first",),
)
