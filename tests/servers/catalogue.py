# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of real WebSocket servers, and how to start one on loopback.

    with running("ws_standalone") as server:
        …  # listens on server.host, server.port; server.output() is what it has logged

In a lab's host, take `SERVERS[name].command(host, port)` with `.environment(host, port)` and `.directory`.
What setup.py installs must be there: `missing(name)` tells.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache" / "servers"


class ServerFailed(RuntimeError):
    """A server ended, or did not listen in time; the message has its log."""


@dataclass(frozen=True)
class Server:
    """One server: how to start it, and what a right handshake with it is and gives."""

    name: str
    #: Command line; {node}, {python}, {bare}, {cache}, {here}, {host} and {port} are filled in.
    argv: tuple[str, ...]
    path: str = "/"
    #: None where no dialect can be spoken, for the handshake is refused.
    dialect: str | None = "echo"
    subprotocols: tuple[str, ...] = ()
    #: Headers that a client must send beside the usual ones.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: The first message, where it must name something that only this server has.
    send: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    #: Parts of .cache/servers, programs and files (patterns with a slash in front) that it needs.
    needs: tuple[str, ...] = ()
    #: Regular expression on the line it logs when it listens; and on one it logs for a WebSocket client, if it does.
    log_line: str = ""
    log_client: str | None = None
    #: Status that the handshake on `path` with `headers` is answered with.
    status: int = 101

    @property
    def directory(self) -> Path:
        """The directory it is started in."""
        return HERE / ("node" if "node" in self.needs else "python")

    def command(self, host: str, port: int) -> list[str]:
        """Return the command line."""
        values = {
            "node": shutil.which("node") or "node",
            "python": str(CACHE / "python" / "bin" / "python"),
            "bare": str(CACHE / "bare" / "bin" / "python"),
            "cache": str(CACHE),
            "here": str(HERE),
            "host": host,
            "port": str(port),
        }
        return [part.format(**values) for part in self.argv]

    def environment(self, host: str, port: int) -> dict[str, str]:
        """Return the variables to set: address, and where Node finds its packages."""
        return {
            "HOST": host,
            "PORT": str(port),
            "NODE_PATH": str(CACHE / "node" / "node_modules"),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.env,
        }


def _node(name: str, **values: object) -> Server:
    ready = values.pop("log_line", r"listening on port \d+")
    return Server(name, ("{node}", "{here}/node/" + name + ".js"), needs=("node",), log_line=ready, **values)  # type: ignore[arg-type]


def _python(name: str, *arguments: str, **values: object) -> Server:
    """A server of python/: a file of that name, or the arguments of the interpreter."""
    needs = values.pop("needs", ("python",))
    interpreter = "{bare}" if needs == ("bare",) else "{python}"
    argv = (interpreter, *(arguments or ("{here}/python/" + name + ".py",)))
    return Server(name, argv, needs=needs, **values)  # type: ignore[arg-type]


_UVICORN = ("-m", "uvicorn", "uvicorn_fastapi:app", "--host", "{host}", "--port", "{port}")
_UVICORN_READY = r"Uvicorn running on http://\S+:\d+"
_ACCEPTED = r'"WebSocket \S+" \[accepted\]'
_CONNECTED = "client connected"
_SOCKETIO = "/socket.io/?EIO=4&transport=websocket"

