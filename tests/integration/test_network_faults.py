# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults between the hosts, in names, clocks and proxies of the environment: staged for real, each named by its cause.

Beside each stands what only looks like it: another cause, or none.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import typing as t

import pytest

from tests.conftest import link_collection
from tests.integration.conftest import Fleet, Report, _cannot
from tests.servers.catalogue import CACHE

#: Stages a fault on a host at a port and returns the inventory entry a user would have written.
Stage = t.Callable[[Fleet, t.Any, int], dict[str, t.Any]]
FAULTS: dict[str, tuple[str, Stage]] = {}
#: What looks like a fault, by the cause that must not be named.
ALIKE: dict[str, tuple[str, Stage]] = {}
#: The same where a host of the lab, whose rules, routes and resolver may be spoilt, is the controller.
FAULTS_ELSEWHERE: dict[str, tuple[str, Stage]] = {}
ALIKE_ELSEWHERE: dict[str, tuple[str, Stage]] = {}
PYTHON = str(CACHE / "python" / "bin" / "python")
FIRST_PORT, FIRST_PORT_ELSEWHERE = 9700, 9800
HOLD = 5
#: What is made of the kernel's connection tracking, and what it has been.
CONNTRACK = {"timeout_established": (3, 432000), "loose": (0, 1)}


def stage(table: dict[str, tuple[str, Stage]], name: str, cause: str) -> t.Callable[[Stage], Stage]:
    """Register what is staged, and the cause that must be named for it, or must not."""

    def register(function: Stage) -> Stage:
        table[name] = (cause, function)
        return function

    return register


def _service(port: int, **more: t.Any) -> dict[str, t.Any]:
    websocket = {"path": "/", "dialect": "echo", **more.pop("websocket", {})}
    return {"port": port, "websocket": websocket, **more}


def _python(fleet: Fleet, host: t.Any, code: str, port: int = 0, **more: t.Any) -> int:
    """Run Python code as a daemon of a host, its log under /var/log."""
    more.setdefault("stdout", f"/var/log/network-{port}.log" if port else None)
    return fleet.run(host, [PYTHON, "-u", "-c", code], port, **more)


def _rules(host: t.Any, name: str, *rules: str, hook: str = "input", family: str = "inet") -> None:
    """Rules of nftables in a table and chain of their own."""
    host.run(["nft", f"add table {family} {name}"])
    host.run(["nft", f"add chain {family} {name} c {{ type filter hook {hook} priority 0; }}"])
    for rule in rules:
        host.run(["nft", f"add rule {family} {name} c {rule}"])


def _other(fleet: Fleet, host: t.Any) -> t.Any:
    """Another host than this."""
    return next(other for other in map(fleet.host, range(len(fleet.names))) if other.name != host.name)


# -- connections that nobody answers on -------------------------------------------------------------------------------

#: Echoes, and pings its clients twice a second without ever giving up on them.
PINGING = """
import asyncio, websockets
async def echo(ws):
    async for message in ws:
        await ws.send(message)
async def main():
    async with websockets.serve(echo, "0.0.0.0", %d, ping_interval=0.5, ping_timeout=None):
        print("listening on port %d", flush=True)
        await asyncio.Future()
asyncio.run(main())
"""
CLIENT = """
import asyncio, websockets
async def main():
    async with websockets.connect("ws://%s:%d/", ping_interval=None, proxy=None):
        await asyncio.sleep(600)
asyncio.run(main())
"""


