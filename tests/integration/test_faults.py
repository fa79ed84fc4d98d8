# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real faults on real servers: each must be named, first, by the id of its entry in the failure catalogue."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.servers.catalogue import CACHE, SERVERS

#: Stages a fault on a host at a port and returns the inventory entry a user would have written.
Stage = t.Callable[[Fleet, t.Any, int], dict[str, t.Any]]
FAULTS: dict[str, tuple[str, Stage]] = {}
_NODE = "node"


def fault(name: str, cause: str) -> t.Callable[[Stage], Stage]:
    """Register a fault and the cause that must be named for it."""

    def register(stage: Stage) -> Stage:
        FAULTS[name] = (cause, stage)
        return stage

    return register


def _service(name: str, port: int, path: str = "/", dialect: str = "echo", **more: t.Any) -> dict[str, t.Any]:
    return {"name": name, "port": port, "websocket": {"path": path, "dialect": dialect}, **more}


def _copy(host: t.Any, name: str, folder: str) -> str:
    """A copy of a Node server in a folder of its own, as a deployment makes one."""
    host.run(["mkdir", "-p", folder])
    host.run(["cp", str(SERVERS[name].directory / f"{name}.js"), folder])
    return f"{folder}/{name}.js"


def _node_env(port: int, **more: str) -> dict[str, str]:
    return {**SERVERS["ws_standalone"].environment("0.0.0.0", port), **more}


