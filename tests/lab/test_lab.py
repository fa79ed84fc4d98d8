# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab itself: its hosts are isolated, reachable over SSH, and nothing of them remains."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import pythons
from lab import Lab, LabError, to_yaml

PROGRAM = HERE / "lab.py"

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("ip") or not Path("/usr/sbin/sshd").exists(),
    reason="a lab needs root, openssh-server and iproute2",
)


class Snapshot:
    """What a lab might leave behind on this machine: interfaces, mounts, processes that speak of its directory."""

    def __init__(self, directory: Path) -> None:
        self.links = {name for _number, name in socket.if_nameindex() if name.startswith(Lab(directory).bridge)}
        self.mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
        self.processes = set()
        lab = Lab(directory)
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if lab.owns(int(entry.name)) or str(directory).encode() in command:
                self.processes.add((entry.name, command))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and vars(self) == vars(other)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Three hosts, in a directory that is in /tmp, which hosts have a private one of."""
    with Lab(tmp_path_factory.mktemp("lab") / "l", 3) as it:
        yield it


def ssh(lab: Lab, name: str, *command: str, timeout: float = 20) -> subprocess.CompletedProcess[str]:
    """Run a command in a host over SSH."""
    return subprocess.run(
        lab.host(name).ssh(*command), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
    )


def test_ssh_reaches_the_host_and_not_this_machine(lab: Lab) -> None:
    answer = ssh(lab, "lab02", "hostname; id -un; cat /etc/hostname")
    assert answer.stdout.split() == ["lab02", "root", "lab02"], answer.stderr
    assert socket.gethostname() != "lab02"


def test_ssh_over_ipv6_between_hosts(lab: Lab) -> None:
    answer = lab.host("lab01").run(["python3", "-c", _CONNECT, lab.host("lab03").address6, "22"])
    assert answer.stdout.startswith("SSH-2.0")


_CONNECT = "import socket, sys; print(socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).recv(64).decode())"
_LISTEN = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(sys.argv[1].encode())
http.server.HTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
"""
_FETCH = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8080/', timeout=5).read().decode())"


def test_hosts_are_isolated(lab: Lab) -> None:
    one, two = lab.host("lab01"), lab.host("lab02")
    log = "/tmp/server.log"
    pids = {host: host.start(["python3", "-c", _LISTEN, f"I am {host.name}"], stdout=log) for host in (one, two)}
    for host in (one, two):
        host.wait_port(8080)
        assert host.run(["python3", "-c", _FETCH]).stdout.strip() == f"I am {host.name}"
        processes = host.run(["ps", "-eo", "pid,args"]).stdout
        assert f"I am {host.name}" in processes
        assert "I am" not in processes.replace(f"I am {host.name}", "")
        assert "/tmp/server.log" in host.written()
    assert not Path("/tmp/server.log").exists()
    for host, pid in pids.items():
        host.kill(pid)
        deadline = time.monotonic() + 5
        while 8080 in host.listening() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert 8080 not in host.listening()
        # reaped, not a zombie
        assert host.run(["ps", "-p", str(pid)], check=False).returncode == 1


def test_what_a_host_writes_stays_in_it(lab: Lab) -> None:
    host = lab.host("lab01")
    host.run(["sh", "-c", "echo > /etc/lab-was-here; echo > /root/lab-was-here; mkdir /var/log/l; echo > /var/log/l/f"])
    assert {"/etc/lab-was-here", "/root/lab-was-here", "/var/log/l/f"} <= set(host.written())
    for path in ("/etc/lab-was-here", "/root/lab-was-here", "/var/log/l/f"):
        assert not Path(path).exists()
        assert lab.host("lab02").run(["test", "-e", path], check=False).returncode == 1


def test_hosts_file_knows_localhost_in_both_families(lab: Lab) -> None:
    answer = lab.host("lab01").run(
        ["python3", "-c", "import socket; print(*sorted({a[4][0] for a in socket.getaddrinfo('localhost', 80)}))"]
    )
    assert answer.stdout.split() == ["127.0.0.1", "::1"]


def test_start_takes_limits_user_directory_and_environment(lab: Lab) -> None:
    host = lab.host("lab03")
    host.start(
        ["sh", "-c", "ulimit -n; id -un; pwd; echo $COLOUR; echo $HOME"],
        nofile=64, user="nobody", cwd="/tmp", env={"COLOUR": "blue"}, stdout="/run/app/out.log",
    )  # fmt: skip
    deadline = time.monotonic() + 5
    lines: list[str] = []
    while len(lines) < 5 and time.monotonic() < deadline:
        lines = host.run(["cat", "/run/app/out.log"]).stdout.split()
    assert lines == ["64", "nobody", "/tmp", "blue", "/nonexistent"]


def test_failures_are_told(lab: Lab) -> None:
    host = lab.host("lab01")
    with pytest.raises(LabError, match="lab01: false ended with 1"):
        host.run(["false"])
    with pytest.raises(LabError, match="FileNotFoundError"):
        host.start(["/no/such/program"])
    with pytest.raises(LabError, match="nobody listens on port 4711"):
        host.wait_port(4711, timeout=0.1)
    with pytest.raises(subprocess.TimeoutExpired):
        host.run(["sleep", "100"], timeout=0.2)
    with pytest.raises(LabError, match="no host lab99"):
        lab.host("lab99")
    assert host.run(["sh", "-c", "kill -9 $$"], check=False).returncode == -9


