# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-dev-client: the deployed page has the client of webpack-dev-server or Parcel."""

from __future__ import annotations

from ...rule import Look, LookAlike, Rule
from ._dev_clients import BECAUSE, CONFIDENCE, EXPLAINS, FIX, PREVENT, find_clients, loads
from ._files import RELOAD

RULE = Rule(
    id="browser-dev-client",
    layer="browser",
    title="The page loads the client of a bundler's development server",
    users_see=(
        "browser console: `[webpack-dev-server] Disconnected!` and `[webpack-dev-server] Trying to reconnect...`",
        "browser console: `WebSocket connection to 'wss://…/ws' failed`, or to `…/sockjs-node` (older versions), for a path that the "
        "application does not use",
        "Parcel: `[parcel] 🚨 Connection to the HMR server was lost`",
    ),
    why="A bundler's development server adds a client to the bundle that opens a WebSocket to it, to be notified of changed files. Only that "
    "server answers it. The client gets to visitors where the output of a development build was deployed, or where the development server "
    "itself (`npm start` of many templates) runs in production. Its path is often /ws, so it also gets to the application's own "
    "WebSocket server, which does not understand it.",
    needs=(loads("webpack-dev-server", "Parcel"),),
    find=find_clients("webpack-dev-server", "Parcel"),
    confidence=CONFIDENCE,
    because=BECAUSE,
    fix=(*FIX, "run webpack --mode production, or parcel build, and serve its output directory with a web server"),
    prevent=PREVENT,
    verify=(RELOAD,),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "browser-vite-dev-client",
            Look("the URL of the WebSocket that fails"),
            "/ws or /sockjs-node: webpack-dev-server; a token in its query, or sub-protocol vite-hmr: vite",
        ),
        LookAlike(
            "browser-next-dev-client",
            Look("the URL of the WebSocket that fails"),
            "/ws or /sockjs-node: webpack-dev-server; /_next/webpack-hmr: Next.js",
        ),
    ),
    sources=("https://webpack.js.org/guides/production/",),
    staged=("frontend/dev-client",),
)
