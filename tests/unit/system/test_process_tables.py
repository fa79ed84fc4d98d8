# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One contract for both process tables, kept against real processes in every odd state."""

from __future__ import annotations

import json
import os
import pathlib
import pwd
import resource
import shutil
import signal
import subprocess
import sys
import time
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._system.base import (
    ARGV_BYTES,
    Gone,
    NoAccess,
    Process,
    ProcessTable,
)
from ansible_collections.websocket.health.plugins.module_utils._system.only_root import uids_of
from ansible_collections.websocket.health.plugins.module_utils._system.procfs import Procfs
from ansible_collections.websocket.health.plugins.module_utils._system.psutil_table import PsutilTable

from tests.unit.probed_host import child, is_root, python_child, wait_for

CALLS = ("process", "uid", "environ", "exe", "cwd", "fd_count", "fd_limit", "open_files", "cgroup", "netns", "userns")
SLEEP = str(shutil.which("sleep"))
#: Two threads, and a tenth of a second of work.
BUSY = """
import threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
while time.process_time() < 0.1: pass
"""


@pytest.fixture(params=["procfs", "psutil"], scope="module")
def table(request: pytest.FixtureRequest) -> ProcessTable:
    """Each of the two."""
    return Procfs() if request.param == "procfs" else PsutilTable(Procfs())


def _as_user(name: str, task: t.Callable[[], t.Any]) -> t.Any:
    """What a task returns as another user: in a copy of this process, for the interpreter may be out of its reach."""
    entry = pwd.getpwnam(name)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            result = json.dumps(task())
        except BaseException as error:
            result = json.dumps(f"{type(error).__name__}: {error}")
        os.write(writing, result.encode())
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as stream:
        text = stream.read()
    os.waitpid(pid, 0)
    return json.loads(text)


def test_a_table_names_its_source(table: ProcessTable) -> None:
    assert table.name == "procfs" or table.name.startswith("psutil ")


def test_an_ordinary_process(table: ProcessTable) -> None:
    before = time.time()
    with python_child(BUSY) as it:
        wait_for(lambda: table.process(it.pid).state == "S")
        seen = table.process(it.pid)
        assert seen.pid == it.pid
        assert seen.ppid == os.getpid()
        assert seen.name.startswith("python")
        assert seen.argv[:2] == [sys.executable, "-c"]
        assert before - 2 <= seen.started <= time.time() + 2
        assert (seen.uid, seen.user) == (os.geteuid(), pwd.getpwuid(os.geteuid()).pw_name)
        assert 0 < seen.cpu_seconds < 10
        assert 1 << 20 < seen.rss_bytes < 1 << 30
        assert seen.threads == 2
        assert it.pid in {process.pid for process in table.processes()}


def test_both_tables_agree() -> None:
    with python_child("") as it:
        one, other = Procfs().process(it.pid), PsutilTable(Procfs()).process(it.pid)
        assert abs(one.started - other.started) < 1.1
        # What goes on changes from one look to the next: a process that sleeps is woken now and then.
        assert one._replace(started=0, rss_bytes=0, cpu_seconds=0, state="S") == other._replace(
            started=0, rss_bytes=0, cpu_seconds=0, state="S"
        )
        assert set(Process._fields) == set(one._fields)


def test_the_effective_user_counts(table: ProcessTable) -> None:
    """As a daemon has it that gave its privileges up for a while: real user root, effective user nobody."""
    if not is_root():
        pytest.skip("only root may become somebody else")
    code = f"import os; os.setresuid(0, {pwd.getpwnam('nobody').pw_uid}, 0)"
    with python_child(code) as it:
        seen = table.process(it.pid)
        assert (seen.user, seen.uid) == ("nobody", pwd.getpwnam("nobody").pw_uid)


def test_a_user_without_a_name_is_a_number(table: ProcessTable) -> None:
    if not is_root():
        pytest.skip("only root may become somebody else")
    with child(SLEEP, "60", user=54321) as it:
        assert table.process(it.pid).user == "54321"


