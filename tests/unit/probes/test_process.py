# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process probe against real processes."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal
import sys
import time
import typing as t
import uuid

import pytest
from ansible_collections.websocket.health.plugins.module_utils._system import systemd_unit
from ansible_collections.websocket.health.plugins.module_utils._system.base import NoAccess
from ansible_collections.websocket.health.plugins.module_utils._system.main_script import main_script

from tests.unit.probed_host import child, listening, new_context, probe, probe_with, python_child, wait_for

CANARY = "cAnArY7x"


def _script(folder: pathlib.Path, name: str = "server.py") -> pathlib.Path:
    path = folder / name
    path.write_text("import sys\nprint('ready', flush=True)\nsys.stdin.read()\n")
    return path


def _running(script: pathlib.Path, **options: t.Any) -> t.Any:
    return child(sys.executable, str(script), uuid.uuid4().hex, **options)


def _wait_ready(process: t.Any) -> str:
    assert process.stdout.readline().strip() == b"ready"
    return str(process.args[-1])


def test_an_ordinary_service(tmp_path: pathlib.Path) -> None:
    script = _script(tmp_path)
    os.utime(script, (time.time() - 3600,) * 2)
    with _running(script, cwd=tmp_path) as it:
        mark = _wait_ready(it)
        evidence = probe("process", {"port": 1, "process": {"command": mark}})
    (row,) = evidence["processes"]
    assert (evidence["found_by"], evidence["count"], evidence["instances"]) == ("command", 1, 1)
    assert evidence["sought"] == {"command": mark, "port": 1}
    assert evidence["gaps"] == []
    assert (row["pid"], row["state"], row["cwd"]) == (it.pid, "S", str(tmp_path))
    assert (row["exe_deleted"], row["cwd_deleted"], row["cwd_moved_to"], row["env_file"]) == (False, False, None, None)
    assert row["script"]["path"] == str(script)
    assert row["script"]["newer_by_s"] < -3000
    assert 0 <= row["age_s"] < 30
    assert row["fds"] >= 3
    assert row["cpu_percent"] < 60
    assert evidence["unit"] is None


def test_a_port_without_a_process_has_no_rows() -> None:
    with listening() as sock:
        port = sock.getsockname()[1]
    evidence = probe("process", {"port": port})
    assert (evidence["found_by"], evidence["count"], evidence["processes"]) == ("none", 0, [])


def test_code_that_is_newer(tmp_path: pathlib.Path) -> None:
    script = _script(tmp_path)
    env_file = tmp_path / ".env"
    env_file.write_text("A=1\n")
    with _running(script, cwd=tmp_path) as it:
        mark = _wait_ready(it)
        os.utime(script, (time.time() + 60,) * 2)
        os.utime(env_file, (time.time() + 120,) * 2)
        (row,) = probe("process", {"process": {"command": mark}})["processes"]
    assert 50 < row["script"]["newer_by_s"] < 90
    assert 110 < row["env_file"]["newer_by_s"] < 150


def test_a_deleted_and_replaced_executable(tmp_path: pathlib.Path) -> None:
    binary = tmp_path / "server"
    shutil.copy(str(shutil.which("sleep")), binary)
    with child(str(binary), "60"):
        binary.unlink()
        (row,) = probe("process", {"process": {"command": str(binary)}})["processes"]
        assert (row["exe_deleted"], row["exe_replaced"], row["exe"]) == (True, False, str(binary))
        binary.write_text("new")
        (row,) = probe("process", {"process": {"command": str(binary)}})["processes"]
        assert (row["exe_deleted"], row["exe_replaced"]) == (True, True)


def test_a_release_link_that_was_switched(tmp_path: pathlib.Path) -> None:
    old, new, link = tmp_path / "1", tmp_path / "2", tmp_path / "current"
    for folder in (old, new):
        folder.mkdir()
        _script(folder)
    link.symlink_to(old)
    env = {**os.environ, "PWD": str(link)}
    with _running(link / "server.py", cwd=link, env=env) as it:
        mark = _wait_ready(it)
        (row,) = probe("process", {"process": {"command": mark}})["processes"]
        assert (row["cwd"], row["cwd_moved_to"]) == (str(old), None)
        link.unlink()
        link.symlink_to(new)
        (row,) = probe("process", {"process": {"command": mark}})["processes"]
        assert row["cwd_moved_to"] == str(new)


