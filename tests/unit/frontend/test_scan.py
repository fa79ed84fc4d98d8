# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What expressions come to, how sure it is that they are dialled, and that no script takes long."""

from __future__ import annotations

import time

import pytest
from ansible_collections.websocket.health.plugins.module_utils._frontend.scan import scan, take_apart

SCHEME = '("https:"===location.protocol?"wss://":"ws://")'


def _found(code: str) -> list[str]:
    """Findings but derived schemes, in one line each: ``use scheme host port path``."""
    lines = []
    for entry in scan(code.encode()).findings:
        if entry["kind"] == "derived":
            continue
        host = {"page": "<page>", "unknown": "?"}.get(entry["host_from"], entry["host"])
        port = entry["port"] if entry["port_from"] == "literal" else entry["port_from"]
        lines.append(f"{entry['use']} {entry['scheme'] or '?'} {host} {port} {entry['path']}")
    return lines


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('new WebSocket("ws://localhost:3000/ws")', "dialled ws localhost 3000 /ws"),
        ("new WebSocket('wss://chat.example.com')", "dialled wss chat.example.com default /"),
        ("new window.WebSocket(`ws://10.0.0.5:${p}/x`)", "dialled ws 10.0.0.5 unknown /x"),
        ('new WebSocket("ws://[::1]:8080/ws?token=abc#x")', "dialled ws ::1 8080 /ws"),
        ('new ReconnectingWebSocket("ws://user:pw@h.io/a")', "dialled ws h.io default /a"),
        (f'new WebSocket({SCHEME}+location.host+"/ws")', "dialled page <page> page /ws"),
        ('new WebSocket("ws"+(s?"s":"")+"://"+window.location.host)', "dialled page <page> page /"),
        ('new WebSocket(location.origin.replace(/^http/,"ws")+"/ws")', "dialled page <page> page /ws"),
        ('new WebSocket(location.protocol.replace("http","ws")+"//"+location.host)', "dialled page <page> page /"),
        ('new WebSocket("ws://"+location.hostname+":9999/ws")', "dialled ws <page> 9999 /ws"),
        ('new WebSocket("ws://".concat(location.hostname,":").concat(9999,"/ws"))', "dialled ws <page> 9999 /ws"),
        ("new WebSocket(`ws://${location.hostname}:${location.port}/ws`)", "dialled ws <page> page /ws"),
        ("new WebSocket(`ws://${location.host}/rooms/${id}/ws`)", "dialled ws <page> page /rooms/*/ws"),
        ('new WebSocket("/ws")', "dialled page <page> page /ws"),
        ('new WebSocket("//h.io/ws")', "dialled page h.io default /ws"),
        ("new WebSocket(`ws://${void 0}/ws`)", "dialled ws undefined default /ws"),
        ('new WebSocket("ws://"+{}.VITE_HOST+"/ws")', "dialled ws undefined default /ws"),
        ('new WebSocket({BASE_URL:"/",DEV:!1}.VITE_URL+"/ws")', "dialled ? undefined unknown None"),
        ('new WebSocket({VITE_URL:x}.VITE_URL+"/ws")', "dialled ? ? unknown None"),
        ('new WebSocket("ws://"+location.hostname+":undefined/ws")', "dialled ws <page> wrong /ws"),
        ('new WebSocket({}.VITE_URL||"ws://localhost:3000")', "dialled ws localhost 3000 /"),
        ('new WebSocket(({}).VITE_URL??"ws://localhost:3000")', "dialled ws localhost 3000 /"),
        ('const e="ws://localhost:3000";f();new WebSocket(e,["a"])', "dialled ws localhost 3000 /"),
        ('class A{a(){this.url="ws://h.io:99";this.s=new WebSocket(this.url)}}', "dialled ws h.io 99 /"),
        ('const c={wsUrl:"ws://localhost:1"};new WebSocket(c.wsUrl)', "dialled ws localhost 1 /"),
        ('const c={wsUrl:"ws://localhost:1"};connect(c.wsUrl)', "configured ws localhost 1 /"),
        ('createClient({url:"ws://localhost:4000/graphql"})', "dialled ws localhost 4000 /graphql"),
        ('new Client({brokerURL:"ws://localhost:15674/ws"})', "dialled ws localhost 15674 /ws"),
        ('webSocket({url:"ws://localhost:8080"})', "dialled ws localhost 8080 /"),
        ('mqtt.connect("ws://localhost:9001/mqtt")', "dialled ws localhost 9001 /mqtt"),
        ('new Socket("ws://localhost:4000/socket",{})', "dialled ws localhost 4000 /socket"),
        ('io("http://localhost:3001")', "dialled http localhost 3001 None"),
        ('io.connect("https://h.io")', "dialled https h.io default None"),
        ('new SockJS("http://localhost:8080/ws")', "dialled http localhost 8080 None"),
        ('b.withUrl("https://localhost:5001/hub")', "dialled https localhost 5001 None"),
        ('(0,r.io)("http://localhost:3001")', "dialled http localhost 3001 None"),
        ('x="EIO/socket.io WebSocket";qe("http://localhost:3001",{})', "configured http localhost 3001 None"),
        ('eval("new WebSocket(\\"ws://localhost:3000/ws\\")")', "dialled ws localhost 3000 /ws"),
        ('localhost===h?new WebSocket("ws://a.io"):0;', "dialled ws a.io default /"),
    ],
)  # fmt: skip
def test_urls_that_code_dials_are_found(code: str, found: str) -> None:
    assert found in _found(code)


