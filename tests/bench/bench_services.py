# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host with a hundred services and thousands of processes costs: the seconds of one whole run of its probes."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / ".cache" / "tree")]

from ansible_collections.websocket.health.plugins.module_utils._run.payload import Payload
from ansible_collections.websocket.health.plugins.module_utils._run.run_probes import SUBJECTS, Asking
from ansible_collections.websocket.health.plugins.plugin_utils._run.pack_payload import pack_services

from tests.interrupt import unwinding
from tests.servers.catalogue import CACHE
from tests.unit.probed_host import Module

SERVICES, PROCESSES, MOST, DEADLINE = 100, 3000, 5.0, 30.0


@contextlib.contextmanager
def sleeping(count: int) -> Iterator[None]:
    """So many processes that do nothing, children of one that ends them all with itself."""
    reading, writing = os.pipe()
    parent = os.fork()
    if parent == 0:
        os.setpgid(0, 0)
        for number in range(count):
            if os.fork() == 0:
                signal.pause()
                os._exit(0)
            if number % 500 == 499:
                os.write(writing, b"x")
        signal.pause()
        os._exit(0)
    try:
        for _part in range(count // 500):
            os.read(reading, 1)
        yield
    finally:
        os.killpg(parent, signal.SIGKILL)
        os.waitpid(parent, 0)


_SERVER = """
const { WebSocketServer } = require("ws");
const servers = Array.from({ length: %d }, () => new WebSocketServer({ host: "127.0.0.1", port: 0 }));
for (const server of servers) server.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
setTimeout(() => console.log(servers.map((server) => server.address().port).join(" ")), 500);
"""


@contextlib.contextmanager
def serving(count: int) -> Iterator[list[int]]:
    """One process that serves WebSockets on so many ports."""
    modules = str(CACHE / "node" / "node_modules")
    command = [shutil.which("node") or "node", "-e", _SERVER % count]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "NODE_PATH": modules})
    try:
        assert process.stdout is not None
        yield [int(word) for word in process.stdout.readline().split()]
    finally:
        process.kill()
        process.communicate()


def main() -> int:
    """Measure, print, compare."""
    carried = Payload.unpack(pack_services([])[1])
    with serving(SERVICES) as ports, sleeping(PROCESSES):
        services = [
            {
                "name": f"s{port}",
                "port": port,
                "process": {"command": "new WebSocketServer"},
                "websocket": {"path": "/"},
            }
            for port in ports
        ]
        began = time.monotonic()
        found = Asking(services, carried, DEADLINE, Module()).ask(list(SUBJECTS))
        took = time.monotonic() - began
    lost = sum(seen["error"] is not None for row in found["services"] for seen in row["evidence"].values())
    wrong = sum(row["evidence"]["websocket"]["main"]["outcome"] != "open" for row in found["services"])
    good = took <= MOST and not lost and not wrong
    print(
        f"{SERVICES} services, {PROCESSES} processes: {took:.2f} s (at most {MOST:g}), {lost} subjects lost,"
        f" {wrong} handshakes refused: {'ok' if good else 'MISSED'}"
    )
    return int(not good)


if __name__ == "__main__":
    unwinding()
    sys.exit(main())
