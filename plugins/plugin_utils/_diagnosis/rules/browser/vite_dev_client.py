# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-vite-dev-client: the deployed page loads /@vite/client, or a script that contains it."""

from __future__ import annotations

from ...rule import Look, LookAlike, Rule
from ._dev_clients import BECAUSE, CONFIDENCE, EXPLAINS, FIX, PREVENT, find_clients, loads
from ._files import RELOAD

RULE = Rule(
    id="browser-vite-dev-client",
    layer="browser",
    title="The page loads the client of vite's development server",
    users_see=(
        "browser console: `[vite] failed to connect to websocket.`, or `[vite] connecting...` that no `[vite] connected.` follows",
        "the network panel shows `/@vite/client`, and a failing WebSocket to `wss://…/?token=…` or to `ws://localhost:5173/`",
        "the page reloads on its own again and again",
    ),
    why="In development, vite serves the sources and adds a script to the page, /@vite/client, that opens a WebSocket of its own (sub-protocol "
    "vite-hmr) to be notified of changed files. Only vite's development server answers it. The script gets to visitors where the sources' "
    "index.html was deployed instead of what vite build writes to dist, or where `vite` itself runs in production, "
    "behind a proxy that does not pass that WebSocket on. The errors are about vite's connection, and often hide the application's own.",
    needs=(loads("vite"),),
    find=find_clients("vite"),
    confidence=CONFIDENCE,
    because=BECAUSE,
    fix=(*FIX, "run vite build, and serve its output directory (dist) with a web server"),
    prevent=PREVENT,
    verify=(RELOAD,),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "browser-dev-client",
            Look("the URL of the WebSocket that fails"),
            "a token in its query, or sub-protocol vite-hmr: vite; /ws or /sockjs-node: webpack-dev-server",
        ),
        LookAlike(
            "browser-localhost-url",
            Look("the place that opens the WebSocket, the initiator in the network panel"),
            "/@vite/client: the development client; a script of the application: its own URL",
        ),
    ),
    sources=("https://vite.dev/guide/build",),
    staged=("frontend/vite",),
)
