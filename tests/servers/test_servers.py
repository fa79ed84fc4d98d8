# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every server of the catalogue is what the catalogue says: it starts, answers, speaks its dialect, and ends."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import raw
from catalogue import SERVERS, Running, ServerFailed, free_port, missing, running

_MQTT_CONNECT = bytes.fromhex("1010 0004 4D515454 04 02 003C 0004 70726231")

#: What proves that data flows, per dialect: (sent, expected) in turn; None: nothing is sent, it comes unasked.
EXCHANGES: dict[str, list[tuple[str | bytes | None, str]]] = {
    "echo": [("hi", "^hi$")],
    "socketio": [
        (None, r'^0\{"sid":".*"pingInterval":25000'),
        ("40", r'^40\{"sid"'),
        ('420["echo","hi"]', r'^430\["hi"\]$'),
    ],
    "socketio-v2": [(None, r'^0\{"sid"'), (None, "^40$"), ("2", "^3$"), ('420["echo","hi"]', r'^430\["hi"\]$')],
    "sockjs": [(None, "^o$"), ('["hi"]', r'^a\["hi"\]$')],
    "graphql-transport-ws": [
        ('{"type":"connection_init"}', r'^\{"type":"connection_ack"\}$'),
        ('{"id":"1","type":"subscribe","payload":{"query":"{__typename}"}}', r'"type":"next".*"__typename":"Query"'),
        (None, r'"type":"complete"'),
        ('{"type":"ping"}', r'^\{"type":"pong"\}$'),
    ],
    "graphql-ws": [
        ('{"type":"connection_init","payload":{}}', r'^\{"type":"connection_ack"\}$'),
        ('{"id":"1","type":"start","payload":{"query":"{__typename}"}}', r'"type":"data".*"__typename":"Query"'),
        (None, r'"type":"complete"'),
    ],
    "phoenix": [
        (
            '[null,"1","phoenix","heartbeat",{}]',
            r'^\[null,"1","phoenix","phx_reply",\{"status":"ok","response":\{\}\}\]$',
        ),
        ('["2","2","room:lobby","phx_join",{}]', r'^\["2","2","room:lobby","phx_reply",\{"status":"ok"'),
        ('["2","3","room:other","shout",{}]', '"status":"error"'),
    ],
    "actioncable": [
        (None, r'^\{"type":"welcome"\}$'),
        (
            json.dumps({"command": "subscribe", "identifier": '{"channel":"EchoChannel"}'}),
            r'^\{"identifier":"\{\\"channel\\":\\"EchoChannel\\"\}","type":"confirm_subscription"\}$',
        ),
        (None, r'^\{"type":"ping","message":\d{10}\}$'),
    ],
    "signalr": [
        ('{"protocol":"json","version":1}\x1e', "^{}\x1e$"),
        ('{"type":6}\x1e', '^{"type":6}\x1e$'),
        ('{"type":1,"invocationId":"0","target":"Ping","arguments":[]}\x1e', r'^\{"type":3,"invocationId":"0"'),
    ],
    "jsonrpc": [
        ('{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}', '"id":1,"error":{"code":-32601'),
        ('{"jsonrpc":"2.0","id":2,"method":"echo","params":["hi"]}', r'"id":2,"result":\["hi"\]'),
        ("{", '"id":null,"error":{"code":-32700'),
    ],
    "stomp": [
        ("CONNECT\naccept-version:1.2\nhost:/\nheart-beat:0,0\n\n\0", "^CONNECTED\n(.+\n)*version:1.2\n(.+\n)*\n\0$"),
        ("SUBSCRIBE\nid:0\ndestination:/queue/a\nreceipt:r1\n\n\0", "^RECEIPT\nreceipt-id:r1\n\n\0$"),
        ("SEND\ndestination:/queue/a\n\nhi\0", "^MESSAGE\n(.+\n)*\nhi\0$"),
    ],
    "wamp": [
        ('[1,"realm1",{"roles":{"caller":{}}}]', r'^\[2,\d+,\{"roles":'),
        ('[48,1,{},"no.such"]', r'^\[8,48,1,\{\},"wamp.error.no_such_procedure"\]$'),
        ('[6,{},"wamp.close.close_realm"]', '"wamp.close.goodbye_and_out"'),
    ],
    "xmpp": [
        ('<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>', "^<open .*from='localhost'"),
        (None, "<mechanism>ANONYMOUS</mechanism>"),
    ],
    "pusher": [
        (None, r'^\{"event":"pusher:connection_established","data":"\{\\"socket_id\\":'),
        ('{"event":"pusher:ping","data":{}}', r'^\{"event":"pusher:pong"\}$'),
    ],
    "home-assistant": [
        (None, '^{"type":"auth_required","ha_version":'),
        ('{"type":"auth","access_token":"open-sesame"}', '^{"type":"auth_ok"'),
        ('{"id":1,"type":"ping"}', '"type":"pong"'),
    ],
    "vite-hmr": [(None, r'^\{"type":"connected"\}$')],
    "ddp": [
        (None, r'^\{"server_id":"0"\}$'),
        ('{"msg":"connect","version":"1","support":["1"]}', r'^\{"msg":"connected","session":'),
        ('{"msg":"ping"}', r'^\{"msg":"pong"\}$'),
    ],
    "mqtt": [(_MQTT_CONNECT, "^\x20\x02\x00\x00$"), (b"\xc0\x00", "^\xd0\x00$")],
}  # fmt: skip


