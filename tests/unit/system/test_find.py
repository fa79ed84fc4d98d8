# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processes and listeners belong to a service."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import typing as t
import uuid

import pytest
from ansible_collections.websocket.health.plugins.module_utils._system import find
from ansible_collections.websocket.health.plugins.module_utils._system.base import Found, Gone
from ansible_collections.websocket.health.plugins.module_utils._system.find import Host, make_system, unit_name

from tests.unit.probed_host import child, is_root, listening, python_child

SERVE = "import socket, sys; s = socket.socket(); s.bind(('127.0.0.1', %d)); s.listen(); kept = s  # %s"


@pytest.fixture(params=[True, False], ids=["psutil", "procfs"])
def system(request: pytest.FixtureRequest) -> t.Callable[[], Host]:
    """Makes a fresh look at this machine."""

    def make() -> Host:
        host = make_system(request.param)
        assert isinstance(host, Host)
        return host

    return make


def pids(found: Found) -> list[int]:
    return [process.pid for process in found.processes]


def test_a_service_is_found_by_its_port(system: t.Callable[[], Host]) -> None:
    with listening() as sock:
        port = sock.getsockname()[1]
    with python_child(SERVE % (port, "x")) as it:
        found = system().find({"port": port})
        assert (found.by, pids(found), found.started) == ("port", [it.pid], found.processes[0].started)
        assert [row.port for row in found.on_port] == [port]
        assert found.owned == found.on_port
        assert found.main is not None and found.main.pid == it.pid
        assert found.gaps == []


def test_a_service_is_found_by_its_unix_socket(system: t.Callable[[], Host], tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "chat.sock")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen()
        found = system().find({"socket": path})
        assert (found.by, pids(found)) == ("port", [os.getpid()])


def test_a_service_is_found_by_its_command(system: t.Callable[[], Host]) -> None:
    mark = uuid.uuid4().hex
    with python_child(SERVE % (0, mark)) as it, python_child("# other") as other:
        found = system().find({"port": 1, "process": {"command": mark}})
        assert (found.by, pids(found)) == ("command", [it.pid])
        assert found.on_port == []
        assert len(found.owned) == 1, "what it listens on instead"
        assert other.pid not in pids(found)


def test_the_oldest_is_the_main_process(system: t.Callable[[], Host]) -> None:
    mark = uuid.uuid4().hex
    with python_child("# " + mark) as one, python_child("# " + mark) as two:
        found = system().find({"process": {"command": mark}})
        assert pids(found) == [one.pid, two.pid]


def test_this_process_and_its_ancestors_are_never_the_service(system: t.Callable[[], Host]) -> None:
    """The command line of an ansible-playbook may well contain the pattern."""
    with python_child("# somebody else") as other:
        host = system()
        everything = pids(host.find({"process": {"command": "."}}))
    assert other.pid in everything, "in a container the tests and their ancestors may be all there is"
    assert not {os.getpid(), os.getppid()} & set(everything)
    mine = host.find({"process": {"user": host.processes[os.getpid()].user, "command": "pytest"}})
    assert os.getpid() not in pids(mine)


def test_a_service_is_found_by_its_user(system: t.Callable[[], Host]) -> None:
    if not is_root():
        pytest.skip("only root may start a process as somebody else")
    with child(str(shutil.which("sleep")), "60", user="nobody") as it, child(str(shutil.which("sleep")), "60") as other:
        found = system().find({"process": {"user": "nobody", "command": "sleep"}})
        assert it.pid in pids(found)
        assert other.pid not in pids(found)
        assert {process.user for process in found.processes} == {"nobody"}
        assert system().find({"process": {"user": "nobody"}}).by == "user"


def test_a_service_is_found_by_its_pidfile(system: t.Callable[[], Host], tmp_path: pathlib.Path) -> None:
    pidfile = tmp_path / "chat.pid"
    with python_child("") as it:
        pidfile.write_text(f" {it.pid}\n")
        found = system().find({"port": 1, "process": {"pidfile": str(pidfile)}})
        assert (found.by, pids(found), found.gaps) == ("pidfile", [it.pid], [])
        elsewhere = system().find({"port": 1, "process": {"pidfile": str(pidfile), "command": "no such command"}})
        assert (elsewhere.by, pids(elsewhere)) == ("pidfile", [])


