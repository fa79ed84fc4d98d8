# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start RabbitMQ with STOMP over WebSocket (its plugin web_stomp) on HOST and PORT, path /ws. It is stopped with this process.

Its node has a directory, a port mapper (epmd) and ports of its own, all on loopback, and leaves nothing.
VHOST: the only virtual host (default: /; clients that ask for another get an ERROR).
LOGIN=1: clients must name a user (guest, guest); without, CONNECT without one is that user's.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mosquitto_ws import free_port

PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"
CONFIGURATION = """\
listeners.tcp = none
stomp.listeners.tcp = none
web_stomp.tcp.ip = {host}
web_stomp.tcp.port = {port}
stomp.default_user = {user}
stomp.default_pass = {user}
log.console = true
log.console.level = info
log.file = false
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 50MB
"""


def settings(directory: Path, epmd: int) -> dict[str, str]:
    """Write the node's configuration; return the variables that lead RabbitMQ to it."""
    text = CONFIGURATION.format(host=os.environ.get("HOST", "127.0.0.1"), port=os.environ["PORT"], user="guest")
    if os.environ.get("LOGIN") == "1":
        text = "\n".join(line for line in text.splitlines() if "default_" not in line) + "\n"
    if os.environ.get("VHOST"):
        text += "default_vhost = {}\n".format(os.environ["VHOST"])
    (directory / "rabbitmq.conf").write_text(text, encoding="utf-8")
    (directory / "enabled_plugins").write_text("[rabbitmq_web_stomp].\n", encoding="utf-8")
    return {
        "HOME": str(directory),
        "ERL_EPMD_PORT": str(epmd),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"test{os.getpid()}@localhost",
        "RABBITMQ_NODE_PORT": str(free_port()),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(directory / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_SCHEMA_DIR": str(directory / "schema"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(directory / "generated"),
        "RABBITMQ_PID_FILE": str(directory / "pid"),
        "RABBITMQ_LOGS": "-",
        # the script becomes the node then, instead of starting it; the node reads nothing all the same
        "RABBITMQ_ALLOW_INPUT": "1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
    }


def main() -> int:
    """Run the node until it ends, or this process is told to."""
    epmd = shutil.which("epmd")
    if epmd is None or not Path(PROGRAM).exists():
        sys.exit("rabbitmq-server is not installed")
    directory, port = Path(tempfile.mkdtemp(prefix="rabbitmq-")), free_port()
    processes: list[subprocess.Popen[bytes]] = []

    def stop(*_arguments: object) -> None:
        raise SystemExit(1)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        variables = {**os.environ, **settings(directory, port)}
        processes.append(subprocess.Popen([epmd, "-port", str(port), "-address", "127.0.0.1"], env=variables))
        processes.append(subprocess.Popen([PROGRAM], env=variables, cwd=directory))
        return processes[-1].wait()
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()
        # its port driver notices a moment later
        time.sleep(0.1)
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
