# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stages real faults, and stores what the probes see of them, for the tests of checks and rules.

    python -m tests.unit.recorded.record            # all cases
    python -m tests.unit.recorded.record stopped    # some

Run it as root from the checkout where a probe's evidence has changed its shape, and read the difference before
committing it. Ports, paths and times are normalised; process ids and durations are as they came.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
from collections.abc import Callable, Iterator

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if __name__ == "__main__":  # under pytest, conftest.py has done this
    sys.path[:0] = [str(ROOT), str(ROOT / ".cache" / "tree")]

from tests.servers.catalogue import SERVERS, running
from tests.servers.fault_server import staged
from tests.unit import browser_pages, tls_ca
from tests.unit.probed_host import Evidence, Service, ask, child, wait_for

#: The moment at which every recorded probe ran.
NOW = 1_800_000_000.0
PORT = 8080
DEADLINE = 8.0

Recorded = tuple[Service, dict[str, Evidence]]
CASES: dict[str, Callable[[], Recorded]] = {}


def case(name: str) -> Callable[[Callable[[], Recorded]], Callable[[], Recorded]]:
    """Enter a function into the cases."""

    def enter(record: Callable[[], Recorded]) -> Callable[[], Recorded]:
        CASES[name] = record
        return record

    return enter


# -- normalising -------------------------------------------------------------------------------------------------------


def _normal(recorded: Recorded, folder: str) -> dict[str, t.Any]:
    service, evidence = recorded
    text = json.dumps({"service": service, "evidence": evidence})
    replacements = {folder: "/srv/chat", str(ROOT): "/srv/websocket", sys.prefix: "/opt/python"}
    replacements.update({sys.base_prefix: "/opt/python", str(pathlib.Path.home()): "/home/chat"})
    for real, shown in replacements.items():
        text = text.replace(real, shown)
    text = re.sub(r"/tmp/(?:websocket|fault)-server-\w+", "/srv/servers", text)
    text = re.sub(r"/[\w./-]+/(?=bin/(?:python|node)[\d.]*\b)", "/opt/runtime/", text)
    if service.get("port"):
        text = re.sub(rf"(?<![\d.]){service['port']}(?![\d.]*\d)", str(PORT), text)
    result = json.loads(text)
    result["evidence"].get("port", {}).update(proxies=[])
    # The rules of the host that records are none of the case's.
    result["evidence"].pop("firewall", None)
    return t.cast("dict[str, t.Any]", _shifted(result, NOW - time.time()))


def _shifted(value: t.Any, seconds: float) -> t.Any:
    if isinstance(value, dict):
        return {name: _shifted(entry, seconds) for name, entry in value.items()}
    if isinstance(value, list):
        return [_shifted(entry, seconds) for entry in value]
    if isinstance(value, float) and abs(value - time.time()) < 1e7:
        return round(value + seconds, 2)
    return value


# -- what is staged ----------------------------------------------------------------------------------------------------

#: A WebSocket server of the standard library, in a file of its own so that it has a main script.
SERVER = """
import asyncio, os, socket, sys
sys.path.insert(0, {servers!r})
import fault_server
HOST, PORT, STAGE = os.environ.get('HOST', '127.0.0.1'), int(os.environ['PORT']), os.environ.get('STAGE', 'healthy')
def listen():
    listener = socket.socket(socket.AF_INET6 if ':' in HOST else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if os.environ.get('REUSE'):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if ':' in HOST:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(os.environ.get('V6ONLY', '1')))
    listener.bind((HOST, PORT))
    listener.listen()
    if os.environ.get('FORK'):
        os.fork()
    return listener
async def main(listener):
    server = await asyncio.start_server(fault_server.handler(fault_server.STAGES[STAGE]), sock=listener)
    print('listening on port %d' % listener.getsockname()[1], flush=True)
    exec(os.environ.get('AFTER', ''))
    await asyncio.sleep(3600)
asyncio.run(main(listen()))
"""


