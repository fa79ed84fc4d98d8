# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every dialect against its real server, with and without being told which it is."""

from __future__ import annotations

import concurrent.futures
import os
import re
import time
import typing as t
import warnings

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.path_search import (
    NOBODYS_SUBPROTOCOL,
    known_subprotocols,
)
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import DeadlineExceeded

from tests.servers.catalogue import SERVERS, Server, missing, running
from tests.unit.probed_host import DIALECTS, Evidence, looked_at, new_context, probe_with

pytestmark = pytest.mark.servers
#: Names that the catalogue uses for dialects of the collection.
ALIASES = {"socketio-v2": "socketio2"}
SPEAKING = [name for name, server in SERVERS.items() if server.dialect]
#: Servers whose dialect can be told from what they say or select, and how.
RECOGNISED = {
    "socketio4": ("socketio", "greeting"),
    "socketio2": ("socketio", "greeting"),
    "graphql_ws": ("graphql-transport-ws", "sub-protocol"),
    "graphql_legacy": ("graphql-ws", "sub-protocol"),
    "actioncable": ("actioncable", "sub-protocol"),
    "stomp": ("stomp", "sub-protocol"),
    "mosquitto": ("mqtt", "sub-protocol"),
    "rabbitmq": ("stomp", "sub-protocol"),
    "flask_socketio": ("socketio", "greeting"),
    "socketio_asgi": ("socketio", "greeting"),
    "wamp": ("wamp", "sub-protocol"),
    "prosody": ("xmpp", "sub-protocol"),
    "home_assistant": ("home-assistant", "greeting"),
    "ddp": ("ddp", "greeting"),
}
#: Servers that any client gets an open connection from, and that say nothing by themselves.
UNKNOWN = ("ws_standalone", "ws_attached", "websockets_echo", "uvicorn_fastapi", "aiohttp_echo", "gorilla")
DEADLINE = 10.0


class Talk(t.NamedTuple):
    """What the probe saw of a server, configured and not, and what the server logged of the first."""

    configured: Evidence
    bare: Evidence | None
    log: str


def _options(server: Server) -> dict[str, t.Any]:
    headers = dict(server.headers)
    options = {"path": server.path, "dialect": ALIASES.get(str(server.dialect), server.dialect), "headers": headers}
    if "Origin" in headers:
        options["origin"] = headers.pop("Origin")
    if server.send:
        options["send"] = server.send
    return options


def _ask(service: dict[str, t.Any]) -> Evidence:
    for _attempt in range(3):
        try:
            return probe_with("websocket", service, new_context(service, DEADLINE, system=looked_at()))
        except DeadlineExceeded:
            continue
    raise AssertionError("this machine is too busy")


def _talk(name: str) -> Talk:
    with running(name) as server:
        configured = _ask({"port": server.port, "websocket": _options(server.server)})
        time.sleep(0.1)
        log = server.output()
        bare = _ask({"port": server.port}) if name in (*RECOGNISED, *UNKNOWN) else None
        return Talk(configured, bare, log)