@stage(FAULTS, "clients vanished", "net-half-open")
def _half_open(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    _python(fleet, host, PINGING % (port, port), port)
    client = _other(fleet, host)
    for _number in range(2):
        _python(fleet, client, CLIENT % (host.address, port))
    _await_connections(host, port, 2)
    # From now on the client hears and says nothing, as a telephone in a tunnel.
    _rules(client, f"in{port}", f"ip saddr {host.address} tcp sport {port} drop")
    _rules(client, f"out{port}", f"ip daddr {host.address} tcp dport {port} drop", hook="output")
    return _service(port)


def _await_connections(host: t.Any, port: int, number: int) -> None:
    look = f"for i in $(seq 100); do [ $(ss -tnH state established 'sport = :{port}' | wc -l) -ge {number} ] && exit; sleep 0.1; done; exit 1"
    host.run(["sh", "-c", look])


#: Pushes to everybody as fast as it can, and echoes.
PUSHING = """
import asyncio, websockets
async def push(ws):
    try:
        while True:
            await ws.send(bytes(65536))
    except websockets.ConnectionClosed:
        pass
async def echo(ws):
    if ws.request.path == "/push":
        await push(ws)
    async for message in ws:
        await ws.send(message)
async def main():
    async with websockets.serve(echo, "0.0.0.0", %d, ping_interval=None):
        print("listening on port %d", flush=True)
        await asyncio.Future()
asyncio.run(main())
"""
SLOW = """
import socket, time
s = socket.create_connection(("%s", %d))
s.sendall(b"GET /push HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
          b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n")
time.sleep(600)
"""


@stage(ALIKE, "a client reads nothing", "net-half-open")
def _slow(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    """Its window is shut and the send queue full, and it acknowledges every probe of the kernel: it is there."""
    _python(fleet, host, PUSHING % (port, port), port)
    _python(fleet, _other(fleet, host), SLOW % (host.address, port))
    _await_connections(host, port, 1)
    return _service(port)


@stage(FAULTS, "state on the way expires", "net-conntrack-idle-expiry")
def _conntrack(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port)
    _rules(host, f"t{port}", f"iifname != lo tcp dport {port} ct state invalid counter drop")
    host.run(
        ["sysctl", "-w", *(f"net.netfilter.nf_conntrack_tcp_{name}={few}" for name, (few, _usual) in CONNTRACK.items())]
    )
    return _service(port, websocket={"hold": HOLD})


@stage(ALIKE, "the server itself ends idle connections", "net-conntrack-idle-expiry")
def _server_ends(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    code = f"""
import asyncio, websockets
async def echo(ws):
    while True:
        try:
            await ws.send(await asyncio.wait_for(ws.recv(), 3))
        except (TimeoutError, websockets.ConnectionClosed):
            return
async def main():
    async with websockets.serve(echo, "0.0.0.0", {port}, ping_interval=None):
        print("listening on port {port}", flush=True)
        await asyncio.Future()
asyncio.run(main())
"""
    _python(fleet, host, code, port)
    return _service(port, websocket={"hold": HOLD})


# -- packets that do not arrive ---------------------------------------------------------------------------------------


def _tunnel(host: t.Any, port: int, client: t.Any) -> None:
    """As if both hosts were ends of a tunnel whose router may not say what does not fit: each gets nothing that is longer."""
    _rules(host, f"t{port}", f"iifname != lo tcp dport {port} meta length > 1000 drop")
    _rules(client, f"t{port}", f"ip saddr {host.address} tcp sport {port} meta length > 1000 drop")


@stage(FAULTS, "large packets vanish", "net-pmtu-blackhole")
def _blackhole(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port)
    _tunnel(host, port, _other(fleet, host))
    return _service(port)


@stage(FAULTS, "large packets vanish, and a client waits for some", "net-pmtu-blackhole")
def _blackhole_stuck(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    _python(fleet, host, PUSHING % (port, port), port)
    client = _other(fleet, host)
    _tunnel(host, port, client)
    _python(fleet, client, SLOW % (host.address, port))
    _await_connections(host, port, 1)
    return _service(port)


@stage(ALIKE, "large requests are refused", "net-pmtu-blackhole")
def _small_headers(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port, env={"NODE_OPTIONS": "--max-http-header-size=1024"})
    return _service(port)


@stage(FAULTS, "reset at the first data", "net-rst-on-payload")
def _reset(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port)
    _rules(host, f"t{port}", f"iifname != lo tcp dport {port} meta length > 120 reject with tcp reset")
    return _service(port)


@stage(ALIKE, "the server itself resets", "net-rst-on-payload")
def _server_resets(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    code = f"""
import socket, struct
listener = socket.create_server(("0.0.0.0", {port}))
print("listening on port {port}", flush=True)
while True:
    connection = listener.accept()[0]
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
"""
    _python(fleet, host, code, port)
    return _service(port)


# -- proxies of the environment ---------------------------------------------------------------------------------------

#: A back end that takes its data from another, which it dials as a client.
GATEWAY = """
import asyncio, os, websockets
async def upstream():
    while True:
        try:
            async with websockets.connect("ws://127.0.0.1:{dialled}/") as ws:
                print("upstream connected", flush=True)
                await ws.wait_closed()
        except Exception as error:
            print("upstream failed: %s: %s" % (type(error).__name__, error), flush=True)
        await asyncio.sleep(0.5)
async def echo(ws):
    async for message in ws:
        await ws.send(message)
async def main():
    async with websockets.serve(echo, "0.0.0.0", {port}):
        print("listening on port {port}", flush=True)
        await upstream()
asyncio.run(main())
"""
#: Refuses every CONNECT, as a proxy does that lets people out to the web only.
REFUSING = """
import http.server
class Proxy(http.server.BaseHTTPRequestHandler):
    def do_CONNECT(self):
        self.send_error(403)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", {port}), Proxy).serve_forever()
"""


def _gateway(fleet: Fleet, host: t.Any, port: int, **env: str) -> dict[str, t.Any]:
    """The gateway, what it dials, and the proxy that its environment names."""
    _python(fleet, host, PINGING % (port + 1000, port + 1000), port + 1000)
    _python(fleet, host, REFUSING.format(port=port + 2000), port + 2000)
    proxy = f"http://checker:hunter2@127.0.0.1:{port + 2000}"
    _python(fleet, host, GATEWAY.format(port=port, dialled=port + 1000), port, env={"http_proxy": proxy, **env})
    host.run(
        ["sh", "-c", f"for i in $(seq 50); do grep -q upstream /var/log/network-{port}.log && exit; sleep 0.1; done"]
    )
    return _service(port, logs=[{"path": f"/var/log/network-{port}.log"}])


@stage(FAULTS, "the environment's proxy takes the connection", "env-http-proxy-hijack")
def _hijacked(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    return _gateway(fleet, host, port)


@stage(ALIKE, "the environment's proxy is passed by", "env-http-proxy-hijack")
def _spared(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    return _gateway(fleet, host, port, no_proxy="127.0.0.1")


# -- clocks -----------------------------------------------------------------------------------------------------------

#: Takes a token ``not before.expires.signature`` as a header, and says what is wrong with it as jsonwebtoken does.
CHECKING = """
import asyncio, hashlib, hmac, http, time, websockets
def problem(token):
    begins, ends, signature = (token.split(".") + ["", ""])[:3]
    text = ("%s.%s" % (begins, ends)).encode()
    if not hmac.compare_digest(hmac.new(b"key", text, hashlib.sha256).hexdigest(), signature):
        return "JsonWebTokenError: invalid signature"
    if time.time() < int(begins):
        return "NotBeforeError: jwt not active"
    return "TokenExpiredError: jwt expired" if time.time() > int(ends) else ""
def check(connection, request):
    wrong = problem(request.headers.get("X-Token", ""))
    if wrong:
        print(wrong, flush=True)
        return connection.respond(http.HTTPStatus.UNAUTHORIZED, "unauthorized\\n")
async def echo(ws):
    async for message in ws:
        await ws.send(message)
async def main():
    async with websockets.serve(echo, "0.0.0.0", {port}, process_request=check):
        print("listening on port {port}", flush=True)
        await asyncio.Future()
asyncio.run(main())
"""


def _token(begins: float, ends: float) -> str:
    text = f"{int(time.time() + begins)}.{int(time.time() + ends)}"
    return text + "." + hmac.new(b"key", text.encode(), hashlib.sha256).hexdigest()


def _checking(fleet: Fleet, host: t.Any, port: int, token: str) -> dict[str, t.Any]:
    _python(fleet, host, CHECKING.format(port=port), port)
    logs = [{"path": f"/var/log/network-{port}.log"}]
    return _service(port, logs=logs, websocket={"headers": {"X-Token": token}})


@stage(FAULTS, "token of an issuer whose clock is ahead", "clock-skew-token")
def _early(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    token = _token(600, 1200)
    entry = _checking(fleet, host, port, token)
    _refused(host, port, token)
    return entry


def _refused(host: t.Any, port: int, token: str) -> None:
    """A client that has come before: on a busy machine the log is read before the checklist's own refusals are in it."""
    host.run(["curl", "-s", "-o", "/dev/null", "-H", f"X-Token: {token}", f"http://127.0.0.1:{port}/"])


@stage(ALIKE, "token that has expired", "clock-skew-token")
def _late(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    return _checking(fleet, host, port, _token(-1200, -600))


@stage(ALIKE, "token that is valid", "clock-skew-token")
def _valid(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    return _checking(fleet, host, port, _token(-600, 3600))


# -- what the controller's own machine does ---------------------------------------------------------------------------


def _controller(fleet: Fleet) -> t.Any:
    """The host that plays the controller."""
    return fleet.host(len(fleet.names) - 1)


def _rule_of_routing(kind: str) -> Stage:
    def stage_it(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
        fleet.start(host, "ws_standalone", port)
        rule = f"pref {port} to {host.address} ipproto tcp dport {port} {kind}"
        _controller(fleet).run(["ip", "rule", "add", *rule.split()])
        return _service(port)

    return stage_it


for _kind in ("prohibit", "blackhole", "unreachable"):
    FAULTS_ELSEWHERE[f"routing policy: {_kind}"] = ("net-host-down", _rule_of_routing(_kind))


@stage(FAULTS_ELSEWHERE, "nobody answers for the address", "net-host-down")
def _no_neighbour(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    """Ansible has kept a connection; who opens a new one finds nobody at the address."""
    fleet.start(host, "ws_standalone", port)
    controller = _controller(fleet)
    host.run(["nft", "add table arp silent"])
    host.run(["nft", "add chain arp silent c { type filter hook input priority 0; }"])
    host.run(["nft", f"add rule arp silent c arp saddr ip {controller.address} drop"])
    controller.run(["ip", "neigh", "flush", "all"])
    return _service(port)


def _own_rule(what: str) -> Stage:
    def stage_it(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
        fleet.start(host, "ws_standalone", port)
        rule = f"oifname != lo ip daddr {host.address} tcp dport {port} counter {what}"
        _rules(_controller(fleet), f"t{port}", "ip daddr 203.0.113.0/24 drop", rule, hook="output")
        return _service(port)

    return stage_it


for _what in ("drop", "reject with tcp reset", "reject with icmpx admin-prohibited"):
    FAULTS_ELSEWHERE[f"own firewall: {_what}"] = ("fw-egress-client", _own_rule(_what))


@stage(ALIKE_ELSEWHERE, "own firewall counts only", "fw-egress-client")
def _counted(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    return _own_rule("accept")(fleet, host, port)


#: A resolver that knows no name at all.
KNOWS_NOTHING = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 53))
while True:
    question, client = s.recvfrom(512)
    s.sendto(question[:2] + b"\\x81\\x83" + question[4:6] + bytes(6) + question[12:], client)
"""


def _give_resolver(fleet: Fleet, host: t.Any) -> None:
    if host.run(["grep", "-q", "nameserver 127.0.0.1", "/etc/resolv.conf"], check=False).returncode == 0:
        return
    _python(fleet, host, KNOWS_NOTHING)
    host.run(["sh", "-c", "mv /etc/resolv.conf /etc/resolv.before; echo nameserver 127.0.0.1 > /etc/resolv.conf"])


@stage(FAULTS_ELSEWHERE, "no such name", "dns-nxdomain")
def _no_name(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port)
    _give_resolver(fleet, host)
    return _service(port, public_url=f"ws://chat.example.invalid:{port}/")


@stage(ALIKE_ELSEWHERE, "the host alone knows the name", "dns-nxdomain")
def _split(fleet: Fleet, host: t.Any, port: int) -> dict[str, t.Any]:
    fleet.start(host, "ws_standalone", port)
    _give_resolver(fleet, host)
    host.run(["sh", "-c", f"echo {host.address} inside{port}.example.invalid >> /etc/hosts"])
    return _service(port, public_url=f"ws://inside{port}.example.invalid:{port}/")


# -- asking -----------------------------------------------------------------------------------------------------------


def _staged(
    fleet: Fleet, hosts: int, first: int, *tables: dict[str, tuple[str, Stage]]
) -> dict[str, list[dict[str, t.Any]]]:
    """All of it at once, dealt out over the first so many hosts."""
    services: dict[str, list[dict[str, t.Any]]] = {}
    entries = [item for table in tables for item in table.items()]
    for number, (name, (_cause, function)) in enumerate(entries):
        host = fleet.host(number % hosts)
        services.setdefault(host.name, []).append({**function(fleet, host, first + number), "name": name})
    return services


def _clean(fleet: Fleet) -> None:
    fleet.stop_everything()
    usual = [f"net.netfilter.nf_conntrack_tcp_{name}={value}" for name, (_few, value) in CONNTRACK.items()]
    for number in range(len(fleet.names)):
        host = fleet.host(number)
        host.run(["nft", "flush", "ruleset"], check=False)
        host.run(["sysctl", "-w", *usual], check=False)
        host.run(["sh", "-c", "! [ -e /etc/resolv.before ] || mv /etc/resolv.before /etc/resolv.conf"])


def _host_of(fleet: Fleet, report: Report, name: str) -> str:
    return next(
        row["host"] for row in report.data["hosts"] for service in row["services"] or () if service["name"] == name
    )


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet) -> t.Iterator[Report]:
    """What the machine that runs the tests sees."""
    services = _staged(lab_fleet, len(lab_fleet.names), FIRST_PORT, FAULTS, ALIKE)
    # A connection counts as lost once the kernel has tried for three seconds.
    time.sleep(5)
    yield lab_fleet.checklist(services, websocket_health_fail_on="never", websocket_health_deadline=25)
    _clean(lab_fleet)


@pytest.fixture(scope="module")
def elsewhere(lab_fleet: Fleet) -> t.Iterator[Report]:
    """What a host of the lab sees that plays the controller; SSH goes over connections that this machine has opened."""
    for number in range(len(lab_fleet.names)):
        subprocess.run(lab_fleet.host(number).ssh("true"), check=True, timeout=30)
    controller = _controller(lab_fleet)
    # The address that nobody answers for is one of a host that has no other fault.
    alone = {"nobody answers for the address": FAULTS_ELSEWHERE["nobody answers for the address"]}
    others = {name: entry for name, entry in FAULTS_ELSEWHERE.items() if name not in alone}
    hosts = len(lab_fleet.names) - 2
    services = _staged(lab_fleet, hosts, FIRST_PORT_ELSEWHERE, others, ALIKE_ELSEWHERE)
    ((name, (_cause, function)),) = alone.items()
    last = lab_fleet.host(hosts)
    services[last.name] = [{**function(lab_fleet, last, FIRST_PORT_ELSEWHERE + 50), "name": name}]
    _give_resolver(lab_fleet, controller)
    # The lab's directory is one that all its hosts see.
    directory = pathlib.Path(lab_fleet.lab.directory, "controller")
    directory.mkdir()
    shutil.copy(lab_fleet.inventory(services), directory / "inventory.yml")
    yield _run_there(controller, directory)
    shutil.rmtree(directory)
    _clean(lab_fleet)
    last_port = FIRST_PORT_ELSEWHERE + 50
    controller.run(
        [
            "sh",
            "-c",
            f"for p in $(seq {FIRST_PORT_ELSEWHERE} {last_port}); do ip rule del pref $p 2>/dev/null; done; true",
        ]
    )


def _run_there(controller: t.Any, directory: pathlib.Path) -> Report:
    """The checklist, run on a host of the lab as a user runs it on his machine."""
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": str(link_collection()),
        "ANSIBLE_FORKS": "10",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_HOME": str(directory / "ansible"),
        "HOME": str(directory),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "PATH": os.environ["PATH"],
    }
    extra = {"websocket_health_fail_on": "never", "websocket_health_deadline": 25}
    command = [
        str(pathlib.Path(sys.executable).parent / "ansible-playbook"),
        *("-i", str(directory / "inventory.yml"), "websocket.health.checklist", "-e", json.dumps(extra)),
    ]
    run = controller.run(command, env=environment, cwd=str(directory), check=False, timeout=300)
    return Report(run, directory / "websocket-health" / "report.json")


@pytest.mark.parametrize("name", FAULTS)
def test_cause_is_named_first(lab_fleet: Fleet, report: Report, name: str) -> None:
    host = _host_of(lab_fleet, report, name)
    report.names_first(host, name, FAULTS[name][0])
    report.folds_symptoms(host, name)
    assert report.service(host, name)["status"] in ("fail", "warn")


@pytest.mark.parametrize("name", FAULTS_ELSEWHERE)
def test_cause_on_the_controllers_side_is_named_first(lab_fleet: Fleet, elsewhere: Report, name: str) -> None:
    host = _host_of(lab_fleet, elsewhere, name)
    elsewhere.names_first(host, name, FAULTS_ELSEWHERE[name][0])
    elsewhere.folds_symptoms(host, name)


@pytest.mark.parametrize("name", ALIKE)
def test_what_looks_like_it_is_left_alone(lab_fleet: Fleet, report: Report, name: str) -> None:
    _not_named(report, _host_of(lab_fleet, report, name), name, ALIKE[name][0])


@pytest.mark.parametrize("name", ALIKE_ELSEWHERE)
def test_what_looks_like_it_there_is_left_alone(lab_fleet: Fleet, elsewhere: Report, name: str) -> None:
    _not_named(elsewhere, _host_of(lab_fleet, elsewhere, name), name, ALIKE_ELSEWHERE[name][0])


def _not_named(report: Report, host: str, name: str, cause: str) -> None:
    assert cause not in [entry["id"] for entry in report.service(host, name)["diagnoses"]], report.wrong(host, name)


#: Of those that look like a fault, the ones that have none.
HEALTHY = (
    "a client reads nothing",
    "large requests are refused",
    "the environment's proxy is passed by",
    "token that is valid",
)


@pytest.mark.parametrize("name", HEALTHY)
def test_what_has_no_fault_is_green(lab_fleet: Fleet, report: Report, name: str) -> None:
    host = _host_of(lab_fleet, report, name)
    assert (report.service(host, name)["status"], report.wrong(host, name)) == ("pass", [])


@pytest.mark.parametrize("name", ALIKE_ELSEWHERE)
def test_what_has_no_fault_there_is_green(lab_fleet: Fleet, elsewhere: Report, name: str) -> None:
    host = _host_of(lab_fleet, elsewhere, name)
    assert (elsewhere.service(host, name)["status"], elsewhere.wrong(host, name)) == ("pass", [])


def test_what_is_stuck_makes_a_black_hole_certain(lab_fleet: Fleet, report: Report) -> None:
    for name, confidence in (
        ("large packets vanish", "likely"),
        ("large packets vanish, and a client waits for some", "certain"),
    ):
        (found,) = report.service(_host_of(lab_fleet, report, name), name)["diagnoses"]
        assert found["confidence"] == confidence


def test_a_clock_that_is_behind(fleet: Fleet) -> None:
    """The whole host lives ten minutes ago: a token of now is refused, and the clocks tell why."""
    if shutil.which("faketime") is None:
        _cannot("faketime is not installed: see tests/servers/debian.txt")
    host, port = fleet.host(0), FIRST_PORT + 90
    past = {
        "LD_PRELOAD": "/usr/$LIB/faketime/libfaketimeMT.so.1",
        "FAKETIME": "-600s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    _python(fleet, host, CHECKING.format(port=port), port, env=past)
    token = _token(-60, 3600)
    _refused(host, port, token)
    interpreter = fleet.base["all"]["hosts"][host.name]["ansible_python_interpreter"]
    exports = "; ".join(f"export {name}='{value}'" for name, value in past.items())
    script = f'#!/bin/sh\n{exports}\nexec {interpreter} "$@"\n'
    host.run(["sh", "-c", "cat > /opt/past <<'END'\n" + script + "END\nchmod 755 /opt/past"])
    logs = [{"path": f"/var/log/network-{port}.log"}]
    entry = _service(port, name="x", logs=logs, websocket={"headers": {"X-Token": token}})
    variables = {host.name: {"ansible_python_interpreter": "/opt/past"}}
    report = fleet.checklist({host.name: [entry]}, websocket_health_fail_on="never", variables=variables)
    report.names_first(host.name, "x", "clock-skew-token")
    first = report.service(host.name, "x")["diagnoses"][0]
    assert first["confidence"] == "certain"
    assert any("behind the controller's" in reason for reason in first["because"]), first


def test_no_secret_of_a_proxy_travels(lab_fleet: Fleet, report: Report) -> None:
    assert "hunter2" not in report.path.read_text()


def test_a_lost_name_on_one_side_is_unknown(lab_fleet: Fleet, elsewhere: Report) -> None:
    name = "the host alone knows the name"
    checks = elsewhere.service(_host_of(lab_fleet, elsewhere, name), name)["checks"]
    (seen,) = [c for c in checks if (c["id"], c["vantage"]) == ("websocket.handshake", "public")]
    assert (seen["status"], "cannot resolve" in seen["summary"]) == ("unknown", True)