@pytest.mark.parametrize(("text", "reason"), [(None, "No such file"), ("", "no process ID"), ("x\n", "no process ID")])
def test_a_pidfile_that_says_nothing(
    system: t.Callable[[], Host], tmp_path: pathlib.Path, text: str | None, reason: str
) -> None:
    pidfile = tmp_path / "chat.pid"
    if text is not None:
        pidfile.write_text(text)
    found = system().find({"port": 1, "process": {"pidfile": str(pidfile)}})
    assert (found.by, pids(found)) == ("pidfile", [])
    assert [(gap["what"], reason in gap["reason"]) for gap in found.gaps] == [("pidfile", True)]


def test_a_pidfile_that_was_left_behind(system: t.Callable[[], Host], tmp_path: pathlib.Path) -> None:
    with python_child("") as it:
        (tmp_path / "pid").write_text(str(it.pid))
    found = system().find({"port": 1, "process": {"pidfile": str(tmp_path / "pid")}})
    assert (found.by, pids(found)) == ("pidfile", [])


def _with_groups(host: Host, monkeypatch: pytest.MonkeyPatch, groups: dict[int, str]) -> None:
    def cgroup(pid: int) -> str:
        if pid not in groups:
            raise Gone(f"process {pid} has gone")
        return groups[pid]

    monkeypatch.setattr(host.table, "cgroup", cgroup)


def user_namespaces() -> bool:
    """Whether an ordinary user may make a network of his own (user_namespaces(7): never in a chroot)."""
    code = "import ctypes, os; os.setgid(5); os.setuid(5); raise SystemExit(ctypes.CDLL(None).unshare(0x50000000))"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(not is_root(), reason="only root starts processes of several users")
@pytest.mark.parametrize("where", ["127.0.0.9", "::1", "unshare"])
def test_another_user_on_the_same_port(system: t.Callable[[], Host], where: str) -> None:
    """At another address, or in a network of his own: he is not the service's user, whoever began first."""
    if where == "unshare" and not user_namespaces():
        pytest.skip("the kernel lets no ordinary user make a namespace here: a chroot, or forbidden")
    with listening() as sock:
        port = sock.getsockname()[1]
    family = ", family=socket.AF_INET6" if ":" in where else ""
    address = "0.0.0.0" if where == "unshare" else where
    theirs = f"import socket; kept = socket.create_server(({address!r}, {port}){family})"
    if where == "unshare":
        # unshare(2): CLONE_NEWUSER and CLONE_NEWNET, as any user may.
        alone = (
            "import ctypes, os, socket; os.setgid(5); os.setuid(5); assert not ctypes.CDLL(None).unshare(0x50000000); "
        )
        theirs = alone + theirs
    else:
        theirs += "; import os; os.setgid(5); os.setuid(5)"
    # Other tests, at the same time, have processes of the same shape.
    word = f"of-{os.getpid()}-{port}"
    theirs += f"  # {word}"
    mine = (SERVE % (port, word)) + "\nimport os; os.setgid(33); os.setuid(33)"
    with python_child(theirs) as other, python_child(mine) as it:
        host = system()
        by_port: dict[str, t.Any] = {"port": port}
        found = host.find(by_port)
        assert len(found.on_port) == (1 if where == "unshare" else 2), "another network has ports of its own"
        assert (pids(found), found.users) == ([it.pid], {33})
        if "unshare" not in where:
            by_command = host.find({"port": port, "process": {"command": word}})
            assert (sorted(pids(by_command)), by_command.users) == (sorted([it.pid, other.pid]), {33})