@pytest.fixture(scope="module")
def talks() -> dict[str, Talk]:
    """Every server that can be started here, asked."""
    names = [name for name in SPEAKING if not missing(name)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return dict(zip(names, pool.map(_talk, names), strict=True))


def _of(talks: dict[str, Talk], name: str) -> Talk:
    if name not in talks:
        text = f"NOT TESTED: {name} lacks {', '.join(missing(name))}"
        if os.environ.get("CI") == "true":
            pytest.fail(text)
        warnings.warn(text, stacklevel=1)
        pytest.skip(text)
    return talks[name]


def test_every_dialect_has_a_server() -> None:
    spoken = {ALIASES.get(str(server.dialect), server.dialect) for server in SERVERS.values() if server.dialect}
    assert spoken == set(DIALECTS)


@pytest.mark.parametrize("name", SPEAKING)
def test_a_healthy_server_completes_the_exchange(talks: dict[str, Talk], name: str) -> None:
    evidence = _of(talks, name).configured
    talk = evidence["conversation"]
    assert evidence["main"]["outcome"] == "open"
    assert (talk["dialect_from"], talk["ended"]) == ("configured", None)
    assert talk["exchange"]["completed"] is True, talk["exchange"]
    assert "refusal" not in talk["exchange"]
    assert talk["exchange"]["proof"]
    assert talk["ping_ms"] is not None
    assert talk["close"]["how"] == "answered"
    assert set(evidence["repeat"]["outcomes"]) == {"101"}
    assert talk["subprotocol"] == (SERVERS[name].subprotocols or (None,))[0]


@pytest.mark.parametrize("name", SPEAKING)
def test_a_checked_server_has_nothing_to_complain_about(talks: dict[str, Talk], name: str) -> None:
    """Many write a stack trace or an error for a client that vanishes."""
    log = _of(talks, name).log
    # One handshake has no Origin, one request no Upgrade: some have a word for it.
    log = re.sub(r".*(Request origin not allowed|Failed to upgrade to WebSocket|Invalid websocket upgrade).*", "", log)
    assert not re.search(r"Traceback|ConnectionClosed|\bERROR\b|Exception|\b1006\b|abnormal", log), log


@pytest.mark.parametrize("name", RECOGNISED)
def test_a_dialect_is_recognised(talks: dict[str, Talk], name: str) -> None:
    dialect, how = RECOGNISED[name]
    talk = (_of(talks, name).bare or {})["conversation"]
    assert talk["dialect"] == dialect
    assert how in talk["dialect_from"]
    assert talk["exchange"]["completed"] is True, talk["exchange"]


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_server_that_says_nothing_has_no_dialect(talks: dict[str, Talk], name: str) -> None:
    """``ws`` selects whatever is offered first: that must not make it a GraphQL server."""
    evidence = _of(talks, name).bare or {}
    talk = evidence["conversation"]
    assert (talk["dialect"], talk["dialect_from"], talk["exchange"]) == (None, "not recognised", None)
    assert talk["subprotocol"] is None
    assert talk["ping_ms"] is not None
    assert talk["close"]["how"] == "answered"


def test_ws_does_select_the_first_sub_protocol() -> None:
    """What the guard above is for; without it this server would be taken for the first dialect of the list."""
    with running("ws_standalone") as server:
        service = {"port": server.port, "websocket": {"subprotocols": [NOBODYS_SUBPROTOCOL, "mqtt"]}}
        assert _ask(service)["main"]["subprotocol"] == NOBODYS_SUBPROTOCOL


def test_the_other_socketio_version_is_told_apart() -> None:
    with running("socketio2") as server:
        asked = {"path": "/socket.io/?EIO=4&transport=websocket", "dialect": "socketio"}
        exchange = _ask({"port": server.port, "websocket": asked})["conversation"]["exchange"]
        assert exchange["completed"] is False
        assert "Engine.IO 3" in exchange["peer"]


def test_a_dialect_nobody_knows_is_said() -> None:
    with running("ws_standalone") as server:
        talk = _ask({"port": server.port, "websocket": {"dialect": "klingon"}})["conversation"]
        assert (talk["dialect"], talk["dialect_from"]) == (None, "unknown dialect klingon")


def test_what_is_offered_at_once_is_not_too_long_for_libwebsockets() -> None:
    offered = known_subprotocols(new_context({"port": 1}).dialects)
    assert offered[0] == NOBODYS_SUBPROTOCOL
    assert len(", ".join(offered)) < 128


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_the_interface(name: str) -> None:
    module = DIALECTS[name]
    assert name == module.NAME
    assert module.TITLE
    assert isinstance(module.SUBPROTOCOLS, tuple)
    assert all(path.startswith("/") for path in module.PATHS)
    assert callable(module.converse)


GREETINGS = {
    '0{"sid":"abc","upgrades":[],"pingInterval":25000}': "socketio",
    '{"type":"welcome"}': "actioncable",
    '{"type": "disconnect", "reason": "unauthorized"}': "actioncable",
    "o": "sockjs",
    '{"jsonrpc":"2.0","method":"hello"}': "jsonrpc",
    '{"event":"pusher:connection_established","data":"{}"}': "pusher",
    '{"event": "pusher:error", "data": {"code": 4001}}': "pusher",
    '{"type":"auth_required","ha_version":"2026.11.2"}': "home-assistant",
    '{"type":"connected"}': "vite-hmr",
    '{"server_id":"0"}': "ddp",
}


@pytest.mark.parametrize("greeting", [*GREETINGS, "", "hello", "{}", "0", "open", '{"type":"hello"}', "CONNECTED"])
def test_a_greeting_names_one_dialect_at_most(greeting: str) -> None:
    names = [name for name, module in DIALECTS.items() if module.recognises(greeting)]
    assert names == ([GREETINGS[greeting]] if greeting in GREETINGS else [])


@pytest.mark.parametrize(
    ("name", "send", "expect"),
    [
        ("socketio4", '42["no-such-event"]', None),
        ("ddp", '{"msg":"ping","id":"own"}', "pong.*own"),
        ("graphql_ws", '{"type":"ping"}', "pong"),
    ],
)
def test_an_own_message_follows_the_exchange_of_a_dialect(name: str, send: str, expect: str | None) -> None:
    if missing(name):
        pytest.skip(f"{name} lacks {', '.join(missing(name))}")
    with running(name) as server:
        options = {**_options(server.server), "send": send, "reveal": True}
        if expect:
            options["expect"] = expect
        exchange = _ask({"port": server.port, "websocket": options})["conversation"]["exchange"]
    assert exchange["sent"] == send
    assert exchange["completed"] == bool(expect) and exchange["wanted"] == (expect or "an answer")