_ALL = (
    _node("ws_standalone", log_client=_CONNECTED),
    _node("ws_attached", path="/ws", log_client=_CONNECTED),
    _node("ws_not_attached", path="/ws", dialect=None, status=404),
    _node("ws_two_on_one", path="/ws", dialect=None, log_client=_CONNECTED),
    _node("ws_auth", path="/ws", headers={"Authorization": "Bearer open-sesame"}, log_client=_CONNECTED),
    _node("ws_block", path="/ws", log_client=_CONNECTED),
    _node("socketio4", path=_SOCKETIO, dialect="socketio", log_client=_CONNECTED),
    _node("socketio2", path="/socket.io/?EIO=3&transport=websocket", dialect="socketio-v2", log_client=_CONNECTED),
    _node("sockjs", path="/echo/000/abcdefgh/websocket", dialect="sockjs", log_client=_CONNECTED),
    _node(
        "graphql_ws",
        path="/graphql",
        dialect="graphql-transport-ws",
        subprotocols=("graphql-transport-ws",),
        log_client=_CONNECTED,
    ),
    _node(
        "graphql_legacy", path="/graphql", dialect="graphql-ws", subprotocols=("graphql-ws",), log_client=_CONNECTED
    ),
    _node("proxy_middleware", path="/ws", log_client=_CONNECTED),
    _node(
        "vite",
        path="/?token=open-sesame",
        dialect="vite-hmr",
        subprotocols=("vite-hmr",),
        log_line=r"Local:\s+http://\S+:\d+",
        # under CI=true it colours its words wherever they go
        env={"NO_COLOR": "1"},
    ),
    _python("websockets_echo", log_line=r"server listening on \S+:\d+", log_client="connection open"),
    _python("uvicorn_fastapi", *_UVICORN, path="/ws", log_line=_UVICORN_READY, log_client=_ACCEPTED),
    _python("uvicorn_wsproto", *_UVICORN, "--ws", "wsproto", path="/ws", log_line=_UVICORN_READY, log_client=_ACCEPTED),
    _python("uvicorn_private", *_UVICORN, path="/private", dialect=None, status=403, log_line=_UVICORN_READY),
    _python("uvicorn_token", *_UVICORN, path="/private?token=x", log_line=_UVICORN_READY, log_client=_ACCEPTED),
    _python(
        "uvicorn_no_ws_library", *_UVICORN, path="/ws", dialect=None, status=404, needs=("bare",),
        log_line=_UVICORN_READY, log_client="No supported WebSocket library detected",
    ),
    _python(
        "hypercorn", "-m", "hypercorn", "--bind", "{host}:{port}", "uvicorn_fastapi:app", path="/ws",
        log_line=r"Running on http://\S+:\d+",
    ),
    _python(
        "gunicorn_sync", "-m", "gunicorn", "--bind", "{host}:{port}", "wsgi_app:application", path="/ws", dialect=None,
        status=404, log_line=r"Listening at: http://\S+:\d+",
    ),
    _python(
        "daphne_channels", "-m", "daphne", "-b", "{host}", "-p", "{port}", "daphne_channels:application", path="/ws/",
        log_line=r"Listening on TCP address \S+:\d+", log_client="WSCONNECT /ws/",
    ),
    _python("aiohttp_echo", path="/ws", log_line=r"Running on http://\S+:\d+", log_client=_CONNECTED),
    _python("tornado_echo", path="/ws", log_line=r"listening on port \d+", log_client=_CONNECTED),
    _python("edge", path="/cloudflare-521", dialect=None, status=521, log_line=r"listening on port \d+"),
    _python(
        "phoenix", path="/socket/websocket?vsn=2.0.0", dialect="phoenix", log_line=r"Running MyAppWeb\.Endpoint",
        log_client="CONNECTED TO MyAppWeb.UserSocket",
    ),
    _python(
        "actioncable", path="/cable", dialect="actioncable", subprotocols=("actioncable-v1-json",),
        headers={"Origin": "http://chat.example.com"}, log_line=r"Listening on http://\S+:\d+",
        log_client="Successfully upgraded to WebSocket",
    ),
    _python("signalr", path="/hub", dialect="signalr", log_line=r"Now listening on: http://\S+:\d+"),
    _python("jsonrpc", dialect="jsonrpc", log_line=r"listening on ws://\S+:\d+", log_client=_CONNECTED),
    _python(
        "stomp", path="/ws", dialect="stomp", subprotocols=("v12.stomp",), log_line="Server startup complete",
        log_client="accepting Web STOMP connection",
    ),
    _python(
        "mosquitto", "{here}/python/mosquitto_ws.py", path="/mqtt", dialect="mqtt", subprotocols=("mqtt",),
        needs=("python", "mosquitto"), log_line=r"mosquitto version \S+ running", log_client="New client connected",
    ),
    _python(
        "flask_socketio", "-m", "gunicorn", "--bind", "{host}:{port}", "flask_socketio_app:app", path=_SOCKETIO,
        dialect="socketio", log_line=r"Listening at: http://\S+:\d+", log_client=_CONNECTED,
        # not on the command line, which would win: "-k sync" is the fault of a single worker
        env={"GUNICORN_CMD_ARGS": "-k gthread --threads 50"},
    ),
    _python(
        "socketio_asgi", "-m", "uvicorn", "socketio_asgi:app", "--host", "{host}", "--port", "{port}", path=_SOCKETIO,
        dialect="socketio", log_line=_UVICORN_READY, log_client=_CONNECTED,
    ),
    _python(
        "jupyter", "-m", "jupyter_server", "--ip={host}", "--port={port}", "--config={here}/python/jupyter_config.py",
        path="/api/events/subscribe", dialect=None, log_line=r"Jupyter Server \S+ is running at",
        env={f"JUPYTER_{name}_DIR": str(CACHE / "python" / "jupyter") for name in ("CONFIG", "DATA", "RUNTIME")},
    ),
    _python(
        "wamp", path="/ws", dialect="wamp", subprotocols=("wamp.2.json",), log_line=r"listening on ws://\S+:\d+",
        log_client=_CONNECTED,
    ),
    _python(
        "pusher", path="/app/demo?protocol=7", dialect="pusher", log_line=r"Starting server on \S+:\d+",
        log_client="Connection Established",
    ),
    _python(
        "home_assistant", path="/api/websocket", dialect="home-assistant", log_line=r"Now listening on port \d+",
        send='{"type":"auth","access_token":"open-sesame"}',
    ),
    _python("ddp", path="/websocket", dialect="ddp", log_line=r"App running at: http://\S+:\d+"),
    Server(
        "prosody", ("prosody", "-F", "--config", "{here}/prosody.cfg.lua"), path="/xmpp-websocket", dialect="xmpp",
        subprotocols=("xmpp",), needs=("prosody",), log_line="Serving 'websocket' at", log_client="Client connected",
        send='<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>',
    ),
    _python(
        "rabbitmq", "{here}/python/rabbitmq_web_stomp.py", path="/ws", dialect="stomp", subprotocols=("v12.stomp",),
        needs=("python", "epmd", "/usr/lib/rabbitmq/lib/*/plugins/rabbitmq_web_stomp-*"),
        log_line="Server startup complete",
    ),
    Server(
        "rails_cable",
        (
            "puma", "--no-config", "--bind", "tcp://{host}:{port}", "--threads", "2:4", "--environment", "production",
            "{here}/ruby/cable.ru",
        ),
        path="/cable", dialect="actioncable", subprotocols=("actioncable-v1-json",),
        headers={"Origin": "http://chat.example.com"}, env={"ALLOWED_ORIGINS": "http://chat.example.com"},
        needs=("puma", "/usr/share/rubygems-integration/all/specifications/actioncable-*.gemspec"),
        log_line=r"Listening on http://\S+:\d+", log_client="Successfully upgraded to WebSocket",
    ),
    Server(
        "gorilla", ("{cache}/go/gorilla",), path="/ws", needs=("go",), log_line=r"listening on \S+:\d+",
        log_client=_CONNECTED,
    ),
)  # fmt: skip

