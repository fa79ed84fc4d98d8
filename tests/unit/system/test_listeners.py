# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening sockets of this machine, by netlink and by /proc/net/tcp."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shlex
import shutil
import socket
import sys

import pytest
from ansible_collections.websocket.health.plugins.module_utils._system import listeners
from ansible_collections.websocket.health.plugins.module_utils._system.base import Listener
from ansible_collections.websocket.health.plugins.module_utils._system.find import Host, make_system
from ansible_collections.websocket.health.plugins.module_utils._system.procfs import Procfs

from tests.unit.probed_host import child, is_root, listening, wait_for

needs_v6 = pytest.mark.skipif(not os.path.exists("/proc/net/if_inet6"), reason="this machine has no IPv6")


def row_of(sock: socket.socket, rows: list[Listener]) -> Listener:
    """The one row of a socket."""
    port = sock.getsockname()[1]
    found = [row for row in rows if row.port == port and row.inode == os.fstat(sock.fileno()).st_ino]
    assert len(found) == 1
    return found[0]


def seen(sock: socket.socket) -> Listener:
    """The socket by netlink; by /proc/net/tcp it must look the same, as far as that goes."""
    row = row_of(sock, listeners.own_listeners())
    other = row_of(sock, listeners.from_proc("/proc/self/net"))
    assert other == row._replace(v6only=None, backlog=None)
    return row


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "127.0.0.5"])
def test_an_ipv4_listener_is_listed_with_its_backlog_and_owner(address: str) -> None:
    with listening(address, backlog=7) as sock:
        row = seen(sock)
        assert (row.family, row.address, row.v6only) == ("ipv4", address, None)
        assert (row.queued, row.backlog, row.uid, row.netns) == (0, 7, os.geteuid(), "host")


@needs_v6
@pytest.mark.parametrize(("address", "v6only"), [("::", True), ("::", False), ("::1", True)])
def test_an_ipv6_listener_is_listed_with_v6only(address: str, v6only: bool) -> None:
    with listening(address, v6only=v6only) as sock:
        row = seen(sock)
        assert (row.family, row.address, row.v6only) == ("ipv6", address, v6only)


@needs_v6
def test_a_mapped_address_is_an_ipv4_listener() -> None:
    with listening("::ffff:127.0.0.1", v6only=False) as sock:
        row = seen(sock)
        assert (row.family, row.address, row.v6only) == ("ipv4", "127.0.0.1", None)


def test_the_accept_queue_is_counted() -> None:
    with listening(backlog=4) as sock, contextlib.ExitStack() as stack:
        for _number in range(3):
            stack.enter_context(socket.create_connection(sock.getsockname()))
        wait_for(lambda: seen(sock).queued == 3)
        assert seen(sock).backlog == 4
        sock.accept()[0].close()
        wait_for(lambda: seen(sock).queued == 2)


def test_only_listeners_are_listed() -> None:
    with listening() as sock, socket.create_connection(sock.getsockname()) as client:
        rows = listeners.own_listeners() + listeners.from_proc("/proc/self/net")
        assert client.getsockname()[1] not in {row.port for row in rows}


def test_a_unix_socket_is_listed_once_it_listens(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "chat room.sock")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        assert path not in {row.address for row in listeners.unix_listeners()}, "it does not listen yet"
        sock.listen(1)
        (row,) = [row for row in listeners.unix_listeners() if row.address == path]
        assert (row.family, row.port, row.inode) == ("unix", 0, os.fstat(sock.fileno()).st_ino)