def test_orphans_are_reaped(lab: Lab) -> None:
    host = lab.host("lab01")
    host.run(["sh", "-c", "(sleep 0.1 &) ; true"])
    time.sleep(0.4)
    assert " Z " not in host.run(["ps", "-eo", "pid,stat,args"]).stdout.replace("Zs", " Z ")


def test_inventory_deals_interpreters_out(lab: Lab) -> None:
    inventory = lab.inventory(["/usr/bin/a", "/usr/bin/b"])
    chosen = [host["ansible_python_interpreter"] for host in inventory["all"]["hosts"].values()]
    assert chosen == ["/usr/bin/a", "/usr/bin/a", "/usr/bin/b"]
    assert "ansible_python_interpreter" not in lab.inventory()["all"]["hosts"]["lab01"]
    text = to_yaml(inventory)
    assert f'      ansible_host: "{lab.host("lab02").address}"\n' in text
    variables = inventory["all"]["vars"]
    control = variables["ansible_ssh_args"].split("ControlPath=")[1].split()[0]
    assert len(control.replace("%h-%r", "10.213.100.100-root")) + 17 < 108


def test_inventory_finds_bare_interpreters(lab: Lab) -> None:
    version = "{}.{}".format(*sys.version_info[:2])
    path = lab.inventory(version)["all"]["hosts"]["lab01"]["ansible_python_interpreter"]
    for module in pythons.UNWANTED:
        assert lab.host("lab01").run([path, "-c", f"import {module}"], check=False).returncode == 1
    assert lab.host("lab01").run([path, "-c", "import ssl, ctypes; print('works')"]).stdout == "works\n"


def test_the_command_finds_a_lab_that_is_up(lab: Lab) -> None:
    command = [sys.executable, str(PROGRAM), "exec", "--directory", str(lab.directory), "lab03", "--"]
    answer = subprocess.run([*command, "sh", "-c", "hostname; exit 7"], capture_output=True, text=True, timeout=20)
    assert (answer.stdout, answer.returncode) == ("lab03\n", 7)


def test_a_second_up_is_refused(lab: Lab) -> None:
    with pytest.raises(LabError, match="already"):
        Lab(lab.directory, 1).up()
    assert lab.host("lab01").alive


def test_power_off_and_down_leave_nothing(tmp_path: Path) -> None:
    directory = tmp_path / ("deep" * 20) / "lab"  # too long a path for control sockets
    before = Snapshot(directory)
    lab = Lab(directory, 3).up()
    assert ssh(lab, "lab01", "true").returncode == 0
    assert ssh(lab, "lab02", "true").returncode == 0  # leaves a master process behind, which down must end
    lab.host("lab01").power_off()
    assert not lab.host("lab01").alive
    with pytest.raises(OSError):
        socket.create_connection((lab.host("lab01").address, 22), timeout=5)
    assert ssh(lab, "lab02", "hostname").stdout == "lab02\n"
    assert Snapshot(directory) != before
    lab.down()
    lab.down()
    assert Snapshot(directory) == before
    assert not directory.exists()
    assert not lab._short_directory().exists()


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.3, 0.6, None])
def test_down_after_an_up_that_was_killed(tmp_path: Path, delay: float | None) -> None:
    """Kill -9 the program at several moments of its work, and at last a user of the lab that was up."""
    directory = tmp_path / "lab"
    before = Snapshot(directory)
    if delay is None:
        use = f"from lab import Lab; Lab({str(directory)!r}, 3).up(); print('up', flush=True); input()"
        code = f"import sys; sys.path.insert(0, {str(HERE)!r}); {use}"
        command = [sys.executable, "-c", code]
    else:
        command = [sys.executable, str(PROGRAM), "up", "--count", "6", "--directory", str(directory)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    if delay is None:
        assert process.stdout.readline() == b"up\n"
    else:
        time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        stream.close()
    command = [sys.executable, str(PROGRAM), "down", "--directory", str(directory)]
    for _twice in range(2):
        assert subprocess.run(command, timeout=60, check=False).returncode == 0
    assert Snapshot(directory) == before
    assert not directory.exists()


def test_down_spares_files_that_are_not_the_labs(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep me", encoding="utf-8")
    (tmp_path / "hosts").mkdir()
    Lab(tmp_path).down()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hosts", "mine"]


def test_find_python_runs_what_it_finds() -> None:
    version = "{}.{}".format(*sys.version_info[:2])
    assert pythons.identify(str(pythons.find(version)))[0] == version  # type: ignore[index]
    with pytest.raises(LookupError):
        pythons.find("3.99")


def test_find_python_without_home_and_with_a_broken_shim(tmp_path: Path) -> None:
    version = "{}.{}".format(*sys.version_info[:2])
    shim = tmp_path / f"python{version}"
    shim.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    answer = subprocess.run(
        [sys.executable, str(HERE / "pythons.py"), version], env=environment, capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    assert str(tmp_path) not in answer.stdout


def test_state_is_plain_json(lab: Lab) -> None:
    state = json.loads((lab.directory / "lab.json").read_text(encoding="utf-8"))
    assert list(state["pids"]) == ["lab01", "lab02", "lab03"]
