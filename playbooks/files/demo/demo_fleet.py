# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and stops the demo fleet: one healthy service and several that are broken in different ways.

python3 demo_fleet.py up               prints (JSON) its directory and its hosts: host name → services
python3 demo_fleet.py down DIRECTORY

A keeper is the parent of all servers. It ends them, and removes the directory, when it is told to, when the
ansible-playbook that started it has ended (however it ended), and after ten minutes. Everything listens on loopback,
on free ports; the directory is its user's alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import typing as t

SERVER = pathlib.Path(__file__).resolve().parent / "demo_server.py"
#: Held by the keeper as long as it lives: while the file is locked, the number in it is the keeper's.
PIDFILE = "keeper.pid"
LIFETIME = 600.0


def free_port() -> int:
    """A TCP port that is free on loopback now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def birth(pid: int) -> tuple[int, str] | None:
    """The parent of a process and when that process began, in whatever unit; None: it is gone, or cannot be seen."""
    try:
        fields = pathlib.Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else (int(fields[1]), fields[19])
    except OSError:
        pass
    try:
        import psutil

        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else (process.ppid(), str(process.create_time()))
    except Exception:  # not installed, or whatever it says of a process that is gone
        return None


def playbook() -> tuple[int, str] | None:
    """The ansible-playbook that runs this: its pid and when it began. None: something else does, or it cannot be told."""
    pid, found = os.getpid(), None
    while pid > 1:
        seen = birth(pid)
        if seen is None:
            break
        if _is_playbook(pid):
            found = (pid, seen[1])  # its workers have its name: the outermost is meant
        elif found:
            break
        pid = seen[0]
    return found


def _is_playbook(pid: int) -> bool:
    try:
        words = pathlib.Path("/proc", str(pid), "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        try:
            import psutil

            words = psutil.Process(pid).cmdline()
        except Exception:  # as above
            return False
    return any(os.path.basename(word).startswith("ansible-playbook") for word in words[:3])


class Fleet:
    """The demo's processes, as children of this one.

    :param directory: holds their working directories and logs.
    """

    def __init__(self, directory: str) -> None:
        self.directory = pathlib.Path(directory).resolve()
        self.started: list[subprocess.Popen[bytes]] = []

    def up(self) -> dict[str, t.Any]:
        """Start everything; returns the services of each host."""
        return {
            "demo-healthy": self._healthy(),
            "demo-stopped": self._stopped(),
            "demo-other-port": self._other_port(),
            "demo-no-websocket": self._no_websocket(),
            "demo-port-taken": self._port_taken(),
            "demo-old-release": self._old_release(),
        }

    def down(self) -> None:
        """End what up started, and remove the directory."""
        for process in self.started:
            process.kill()
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def reap(self) -> None:
        """Take note of servers that have ended: none stays a zombie."""
        for process in self.started:
            process.poll()

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
        self.started.append(process)
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


def keep(directory: str, watched: tuple[int, str] | None) -> int:
    """Be the keeper: start the fleet, say so on standard output, and end it when it is time."""

    def leave(_number: int, _frame: t.Any) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    fleet = Fleet(directory)
    try:
        with open(fleet.directory / PIDFILE, "w") as pidfile:
            fcntl.flock(pidfile, fcntl.LOCK_EX)
            pidfile.write(str(os.getpid()))
            pidfile.flush()
            try:
                print(json.dumps({"directory": str(fleet.directory), "hosts": fleet.up()}), flush=True)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whoever reads the answer is not to wait for the end
                _until_it_is_time(fleet, watched)
            finally:
                for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
                fleet.down()
    except BrokenPipeError:
        return 1  # whoever asked is gone already
    return 0


def _until_it_is_time(fleet: Fleet, watched: tuple[int, str] | None) -> None:
    end = time.monotonic() + LIFETIME
    while time.monotonic() < end:
        if watched and (birth(watched[0]) or (0, ""))[1] != watched[1]:
            return
        fleet.reap()
        time.sleep(0.2)


def up() -> int:
    """Start a keeper and wait for its answer; it goes on by itself."""
    directory = tempfile.mkdtemp(prefix="websocket-health-demo-")
    watched = playbook()
    with open(os.path.join(directory, "keeper.log"), "wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "keep", directory, *map(str, watched or ())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    assert keeper.stdout is not None
    try:
        answer = keeper.stdout.readline()
    except BaseException:
        keeper.terminate()
        keeper.wait()
        raise
    if not answer:
        keeper.wait()
        sys.stderr.write("the demo fleet did not start\n")
        shutil.rmtree(directory, ignore_errors=True)
        return 1
    sys.stdout.write(answer.decode())
    return 0


def down(directory: str) -> int:
    """Tell the keeper to end everything, and wait until it has."""
    with contextlib.suppress(FileNotFoundError), open(os.path.join(directory, PIDFILE)) as pidfile:
        try:
            fcntl.flock(pidfile, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.kill(int(pidfile.read()), signal.SIGTERM)
            fcntl.flock(pidfile, fcntl.LOCK_EX)
    return 0


def main(arguments: list[str]) -> int:
    """The command line: up, or down and a directory."""
    if arguments == ["up"]:
        return up()
    if len(arguments) == 2 and arguments[0] == "down":
        return down(arguments[1])
    if len(arguments) in (2, 4) and arguments[0] == "keep":
        return keep(arguments[1], (int(arguments[2]), arguments[3]) if len(arguments) == 4 else None)
    sys.stderr.write(__doc__ or "")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
