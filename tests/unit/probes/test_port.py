# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port probe against real listeners."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import socket
import sys
import uuid

import pytest
from ansible_collections.websocket.health.plugins.module_utils._probes import port as port_probe

from tests.unit.probed_host import child, listening, probe, python_child, wait_for

SERVE = (
    "import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1);"
    "s.bind(('127.0.0.1', %d)); s.listen(); kept = s  # %s"
)


def test_a_listener_and_its_owner() -> None:
    with listening(backlog=9) as sock:
        port = sock.getsockname()[1]
        evidence = probe("port", {"port": port})
    (row,) = evidence["listeners"]
    assert (row["family"], row["address"], row["port"], row["backlog"], row["queued"]) == (
        "ipv4",
        "127.0.0.1",
        port,
        9,
        0,
    )
    (owner,) = row["owners"]
    assert (owner["pid"], owner["ppid"], row["pids"]) == (os.getpid(), os.getppid(), [os.getpid()])
    assert (evidence["found_by"], evidence["port"], evidence["gaps"]) == ("port", port, [])
    assert evidence["somaxconn"] >= 1
    assert set(evidence["counters"]) == {"ListenOverflows", "ListenDrops"}


def test_nothing_listens() -> None:
    with listening() as sock:
        port = sock.getsockname()[1]
    evidence = probe("port", {"port": port})
    assert (evidence["listeners"], evidence["owned"], evidence["found_by"]) == ([], [], "none")


def test_the_service_listens_elsewhere() -> None:
    mark = uuid.uuid4().hex
    with listening() as sock:
        port = sock.getsockname()[1]
    with python_child(SERVE % (0, mark)) as it:
        evidence = probe("port", {"port": port, "process": {"command": mark}})
    assert evidence["listeners"] == []
    (row,) = evidence["owned"]
    assert row["owners"][0]["pid"] == it.pid
    assert evidence["service_pids"] == [it.pid]


def test_two_programs_on_one_port() -> None:
    with listening() as sock:
        port = sock.getsockname()[1]
    with python_child(SERVE % (port, "a")) as one, python_child(SERVE % (port, "b")) as two:
        rows = probe("port", {"port": port})["listeners"]
    assert sorted(row["owners"][0]["pid"] for row in rows) == sorted([one.pid, two.pid])
    assert len({row["inode"] for row in rows}) == 2


def test_waiting_connections_are_counted() -> None:
    with listening(backlog=2) as sock, contextlib.ExitStack() as stack:
        for _number in range(2):
            stack.enter_context(socket.create_connection(sock.getsockname()))
        port = sock.getsockname()[1]
        wait_for(lambda: probe("port", {"port": port})["listeners"][0]["queued"] == 2)


def test_a_unix_socket(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "chat.sock")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen()
        evidence = probe("port", {"socket": path})
    (row,) = evidence["listeners"]
    assert (row["family"], row["address"], row["pids"]) == ("unix", path, [os.getpid()])


def test_a_proxy_of_this_host_is_told_by_its_name() -> None:
    """What counts is the name of the process."""
    code = "import ctypes; ctypes.CDLL(None).prctl(15, b'haproxy', 0, 0, 0); " + SERVE % (0, "x")
    with listening() as sock, python_child(code):
        evidence = probe("port", {"port": sock.getsockname()[1]})
    mine = [proxy for proxy in evidence["proxies"] if proxy["name"] == "haproxy"]
    assert mine and mine[0]["ports"]


def test_secrets_of_an_owner_stay() -> None:
    code = "import socket, sys; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); print(s.getsockname()[1], flush=True); input()"
    with child(sys.executable, "-c", code, "--api-key", "cAnArY7x") as it:
        assert it.stdout is not None
        evidence = probe("port", {"port": int(it.stdout.readline())})
    assert evidence["listeners"][0]["owners"][0]["pid"] == it.pid
    assert "cAnArY7x" not in json.dumps(evidence)


def test_only_the_first_owners_are_described() -> None:
    code = (
        "import os, socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen();\n"
        "for _ in range(20):\n if os.fork() == 0: break\n"
        "else: print(s.getsockname()[1], flush=True)\n"
        "import sys; sys.stdin.read()"
    )
    with child(sys.executable, "-c", code) as it:
        assert it.stdout is not None
        evidence = probe("port", {"port": int(it.stdout.readline())})
    (row,) = evidence["listeners"]
    assert (len(row["pids"]), len(row["owners"])) == (16, 4)
    assert len(evidence["service_pids"]) == 21


@pytest.mark.parametrize(
    ("text", "counters"),
    [
        (
            "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 22 333\n",
            {"ListenOverflows": 22, "ListenDrops": 333},
        ),
        ("IpExt: A\nIpExt: 1\n", {}),
        ("", {}),
    ],
)
def test_dropped_connections_are_read_from_netstat(tmp_path: pathlib.Path, text: str, counters: dict[str, int]) -> None:
    path = tmp_path / "netstat"
    path.write_text(text)
    assert port_probe._counters(str(path)) == counters
    assert port_probe._counters(str(tmp_path / "missing")) == {}
