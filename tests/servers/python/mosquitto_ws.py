# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start Mosquitto with MQTT over WebSocket on HOST and PORT, and plain MQTT on MQTT_PORT (default: a free one).

It has no option for that, so its configuration is handed over in memory.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path
from typing import NoReturn


def free_port() -> int:
    """Return a TCP port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> NoReturn:
    """Become mosquitto."""
    path = os.pathsep.join([*os.get_exec_path(), "/usr/sbin", "/sbin"])
    program = shutil.which("mosquitto", path=path)
    if program is None:
        sys.exit("mosquitto is not installed")
    template = (Path(__file__).resolve().parent.parent / "mosquitto.conf.in").read_text(encoding="utf-8")
    host = os.environ.get("HOST", "127.0.0.1")
    values = {
        "@HOST@": host,
        "@PORT@": os.environ["PORT"],
        "@MQTT_PORT@": os.environ.get("MQTT_PORT") or str(free_port()),
        "@FAMILY@": "ipv6" if ":" in host else "ipv4",
    }
    for name, value in values.items():
        template = template.replace(name, value)
    # a file in memory: it goes with the process
    descriptor = os.memfd_create("mosquitto.conf", 0)
    os.write(descriptor, template.encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.execv(program, ["mosquitto", "-c", f"/proc/self/fd/{descriptor}"])


if __name__ == "__main__":
    main()
