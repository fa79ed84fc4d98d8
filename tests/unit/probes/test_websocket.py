# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WebSocket probe against every fault there is, each within its deadline, and against real servers."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import pathlib
import re
import socket
import time
import types
import typing as t
from collections.abc import Iterator

import pytest
from ansible_collections.websocket.health.plugins.module_utils._probes.websocket import repeated
from ansible_collections.websocket.health.plugins.module_utils._protocol.client import (
    LARGE,
    Client,
    authority,
    client_of,
    endpoints_of,
)
from ansible_collections.websocket.health.plugins.module_utils._protocol.handshake import (
    Handshake,
    accept_for,
    name_of,
    parse_head,
)
from ansible_collections.websocket.health.plugins.module_utils._protocol.recording_socket import (
    Endpoint,
    RecordingSocket,
)
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import DeadlineExceeded
from ansible_collections.websocket.health.plugins.module_utils._run.redact import HIDDEN
from ansible_collections.websocket.health.plugins.module_utils._system.base import Listener
from ansible_collections.websocket.health.plugins.module_utils._system.find import Host

from tests.servers.catalogue import running
from tests.servers.fault_server import STAGES, staged
from tests.unit.probed_host import Evidence, Service, ask, listening, looked_at, new_context, probe, probe_with

#: Some twenty servers of its own, each waited for.
pytestmark = pytest.mark.servers
DEADLINE = 3.0
CANARY = "cAnArY7x"

#: What the main handshake and the ordinary GET of each stage are.
OUTCOMES: dict[str, tuple[str, int | None, str]] = {
    "healthy": ("open", 101, "http"),
    "hung": ("timeout", None, "timeout"),
    "html-200": ("http", 200, "http"),
    "not-found-404": ("http", 404, "http"),
    "upgrade-required-426": ("http", 426, "http"),
    "bad-gateway-502": ("http", 502, "http"),
    "origin-403": ("http", 403, "http"),
    "redirect-301": ("http", 301, "http"),
    "no-accept": ("upgraded", 101, "http"),
    "wrong-accept": ("upgraded", 101, "http"),
    "drop-after-101": ("open", 101, "http"),
    "close-1011": ("open", 101, "http"),
    "mute": ("open", 101, "http"),
    "wss-self-signed": ("open", 101, "http"),
    "garbage": ("not-http", None, "not-http"),
    "one-byte-a-second": ("timeout", None, "timeout"),
    "endless-headers": ("too-much", None, "too-much"),
    "accept-mute": ("timeout", None, "timeout"),
    "reset": ("reset", None, "reset"),
    "ssh-banner": ("not-http", None, "not-http"),
    "http-in-stream": ("open", 101, "http"),
    "giant-frame": ("open", 101, "http"),
    "ping-flood": ("open", 101, "http"),
}


def _look(name: str, port: int, system: Host) -> Evidence:
    websocket = {"path": "/", "dialect": "echo", "headers": {"X-Custom": CANARY, "Cookie": f"sid={CANARY}2"}}
    if name == "origin-403":
        websocket["origin"] = "https://bad.example.org"
    service = {"name": name, "port": port, "websocket": websocket}
    # Once more where another process had the processor.
    for _attempt in range(3):
        with contextlib.suppress(DeadlineExceeded):
            return leaving(service, new_context(service, DEADLINE, system=system))
    raise AssertionError("this machine is too busy")


def leaving(service: Service, context: t.Any) -> Evidence:
    """The probe's evidence as it leaves the host."""
    return t.cast("Evidence", context.redactor.tree(probe_with("websocket", service, context)))


@pytest.fixture(scope="module")
def stages() -> Iterator[dict[str, Evidence]]:
    """Every stage, asked once."""
    with staged() as ports, concurrent.futures.ThreadPoolExecutor(4) as pool:
        system = looked_at()
        tasks = {name: pool.submit(_look, name, port, system) for name, port in ports.items()}
        yield {name: task.result() for name, task in tasks.items()}


def test_every_stage_is_known_here() -> None:
    assert set(OUTCOMES) == set(STAGES)


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcome(stages: dict[str, Evidence], name: str) -> None:
    outcome, status, plain = OUTCOMES[name]
    evidence = stages[name]
    if name == "endless-headers" and evidence["main"]["outcome"] == "timeout":
        # A machine so busy that too many headers do not come in time: the deadline then ends it, which is right too.
        outcome = "timeout"
    assert (evidence["main"]["outcome"], evidence["main"]["status"]) == (outcome, status)
    # A slow peer may have used up the time before the ordinary GET was begun: then that is said.
    seen = evidence["plain"] or {"outcome": "no time" if [gap["what"] for gap in evidence["gaps"]] else None}
    assert seen["outcome"] in (plain, "no time") if plain == "timeout" else seen["outcome"] == plain
    assert bool(evidence.get("conversation")) == (outcome == "open")