def need(name: str) -> None:
    """Skip a test whose server can't be started here, and say why."""
    lacking = missing(name)
    if lacking:
        pytest.skip(f"{name} needs " + ", ".join(lacking))


def connect(server: Running) -> raw.Connection:
    """Do the handshake that the catalogue describes."""
    it = server.server
    return raw.handshake(server.host, server.port, it.path, it.headers, it.subprotocols)


@pytest.mark.parametrize("name", SERVERS)
def test_server(name: str) -> None:
    need(name)
    with running(name) as server:
        server.wait_output(server.server.log_line)
        with connect(server) as connection:
            assert connection.status == server.server.status, server.output()
            if connection.status == 101:
                assert connection.accepted
                if server.server.subprotocols:
                    assert connection.headers["sec-websocket-protocol"] == server.server.subprotocols[0]
            for sent, expected in EXCHANGES.get(server.server.dialect or "", []):
                if sent is not None:
                    connection.send(sent)
                _opcode, payload = connection.frame()
                assert re.search(expected, payload.decode("latin-1")), (sent, payload)
        if server.server.log_client:
            server.wait_output(server.server.log_client)
        pids = server.group()
        assert pids
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


# gunicorn tries again every second, five times: too slow to wait for. Prosody says so and goes on.
_NO_END = ("gunicorn_sync", "flask_socketio", "prosody")


@pytest.mark.parametrize("name", [name for name in SERVERS if name not in _NO_END])
def test_ends_with_an_error_when_its_port_is_taken(name: str) -> None:
    need(name)
    with running(name) as first:
        with pytest.raises(ServerFailed, match=r"ended with (?!0:)"):
            with running(name, port=first.port):
                pass
        assert not re.search("Traceback", first.output())


def test_reuse_port_lets_two_listen() -> None:
    need("websockets_echo")
    with running("websockets_echo", env={"REUSE_PORT": "1"}) as first:
        with running("websockets_echo", port=first.port, env={"REUSE_PORT": "1"}) as second:
            assert first.listens() and second.listens()


def test_two_on_one_puts_http_into_the_stream() -> None:
    need("ws_two_on_one")
    with running("ws_two_on_one") as server:
        with connect(server) as connection:
            assert connection.read(1).startswith(b"HTTP/1.1 400 Bad Request")
        with raw.handshake(server.host, server.port, "/notifications") as connection:
            assert connection.status == 400