def _free(host: str = "127.0.0.1") -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def _served(
    folder: str, port: int | None = None, name: str = "server.py", cwd: str | None = None, **env: str
) -> Iterator[tuple[int, t.Any]]:
    """A server of its own, with a main script, a working directory and a log; its port and process."""
    port = port or _free(env.get("HOST", "127.0.0.1"))
    script = pathlib.Path(folder, name)
    if not script.exists():
        script.write_text(SERVER.format(servers=str(ROOT / "tests" / "servers")))
        os.utime(script, (time.time() - 3600,) * 2)
    log = pathlib.Path(folder, "server.log")
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, "-u", str(script)],
            cwd=cwd or folder,
            env={"PATH": os.environ["PATH"], "PORT": str(port), "PWD": cwd or folder, **env},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: process.poll() is not None or f"listening on port {port}" in log.read_text())
        yield port, process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="recorded-") as folder:
        FOLDERS.path = folder
        yield folder


#: The folder of the case that this thread records, for normalising.
FOLDERS = threading.local()


def _service(port: int, **options: t.Any) -> Service:
    websocket = {"path": "/", "dialect": "echo", **options.pop("websocket", {})}
    return {"name": "chat", "port": port, "websocket": websocket, **options}


def _of_folder(folder: str) -> dict[str, t.Any]:
    return {"command": folder + "/server.py"}


def _record(service: Service, deadline: float = DEADLINE) -> Recorded:
    return service, ask(service, deadline=deadline)


# -- stages of the fault server ----------------------------------------------------------------------------------------


def _stage(name: str) -> None:
    def record() -> Recorded:
        with staged([name]) as ports:
            websocket = {"origin": "https://bad.example.org"} if name == "origin-403" else {}
            return _record(_service(ports[name], websocket=websocket))

    CASES[name] = record


for _name in (
    "healthy", "hung", "html-200", "not-found-404", "upgrade-required-426", "bad-gateway-502", "origin-403",
    "redirect-301", "no-accept", "wrong-accept", "drop-after-101", "close-1011", "mute", "garbage", "accept-mute",
    "reset", "ssh-banner", "http-in-stream", "giant-frame",
):  # fmt: skip
    _stage(_name)


# -- real servers ------------------------------------------------------------------------------------------------------


def _server(case_name: str, name: str, **websocket: t.Any) -> None:
    def record() -> Recorded:
        server = SERVERS[name]
        with running(name) as it:
            options = {
                "path": server.path,
                "dialect": server.dialect or "auto",
                "headers": dict(server.headers),
                **websocket,
            }
            return _record({"name": "chat", "port": it.port, "websocket": options})

    CASES[case_name] = record


_server("ws-healthy", "ws_attached")
_server("uvicorn-healthy", "uvicorn_fastapi")
_server("socketio-healthy", "socketio4")
_server("graphql-healthy", "graphql_ws")
_server("daphne-healthy", "daphne_channels")
_server("ws-not-attached", "ws_not_attached")
_server("ws-two-on-one", "ws_two_on_one")
_server("ws-other-path", "ws_attached", path="/chat")
_server("ws-no-credentials", "ws_auth", headers={})
_server("ws-credentials", "ws_auth")
_server("aiohttp-other-path", "aiohttp_echo", path="/chat")
_server("socketio-other-path", "socketio4", path="/chat")
_server("socketio-other-version", "socketio2", path="/socket.io/?EIO=4&transport=websocket", dialect="socketio")
_server("socketio2-unconfigured", "socketio2", path=None, dialect=None)
_server("graphql-other-subprotocol", "graphql_ws", dialect="graphql-ws")
_server("subprotocol-none", "websockets_echo", subprotocols=["chat.v1", "chat.v2"])
_server("subprotocol-first", "ws_standalone", subprotocols=["chat.v1", "chat.v2"])
_server("uvicorn-no-route", "uvicorn_private")
_server("uvicorn-no-library", "uvicorn_no_ws_library")
_server("gunicorn-sync", "gunicorn_sync")


# -- processes ---------------------------------------------------------------------------------------------------------


@case("service-healthy")
def _healthy() -> Recorded:
    with _folder() as folder, _served(folder, NODE_ENV="production") as (port, _process):
        log = {"path": folder + "/server.log", "ready": r"listening on port (?P<port>\d+)"}
        environment = {"expect": {"NODE_ENV": "production"}, "require": ["PATH"], "forbid": ["DEBUG"]}
        return _record(_service(port, process=_of_folder(folder), logs=[log], environment=environment))


