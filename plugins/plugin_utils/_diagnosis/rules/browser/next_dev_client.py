# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-next-dev-client: the deployed page has the hot-reload client of next dev."""

from __future__ import annotations

from ...rule import Look, LookAlike, Rule
from ._dev_clients import BECAUSE, CONFIDENCE, EXPLAINS, FIX, PREVENT, find_clients, loads
from ._files import RELOAD

RULE = Rule(
    id="browser-next-dev-client",
    layer="browser",
    title="The page loads the client of Next.js's development server",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…/_next/webpack-hmr' failed`, repeated every few seconds",
        "`Invalid frame header` for the same URL where a custom server has a WebSocket handler of its own",
        "the page reloads on its own again and again",
    ),
    why="`next dev` adds a client to each page that opens a WebSocket to /_next/webpack-hmr, to be notified of changed files. Only the development "
    "server answers it; `next start` serves the output of `next build`, which has no such client. So next dev runs in production "
    "(NODE_ENV=development, or the wrong script in package.json), or its output was deployed. Behind a proxy that does not pass the upgrade "
    "on for that path, the client fails and reloads the page.",
    needs=(loads("Next.js"),),
    find=find_clients("Next.js"),
    confidence=CONFIDENCE,
    because=BECAUSE,
    fix=(*FIX, "run next build, then next start (NODE_ENV=production), instead of next dev"),
    prevent=PREVENT,
    verify=(RELOAD,),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "browser-dev-client",
            Look("the URL of the WebSocket that fails"),
            "/_next/webpack-hmr: Next.js; /ws or /sockjs-node: webpack-dev-server",
        ),
        LookAlike(
            "server-two-upgrade-handlers",
            Look("the URL that the error names"),
            "/_next/webpack-hmr alone: the development client; the application's own path: two handlers on one server",
        ),
    ),
    sources=("https://nextjs.org/docs/app/getting-started/deploying",),
    staged=("frontend/next",),
)