def test_a_deleted_working_directory(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    with _running(_script(tmp_path), cwd=folder) as it:
        mark = _wait_ready(it)
        folder.rmdir()
        (row,) = probe("process", {"process": {"command": mark}})["processes"]
    assert (row["cwd_deleted"], row["cwd"]) == (True, str(folder))


def test_a_stopped_process() -> None:
    mark = uuid.uuid4().hex
    with python_child("# " + mark) as it:
        os.kill(it.pid, signal.SIGSTOP)
        wait_for(lambda: probe("process", {"process": {"command": mark}})["processes"][0]["state"] == "T")


def test_a_process_that_spins() -> None:
    mark = uuid.uuid4().hex
    with child(sys.executable, "-c", "while True: pass # " + mark):
        # On a busy machine it waits for its share: both together are what it wants. The kernel tells it of the main thread.
        def busy() -> bool:
            (row,) = probe("process", {"process": {"command": mark}})["processes"]
            return bool(row["cpu_percent"] + row.get("cpu_wait_percent", 0.0) > 60)

        wait_for(busy, 20)


def test_a_process_that_is_busy_for_a_moment() -> None:
    """What many questions at the same time cost a server passes; what it uses over two seconds counts."""
    mark = uuid.uuid4().hex
    code = (
        "import threading, time\ndef spin():\n end = time.time() + 0.8\n while time.time() < end: pass\n"
        "threading.Thread(target=spin, daemon=True).start() # " + mark
    )
    with python_child(code):
        (row,) = probe("process", {"process": {"command": mark}})["processes"]
    assert row["cpu_percent"] + row["cpu_wait_percent"] < 60


def test_a_process_that_ends_while_it_is_watched() -> None:
    mark = uuid.uuid4().hex
    with child(str(shutil.which("sleep")), "60") as it:
        context = new_context({})
        service: dict[str, t.Any] = {"process": {"command": "."}}
        found = context.found(service)
        found.processes[:] = [process for process in found.processes if process.pid == it.pid]
        assert mark and len(found.processes) == 1
        it.kill()
        it.wait()
        (row,) = probe_with("process", service, context)["processes"]
    assert row["gone"] is True
    assert (row["exe"], row["fds"], row["cpu_percent"]) == (None, None, None)


def test_workers_are_one_instance() -> None:
    mark = uuid.uuid4().hex
    code = f"import os\nfor _ in range(2):\n if os.fork() == 0: break\nelse: print('up', flush=True) # {mark}\nimport sys; sys.stdin.read()"
    with child(sys.executable, "-c", code) as it:
        assert it.stdout is not None and it.stdout.readline().strip() == b"up"
        evidence = probe("process", {"process": {"command": mark}})
    assert (evidence["count"], evidence["instances"]) == (3, 1)


def test_secrets_of_the_command_line_stay() -> None:
    mark = uuid.uuid4().hex
    with python_child("# " + mark, env={**os.environ, "API_TOKEN": CANARY}):
        pass
    with child(sys.executable, "-c", "print('ready', flush=True); input()", mark, "--db-password", f"x {CANARY}") as it:
        assert it.stdout is not None and it.stdout.readline()
        evidence = probe("process", {"process": {"command": mark}})
    assert CANARY not in json.dumps(evidence)


def test_what_may_not_be_seen_is_a_gap() -> None:
    mark = uuid.uuid4().hex
    with python_child("# " + mark):
        service: dict[str, t.Any] = {"process": {"command": mark}}
        context = new_context(service)

        def refuse(_pid: int) -> t.Any:
            raise NoAccess("EACCES (Permission denied)")

        for call in ("exe", "cwd", "fd_count", "environ"):
            setattr(context.system.table, call, refuse)
        evidence = probe_with("process", service, context)
    assert {gap["what"] for gap in evidence["gaps"]} == {"exe", "cwd", "fd_count"}
    assert all("become" in gap["remedy"] for gap in evidence["gaps"])
    assert evidence["processes"][0]["exe_deleted"] is False


@pytest.mark.parametrize(
    ("argv", "script"),
    [
        (["node", "server.js"], "server.js"),
        (["/usr/bin/node", "--inspect", "server"], "server.js"),
        (["node", "--require", "hook.js", "server.js"], "server.js"),
        (["node", "app"], "app/index.js"),
        (["python3.11", "-m", "pkg"], "pkg/__main__.py"),
        (["python", "-m", "uvicorn", "pkg.asgi:app", "--port", "80"], "pkg/asgi.py"),
        (["gunicorn", "pkg.asgi:app"], "pkg/asgi.py"),
        (["python", "-c", "server.js"], None),
        (["python", "missing.py"], None),
        (["/opt/chat/server"], None),
        ([], None),
    ],
)
def test_the_main_script(tmp_path: pathlib.Path, argv: list[str], script: str | None) -> None:
    for name in ("server.js", "hook.js", "app/index.js", "pkg/__main__.py", "pkg/asgi.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = main_script(argv, str(tmp_path))
    assert found == (None if script is None else str(tmp_path / script))


UNIT = """LoadState=loaded
ActiveState=activating
SubState=auto-restart
MainPID=0
NRestarts=7
Result=exit-code
ExecMainCode=1
ExecMainStatus=3
NeedDaemonReload=yes
FragmentPath=/etc/systemd/system/chat.service
Type=notify
Environment=NODE_ENV=production "GREETING=hello world" PORT=8080
EnvironmentFiles=%s (ignore_errors=no)
"""


def test_what_systemd_says(tmp_path: pathlib.Path) -> None:
    env = tmp_path / "env"
    env.write_text("# comment\nexport PORT='9090'\nTOKEN = x # not now\nbroken line\nEMPTY=\n")
    properties = systemd_unit.parse(UNIT % env)
    facts = systemd_unit.facts(properties, "chat.service")
    assert facts == {
        "name": "chat.service",
        "active": "activating",
        "sub": "auto-restart",
        "result": "exit-code",
        "main_pid": 0,
        "restarts": 7,
        "exit_code": 1,
        "exit_status": 3,
        "need_daemon_reload": True,
        "path": "/etc/systemd/system/chat.service",
        "type": "notify",
    }
    variables = systemd_unit.environment_of(properties)
    assert variables["NODE_ENV"] == ("production", "/etc/systemd/system/chat.service")
    assert variables["GREETING"][0] == "hello world"
    assert variables["PORT"] == ("9090", f"{env}:2"), "files win over Environment="
    assert (variables["TOKEN"][0], variables["EMPTY"][0]) == ("x", "")
    assert systemd_unit.facts(None, "chat.service") is None
    assert systemd_unit.environment_of({"Environment": 'a="unclosed', "EnvironmentFiles": "/nonexistent"}) == {}