@case("stopped")
def _stopped() -> Recorded:
    with _folder() as folder, _served(folder) as (port, process):
        process.send_signal(signal.SIGSTOP)
        return _record(_service(port), 4.0)


@case("spinning")
def _spinning() -> Recorded:
    with _folder() as folder, _served(folder, AFTER="while True: pass") as (port, _process):
        return _record(_service(port), 4.0)


@case("busy-but-answering")
def _busy() -> Recorded:
    """Another thread computes, and the event loop gets its turn."""
    spin = "lambda: [0 for n in __import__('itertools').count() if n < 0]"
    after = f"__import__('threading').Thread(target={spin}, daemon=True).start()"
    with _folder() as folder, _served(folder, AFTER=after) as (port, _process):
        return _record(_service(port))


@case("not-running")
def _not_running() -> Recorded:
    with _folder() as folder:
        return _record(_service(_free(), process=_of_folder(folder)), 4.0)


@case("missing-module")
def _missing_module() -> Recorded:
    with _folder() as folder:
        pathlib.Path(folder, "server.py").write_text("import express_of_python\n")
        with _served(folder) as (port, process):
            assert process.wait(10) == 1
        log = [{"path": folder + "/server.log"}]
        return _record(_service(port, process=_of_folder(folder), logs=log), 4.0)


@case("address-in-use")
def _address_in_use() -> Recorded:
    with _folder() as folder, _served(folder, name="old.py") as (port, _holder):
        with _served(folder, port) as (_port, process):
            assert process.wait(10) == 1
        log = [{"path": folder + "/server.log"}]
        return _record(_service(port, process=_of_folder(folder), logs=log))


@case("two-owners")
def _two_owners() -> Recorded:
    with _folder() as folder, _served(folder, name="old.py", REUSE="1", STAGE="not-found-404") as (port, _one):
        # Started by different parents, as two units are.
        starter = (
            "import os, sys; os.setsid(); pid = os.fork(); os._exit(0) if pid else os.execv(sys.argv[1], sys.argv[1:])"
        )
        script = pathlib.Path(folder, "server.py")
        script.write_text(pathlib.Path(folder, "old.py").read_text())
        os.utime(script, (time.time() - 3600,) * 2)
        env = {"PATH": os.environ["PATH"], "PORT": str(port), "REUSE": "1"}
        command = [sys.executable, "-c", starter, sys.executable, "-u", str(script)]
        subprocess.run(command, cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
        pids = wait_for(
            lambda: [
                int(e.name)
                for e in pathlib.Path("/proc").glob("[0-9]*")
                if str(script).encode() in _read(e / "cmdline")
            ]
        )
        try:
            time.sleep(1.0)
            service, evidence = _record(_service(port))
            return service, evidence
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)


def _read(path: pathlib.Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@case("workers")
def _workers() -> Recorded:
    with _folder() as folder, _served(folder, FORK="1") as (port, process):
        wait_for(lambda: pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().strip())
        return _record(_service(port))


@case("other-owner")
def _other_owner() -> Recorded:
    with (
        _folder() as folder,
        _served(folder, name="other.py") as (port, _other),
        _served(folder, port=_free()) as (_own, _it),
    ):
        return _record(_service(port, process=_of_folder(folder)))


@case("other-port")
def _other_port() -> Recorded:
    with _folder() as folder, _served(folder) as (_actual, _it):
        return _record(_service(_free(), process=_of_folder(folder)), 4.0)


@case("descriptors")
def _descriptors() -> Recorded:
    after = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)); kept = [os.open('/dev/null', 0) for _ in range(24)]"
    with (
        _folder() as folder,
        _served(folder, AFTER="global kept\n" + after + "\nfault_server.kept = kept") as (port, process),
    ):
        _fill(process.pid, port)
        return _record(_service(port), 5.0)


HELD: list[socket.socket] = []