@pytest.mark.parametrize(
    "code",
    [
        'new WebSocket(window.WS_URL||"ws://localhost:3000")',
        '"localhost"===location.hostname?new WebSocket("ws://localhost:3000"):0',
        'new WebSocket(dev?"ws://localhost:3000":"wss://h.io")',
        'let u="ws://localhost:3000";if(p)u="wss://h.io";new WebSocket(u)',
        'let u="wss://h.io";if(location.hostname==="localhost"){u="ws://localhost:3000"}new WebSocket(u)',
        'function w(e){e="ws://localhost:1"}function z(e){new WebSocket(e)}',
        'var e="ws://localhost:1";[].map(function(e){new WebSocket(e)})',
        'var e="ws://localhost:1";const f=e=>new WebSocket(e)',
        'var url="ws://localhost:1";function o(){new WebSocket(url)}function s(u){url=u}',
        'class A{a(){this.url="ws://localhost:1"}b(e){this.url=e}c(){new WebSocket(this.url)}}',
        'd.placeholder="ws://localhost:8080"',
        'if(u.startsWith("ws://localhost"))x()',
        'console.log("ws://localhost:8080")',
        'throw new Error("ws://localhost:8080")',
        't.DEFAULT_WEBSOCKET_URL="ws://localhost:5006/ws";f(t.DEFAULT_WEBSOCKET_URL)',
        'a={hint:"ws://localhost:8080"}',
        'fetch("http://localhost:3001/api")',
        'x="EIO/socket.io WebSocket";axios.get("http://localhost:3001")',
        '"connect-src ws://localhost:*"',
        '// new WebSocket("ws://localhost:3000")',
        'f(); // like new WebSocket("ws://localhost:3000")',
        '/**\n * @example new WebSocket("ws://localhost:3000")\n */',
        'var host="localhost:1";function c(){new WebSocket("ws://"+host)}function s(h){host=h}',
    ],
)
def test_urls_that_code_only_mentions_or_may_replace_are_not_dialled(code: str) -> None:
    assert [line for line in _found(code) if line.startswith(("dialled ws ", "dialled http", "configured"))] == []


@pytest.mark.parametrize(
    "code",
    [
        'fetch("*/*");new WebSocket("ws://localhost:3000")',
        'a="http://x.io//b";new WebSocket("ws://localhost:3000")',
        '/* a */ new WebSocket("ws://localhost:3000") /* b */',
        'var accept="text/*";new WebSocket("ws://localhost:3000")',
    ],
)
def test_what_only_looks_like_a_comment(code: str) -> None:
    assert "dialled ws localhost 3000 /" in _found(code)


def test_what_is_set_later_is_not_known() -> None:
    code = 'var host=null;function c(){new WebSocket("ws://"+host)}function s(h){host=h}'
    assert _found(code) == ["dialled ws ? unknown None"]


def test_a_scheme_that_is_chosen_far_away_is_not_known() -> None:
    code = 'if(s){return new WebSocket("wss://"+h+"/a")}return new WebSocket("ws://"+h+"/a")'
    assert _found(code) == ["dialled wss ? unknown /a", "dialled ? ? unknown /a"]


def test_findings_have_line_and_column() -> None:
    code = 'a\nb\n  new WebSocket("ws://h.io/a");new WebSocket("ws://h.io/b")\n'
    assert [(entry["line"], entry["column"]) for entry in scan(code.encode()).findings] == [(3, 3), (3, 32)]


@pytest.mark.parametrize(
    ("code", "libraries"),
    [
        ('EIO "/socket.io" websocket', ["Socket.IO"]),
        ("WebSocket phx_join phx_reply", ["Phoenix"]),
        ("WebSocket HubConnection negotiateVersion", ["SignalR"]),
        ('WebSocket "graphql-transport-ws"', ["graphql-ws"]),
        ("WebSocket MQIsdp", ["MQTT"]),
        ("phoenix socket", []),
    ],
)
def test_libraries_are_told_by_their_strings(code: str, libraries: list[str]) -> None:
    assert scan(code.encode()).libraries == libraries


def test_clients_of_development_servers() -> None:
    vite = 'console.debug("[vite] connecting...");new WebSocket(u,"vite-hmr")'
    assert [name for name, _offset in scan(vite.encode()).dev_clients] == ["vite"]
    assert scan(b'console.log("[vite] is a bundler");new WebSocket(u)').dev_clients == []


def test_a_query_does_not_travel() -> None:
    assert take_apart("wss://h.io/ws?token=hunter2#x")["path"] == "/ws"


def test_empty_and_binary_files_are_scanned_without_error() -> None:
    assert scan(b"").findings == []
    assert scan(bytes(range(256)) * 100).findings == []
    assert _found('\udcff new WebSocket("ws://h.io/é")'.encode("utf-8", "surrogateescape").decode("latin-1"))


HOSTILE = {
    "constructors": b"new WebSocket(",
    "brackets": b"new WebSocket((((((",
    "ternaries": b"new WebSocket(a?b:",
    "templates": b"new WebSocket(`${`${`${",
    "sums": b"new WebSocket(a+a+a+a+",
    "names of names": b"var ab=ac+ac;var ac=ab+ab;new WebSocket(ab);",
    "URLs": b'"ws://',
    "comments": b'/* new WebSocket("ws://x.y") ',
    "spaces": b"new              WebSocket     (",
    "keys": b'{url:"ws://a",',
    "fallbacks": b'{}.a||"ws://x.y/"',
    "escapes": b'new WebSocket(\\"',
    "stored": b'wsUrl:"ws://localhost:3/",',
}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", HOSTILE)
def test_no_script_takes_long(name: str) -> None:
    data = HOSTILE[name] * ((2 << 20) // len(HOSTILE[name]))
    started = time.process_time()
    script = scan(data)
    assert time.process_time() - started < 3.0
    assert script.cut
    assert len(script.findings) <= 200
