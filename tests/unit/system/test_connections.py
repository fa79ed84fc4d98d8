# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Established connections of a port and those whose peer has gone, by netlink and by /proc/net/tcp."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._system import connections as table
from ansible_collections.websocket.health.plugins.module_utils._system import listeners
from ansible_collections.websocket.health.plugins.module_utils._system.base import Listener

from tests.unit.probed_host import child, listening, wait_for


def _rows(sock: socket.socket) -> list[Listener]:
    return [row for row in listeners.own_listeners() if row.port == sock.getsockname()[1]]


def _refuse(*_arguments: t.Any) -> t.Any:
    raise PermissionError(1, "not here")


@pytest.fixture(params=["netlink", "proc"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to read the same table."""
    if request.param == "proc":
        monkeypatch.setattr(table, "dump", _refuse)
        monkeypatch.setattr(table, "in_namespace_of", _refuse)


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_established_connections_are_counted(address: str) -> None:
    if ":" in address and not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("this machine has no IPv6")
    with listening(address) as sock, contextlib.ExitStack() as stack:
        port = sock.getsockname()[1]
        assert table.connections(port, _rows(sock)) == _seen(0)
        for _number in range(3):
            stack.enter_context(socket.create_connection((address, port)))
        assert table.connections(port, _rows(sock)) == _seen(3)


def _seen(established: int) -> dict[str, t.Any]:
    return {"established": established, "stuck": 0, "peers": [], "repeated": 0, "unacknowledged": 0}


@pytest.mark.usefixtures("either")
def test_a_peer_that_reads_slowly_is_not_stuck() -> None:
    with listening() as sock, socket.create_connection(sock.getsockname()) as client:
        accepted = sock.accept()[0]
        accepted.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                accepted.send(bytes(1 << 16))
        port = sock.getsockname()[1]
        (row,) = table._in_place(port, 0)
        assert row.peer == client.getsockname()[0]
        assert row.unacknowledged >= 0 and row.repeated == 0
        accepted.close()


VANISHED = """
import socket, subprocess, sys, time
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
port = s.getsockname()[1]
client = socket.create_connection(("127.0.0.1", port)); peer = s.accept()[0]
for rule in ("add table inet t", "add chain inet t in { type filter hook input priority 0; }",
             "add rule inet t in tcp dport %d drop" % port, "add rule inet t in tcp sport %d drop" % port):
    subprocess.run(["nft", rule], check=True)
peer.send(b"x" * 54)
print(port, flush=True)
sys.stdin.read()
"""


@pytest.mark.servers("root", "nft")
@pytest.mark.usefixtures("either")
def test_a_peer_that_vanished_is_stuck_in_the_services_own_namespace() -> None:
    if subprocess.run(["unshare", "--net", "true"], check=False).returncode:
        pytest.skip("no network namespaces here")
    with child("unshare", "--net", sys.executable, "-c", VANISHED) as it:
        assert it.stdout is not None
        port = int(it.stdout.readline())
        name = os.readlink(f"/proc/{it.pid}/ns/net")
        rows = [
            row._replace(netns=name, pids=[it.pid])
            for row in listeners.from_proc(f"/proc/{it.pid}/net")
            if row.port == port
        ]
        seen = wait_for(lambda: (found := table.connections(port, rows)) and found["stuck"] and found, 15)
    assert (seen["established"], seen["stuck"], seen["peers"], seen["unacknowledged"]) == (1, 1, ["127.0.0.1"], 54)
    assert seen["repeated"] >= 4


def test_connections_are_unknown_on_other_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "freebsd14")
    assert table.connections(1, []) is None