def _fill(pid: int, port: int) -> None:
    """Hold connections until a process has no descriptor left."""
    for _number in range(40):
        if len(os.listdir(f"/proc/{pid}/fd")) >= 39:
            return
        HELD.append(socket.create_connection(("127.0.0.1", port)))
        HELD[-1].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        time.sleep(0.02)


@case("descriptors-left")
def _descriptors_left() -> Recorded:
    after = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"
    with _folder() as folder, _served(folder, AFTER=after) as (port, _process):
        return _record(_service(port))


@case("backlog-full")
def _backlog_full() -> Recorded:
    code = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(1); print(s.getsockname()[1], flush=True); input()"
    with child(sys.executable, "-c", code) as it:
        assert it.stdout is not None
        port = int(it.stdout.readline())
        for _number in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
            HELD.append(sock)
        time.sleep(0.3)
        return _record(_service(port), 4.0)


@case("deleted-release")
def _deleted_release() -> Recorded:
    with _folder() as folder:
        release = os.path.join(folder, "releases", "1")
        os.makedirs(release)
        with _served(folder, cwd=release) as (port, _process):
            shutil.rmtree(release)
            return _record(_service(port))


@case("stale-code")
def _stale_code() -> Recorded:
    with _folder() as folder, _served(folder) as (port, _process):
        os.utime(os.path.join(folder, "server.py"), (time.time() + 60,) * 2)
        return _record(_service(port))


@case("wrong-mode")
def _wrong_mode() -> Recorded:
    with _folder() as folder:
        pathlib.Path(folder, ".env").write_text("NODE_ENV=production\n")
        os.utime(os.path.join(folder, ".env"), (time.time() - 3600,) * 2)
        with _served(folder, NODE_ENV="development") as (port, _process):
            return _record(_service(port, environment={"expect": {"NODE_ENV": "production"}}))


@case("forbidden-variable")
def _forbidden_variable() -> Recorded:
    with _folder() as folder, _served(folder, NODE_TLS_REJECT_UNAUTHORIZED="0") as (port, _process):
        environment = {"forbid": ["NODE_TLS_REJECT_UNAUTHORIZED"], "require": ["REDIS_URL"]}
        return _record(_service(port, environment=environment))


def _bound(case_name: str, host: str, exposure: str = "auto", v6only: str = "1") -> None:
    def record() -> Recorded:
        with _folder() as folder, _served(folder, HOST=host, V6ONLY=v6only) as (port, _process):
            return _record(_service(port, exposure=exposure))

    CASES[case_name] = record


_bound("loopback-direct", "127.0.0.1", "direct")
_bound("wildcard-direct", "0.0.0.0", "direct")
_bound("wildcard-proxied", "0.0.0.0", "proxied")
_bound("v6-loopback", "::1")
_bound("v6-only", "::")
_bound("dual-stack", "::", v6only="0")


@case("unix-socket")
def _unix_socket() -> Recorded:
    code = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print(1, flush=True); input()"
    with _folder() as folder, child(sys.executable, "-c", code, folder + "/chat.sock") as it:
        assert it.stdout is not None and it.stdout.readline()
        return _record({"name": "chat", "socket": folder + "/chat.sock"}, 3.0)


# -- certificates ------------------------------------------------------------------------------------------------------

#: The public name; it does not resolve (RFC 6761, section 6.2).
NAME = "chat.example.test"


def _self_signed(case_name: str, name: str, days: tuple[float, float], trusted: bool = True) -> None:
    """A certificate that is its own authority for who trusts it."""

    def record() -> Recorded:
        with _folder() as folder:
            path = tls_ca.store(f"{folder}/server.pem", tls_ca.issue(name, names=[name], days=days, ca=True), key=True)
            with tls_ca.serving(path) as port:
                tls = {"ca_path": path} if trusted else None
                return _record(_service(port, tls=tls, public_url=f"wss://localhost:{port}/"))

    CASES[case_name] = record


_self_signed("tls-trusted", "localhost", (-1, 90))
_self_signed("tls-self-signed", "localhost", (-1, 90), trusted=False)
_self_signed("tls-expired", "localhost", (-90, -1))
_self_signed("tls-not-yet", "localhost", (1, 90))
_self_signed("tls-wrong-host", "chat.example.com", (-1, 90))