@pytest.mark.parametrize(
    ("name", "path", "headers", "status", "text"),
    [
        ("ws_attached", "/other", {}, 400, b"Bad Request"),
        ("ws_not_attached", "/ws", {}, 404, b"Cannot GET /ws"),
        ("ws_auth", "/ws", {}, 401, b""),
        ("ws_auth", "/ws", {"Authorization": "Bearer wrong"}, 401, b""),
        ("uvicorn_fastapi", "/nope", {}, 403, b""),
        ("uvicorn_private", "/private", {}, 403, b""),
        ("uvicorn_no_ws_library", "/ws", {}, 404, b'{"detail":"Not Found"}'),
        ("hypercorn", "/nope", {}, 403, b""),
        ("daphne_channels", "/nope/", {}, 500, b""),
        ("aiohttp_echo", "/nope", {}, 404, b"404: Not Found"),
        ("tornado_echo", "/ws", {"Origin": "https://elsewhere.example"}, 403, b"Cross origin websockets not allowed"),
        ("actioncable", "/cable", {}, 404, b"Page not found"),
        ("phoenix", "/nope", {}, 404, b"Not Found"),
        ("stomp", "/nope", {}, 404, b"Not Found"),
        ("signalr", "/hub?id=unknown", {}, 404, b"No Connection with that ID"),
        ("wamp", "/nope", {}, 404, b"Not Found"),
        ("ddp", "/nope", {}, 404, b"Not Found"),
        ("pusher", "/nope", {}, 404, b"Not found."),
        ("home_assistant", "/nope", {}, 404, b"404: Not Found"),
        ("prosody", "/xmpp-websocket", {}, 501, b"501 Not Implemented"),
        ("rails_cable", "/cable", {}, 404, b"Page not found"),
        ("rails_cable", "/cable", {"Origin": "https://elsewhere.example"}, 404, b"Page not found"),
        ("gorilla", "/ws", {"Origin": "https://elsewhere.example"}, 403, b"Forbidden"),
        (
            "flask_socketio",
            "/socket.io/?EIO=4&transport=websocket",
            {"Origin": "https://elsewhere.example"},
            400,
            b"Not an accepted origin",
        ),
    ],
)
def test_refusals(name: str, path: str, headers: dict[str, str], status: int, text: bytes) -> None:
    need(name)
    with running(name) as server, raw.handshake(server.host, server.port, path, headers) as connection:
        assert connection.status == status
        assert text in connection.read(0.5 if text else 0)


def test_channels_checks_origins() -> None:
    need("daphne_channels")
    with running("daphne_channels", env={"CHECK_ORIGIN": "1"}) as server:
        for origin, status in (("https://chat.example.com", 101), ("https://elsewhere.example", 403), (None, 403)):
            headers = {"Origin": origin} if origin else {}
            with raw.handshake(server.host, server.port, "/ws/", headers) as connection:
                assert connection.status == status


#: What a client gets after the 101 when a server is started with a variable of its own.
REFUSING: dict[str, tuple[str, dict[str, str], list[tuple[str | None, str]]]] = {
    "socketio4 middleware": ("socketio4", {"REJECT": "1"}, [(None, "^0"), ("40", r'^44\{"message":"not authorized"\}$')]),
    "flask connect": ("flask_socketio", {"REJECT": "1"}, [(None, "^0"), ("40", r'^44\{"message":')]),
    "python-socketio connect": ("socketio_asgi", {"REJECT": "1"}, [(None, "^0"), ("40", '"not authorized"')]),
    "web stomp": (
        "rabbitmq", {"LOGIN": "1"},
        [("CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:wrong\n\n\0", "^ERROR\nmessage:Bad CONNECT")],
    ),
    "cable": ("rails_cable", {"REJECT": "1"}, [(None, r'^\{"type":"disconnect","reason":"unauthorized"')]),
    "wamp realm": ("wamp", {"REALM": "other"}, [('[1,"realm1",{}]', r"^\[3,.*no_such_realm")]),
    "wamp ticket": ("wamp", {"TICKET": "x"}, [('[1,"realm1",{}]', r'^\[4,"ticket",\{\}\]$'), ('[5,"y",{}]', "^.3,.*failed")]),
    "pusher": ("pusher", {"KEY": "other"}, [(None, '^{"event":"pusher:error".*4001')]),
    "home assistant": ("home_assistant", {"TOKEN": "x"}, [(None, "auth_required"), ('{"type":"auth"}', "auth_invalid")]),
    "ddp": ("ddp", {"VERSIONS": "2"}, [(None, "0"), ('{"msg":"connect","version":"1"}', '"failed","version":"2"')]),
    "xmpp": (
        "prosody", {"REQUIRE_ENCRYPTION": "1"}, [(EXCHANGES["xmpp"][0]), (None, "<stream:error.*No stream features")]
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSING)
def test_refusals_after_the_101(case: str) -> None:
    name, variables, exchange = REFUSING[case]
    need(name)
    with running(name, env=variables) as server, connect(server) as connection:
        assert connection.status == 101
        for sent, expected in exchange:
            if sent is not None:
                connection.send(sent)
            _opcode, payload = connection.frame()
            assert re.search(expected, payload.decode()), (sent, payload)


@pytest.mark.parametrize(("mode", "first", "later"), [("server", 101, 101), ("lazy", 0, 101), ("off", 0, 0)])
def test_a_middleware_takes_upgrades_as_it_is_told(mode: str, first: int, later: int) -> None:
    """With "lazy" only once an ordinary request has passed through it."""
    need("proxy_middleware")
    with running("proxy_middleware", env={"WS_UPGRADE": mode}) as server:
        for status in (first, later):
            with raw.handshake(server.host, server.port, "/ws", timeout=1) as connection:
                assert connection.status == status
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with contextlib.suppress(urllib.error.HTTPError), opener.open(f"http://{server.host}:{server.port}/ws"):
                pass


@pytest.mark.parametrize(("token", "status"), [("open-sesame", 101), ("wrong", 400)])
def test_vite_asks_browsers_for_its_token(token: str, status: int) -> None:
    need("vite")
    with running("vite") as server:
        headers = {"Origin": f"http://{server.host}:{server.port}"}
        with raw.handshake(server.host, server.port, f"/?token={token}", headers, ["vite-hmr"]) as connection:
            assert connection.status == status


def test_wrong_engine_io_version() -> None:
    need("socketio4")
    with running("socketio4") as server:
        path = "/socket.io/?EIO=3&transport=websocket"
        with raw.handshake(server.host, server.port, path) as connection:
            assert connection.status == 101
            assert connection.read(1).startswith(b"HTTP/1.1 400")


def test_signalr_negotiates() -> None:
    need("signalr")
    with running("signalr") as server:
        url = f"http://{server.host}:{server.port}/hub/negotiate?negotiateVersion=1"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(url, method="POST"), timeout=5) as answer:
            token = json.load(answer)["connectionToken"]
        with raw.handshake(server.host, server.port, f"/hub?id={token}") as connection:
            assert connection.status == 101