#: Names of sockets that look like rows of /proc/net/unix, which escapes nothing, or like none at all.
FORGED = (
    "x\n00000000aaaaaaaa: 00000002 00000000 00010000 0001 01 {inode} /run/forged.sock",
    "x\n0: 2 0 10000 1 01 4711 /run/forged.sock",
    "x\nx y z zz q w e r t",
)


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize("table", ["", "/proc/net/unix"])
def test_a_socket_s_name_cannot_forge_a_row(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, name: str, table: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as other, socket.socket(socket.AF_UNIX) as sock:
        other.bind("other")
        other.listen()
        name = name.format(inode=os.fstat(other.fileno()).st_ino)
        pathlib.Path(name).parent.mkdir(parents=True, exist_ok=True)
        sock.bind(name)
        sock.listen()
        found = {row.address for row in listeners.unix_listeners(table)}
        assert "/run/forged.sock" not in found
        assert table or {"other", name} <= found


@pytest.mark.skipif(not is_root() or not shutil.which("unshare"), reason="needs root and unshare(1)")
def test_a_unix_socket_of_the_same_name_in_another_file_system(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "app.sock")
    code = (
        f"import socket; s = socket.socket(socket.AF_UNIX); s.bind({path!r}); s.listen(3); print(flush=True); input()"
    )
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen()
        hidden = f"mount -t tmpfs none {tmp_path} && exec {sys.executable} -c {shlex.quote(code)}"
        with child("unshare", "--mount", "sh", "-c", hidden) as it:
            assert it.stdout is not None
            it.stdout.readline()
            rows = [row.inode for row in listeners.unix_listeners() if row.address == path]
            assert rows == [os.fstat(sock.fileno()).st_ino]


def test_tables_that_are_not_there_have_no_rows(tmp_path: pathlib.Path) -> None:
    assert listeners.from_proc(str(tmp_path)) == []
    assert listeners.unix_listeners(str(tmp_path / "unix")) == []


def test_rows_of_proc_net_tcp_as_the_kernel_writes_them(tmp_path: pathlib.Path) -> None:
    if sys.byteorder != "little":
        pytest.skip("the sample is of a little-endian machine")
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    tail = " 00:00000000 00000000  1000        0 31337 1 0 100 0 0 10 0\n"
    zero = "00000000:0000"
    (tmp_path / "tcp").write_text(
        head
        + f"   0: 0100007F:1F90 {zero} 0A 00000000:00000003" + tail
        + f"   1: 0100007F:1F91 {zero} 01 00000000:00000000" + tail
    )  # fmt: skip
    six = "00000000000000000000000001000000"
    (tmp_path / "tcp6").write_text(head + f"   0: {six}:1F90 {'0' * 32}:0000 0A 00000000:00000000" + tail)
    rows = listeners.from_proc(str(tmp_path))
    assert [(row.family, row.address, row.port, row.queued, row.uid, row.inode) for row in rows] == [
        ("ipv4", "127.0.0.1", 8080, 3, 1000, 31337),
        ("ipv6", "::1", 8080, 0, 1000, 31337),
    ]


@pytest.mark.skipif(not is_root() or not shutil.which("unshare"), reason="needs root and unshare(1)")
def test_another_network_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import socket; s = socket.socket(); s.bind(('0.0.0.0', 0)); s.listen(3);"
        "print(s.getsockname()[1], flush=True); input()"
    )
    with child("unshare", "--net", sys.executable, "-c", code) as it:
        assert it.stdout is not None
        port = int(it.stdout.readline())
        name = Procfs().netns(it.pid)
        assert name != Procfs().netns(os.getpid())
        assert port not in {row.port for row in listeners.own_listeners() if row.backlog == 3}
        (row,) = listeners.listeners_of(it.pid, name)
        assert (row.address, row.port, row.backlog, row.netns) == ("0.0.0.0", port, 3, name)
        assert os.readlink("/proc/self/ns/net") != name, "this thread stays where it was"
        (owned,) = [row for row in make_system().listeners if row.netns == name]
        assert (owned.port, owned.pids) == (port, [it.pid])

        # Where it may not be entered, /proc/PID/net tells what it can.
        def refuse(_pid: int, _look: object) -> list[Listener]:
            raise PermissionError(1, "setns")

        monkeypatch.setattr(listeners, "in_namespace_of", refuse)
        (row,) = listeners.listeners_of(it.pid, name)
        assert (row.address, row.port, row.backlog, row.netns) == ("0.0.0.0", port, None, name)


def test_the_owner_is_found_and_a_worker_that_inherits_is_one_too() -> None:
    code = (
        "import os, socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen();"
        "pid = os.fork();\n"
        "if pid: print(s.getsockname()[1], pid, flush=True)\n"
        "import sys; sys.stdin.read()"
    )
    with child(sys.executable, "-c", code) as it:
        assert it.stdout is not None
        port, worker = (int(word) for word in it.stdout.readline().split())
        for prefer_psutil in (True, False):
            system = make_system(prefer_psutil)
            assert isinstance(system, Host)
            (row,) = [row for row in system.listeners if row.port == port]
            assert row.pids == sorted([it.pid, worker])


def test_without_netlink_the_files_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> list[Listener]:
        raise OSError(93, "no sock_diag")

    monkeypatch.setattr(listeners, "own_listeners", refuse)
    with listening() as sock:
        system = make_system()
        assert isinstance(system, Host)
        row = row_of(sock, system.listeners)
        assert (row.pids, row.backlog) == ([os.getpid()], None)
