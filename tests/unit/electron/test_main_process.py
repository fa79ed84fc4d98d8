# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app's programs decide about its connections."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils.electron.javascript import tokens_of
from ansible_collections.websocket.health.plugins.module_utils.electron.main_process import (
    decisions,
    proxy_for_websockets,
)

CHILD = "const { fork } = require('node:child_process');\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("session.defaultSession.setProxy({ proxyRules: 'localhost:3128' })", [("proxy", "localhost:3128")]),
        ("const o = { proxyRules: 'p:1', proxyBypassRules: '<local>' }; s.setProxy(o);", [("proxy", "p:1")]),
        ("s.setProxy({ pacScript: url })", [("proxy", None)]),
        ("s.setProxy({ proxyRules: settings.proxy })", [("proxy", None)]),
        ("s.setProxy(options)", [("proxy", None)]),
        ("s.setProxy({ mode: 'direct' })", []),
        ("s.setProxy({ mode: 'system' })", []),
        ("s.setProxy({ proxyBypassRules: 'a' })", []),
        ("app.commandLine.appendSwitch('proxy-server', 'socks5://h:1')", [("proxy", "socks5://h:1")]),
        ("app.commandLine.appendSwitch('proxy-server')", [("proxy", None)]),
        ("app.commandLine.appendSwitch('ignore-certificate-errors')", [("blind", "ignore-certificate-errors")]),
        ("app.commandLine.appendSwitch('disable-gpu')", []),
        ("new WebSocket(u, { rejectUnauthorized: false })", [("blind", "rejectUnauthorized")]),
        ("new WebSocket(u,{rejectUnauthorized:!1})", [("blind", "rejectUnauthorized")]),
        ("new WebSocket(u, { rejectUnauthorized: true })", []),
        ("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'", [("blind", "NODE_TLS_REJECT_UNAUTHORIZED")]),
        ("app.on('certificate-error', f)", [("own-trust", "certificate-error")]),
        ("s.setCertificateVerifyProc(f)", [("own-trust", "setCertificateVerifyProc")]),
        (CHILD + "const c = fork('server.js'); go()", [("child", "server.js")]),
        (CHILD + "cp.spawn(process.execPath, [file])", [("child", "")]),
        ("utilityProcess.fork('server.js')", [("child", "server.js")]),
        # Words that mean something else where no child process is imported, and a function of one's own.
        ("items.spawn('goblin'); function fork(a) {}", []),
        (CHILD + "function spawn(a) { }", []),
        (CHILD + "fork('s.js').once('message', go)", [("child", "s.js"), ("waits", "message")]),
        ("const waitOn = require('wait-on');", [("waits", None)]),
        ("await waitForPort(8080)", [("waits", "waitForPort")]),
        ("s.onclose = () => setTimeout(connect, 1000)", [("reconnects", None)]),
        ("s.addEventListener('close', () => setTimeout(connect, 1000))", [("reconnects", None)]),
        ("s.onclose = () => console.log('gone')", []),
        ("new ReconnectingWebSocket(u)", [("reconnects", None)]),
    ],
)
def test_decisions(text: str, found: list[tuple[str, str | None]]) -> None:
    assert [(entry["kind"], entry["value"]) for entry in decisions(text, tokens_of(text), "main.js")] == found


def test_where_they_are() -> None:
    text = "\n\nsession.setProxy({ proxyRules: 'p:1', proxyBypassRules: '<-loopback>' })"
    (entry,) = decisions(text, tokens_of(text), "main.js")
    assert (entry["file"], entry["line"], entry["bypass"]) == ("main.js", 3, "<-loopback>")


@pytest.mark.parametrize(
    ("rules", "proxy"),
    [
        ("proxy:3128", ("proxy", 3128)),
        ("proxy", ("proxy", 80)),
        ("https://proxy", ("proxy", 443)),
        ("socks5://127.0.0.1:1080", ("127.0.0.1", 1080)),
        ("socks4://h", ("h", 1080)),
        ("http://[::1]:8080", ("::1", 8080)),
        ("http=a:80;https=b:443,direct://", ("b", 443)),
        ("http=a:80", ("a", 80)),
        ("http=a:80;socks=c:1", ("c", 1)),
        ("ftp=f:21", None),
        ("direct://", None),
        ("", None),
        ("%%%://", None),
    ],
)
def test_the_proxy_of_a_websocket(rules: str, proxy: tuple[str, int] | None) -> None:
    assert proxy_for_websockets(rules) == proxy
