# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and stops the demo fleet: one healthy service and several that are broken in different ways.

python3 demo_fleet.py up DIRECTORY      prints the inventory (JSON): host name → its services
python3 demo_fleet.py down DIRECTORY

Everything listens on loopback, on free ports, and ends by itself after ten minutes should nobody call down.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import typing as t

SERVER = pathlib.Path(__file__).resolve().parent / "demo_server.py"


def free_port() -> int:
    """A TCP port that is free on loopback now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Fleet:
    """The demo's processes.

    :param directory: holds their working directories, logs and process ids.
    """

    def __init__(self, directory: str) -> None:
        self.directory = pathlib.Path(directory).resolve()
        self.pids = self.directory / "pids.json"
        self.started: list[int] = []

    def up(self) -> dict[str, t.Any]:
        """Start everything; returns the services of each host."""
        self.down()
        self.directory.mkdir(parents=True)
        hosts = {
            "demo-healthy": self._healthy(),
            "demo-stopped": self._stopped(),
            "demo-other-port": self._other_port(),
            "demo-no-websocket": self._no_websocket(),
            "demo-port-taken": self._port_taken(),
            "demo-old-release": self._old_release(),
        }
        self.pids.write_text(json.dumps(self.started))
        return hosts

    def down(self) -> None:
        """End what up started, and remove its directory."""
        pids = json.loads(self.pids.read_text()) if self.pids.exists() else []
        for pid in pids:
            if self._is_ours(pid):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.directory, ignore_errors=True)

    @staticmethod
    def _is_ours(pid: int) -> bool:
        """Whether the process is still the one that was started: numbers are used again."""
        answer = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return "demo_server.py" in answer.stdout

    def start(self, name: str, port: int, *options: str, env: dict[str, str] | None = None) -> int:
        """Start a server in a working directory of its own; returns its pid once it listens or has ended."""
        home = self.directory / name
        home.mkdir(exist_ok=True)
        script = home / "demo_server.py"
        shutil.copy(SERVER, script)
        # A release is older than the process that runs it.
        os.utime(script, (time.time() - 3600, time.time() - 3600))
        command = [sys.executable, str(script), "--name", name, "--port", str(port), *options]
        with open(home / "server.log", "ab") as log:
            process = subprocess.Popen(
                command,
                cwd=home,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "NODE_ENV": "production", **(env or {})},
                start_new_session=True,
            )
        self.started.append(process.pid)
        self._wait(process, port)
        return process.pid

    @staticmethod
    def _wait(process: subprocess.Popen[bytes], port: int) -> None:
        for _attempt in range(100):
            if process.poll() is not None:
                return
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)

    def _service(self, name: str, port: int, **more: t.Any) -> list[dict[str, t.Any]]:
        service = {"name": name, "port": port, "websocket": {"path": "/", "dialect": "echo"}}
        return [{**service, **more}]

    def _healthy(self) -> list[dict[str, t.Any]]:
        port = free_port()
        self.start("chat", port)
        return self._service("chat", port, environment={"expect": {"NODE_ENV": "production"}})

    def _stopped(self) -> list[dict[str, t.Any]]:
        port = free_port()
        os.kill(self.start("board", port), signal.SIGSTOP)
        return self._service("board", port)

    def _other_port(self) -> list[dict[str, t.Any]]:
        port, expected = free_port(), free_port()
        self.start("feed", port, env={"PORT": str(port)})
        return self._service("feed", expected, process={"command": r"demo_server\.py --name feed "})

    def _no_websocket(self) -> list[dict[str, t.Any]]:
        port = free_port()
        self.start("api", port, "--plain")
        return self._service("api", port)

    def _port_taken(self) -> list[dict[str, t.Any]]:
        """An older instance holds the port; the new one ended at once and left its reason in the log."""
        port = free_port()
        self.start("orders-old", port)
        self.start("orders", port)
        log = self.directory / "orders" / "server.log"
        return self._service(
            "orders", port, process={"command": r"demo_server\.py --name orders "}, logs=[{"path": str(log)}]
        )

    def _old_release(self) -> list[dict[str, t.Any]]:
        """Deployed into a new directory, the old one removed, the process never restarted."""
        port = free_port()
        self.start("wiki", port)
        shutil.rmtree(self.directory / "wiki")
        return self._service("wiki", port)


def main(arguments: list[str]) -> int:
    """The command line: up or down, and a directory."""
    if len(arguments) != 2 or arguments[0] not in ("up", "down"):
        sys.stderr.write(__doc__ or "")
        return 2
    fleet = Fleet(arguments[1])
    if arguments[0] == "up":
        print(json.dumps(fleet.up()))
    else:
        fleet.down()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