def test_deleted_executable_and_directory(table: ProcessTable, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    copy = tmp_path / "server"
    shutil.copy(SLEEP, copy)
    with child(str(copy), "60", cwd=folder) as it:
        wait_for(lambda: table.process(it.pid).argv[:1] == [str(copy)])
        assert (table.exe(it.pid), table.cwd(it.pid)) == (str(copy), str(folder))
        copy.unlink()
        folder.rmdir()
        assert table.exe(it.pid) == f"{copy} (deleted)"
        assert table.cwd(it.pid) == f"{folder} (deleted)"


def test_a_stopped_process_has_state_t(table: ProcessTable) -> None:
    with child(SLEEP, "60") as it:
        os.kill(it.pid, signal.SIGSTOP)
        wait_for(lambda: table.process(it.pid).state == "T")
        os.kill(it.pid, signal.SIGCONT)
        wait_for(lambda: table.process(it.pid).state in "SR")


def test_a_zombie_is_listed_without_a_command_line(table: ProcessTable) -> None:
    it = subprocess.Popen(["true"])
    try:
        wait_for(lambda: table.process(it.pid).state == "Z")
        seen = table.process(it.pid)
        assert (seen.argv, seen.name, seen.ppid) == ([], "true", os.getpid())
        assert it.pid in {process.pid for process in table.processes()}
        for call in CALLS:
            try:
                getattr(table, call)(it.pid)
            except (Gone, NoAccess):
                continue
    finally:
        it.wait()


def test_a_name_that_looks_like_the_rest_of_the_line(table: ProcessTable, tmp_path: pathlib.Path) -> None:
    trap = tmp_path / "a) S 1 (b"
    shutil.copy(SLEEP, trap)
    with child(str(trap), "60") as it:
        wait_for(lambda: table.process(it.pid).name == "a) S 1 (b")
        assert table.process(it.pid).ppid == os.getpid()


def test_a_command_line_of_a_megabyte_is_cut(table: ProcessTable) -> None:
    words = ["x" * 100_000] * 10
    with child(sys.executable, "-c", "print('ready', flush=True); input()", *words) as it:
        assert it.stdout is not None and it.stdout.readline()
        seen = table.process(it.pid)
        assert seen.argv[0] == sys.executable
        assert sum(len(word) + 1 for word in seen.argv) <= ARGV_BYTES + 1
        assert len(json.dumps(seen.argv)) > ARGV_BYTES // 2


def test_what_is_not_utf8_becomes_text(table: ProcessTable, tmp_path: pathlib.Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)
    environ = {**os.environb, b"CITY": b"M\xfcnchen", b"GOOD": "grüß".encode()}
    code = "print('ready', flush=True); input()"
    with child(sys.executable, "-c", code, b"caf\xe9", env=environ, cwd=folder) as it:  # type: ignore[arg-type]
        assert it.stdout is not None and it.stdout.readline()
        assert table.process(it.pid).argv[-1] == "caf�"
        variables = table.environ(it.pid)
        assert (variables["CITY"], variables["GOOD"]) == ("M�nchen", "grüß")
        json.dumps([table.process(it.pid), variables], ensure_ascii=False).encode("utf-8")


def test_the_environment_is_that_of_the_start(table: ProcessTable) -> None:
    env = {**os.environ, "NODE_ENV": "production", "EQUALS": "a=b=c", "EMPTY": ""}
    with python_child("import os; os.environ['NODE_ENV'] = 'changed later'", env=env) as it:
        seen = table.environ(it.pid)
        assert {name: seen.get(name) for name in ("NODE_ENV", "EQUALS", "EMPTY")} == {
            "NODE_ENV": "production",
            "EQUALS": "a=b=c",
            "EMPTY": "",
        }


def test_descriptors_and_their_limit_are_counted(table: ProcessTable) -> None:
    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    with python_child("import os; kept = [os.open('/dev/null', 0) for _ in range(10)]", preexec_fn=lower) as it:
        assert table.fd_limit(it.pid) == 64
        before = table.fd_count(it.pid)
        assert before >= 13
        assert before == len(os.listdir(f"/proc/{it.pid}/fd"))


def test_no_limit_on_descriptors_is_none_or_a_number(table: ProcessTable) -> None:
    limit = table.fd_limit(os.getpid())
    assert limit == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_open_files_are_listed_with_deleted_ones(table: ProcessTable, tmp_path: pathlib.Path) -> None:
    kept, gone = tmp_path / "server.log", tmp_path / "old.log"
    code = f"a = open({str(kept)!r}, 'a'); b = open({str(gone)!r}, 'a'); c = open('/dev/null'); d = open('/proc/self/stat')"
    with python_child(code, stderr=subprocess.DEVNULL) as it:
        gone.unlink()
        files = table.open_files(it.pid)
        paths = [path for _number, path in files]
        assert str(kept) in paths
        assert f"{gone} (deleted)" in paths
        assert dict(files)[1].startswith("pipe:[")
        assert dict(files)[2] == "/dev/null"
        assert not any(path.startswith("/proc/") for path in paths)
        assert files == sorted(files)


def test_the_wait_for_a_processor_grows(table: ProcessTable) -> None:
    with python_child(
        "import threading\ndef spin():\n while True: pass\nthreading.Thread(target=spin, daemon=True).start()"
    ) as it:
        before = table.run_delay(it.pid)
        assert 0.0 <= before <= table.run_delay(it.pid) < 60.0


@pytest.mark.parametrize("name", ["\\rUid:\\t0\\t0\\t0\\t0", "\\x0bUid:\\t0\\t0\\t0\\t0", "Uid:\\t0\\t0\\t0"])
def test_a_process_cannot_name_itself_root(table: ProcessTable, name: str) -> None:
    """Its name stands before its ids in ``/proc/PID/status``, and only a line feed in it is escaped."""
    naming = f"import ctypes; ctypes.CDLL(None).prctl(15, b'{name}', 0, 0, 0)"
    if is_root():
        naming += "; import os; os.setuid(65534)"
    with python_child(naming) as it:
        wait_for(lambda: "Uid:" in pathlib.Path(f"/proc/{it.pid}/comm").read_text())
        own = 65534 if is_root() else os.geteuid()
        wait_for(lambda: f"Uid:\t{own}\t{own}" in pathlib.Path(f"/proc/{it.pid}/status").read_text())
        assert (table.uid(it.pid), table.process(it.pid).uid, uids_of(it.pid)) == (own, own, {own})


def test_namespace_and_control_group(table: ProcessTable) -> None:
    assert table.netns(os.getpid()) == os.readlink("/proc/self/ns/net")
    assert table.cgroup(os.getpid()).startswith("/") or table.cgroup(os.getpid()) == ""


@pytest.mark.parametrize("call", CALLS)
def test_a_process_that_has_gone(table: ProcessTable, call: str) -> None:
    it = subprocess.Popen(["true"])
    it.wait()
    with pytest.raises(Gone):
        getattr(table, call)(it.pid)


def _nobodys_view() -> dict[str, str]:
    """What a user without privileges is told of the process that started it, by table and call."""
    pid = os.getppid() if is_root_process(os.getppid()) else 1
    view = {}
    for name, it in (("procfs", Procfs()), ("psutil", PsutilTable(Procfs()))):
        for call in CALLS:
            try:
                getattr(it, call)(pid)
                view[f"{name} {call}"] = "seen"
            except NoAccess as error:
                view[f"{name} {call}"] = "no access" if str(error) else "no access, and no reason"
            except Gone:
                view[f"{name} {call}"] = "gone"
    return view


def is_root_process(pid: int) -> bool:
    """Whether a process belongs to root."""
    return os.stat(f"/proc/{pid}").st_uid == 0


def test_other_users_processes_raise_no_access() -> None:
    view = _as_user("nobody", _nobodys_view) if is_root() else _nobodys_view()
    assert isinstance(view, dict), view
    open_to_all = ("process", "uid", "fd_limit", "cgroup")
    expected = {
        f"{name} {call}": "seen" if call in open_to_all else "no access"
        for name in ("procfs", "psutil")
        for call in CALLS
    }
    assert view == expected
