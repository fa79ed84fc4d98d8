# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-electron-proxy: the session of the app's pages has a proxy that accepts no connections."""

from __future__ import annotations

import typing as t

from ...._evidence.electron import decided, through_proxy
from ...conditions import failed
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._electron import electron, place

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.electron import TriedProxy


def _dead_proxies(facts: Facts) -> list[TriedProxy]:
    """Proxies of the app's session that accept no connections."""
    return [entry for entry in electron(facts).get("proxies") or () if entry["outcome"] != "connected"]


def _find(facts: Facts) -> Found:
    seen, dead = electron(facts), _dead_proxies(facts)[0]
    return "likely", {
        "setting_place": place(decided(seen, "proxy")[0]),
        "proxy_rules": str(dead.get("rules")),
        "address": str(dead.get("address")),
        "outcome": dead.get("outcome"),
        "socket_place": place(through_proxy(seen)[0]),
    }


RULE = Rule(
    id="browser-electron-proxy",
    layer="browser",
    title="The Electron app routes its pages through a proxy that does not answer",
    users_see=(
        "in the app's pages: `WebSocket connection to 'wss://…' failed: Error in connection establishment: "
        "net::ERR_PROXY_CONNECTION_FAILED`",
        "the app's main process, curl and a browser on the same machine connect to the same URL",
        "nothing at all reaches the server, and its log has no request",
    ),
    why="session.setProxy, or the switch --proxy-server, applies to what Chromium opens: the app's pages with their WebSockets. Node.js "
    "in the main process does not use it. If the named proxy is gone, or its address is wrong, every WebSocket of a page fails while "
    "the rest of the app works. URLs of localhost bypass such a proxy, so development does not show it.",
    needs=(
        failed("the app sets a proxy for its pages, which accepts no connections", "electron.proxy"),
        Condition("its address was tried", _dead_proxies),
        Condition("the place that sets it was found", lambda facts: decided(electron(facts), "proxy")),
        Condition("a page opens a WebSocket that goes through it", lambda facts: through_proxy(electron(facts))),
    ),
    find=_find,
    confidence={"likely": "the proxy on the users' machines cannot be seen"},
    because=(
        "{setting_place} sets the proxy {proxy_rules} for the app's pages",
        "it accepts no connections: {address}, {outcome}",
        "{socket_place} opens the WebSocket in a page",
        "the main process, and every other client on this host, bypasses that proxy",
    ),
    fix=("start the proxy, or correct its address at {setting_place}",),
    prevent=("list hosts that need no proxy in proxyBypassRules, or use mode: 'system'",),
    verify=("curl -sv -x {proxy_rules} <public URL with https>",),
    explains=("electron.proxy",),
    look_alikes=(
        LookAlike(
            "browser-electron-backend-race",
            Look("the error in the app's console"),
            "net::ERR_PROXY_CONNECTION_FAILED: the proxy; net::ERR_CONNECTION_REFUSED at the start only: the server was not up yet",
        ),
    ),
    sources=("https://www.electronjs.org/docs/latest/api/session#sessetproxyconfig",),
    staged=("electron/proxy-is-gone",),
)
