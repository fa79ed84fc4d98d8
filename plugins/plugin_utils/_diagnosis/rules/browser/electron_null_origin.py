# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-electron-null-origin: the app's page comes from a file, and the server refuses the Origin that it has."""

from __future__ import annotations

from ...._evidence.electron import from_file
from ...._evidence.websocket import outcome_words
from ...conditions import failed
from ...facts import Facts
from ...rule import Attempt, Condition, Found, Look, LookAlike, Rule
from ._electron import electron, place


def _find(facts: Facts) -> Found:
    seen = electron(facts)
    loads = next(entry for entry in seen["loads"] if entry.get("scheme") == "file")
    made = next(entry for entry in seen["sockets"] if entry.get("role") == "renderer")
    return "certain", {
        "page_place": place(loads),
        "socket_place": place(made),
        "answer": outcome_words(seen.get("null_origin") or {}),
    }


RULE = Rule(
    id="browser-electron-null-origin",
    layer="browser",
    title="The server rejects the Origin null, which pages from files have",
    users_see=(
        "the app's console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 403` "
        "(some frameworks respond with 400 or 404)",
        "the same URL works in a browser, with curl or wscat, and from the app in development, where its page comes from http://localhost",
        "server logs: `Cross origin websockets not allowed` (Tornado), `Request origin not allowed` (Rails)",
    ),
    why="Chromium sends the Origin of the page with every handshake. A page that the app loads from a file (loadFile, or a file:// "
    "URL) has an opaque origin, which is written null. A server that compares the Origin with a list of sites does not find null there "
    "and refuses. In development the page usually comes from a development server over http, which is on the list, so the fault only shows in the "
    "packed app. The main process is not affected: the package ws sends no Origin.",
    needs=(
        failed("the server accepts other Origins and rejects null", "electron.origin"),
        Condition(
            "the page is loaded from a file, so its Origin is null",
            lambda facts: from_file(electron(facts)),
        ),
    ),
    find=_find,
    confidence={"certain": "both were tried"},
    because=(
        "the page is loaded from a file at {page_place}",
        "it opens the WebSocket at {socket_place}, with Origin: null",
        "the server answers that with {answer}, and accepts other Origins",
    ),
    fix=(
        "allow the Origin null in the server's list, if it authenticates clients by something other than their Origin",
    ),
    prevent=(
        "or open the WebSocket in the main process (package ws), which sends no Origin",
        "or serve the page from a custom protocol (protocol.handle), and allow that Origin",
    ),
    verify=("wscat -o null -c <url>",),
    explains=("electron.origin",),
    look_alikes=(
        LookAlike(
            "browser-origin-rejected",
            Look("the Origin in the request headers of the handshake"),
            "null: a page from a file; http:// or https://: a page of a web server",
        ),
        LookAlike(
            "server-credentials-required",
            Attempt("no_origin"),
            "accepted without an Origin: the Origin; refused without one as well: the server requires credentials",
        ),
    ),
    sources=(
        "https://www.electronjs.org/docs/latest/api/protocol",
        "https://www.rfc-editor.org/rfc/rfc6454#section-7",
    ),
    staged=("electron/origin-of-files", "electron/origin-of-files-packed"),
)