Chain = Callable[[tls_ca.Authority], tuple[tls_ca.Issued, ...]]


def _own_chain(case_name: str, chain: Chain, trusted: bool = True, scheme: str = "wss", organization: str = "") -> None:
    """A service that speaks TLS itself, with the certificates that an authority makes for it."""

    def record() -> Recorded:
        with _folder() as folder:
            authority = tls_ca.authority(organization)
            with tls_ca.serving(tls_ca.store(f"{folder}/server.pem", *chain(authority), key=True)) as port:
                tls = {"ca_path": tls_ca.store(f"{folder}/authority.pem", authority.root)} if trusted else None
                return _record(_service(port, tls=tls, public_url=f"{scheme}://{NAME}:{port}/"))

    CASES[case_name] = record


def _cross_signed(authority: tls_ca.Authority) -> tuple[tls_ca.Issued, ...]:
    """The root comes once more, signed by an older one that has expired: for clients that know only that."""
    older = tls_ca.issue("Old Root", ca=True, days=(-4000, -10))
    cross = tls_ca.issue("Test Root", older, ca=True, days=(-400, -5), key=authority.root.key)
    return authority.leaf(NAME), authority.intermediate, cross


AIA = "http://ca.example.test/issuing.crt"
_own_chain("tls-private-ca", lambda ca: (ca.leaf("*.example.test"), ca.intermediate))
_own_chain("tls-cross-signed", _cross_signed)
_own_chain("tls-private-ca-unknown", lambda ca: (ca.leaf(NAME), ca.intermediate), trusted=False)
_own_chain("tls-missing-intermediate", lambda ca: (ca.leaf(NAME, issuer_url=AIA),))
_own_chain("tls-missing-intermediate-own", lambda ca: (ca.leaf(NAME),), organization="Acme")
_own_chain("tls-cn-only", lambda ca: (tls_ca.issue(NAME, ca.intermediate), ca.intermediate))
_own_chain("tls-dialled-in-clear", lambda ca: (ca.leaf(NAME), ca.intermediate), scheme="ws")


@case("tls-plain-port")
def _plain_port() -> Recorded:
    with _folder() as folder, _served(folder) as (port, _process):
        return _record(_service(port, public_url=f"wss://localhost:{port}/"))


def _edge(case_name: str, blocks: str, name: str = NAME, own_tls: bool = False) -> None:
    """A service behind nginx, which ends TLS. ``{port}``, ``{back}`` and ``{folder}`` are filled in."""

    def record() -> Recorded:
        with _folder() as folder, contextlib.ExitStack() as stack:
            authority, edge = tls_ca.authority(), _free()
            for host in (NAME, "other.example.test"):
                tls_ca.store(f"{folder}/{host}.pem", authority.leaf(host), authority.intermediate, key=True)
            root = tls_ca.store(f"{folder}/authority.pem", authority.root)
            if own_tls:
                own = tls_ca.issue("localhost", names=["localhost"])
                back = stack.enter_context(tls_ca.serving(tls_ca.store(f"{folder}/own.pem", own, key=True)))
            else:
                back = stack.enter_context(_served(folder))[0]
            text = blocks.replace("{port}", str(edge)).replace("{back}", str(back)).replace("{folder}", folder)
            stack.enter_context(tls_ca.nginx(folder, text, edge))
            url = f"wss://{name}:{edge}/"
            return _record(_service(back, public_url=url, tls={"ca_path": root}))

    CASES[case_name] = record


def _block(name: str, *more: str, scheme: str = "http", default: bool = False) -> str:
    listen = "127.0.0.1:{port} ssl" + (" default_server" if default else "")
    return (
        f"server {{ listen {listen}; server_name {name}; ssl_certificate {{folder}}/{name}.pem;"
        f" ssl_certificate_key {{folder}}/{name}.pem; {' '.join(more)} location / {{"
        f" proxy_pass {scheme}://127.0.0.1:{{back}}; proxy_http_version 1.1; proxy_set_header Host $host;"
        " proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } }\n"
    )