def test_networks_of_users_are_looked_into_to_a_bound(
    system: t.Callable[[], Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any user may make thousands, and each takes time."""
    host, entered = system(), []
    monkeypatch.setattr(host, "_other_namespaces", lambda _processes: {pid: f"net:[{pid}]" for pid in range(1, 2000)})
    monkeypatch.setattr(host, "_has_own_users", lambda pid: pid > 10)
    monkeypatch.setattr(find.listener_tables, "listeners_of", lambda pid, _name: entered.append(pid) or [])
    found = host.find({"port": 1})
    assert len(entered) == 10 + find.MOST_PRIVATE
    assert [gap["what"] for gap in found.gaps] == ["networks"]


@pytest.mark.skipif(not is_root() or not shutil.which("unshare"), reason="needs root and unshare(1)")
def test_a_container_behind_a_port_counts(system: t.Callable[[], Host], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its network is root's making, whoever its processes are; but only where connections to this host's port get there."""
    with listening() as sock:
        port = sock.getsockname()[1]
        inside = (SERVE % (port, "x")).replace("127.0.0.1", "0.0.0.0") + "; import os; os.setuid(1234)\n"
        with child("unshare", "--net", sys.executable, "-c", inside + "print(flush=True); input()") as it:
            assert it.stdout is not None
            it.stdout.readline()
            host = system()
            assert it.pid not in pids(host.find({"port": port})), "this program listens here, and forwards nothing"
            monkeypatch.setattr(find, "FORWARDERS", {host.processes[os.getpid()].name})
            assert it.pid in pids(system().find({"port": port}))
            sock.close()
            assert not system().find({"port": port}).on_port, "this host refuses connections to the port"
            monkeypatch.setattr(find, "is_refused", lambda _port: False)
            assert it.pid in pids(system().find({"port": port})), "packets to this host's port are redirected to it"


def test_a_user_s_unit_of_a_name_that_the_system_has(
    system: t.Callable[[], Host], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """Whoever has a manager of his own names units as he likes."""
    group = "/user.slice/user-1000.slice/user@1000.service/app.slice/chat@2.service"
    monkeypatch.setattr(find, "UNIT_PATH", [str(tmp_path)])
    with listening() as sock:
        port = sock.getsockname()[1]
    with python_child(SERVE % (port, "x")) as it:
        for there in (False, True):
            if there:
                (tmp_path / "chat@.service").write_text("")
            host = system()
            _with_groups(host, monkeypatch, {it.pid: group})
            by_unit: dict[str, t.Any] = {"port": port, "process": {"unit": "chat@2"}}
            by_port: dict[str, t.Any] = {"port": port}
            found = host.find(by_unit)
            assert (found.by, pids(found)) == ("unit", [] if there else [it.pid])
            assert host.find(by_port).unit == (None if there else "chat@2.service")


@pytest.mark.parametrize("name", ["chat.service", "chat"])
def test_a_service_is_found_by_its_unit(
    system: t.Callable[[], Host], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with python_child("") as it, python_child("") as other:
        host = system()
        _with_groups(host, monkeypatch, {it.pid: "/system.slice/chat.service", other.pid: "/system.slice/x.service"})
        found = host.find({"port": 1, "process": {"unit": name}})
        assert (found.by, pids(found), found.unit) == ("unit", [it.pid], "chat.service")


@pytest.mark.parametrize(
    ("group", "unit"),
    [
        ("/system.slice/chat.service", "chat.service"),
        ("/user.slice/user-1000.slice/user@1000.service/app.slice/chat.service", "chat.service"),
        ("/system.slice/chat.service/workers", "chat.service"),
        ("/system.slice/ssh.service", None),
        ("/system.slice/cron.service", None),
        ("/user.slice/user-0.slice/session-1.scope", None),
        ("/", None),
        ("", None),
    ],
)
def test_the_unit_is_read_from_the_control_group(
    system: t.Callable[[], Host], monkeypatch: pytest.MonkeyPatch, group: str, unit: str | None
) -> None:
    with listening() as sock:
        host = system()
        _with_groups(host, monkeypatch, {os.getpid(): group})
        assert host.find({"port": sock.getsockname()[1]}).unit == unit


@pytest.mark.parametrize(
    ("given", "full"), [("chat", "chat.service"), ("chat@1", "chat@1.service"), ("a.scope", "a.scope"), (None, None)]
)
def test_a_unit_s_name_is_completed(given: str | None, full: str | None) -> None:
    assert unit_name(given) == full


def test_a_port_without_a_listener_finds_no_process(system: t.Callable[[], Host]) -> None:
    with listening() as sock:
        port = sock.getsockname()[1]
    found = system().find({"port": port})
    assert (found.by, found.processes, found.on_port, found.main, found.started, found.gaps) == (
        "none", [], [], None, None, [],
    )  # fmt: skip


def test_an_owner_who_cannot_be_seen_is_a_gap(system: t.Callable[[], Host], monkeypatch: pytest.MonkeyPatch) -> None:
    host = system()
    monkeypatch.setattr(host.procfs, "sockets", lambda _pid: [])
    with listening() as sock:
        found = host.find({"port": sock.getsockname()[1]})
    assert [gap["what"] for gap in found.gaps] == ["owner"]
    assert "become" in found.gaps[0]["remedy"]
    assert len(found.on_port) == 1


def test_a_service_is_looked_up_once(system: t.Callable[[], Host]) -> None:
    host = system()
    service = {"port": 1}
    assert host.find(service) is host.find(service)


def test_a_system_with_neither_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "exists", lambda _path: False)
    with pytest.raises(RuntimeError, match="install psutil"):
        make_system(prefer_psutil=False)