@pytest.mark.parametrize("name", OUTCOMES)
def test_no_secret_and_no_flood_in_the_evidence(stages: dict[str, Evidence], name: str) -> None:
    text = json.dumps(stages[name])
    assert CANARY not in text
    assert len(text) < 32_000


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_request_is_recorded(stages: dict[str, Evidence], name: str) -> None:
    fields = dict(stages[name]["main"]["request"])
    assert fields[""] == "GET / HTTP/1.1"
    assert fields["X-Custom"] == fields["Cookie"] == HIDDEN
    assert fields["Upgrade"].lower() == "websocket"
    assert fields["Sec-WebSocket-Version"] == "13"


def test_healthy(stages: dict[str, Evidence]) -> None:
    evidence = stages["healthy"]
    talk = evidence["conversation"]
    assert evidence["gaps"] == []
    assert evidence["main"]["accept"] == "valid"
    assert talk["exchange"]["completed"] is True
    assert talk["ping_ms"] is not None
    assert (talk["close"]["how"], talk["close"]["code"]) == ("answered", 1000)
    assert evidence["repeat"]["outcomes"] == {"101": 10}
    assert evidence["attempts"]["no_origin"]["outcome"] == evidence["attempts"]["ipv4"]["outcome"] == "open"
    assert evidence["attempts"]["ipv6"]["outcome"].startswith("connect-")
    assert evidence["tls"] is False
    assert [row["direction"] + row["opcode"] for row in talk["trace"][:2]] == [">text", "<text"]


def test_the_origin_makes_the_difference(stages: dict[str, Evidence]) -> None:
    evidence = stages["origin-403"]
    assert evidence["main"]["origin"] == "https://bad.example.org"
    assert evidence["attempts"]["no_origin"]["outcome"] == "open"
    assert "Cross origin" in evidence["main"]["body"]


@pytest.mark.parametrize(("name", "accept"), [("no-accept", "missing"), ("wrong-accept", "wrong")])
def test_a_101_is_checked(stages: dict[str, Evidence], name: str, accept: str) -> None:
    assert stages[name]["main"]["accept"] == accept


@pytest.mark.parametrize(
    ("name", "how", "code"),
    [("drop-after-101", "eof", None), ("close-1011", "close", 1011), ("http-in-stream", "garbage", None)],
)
def test_how_it_ended(stages: dict[str, Evidence], name: str, how: str, code: int | None) -> None:
    talk = stages[name]["conversation"]
    ended = talk["ended"] or talk["exchange"]["ended"]
    assert (ended["how"], ended["code"]) == (how, code)
    assert talk["exchange"] is None or talk["exchange"]["completed"] is False
    assert talk["close"] is None, "who has gone is not closed politely"


@pytest.mark.parametrize("name", ["mute", "giant-frame"])
def test_silence_is_no_end(stages: dict[str, Evidence], name: str) -> None:
    talk = stages[name]["conversation"]
    assert talk["ended"] is None
    assert (talk["exchange"]["completed"], talk["ping_ms"]) == (False, None)
    # The run's time may be over by then: then the peer was not given any for its close, and that is said.
    assert talk["cut_short"] if talk["close"] is None else talk["close"]["how"] == "timeout"


def test_http_inside_the_stream_is_kept_as_it_came(stages: dict[str, Evidence]) -> None:
    assert stages["http-in-stream"]["conversation"]["stream_start"].startswith("HTTP/1.1 400 Bad Request")


def test_of_a_frame_only_its_head_is_shown_raw(stages: dict[str, Evidence]) -> None:
    assert re.fullmatch(r"81 [0-9a-f]{2} 77 73 …", stages["healthy"]["conversation"]["stream_start"])


def test_a_flood_of_pings_proves_no_data_flow(stages: dict[str, Evidence]) -> None:
    talk = stages["ping-flood"]["conversation"]
    assert talk["exchange"]["completed"] is False
    assert len(talk["trace"]) <= 60


def test_a_banner_is_quoted(stages: dict[str, Evidence]) -> None:
    assert stages["ssh-banner"]["main"]["bytes"].startswith("SSH-2.0-OpenSSH")