def test_blocked_event_loop() -> None:
    need("ws_block")
    with running("ws_block", env={"BLOCK_SECONDS": "2"}) as server:
        with connect(server) as connection:
            assert connection.status == 101
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{server.host}:{server.port}/block", timeout=5) as answer:
            assert answer.read() == b"ok"
        server.wait_output("computing")
        with raw.handshake(server.host, server.port, "/ws", timeout=0.5) as connection:
            assert (connection.status, connection.rest) == (0, b"")
        server.wait_output("report done")
        began = time.monotonic()
        with connect(server) as connection:
            assert connection.status == 101
        assert time.monotonic() - began < 1


def test_a_server_that_cannot_start_is_told_with_its_log() -> None:
    need("ws_standalone")
    with pytest.raises(ServerFailed, match="ended with 1(.|\n)*no-such-host"):
        with running("ws_standalone", host="127.0.0.1", env={"HOST": "no-such-host.invalid"}):
            pass


@pytest.mark.skipif(os.geteuid() != 0, reason="a lab needs root")
@pytest.mark.parametrize("name", ["ws_attached", "uvicorn_fastapi", "mosquitto"])
def test_runs_in_a_host_of_the_lab(name: str, tmp_path: Path) -> None:
    need(name)
    sys.path.insert(0, str(HERE.parent / "lab"))
    from lab import Lab

    server = SERVERS[name]
    with Lab(tmp_path / "lab", 1) as lab:
        host = lab.host("lab01")
        command, environment = server.command("0.0.0.0", 8080), server.environment("0.0.0.0", 8080)
        host.start(command, env=environment, cwd=str(server.directory), stdout="/var/log/chat/server.log")
        host.wait_port(8080)
        with raw.handshake(host.address, 8080, server.path, server.headers, server.subprotocols) as connection:
            assert connection.accepted
        assert re.search(server.log_line, host.run(["cat", "/var/log/chat/server.log"]).stdout)


def test_free_port_is_free() -> None:
    assert free_port() != free_port() or free_port() > 0


def test_setup_is_quick_when_done_and_needs_no_home() -> None:
    need("ws_standalone")
    began = time.monotonic()
    command = [sys.executable, str(HERE / "setup.py"), "--check"]
    answer = subprocess.run(command, env={"PATH": "/usr/bin:/bin", "HOME": ""}, capture_output=True, text=True)
    assert time.monotonic() - began < 5
    assert "Traceback" not in answer.stderr


def test_no_registry_is_named() -> None:
    for path in [HERE / "package.json", *HERE.glob("*.txt")]:
        assert "://" not in path.read_text(encoding="utf-8")
    assert not (HERE / "package-lock.json").exists()


def test_accept_of_the_example_of_the_standard() -> None:
    key = base64.b64encode(b"the sample nonce").decode()
    assert raw.accept_of(key) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