_OTHER = _block("other.example.test", default=True)
_REJECT = "server { listen 127.0.0.1:{port} ssl default_server; ssl_reject_handshake on; }\n"
_DEMAND = ("ssl_client_certificate {folder}/authority.pem;", "ssl_verify_client on;")
_edge("tls-edge", _block(NAME))
_edge("tls-edge-two-hosts", _OTHER + _block(NAME))
_edge("tls-edge-reject-others", _REJECT + _block(NAME))
_edge("tls-edge-own-tls", _block(NAME, scheme="https"), own_tls=True)
_edge("tls-edge-optional", _block(NAME, _DEMAND[0], "ssl_verify_client optional;"))
_edge("tls-default-vhost", _OTHER + _block("chat.example.test"), name="absent.example.test")
_edge("tls-sni-rejected", _REJECT + _block(NAME), name="absent.example.test")
_edge("tls-mtls", _block(NAME, *_DEMAND))


# -- pages in a browser ------------------------------------------------------------------------------------------------


def _page(name: str, script: str, stage: str = "healthy", **headers: str) -> None:
    """A page on a site of its own that dials a stage; in the script %s is where that is."""

    def record() -> Recorded:
        with staged([stage]) as ports:
            text = browser_pages.page(script.replace("%s", f"{browser_pages.SITE}:{ports[stage]}"))
            with browser_pages.serving(
                {"/": text}, headers={key.replace("_", "-"): value for key, value in headers.items()}
            ) as port:
                # A visit of its own time: browsers that start together make each other late.
                with _ONE_AT_A_TIME:
                    service, seen = browser_pages.visit(
                        f"http://{browser_pages.SITE}:{port}/",
                        browser_pages.led_to("127.0.0.1"),
                        stay=2.5,
                        port=ports[stage],
                    )
        text = json.dumps([dict(service, websocket={"path": "/ws"}), seen]).replace(str(port), "8000")
        return t.cast("Recorded", (lambda pair: (pair[0], {"browser": pair[1]}))(json.loads(text)))

    CASES["pages/" + name] = record


_ONE_AT_A_TIME = threading.Lock()
_TALK = browser_pages.TALK.replace("%s", "ws://%s/ws")
_page("healthy", _TALK)
_page("strict", browser_pages.STRICT.replace("%s", "ws://%s/ws"))
_page("given-up", "new WebSocket('ws://%s/ws').close()")
_page("policy", _TALK, Content_Security_Policy="connect-src 'self'")
_page("policy-report", _TALK, Content_Security_Policy_Report_Only="connect-src 'self'")
_page("localhost", "new WebSocket('ws://localhost:9999/ws')")
_page("undefined", "new WebSocket('ws://undefined/ws')")
_page("unsafe-port", f"new WebSocket('ws://{browser_pages.SITE}:6000/ws')")
_page("not-found", "new WebSocket('ws://%s/sockets')", "not-found-404")
_page("origin", "new WebSocket('ws://%s/ws')", "origin-403")
_page("dropped", _TALK, "drop-after-101")
_page("mute", _TALK, "mute")
_page("unanswered", _TALK, "accept-mute")
_page("early", "new WebSocket('ws://%s/ws').send('x')")
_page("too-many", "for (let i = 0; i < 300; i++) new WebSocket('ws://%s/ws')")
_page("exception", _TALK + " nobody.defined.this()")
_page("nothing", "document.body.append('hello')")


# -- recording ---------------------------------------------------------------------------------------------------------


def _store(name: str) -> str:
    FOLDERS.path = "/nonexistent"
    result = _normal(CASES[name](), FOLDERS.path)
    (HERE / f"{name}.json").write_text(
        json.dumps(result, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )
    return name


def main(names: list[str]) -> int:
    """Record the named cases, or all."""
    # Standard error is a log of what is started here, and none of the case's.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        tasks = {name: pool.submit(_store, name) for name in names or CASES}
    failed = 0
    for name, task in tasks.items():
        error = task.exception()
        print(f"{name:28}", "recorded" if error is None else f"FAILED: {type(error).__name__}: {error}")
        failed += error is not None
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