def test_a_port_with_tls_is_asked_in_tls(stages: dict[str, Evidence]) -> None:
    evidence = stages["wss-self-signed"]
    assert (evidence["tls"], evidence["main"]["outcome"]) == (True, "open")


def test_credentials_in_the_public_url_stay() -> None:
    with staged(["wss-self-signed"]) as ports:
        port = ports["wss-self-signed"]
        service = {
            "port": port,
            "public_url": f"wss://user:{CANARY}@localhost:{port}/",
            "websocket": {"dialect": "echo"},
        }
        evidence = ask(service, ["websocket", "tls"], 4.0)
        assert dict(evidence["websocket"]["main"]["request"])["Host"] == f"localhost:{port}"
        assert evidence["tls"]["name"] == "localhost"
        assert CANARY not in json.dumps(evidence)


def test_nobody_listens() -> None:
    with listening() as sock:
        port = sock.getsockname()[1]
    evidence = probe("websocket", {"port": port}, 3.0)
    assert evidence["main"]["outcome"] == "connect-refused"
    assert evidence["main"]["errno"] == "ECONNREFUSED"
    assert evidence["repeat"]["tried"] == 0
    assert {seen["outcome"] for seen in evidence["attempts"].values()} <= {"connect-refused", "connect-error"}


def test_a_unix_socket(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "chat.sock")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen()
        evidence = probe("websocket", {"socket": path}, 1.0)
    assert evidence["main"]["address"] == f"unix:{path}"
    assert evidence["main"]["outcome"] == "timeout"
    assert dict(evidence["main"]["request"])["Host"] == "localhost"
    assert set(evidence["attempts"]) == {"no_origin", "after_get"}


def test_no_time_left_is_said_and_blamed_on_nobody() -> None:
    with listening() as sock:
        service = {"port": sock.getsockname()[1]}
        context = new_context(service, 0.05)
        time.sleep(0.06)
        with pytest.raises(DeadlineExceeded, match="no time left for a handshake"):
            probe_with("websocket", service, context)


def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as trap, staged(["healthy"]) as ports:
        url = f"http://127.0.0.1:{trap.getsockname()[1]}"
        for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        evidence = probe("websocket", {"port": ports["healthy"], "websocket": {"dialect": "echo"}}, 4.0)
        assert evidence["main"]["outcome"] == "open"
        assert evidence["conversation"]["exchange"]["completed"] is True
        assert evidence["plain"]["status"] == 426
        trap.settimeout(0.05)
        with pytest.raises(TimeoutError):
            trap.accept()


def test_an_idle_connection_is_held_as_long_as_asked() -> None:
    with staged(["healthy"]) as ports:
        evidence = probe("websocket", {"port": ports["healthy"], "websocket": {"dialect": "echo", "hold": 1}}, 6.0)
        assert evidence["conversation"]["hold"]["ended"] is None
        assert 1.0 <= evidence["conversation"]["hold"]["held_s"] < 3.0
        short = probe("websocket", {"port": ports["healthy"], "websocket": {"dialect": "echo", "hold": 60}}, 1.5)
        assert short["conversation"]["hold"]["held_s"] < 1.6
    held, cut = (seen["conversation"]["hold"] for seen in (evidence, short))
    assert held["pinged"] is True and held["pong_ms"] >= 0
    assert (cut["pinged"], cut["pong_ms"]) == (False, None), "no time was left to ask"


def test_a_request_larger_than_a_packet() -> None:
    with staged(["healthy", "hung"]) as ports:
        seen = {name: _client(port).large_handshake() for name, port in ports.items()}
    assert (seen["healthy"]["bytes"], seen["healthy"]["outcome"], seen["healthy"]["status"]) == (LARGE, "open", 101)
    assert "again" not in seen["healthy"]
    # Whoever never answers says nothing about packets.
    assert (seen["hung"]["outcome"], seen["hung"]["again"]) == ("timeout", "timeout")


def _client(port: int) -> Client:
    service = {"port": port, "websocket": {"path": "/"}}
    return client_of(service, new_context(service), Endpoint("127.0.0.1", port)).having(patience=0.5)


