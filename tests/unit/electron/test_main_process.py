# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app's programs decide about its connections."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._electron.javascript import tokens_of
from ansible_collections.websocket.health.plugins.module_utils._electron.main_process import (
    decisions,
    goes_past,
    proxies_for_websockets,
)

CHILD = "const { fork } = require('node:child_process');\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("session.defaultSession.setProxy({ proxyRules: 'localhost:3128' })", [("proxy", "localhost:3128")]),
        (
            "const o = { proxyRules: 'p:1', proxyBypassRules: '<local>' }; w.webContents.session.setProxy(o);",
            [("proxy", "p:1")],
        ),
        ("const s = session.defaultSession; s.setProxy({ proxyRules: 'p:1' })", [("proxy", None)]),
        ("session.fromPartition('updater').setProxy({ proxyRules: 'p:1' })", [("proxy", None)]),
        ("session.defaultSession.setProxy({ proxyRules: 'p:1', proxyBypassRules: own })", [("proxy", None)]),
        (
            "session.defaultSession.setProxy({ proxyRules: 'http=alice:s3cr3t@p:1' })",
            [("proxy", "http=[redacted]@p:1")],
        ),
        ("s.setProxy({ pacScript: url })", [("proxy", None)]),
        ("s.setProxy({ proxyRules: settings.proxy })", [("proxy", None)]),
        ("s.setProxy(options)", [("proxy", None)]),
        ("s.setProxy({ mode: 'direct' })", []),
        ("s.setProxy({ mode: 'system' })", []),
        ("s.setProxy({ proxyBypassRules: 'a' })", []),
        ("app.commandLine.appendSwitch('proxy-server', 'socks5://h:1')", [("proxy", "socks5://h:1")]),
        ("app.commandLine.appendSwitch('proxy-server')", [("proxy", None)]),
        ("if (process.env.CHARLES) app.commandLine.appendSwitch('proxy-server', 'h:1')", [("proxy", None)]),
        ("if (a) { b(); app.commandLine.appendSwitch('proxy-server', 'h:1') }", [("proxy", None)]),
        ("if (a) { b() } else { app.commandLine.appendSwitch('proxy-server', 'h:1') }", [("proxy", None)]),
        ("debug && app.commandLine.appendSwitch('proxy-server', 'h:1')", [("proxy", None)]),
        ("if (a) { b() } app.commandLine.appendSwitch('proxy-server', 'h:1')", [("proxy", "h:1")]),
        (
            "app.whenReady().then(() => { if (a) b(); app.commandLine.appendSwitch('proxy-server', 'h:1') })",
            [("proxy", "h:1")],
        ),
        (
            "if (!app.isPackaged) app.commandLine.appendSwitch('ignore-certificate-errors')",
            [("own-trust", "ignore-certificate-errors")],
        ),
        ("app.commandLine.appendSwitch('ignore-certificate-errors')", [("blind", "ignore-certificate-errors")]),
        ("app.commandLine.appendSwitch('disable-gpu')", []),
        ("new WebSocket(u, { rejectUnauthorized: false })", [("blind", "rejectUnauthorized")]),
        ("new WebSocket(u,{rejectUnauthorized:!1})", [("blind", "rejectUnauthorized")]),
        ("new WebSocket(u, { rejectUnauthorized: true })", []),
        ("https.get({ host: h, rejectUnauthorized: false })", [("own-trust", "rejectUnauthorized")]),
        ("new WebSocket(u, { ca: fs.readFileSync('ca.pem') })", [("own-trust", "ca")]),
        ("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'", [("blind", "NODE_TLS_REJECT_UNAUTHORIZED")]),
        ("delete process.env.NODE_TLS_REJECT_UNAUTHORIZED", []),
        ("app.on('certificate-error', f)", [("own-trust", "certificate-error")]),
        ("s.setCertificateVerifyProc(f)", [("own-trust", "setCertificateVerifyProc")]),
        (CHILD + "const c = fork('server.js'); go()", [("child", "server.js")]),
        (CHILD + "cp.spawn(process.execPath, [file])", [("child", "")]),
        (CHILD + "spawn('python', [path.join(__dirname, 'server.py'), '-psecret'])", [("child", "python")]),
        (CHILD + "execFile('xdg-open', ['https://x.example'])", []),
        (CHILD + "spawn('/opt/srv -psecretpw', { cwd: __dirname })", [("child", "/opt/srv")]),
        ("utilityProcess.fork('server.js')", [("child", "server.js")]),
        # Words that mean something else where no child process is imported, and a function of one's own.
        ("items.spawn('goblin'); function fork(a) {}", []),
        (CHILD + "function spawn(a) { }", []),
        (CHILD + "fork('s.js').once('message', go)", [("child", "s.js"), ("waits", "message")]),
        ("const waitOn = require('wait-on');", [("waits", None)]),
        ("await waitForPort(8080)", [("waits", "waitForPort")]),
        ("s.onclose = () => setTimeout(connect, 1000)", [("reconnects", None)]),
        ("w.onerror = () => setTimeout(connect, 500)", [("reconnects", None)]),
        # A server's own messages say nothing about whoever starts it.
        ("socket.on('message', (m) => socket.send(m))", []),
        ("s.addEventListener('close', () => setTimeout(connect, 1000))", [("reconnects", None)]),
        ("s.onclose = () => console.log('gone')", []),
        ("new ReconnectingWebSocket(u)", [("reconnects", None)]),
    ],
)
def test_decisions_are_found_with_their_values(text: str, found: list[tuple[str, str | None]]) -> None:
    assert [(entry["kind"], entry["value"]) for entry in decisions(text, tokens_of(text), "main.js")] == found