SERVERS: dict[str, Server] = {server.name: server for server in _ALL}


def missing(name: str) -> list[str]:
    """Return what a server needs and this machine lacks; empty when it can be started."""
    return lacking(SERVERS[name].needs)


def lacking(needs: Iterable[str]) -> list[str]:
    """Return what this machine lacks of programs, parts of .cache/servers and files (patterns with a slash in front)."""
    path = os.pathsep.join([*os.get_exec_path(), "/usr/sbin", "/sbin"])
    result = []
    for need in needs:
        if need.startswith("/"):
            if not any(Path("/").glob(need[1:])):
                result.append(f"the file {need}")
            continue
        if need in ("node", "python", "bare", "go") and not (CACHE / need / ".stamp").exists():
            result.append(f".cache/servers/{need} (run tests/servers/setup.py)")
        if need not in ("python", "bare", "go") and shutil.which(need, path=path) is None:
            result.append(f"the program {need}")
    return result


def free_port(host: str = "127.0.0.1") -> int:
    """Return a TCP port that nobody has just now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A server that was started on this machine."""

    server: Server
    host: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """Its process, which leads its process group."""
        return self.process.pid

    def output(self) -> str:
        """Return what it has logged so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_output(self, pattern: str, timeout: float = 5) -> str:
        """Wait until the log has a match of a regular expression; return the log."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.output()):
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.server.name} never logged {pattern!r}:\n{self.output()}")
            time.sleep(0.02)
        return self.output()

    def group(self) -> list[int]:
        """Return the processes of its process group."""
        result = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError):
                # behind the command's name, which may have spaces: state, parent, group
                if int((entry / "stat").read_text().rpartition(")")[2].split()[2]) == self.pid:
                    result.append(int(entry.name))
        return result

    def listens(self) -> bool:
        """Tell whether a process of the group listens on the port. Read from /proc: a connection would be logged."""
        inodes = set()
        for name in ("tcp", "tcp6"):
            for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == self.port:
                    inodes.add(f"socket:[{fields[9]}]")
        if not inodes:
            return False
        for pid in self.group():
            with contextlib.suppress(OSError):
                for descriptor in os.listdir(f"/proc/{pid}/fd"):
                    with contextlib.suppress(OSError):
                        if os.readlink(f"/proc/{pid}/fd/{descriptor}") in inodes:
                            return True
        return False

    def wait(self, timeout: float) -> None:
        """Wait until it listens."""
        deadline = time.monotonic() + timeout
        while not self.listens():
            if self.process.poll() is not None:
                raise ServerFailed(f"{self.server.name} ended with {self.process.returncode}:\n{self.output()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.server.name} does not listen after {timeout:g} s:\n{self.output()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the whole process group: politely, and after two seconds for good."""
        for number, patience in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 10.0)):
            deadline = time.monotonic() + patience
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=patience)
            while self.group() and time.monotonic() < deadline:
                time.sleep(0.02)
            if self.process.poll() is not None and not self.group():
                return
        raise ServerFailed(f"{self.server.name} does not end: processes {self.group()}")


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what would steer a server to other packages or through a proxy."""
    unwanted = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "NODE_OPTIONS", "WEB_CONCURRENCY", "GUNICORN_CMD_ARGS"}
    return {k: v for k, v in os.environ.items() if k not in unwanted and not k.lower().endswith("_proxy")}


@contextlib.contextmanager
def running(
    name: str,
    port: int | None = None,
    host: str = "127.0.0.1",
    env: Mapping[str, str] | None = None,
    timeout: float = 30,
) -> Iterator[Running]:
    """Start a server on loopback, wait until it listens, and end it with everything it started."""
    lacking = missing(name)
    if lacking:
        raise ServerFailed(f"{name} can't be started, there is no " + " and no ".join(lacking))
    server, port = SERVERS[name], port or free_port(host)
    with tempfile.TemporaryDirectory(prefix="websocket-server-") as directory:
        log = Path(directory) / "server.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                server.command(host, port),
                cwd=server.directory,
                env={**clean_environment(), **server.environment(host, port), **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = Running(server, host, port, process, log)
        try:
            started.wait(timeout)
            yield started
        finally:
            started.stop()