def test_what_the_resolver_says_of_the_public_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, *_arguments: object, **_options: object) -> t.Any:
        if host == "slow.example.com":
            time.sleep(5)
        if host == "known.example.com":
            return [(2, 1, 6, "", (address, 0)) for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")]
        raise socket.gaierror({"gone": socket.EAI_NONAME}.get(host.split(".")[0], socket.EAI_AGAIN), "no")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with staged(["healthy"]) as ports:
        said = {}
        for host in ("known.example.com", "gone.example.com", "later.example.com", "slow.example.com", "192.0.2.7", ""):
            service = {"port": ports["healthy"], "websocket": {"path": "/", "dialect": "echo"}}
            url = {"public_url": f"wss://{host}:8443/ws"} if host else {}
            said[host] = probe("websocket", {**service, **url}, 4.0)["public_name"]
    assert said["known.example.com"] == {"name": "known.example.com", "addresses": 2, "error": ""}
    assert (said["gone.example.com"] or {})["error"] == "EAI_NONAME"
    assert (said["later.example.com"] or {})["error"] == "EAI_AGAIN"
    assert [said[host] for host in ("slow.example.com", "192.0.2.7", "")] == [None, None, None]


def test_what_is_sent_and_expected() -> None:
    with staged(["healthy"]) as ports:
        options = {"send": '{"type":"ping"}', "expect": "p.ng"}
        exchange = probe("websocket", {"port": ports["healthy"], "websocket": options}, 4.0)["conversation"]["exchange"]
        size = "a text of 15 characters"
        assert (exchange["completed"], exchange["sent"], exchange["proof"]) == (True, size, size)
        assert exchange["wanted"] == "a text of 4 characters", "what the operator sends and expects stays on the host"
        revealed = probe("websocket", {"port": ports["healthy"], "websocket": dict(options, reveal=True)}, 4.0)
        exchange = revealed["conversation"]["exchange"]
        assert (exchange["completed"], exchange["wanted"], exchange["proof"]) == (True, "p.ng", '{"type":"ping"}')
        options["expect"] = "something else"
        exchange = probe("websocket", {"port": ports["healthy"], "websocket": options}, 2.0)["conversation"]["exchange"]
        assert (exchange["completed"], exchange["proof"]) == (False, "")


def test_a_server_that_repeats_what_it_was_sent_reveals_nothing() -> None:
    """An echo on TCP gives the request back, headers and all."""
    import threading

    with listening() as sock:
        sock.settimeout(5)
        stop = threading.Event()

        def echo() -> None:
            while not stop.is_set():
                try:
                    client, _address = sock.accept()
                except OSError:
                    return
                with client:
                    client.settimeout(2)
                    try:
                        client.sendall(client.recv(65536))
                    except OSError:
                        continue

        thread = threading.Thread(target=echo, daemon=True)
        thread.start()
        headers = {"A-First": "x" * 30 + CANARY, "X-Custom": CANARY * 3, "Authorization": f"Token {CANARY}3"}
        evidence = ask(
            {"port": sock.getsockname()[1], "websocket": {"path": "/", "headers": headers}}, ["websocket"], 3.0
        )
        stop.set()
    text = json.dumps(evidence)
    assert evidence["websocket"]["main"]["outcome"] == "not-http"
    assert evidence["websocket"]["main"]["bytes"].startswith("GET / HTTP/1.1")
    assert CANARY not in text
    assert CANARY.encode().hex(" ") not in text


@pytest.mark.servers("node")
def test_secrets_of_a_whole_run_stay_on_the_host() -> None:
    with running("ws_auth") as server:
        websocket = {"path": "/ws", "dialect": "echo", "headers": {"Authorization": "Bearer open-sesame"}}
        evidence = ask({"name": "a", "port": server.port, "websocket": websocket}, deadline=6.0)
        assert evidence["websocket"]["main"]["outcome"] == "open"
        assert "open-sesame" not in json.dumps(evidence)
        refused = probe("websocket", {"port": server.port, "websocket": {"path": "/ws"}}, 4.0)
        assert (refused["main"]["outcome"], refused["main"]["status"]) == ("http", 401)


@pytest.mark.servers("node")
def test_a_path_is_found_where_none_is_configured() -> None:
    with running("ws_attached") as server:
        evidence = probe("websocket", {"port": server.port}, 6.0)
        # Its log names the path, which was asked before any other that is only common.
        assert (evidence["path"], evidence["path_from"]) == ("/ws", "log")
        assert [entry["from"] for entry in evidence["alternatives"]] == ["log"]
        assert evidence["first_refusal"]["status"] == 400
        wrong = probe("websocket", {"port": server.port, "websocket": {"path": "/chat"}}, 6.0)
        assert (wrong["path"], wrong["path_from"]) == ("/chat", "configured")
        assert [entry["path"] for entry in wrong["alternatives"] if entry["outcome"] == "open"] == ["/ws"]
        assert "conversation" not in wrong


def test_without_the_library_it_is_a_gap() -> None:
    context = new_context({"port": 1})
    context.library, context.library_note = None, "websocket-client cannot be imported (No module)"
    evidence = probe_with("websocket", {"port": 1}, context)
    assert [gap["what"] for gap in evidence["gaps"]] == ["library"]
    assert "main" not in evidence


def test_a_handshake_that_ran_out_of_time_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two outcomes would look like two servers behind one port."""
    context = new_context({"port": 1}, 0.3)
    client = client_of({"port": 1}, context, Endpoint("127.0.0.1", 1))
    answers = iter(
        [
            {"outcome": "upgraded", "accept": "valid", "status": 101, "first_byte_ms": 1.0},
            {"outcome": "timeout", "status": None},
        ]
    )

    def answer(_client: Client, **_options: t.Any) -> dict[str, t.Any]:
        seen = next(answers)
        if seen["outcome"] == "timeout":
            time.sleep(context.deadline.remaining() + 0.01)
        return seen

    monkeypatch.setattr(Client, "handshake_seen", answer)
    main = Handshake(client.endpoint, client.request())
    main.seen["outcome"] = "open"
    main.socket = t.cast(RecordingSocket, types.SimpleNamespace(sent=b"GET / HTTP/1.1\r\n\r\n"))
    assert repeated(client, main)["outcomes"] == {"101": 1}


# -- the pieces --------------------------------------------------------------------------------------------------------


def _listener(address: str, v6only: bool | None = None, netns: str = "host") -> Listener:
    return Listener("ipv6" if ":" in address else "ipv4", address, 80, v6only, 1, 0, 0, 5, netns, [])


@pytest.mark.parametrize(
    ("listeners", "endpoints"),
    [
        ([], ["127.0.0.1:80", "[::1]:80"]),
        ([_listener("0.0.0.0")], ["127.0.0.1:80"]),
        ([_listener("::", False)], ["127.0.0.1:80", "[::1]:80"]),
        ([_listener("::", True)], ["[::1]:80"]),
        ([_listener("10.1.2.3")], ["10.1.2.3:80"]),
        (
            [_listener("::1", True), _listener("10.1.2.3"), _listener("127.0.0.1")],
            ["127.0.0.1:80", "10.1.2.3:80", "[::1]:80"],
        ),
        ([_listener("0.0.0.0", netns="net:[1]")], ["127.0.0.1:80", "[::1]:80"]),
    ],
)
def test_where_to_connect(listeners: list[Listener], endpoints: list[str]) -> None:
    assert [str(endpoint) for endpoint in endpoints_of({"port": 80}, listeners)] == endpoints


def test_endpoints_compare_by_value() -> None:
    assert Endpoint("::1", 80) == Endpoint("::1", 80) != Endpoint("::1", 81)
    assert len({Endpoint("::1", 80), Endpoint("::1", 80)}) == 1
    assert str(Endpoint("/run/a.sock", unix=True)) == "unix:/run/a.sock"


@pytest.mark.parametrize(
    ("url", "host", "name"),
    [
        ("wss://chat.example.com/ws", "chat.example.com", "chat.example.com"),
        ("wss://chat.example.com:8443?x=1", "chat.example.com:8443", "chat.example.com"),
        ("ws://user:p@ss@h:1/a@b", "h:1", "h"),
        ("wss://[::1]:8443/", "[::1]:8443", "::1"),
        ("wss://[::1]/", "[::1]", "::1"),
        ("wss://10.0.0.1/", "10.0.0.1", "10.0.0.1"),
    ],
)
def test_parts_of_a_url(url: str, host: str, name: str) -> None:
    assert authority(url) == host
    assert name_of(host) == name


def test_the_accept_of_the_standard() -> None:
    assert accept_for("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\nrest", 101),
        (b"HTTP/1.0 200\r\n\r\n", 200),
        (b"HTTP/1.1 403 \r\n\r\n", 403),
        (b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n", None),
        (b"HTTP/1.1 abc OK\r\n\r\n", None),
        (b"HTTP/1.1\r\n\r\n", None),
        (b"SSH-2.0\r\n\r\n", None),
        (b"", None),
    ],
)
def test_heads(data: bytes, status: int | None) -> None:
    head = parse_head(data)
    assert (head or {}).get("status") == status