def test_a_decision_has_file_line_and_bypass() -> None:
    text = "\n\nsession.setProxy({ proxyRules: 'p:1', proxyBypassRules: '<-loopback>' })"
    (entry,) = decisions(text, tokens_of(text), "main.js")
    assert (entry["file"], entry["line"], entry["bypass"]) == ("main.js", 3, "<-loopback>")


@pytest.mark.parametrize(
    ("rules", "proxies"),
    [
        ("proxy:3128", [("proxy", 3128)]),
        ("proxy", [("proxy", 80)]),
        ("https://proxy", [("proxy", 443)]),
        ("socks5://127.0.0.1:1080", [("127.0.0.1", 1080)]),
        ("socks4://h", [("h", 1080)]),
        ("http://[::1]:8080", [("::1", 8080)]),
        ("a:1,b:2", [("a", 1), ("b", 2)]),
        ("http=a:80;https=b:443,direct://", []),
        ("http=a:80", [("a", 80)]),
        ("http=[redacted]@a:80", [("a", 80)]),
        ("http=a:80;socks=c:1", [("c", 1)]),
        ("ftp=f:21", []),
        ("direct://", []),
        ("", []),
        ("%%%://", []),
        ("127.0.0.1:99999", []),
    ],
)
def test_the_proxies_of_a_websocket(rules: str, proxies: list[tuple[str, int]]) -> None:
    assert proxies_for_websockets(rules) == proxies


@pytest.mark.parametrize(
    ("bypass", "past"),
    [
        (None, False),
        ("<-loopback>", False),
        ("<local>", False),
        ("chat.example.com", True),
        ("*.example.com;other", True),
        (".example.com", True),
        ("other.example.com", False),
        ("192.168.0.0/16", True),
        ("chat.example.com:443", True),
    ],
)
def test_hosts_past_the_proxy(bypass: str | None, past: bool) -> None:
    assert goes_past("chat.example.com", bypass) is past


def test_the_first_of_many_is_kept() -> None:
    text = "x.on('data', f);" * 70 + "app.commandLine.appendSwitch('ignore-certificate-errors');" * 20
    kinds = [entry["kind"] for entry in decisions(text, tokens_of(text), "main.js")]
    assert kinds == ["blind"] * 8