@fault("nothing runs", "proc-not-running")
def _not_running(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    return _service("x", port)


@fault("stopped", "proc-stopped")
def _stopped(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    host.kill(fleet.start(host, "ws_standalone", port), 19)
    return _service("x", port)


@fault("event loop blocked", "proc-event-loop-blocked")
def _blocked(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_block", port, env={"BLOCK_SECONDS": "120"})
    ask = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/block', timeout=100)"
    host.start([str(CACHE / "python" / "bin" / "python"), "-c", ask])
    return _service("x", port, "/ws")


@fault("two programs share the port", "proc-reuseport-two-owners")
def _twins(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    for _number in range(2):
        fleet.start(host, "websockets_echo", port, env={"REUSE_PORT": "1"})
    return _service("x", port)


@fault("port held by another program, new one cannot start", "proc-crash-loop-eaddrinuse")
def _address_in_use(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "websockets_echo", port)
    script = _copy(host, "ws_standalone", "/srv/inuse")
    loop = f"while true; do node {script}; sleep 1; done"
    fleet.run(host, ["sh", "-c", loop], env=_node_env(port), stdout="/var/log/inuse.log")
    host.run(
        [
            "sh",
            "-c",
            "for i in 1 2 3 4 5 6 7 8 9; do grep -q EADDRINUSE /var/log/inuse.log && exit 0; sleep 0.5; done; exit 1",
        ]
    )
    return _service("x", port, process={"command": r"^node /srv/inuse/"}, logs=[{"path": "/var/log/inuse.log"}])


@fault("another program owns the port", "proc-port-owned-by-other-app")
def _other_app(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "aiohttp_echo", port)
    return _service("x", port, "/ws", process={"command": r"node /srv/chat/server\.js"})


@fault("module missing at start", "proc-crash-at-start-missing-module")
def _missing_module(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    host.run(["sh", "-c", "mkdir -p /srv/nomod && echo \"require('no-such-module')\" > /srv/nomod/server.js"])
    host.run(["sh", "-c", "node /srv/nomod/server.js > /var/log/nomod.log 2>&1"], check=False)
    return _service("x", port, process={"command": r"node /srv/nomod"}, logs=[{"path": "/var/log/nomod.log"}])


@fault("deployed over, never restarted", "proc-stale-deploy-deleted-binary")
def _deleted(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    script = _copy(host, "ws_standalone", "/srv/old")
    fleet.run(host, ["node", script], port, env=_node_env(port), cwd="/srv/old", stdout="/var/log/old.log")
    host.run(["rm", "-rf", "/srv/old"])
    return _service("x", port)


@fault("code changed after the start", "proc-stale-code")
def _stale_code(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    script = _copy(host, "ws_standalone", "/srv/stale")
    fleet.run(host, ["node", script], port, env=_node_env(port), cwd="/srv/stale", stdout="/var/log/stale.log")
    host.run(["touch", "-d", "+1 minute", script])
    return _service("x", port)


@fault("listens on another port", "proc-port-env-mismatch")
def _other_port(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    script = _copy(host, "ws_standalone", "/srv/otherport")
    fleet.run(host, ["node", script], port + 500, env=_node_env(port + 500), stdout="/var/log/otherport.log")
    return _service("x", port, process={"command": r"node /srv/otherport/"})


@fault("wrong NODE_ENV", "proc-wrong-node-env")
def _wrong_mode(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port, env={"NODE_ENV": "development"})
    return _service("x", port, environment={"expect": {"NODE_ENV": "production"}})


#: Forty connections that say nothing; the server ends each after ten seconds, and it is opened again.
_HOLD = """
import socket, time
def opened():
    sock = socket.create_connection(("127.0.0.1", %d))
    sock.setblocking(False)
    return sock
held = [opened() for _ in range(40)]
while True:
    time.sleep(0.1)
    for number, sock in enumerate(held):
        try:
            ended = not sock.recv(1)
        except BlockingIOError:
            continue
        except OSError:
            ended = True
        if ended:
            held[number] = opened()
"""


@fault("file descriptors used up", "proc-fd-limit")
def _descriptors(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "websockets_echo", port, nofile=24)
    fleet.run(host, [str(CACHE / "python" / "bin" / "python"), "-c", _HOLD % port])
    host.run(["sleep", "1"])
    return _service("x", port)


@fault("accept queue full", "proc-accept-backlog-full")
def _backlog(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    listen = f"import socket, time; s = socket.socket(); s.bind(('0.0.0.0', {port})); s.listen(1); time.sleep(300)"
    python = str(CACHE / "python" / "bin" / "python")
    fleet.run(host, [python, "-c", listen], port)
    fill = f"""
import socket, time
held = []
for _ in range(4):
    s = socket.socket(); s.setblocking(False); s.connect_ex(('127.0.0.1', {port})); held.append(s)
time.sleep(300)
"""
    fleet.run(host, [python, "-c", fill])
    host.run(["sleep", "1"])
    return _service("x", port)


@fault("bound to loopback only", "proc-bind-loopback-only")
def _loopback(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port, bind="127.0.0.1")
    return _service("x", port)


@fault("bound to ::1 by the name localhost", "localhost-ipv6-ipv4")
def _localhost(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port, bind="::1")
    return _service("x", port, exposure="local")


@fault("IPv6 only", "proc-bind-family-mismatch")
def _v6only(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    code = f"""
const {{ WebSocketServer }} = require('ws');
const server = require('http').createServer();
const wss = new WebSocketServer({{ server }});
wss.on('connection', (ws) => ws.on('message', (m, binary) => ws.send(m, {{ binary }})));
server.listen({{ port: {port}, host: '::', ipv6Only: true }});
"""
    fleet.run(host, ["node", "-e", code], port, env=_node_env(port), stdout="/var/log/v6only.log")
    return _service("x", port)


def _firewalled(host: t.Any, port: int, what: str) -> None:
    """A rule in front of a port. Another that is meant for somebody else's network decides nothing."""
    table = f"t{port}"
    for rule in (
        f"add table inet {table}",
        f"add chain inet {table} in {{ type filter hook input priority 0; }}",
        f"add rule inet {table} in ip saddr 203.0.113.0/24 tcp dport {port} accept",
        f"add rule inet {table} in iifname != lo tcp dport {port} counter {what}",
    ):
        host.run(["nft", rule])


@fault("firewall drops", "fw-drop-input")
def _drop(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port)
    _firewalled(host, port, "drop")
    return _service("x", port)


@fault("firewall resets", "fw-reject-input")
def _reset(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port)
    _firewalled(host, port, "reject with tcp reset")
    return _service("x", port)


@fault("iptables rejects", "fw-reject-input")
def _iptables(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port)
    host.run(["iptables", "-A", "INPUT", "!", "-i", "lo", "-p", "tcp", "--dport", str(port), "-j", "REJECT"])
    return _service("x", port)


@fault("firewall prohibits", "fw-reject-prohibited")
def _prohibit(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port)
    _firewalled(host, port, "reject with icmpx admin-prohibited")
    return _service("x", port)


@fault("path option of ws", "ws-path-option")
def _path_option(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_attached", port)
    return _service("x", port, "/socket")


@fault("WebSocket server not attached", "ws-server-not-attached")
def _not_attached(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_not_attached", port)
    return _service("x", port, "/ws")


@fault("uvicorn without a WebSocket library", "uvicorn-no-ws-library")
def _uvicorn(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "uvicorn_no_ws_library", port)
    return _service("x", port, "/ws")


@fault("FastAPI route missing", "fastapi-ws-route-or-dependency")
def _route(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "uvicorn_fastapi", port)
    return _service("x", port, "/nope")


@fault("FastAPI dependency refuses", "fastapi-ws-route-or-dependency")
def _dependency(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "uvicorn_private", port)
    return _service("x", port, "/private")


@fault("Socket.IO on another path", "sio-path-mismatch")
def _socketio_path(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "socketio4", port)
    return _service("x", port, "/ws")


@fault("two WebSocket servers on one HTTP server", "http-bytes-inside-ws-stream")
def _two_on_one(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_two_on_one", port)
    return _service("x", port, "/ws")


@fault("credentials missing", "ws-auth-rejected")
def _auth(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_auth", port)
    return _service("x", port, "/ws")


@fault("Socket.IO versions differ", "sio-eio-version-mismatch")
def _versions(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "socketio2", port)
    return _service("x", port, "/socket.io/?EIO=4&transport=websocket", "socketio")


FIRST_PORT = 9300


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet) -> t.Iterator[Report]:
    """All faults at once, dealt out over the hosts, asked in one run."""
    services: dict[str, list[dict[str, t.Any]]] = {}
    for number, (name, (_cause, stage)) in enumerate(FAULTS.items()):
        host = lab_fleet.host(number % len(lab_fleet.names))
        entry = stage(lab_fleet, host, FIRST_PORT + number)
        services.setdefault(host.name, []).append({**entry, "name": name})
    yield lab_fleet.checklist(services, websocket_health_fail_on="never", websocket_health_deadline=20)
    lab_fleet.stop_everything()
    for number in range(len(lab_fleet.names)):
        lab_fleet.host(number).run(["nft", "flush", "ruleset"], check=False)


@pytest.mark.parametrize("name", FAULTS)
def test_cause_is_named_first(lab_fleet: Fleet, report: Report, name: str) -> None:
    host = lab_fleet.names[list(FAULTS).index(name) % len(lab_fleet.names)]
    report.names_first(host, name, FAULTS[name][0])
    assert report.service(host, name)["status"] in ("fail", "warn")


@pytest.mark.parametrize("name", FAULTS)
def test_symptoms_are_folded_under_the_cause(lab_fleet: Fleet, report: Report, name: str) -> None:
    host = lab_fleet.names[list(FAULTS).index(name) % len(lab_fleet.names)]
    report.folds_symptoms(host, name)
