# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab: isolated hosts on one Debian machine that Ansible reaches over real SSH.

    python tests/lab/lab.py up --count 20 --directory DIR
    python tests/lab/lab.py inventory --directory DIR --python 3.9 --python 3.13
    python tests/lab/lab.py exec --directory DIR lab01 -- hostname
    python tests/lab/lab.py down --directory DIR

Every host has its own network, PID, mount and UTS namespaces and its own sshd; its network is a veth pair to a bridge
on this machine, without a route to anywhere else. Needs root, openssh and iproute2.

As a context manager (`with Lab(…)`) it is taken down whatever becomes of the program: a guard outlives it.

`down` needs no memory of what `up` did: processes carry the lab's mark in their environment, interfaces carry it in
their names, and mounts live in the hosts' namespaces only. So it also cleans up after an `up` that was killed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import ipaddress
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
MARK = "WEBSOCKET_HEALTH_LAB"
MOST_HOSTS = 240

#: What a lab puts into its directory; `down` removes these and no other file.
CONTENTS = ("lab.json", "client", "client.pub", "hosts", "c", "pythons", "known_hosts")

#: A UNIX socket's path has at most 107 bytes; ssh appends 17 to a control path while it makes the socket, and the
#: name in it (address-user) takes up to 40.
LONGEST_CONTROL_DIRECTORY = 107 - 17 - 40

SSHD_CONFIG = """\
Port 22
ListenAddress 0.0.0.0
ListenAddress ::
HostKey "{directory}/hosts/{name}/host_key"
AuthorizedKeysFile "{directory}/client.pub"
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PrintLastLog no
MaxStartups 200
MaxSessions 100
AcceptEnv LANG LC_*
Subsystem sftp internal-sftp
PidFile none
"""


class LabError(RuntimeError):
    """The lab could not do what it was asked; the message says what and why."""


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([*os.get_exec_path(), "/usr/sbin", "/sbin"]))
    if found is None:
        raise LabError(f"{name} is not on this machine: install the packages named in tests/lab/debian.txt")
    return found


def _pythons() -> ModuleType:
    """Return the sibling module pythons.py, whether this file runs as a program or was imported from anywhere."""
    spec = importlib.util.spec_from_file_location("lab_pythons", HERE / "pythons.py")
    if spec is None or spec.loader is None:
        raise LabError("pythons.py is missing beside lab.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _processes() -> Iterator[int]:
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            yield int(entry)


def _read_proc(pid: int, name: str) -> bytes:
    try:
        with open(f"/proc/{pid}/{name}", "rb") as stream:
            return stream.read()
    except OSError:
        return b""  # it has ended meanwhile, or is a zombie


class Host:
    """One host of a lab."""

    def __init__(self, lab: Lab, name: str, number: int, pid: int | None) -> None:
        self.lab = lab
        self.name = name
        self.number = number
        self.pid = pid
        self.address = str(lab.network[number + 10])
        self.address6 = str(lab.network6[number + 10])
        self.directory = lab.directory / "hosts" / name

    @property
    def alive(self) -> bool:
        """Whether the host's PID 1 is there (and is of this lab, not a later process of the same number)."""
        return self.pid is not None and self.lab.owns(self.pid)

    def _ask(self, order: dict[str, Any], descriptors: Sequence[int] = ()) -> tuple[socket.socket, dict[str, Any]]:
        """Hand an order to PID 1; return the connection, for what comes later, and the first answer."""
        if not self.alive:
            raise LabError(f"{self.name} is not running")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.settimeout(30)
        directory = os.open(self.directory, os.O_PATH)
        try:
            connection.connect(f"/proc/self/fd/{directory}/init.sock")
            socket.send_fds(connection, [json.dumps(order).encode()], list(descriptors))
            answer = json.loads(connection.recv(1 << 16) or b'{"error": "the host vanished"}')
        except OSError as error:
            connection.close()
            raise LabError(f"{self.name}: PID 1 does not answer: {error}") from error
        finally:
            os.close(directory)
        if "error" in answer:
            connection.close()
            raise LabError(f"{self.name}: {answer['error']}")
        return connection, answer

    def _wait(self, order: dict[str, Any], descriptors: Sequence[int], timeout: float | None) -> int:
        """Run a program to its end; return its exit code (negative: the signal that ended it)."""
        connection, answer = self._ask({"do": "start", "wait": True, **order}, descriptors)
        with connection:
            connection.settimeout(timeout)
            try:
                last = connection.recv(1 << 16)
            except (TimeoutError, KeyboardInterrupt):
                self.kill(-answer["pid"], signal.SIGKILL)
                raise
        if not last:
            raise LabError(f"{self.name} vanished while {order['argv'][0]} was running")
        return int(json.loads(last)["exit"])

    def run(
        self,
        argv: Sequence[str],
        *,
        check: bool = True,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the host, without SSH, and return what it printed."""
        order = {"argv": list(argv), "env": dict(env or {}), "cwd": cwd, "user": user}
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull, "rb") as null:
            try:
                code = self._wait(order, (null.fileno(), out.fileno(), err.fileno()), timeout)
            except TimeoutError:
                raise subprocess.TimeoutExpired(list(argv), timeout) from None
            out.seek(0)
            err.seek(0)
            stdout, stderr = (stream.read().decode(errors="replace") for stream in (out, err))
        result = subprocess.CompletedProcess(list(argv), code, stdout, stderr)
        if check and code != 0:
            raise LabError(f"{self.name}: {shlex.join(argv)} ended with {code}: {(stderr or stdout).strip()}")
        return result

    def attach(self, argv: Sequence[str]) -> int:
        """Run a program in the host on this process's own standard streams; return its exit code."""
        return self._wait({"argv": list(argv)}, (0, 1, 2), None)

    def start(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        stdout: str | None = None,
        nofile: int | None = None,
    ) -> int:
        """Start a daemon; return its PID as seen inside the host.

        `stdout` is a file inside the host that standard output and error are appended to; `nofile` the limit of open
        files (RLIMIT_NOFILE, soft and hard).
        """
        order = {"argv": list(argv), "env": dict(env or {}), "cwd": cwd, "user": user}
        connection, answer = self._ask({"do": "start", **order, "stdout": stdout, "nofile": nofile})
        connection.close()
        return int(answer["pid"])

    def kill(self, pid: int, number: int = signal.SIGTERM) -> None:
        """Send a signal to a process (negative: a process group), by its PID inside the host."""
        self._ask({"do": "kill", "pid": pid, "signal": int(number)})[0].close()

    def power_off(self) -> None:
        """Let the host vanish at once, as by a cut of its power: no process says goodbye."""
        if self.alive and self.pid is not None:
            self.lab.delete_link(self.lab.link_name(self.number))
            os.kill(self.pid, signal.SIGKILL)
            self.lab.await_gone([self.pid])
        self.pid = None

    def listening(self) -> set[int]:
        """Return the TCP ports somebody listens on, read from outside: no connection, no line in any log."""
        ports = set()
        for name in ("net/tcp", "net/tcp6"):
            for line in _read_proc(self.pid or 0, name).decode().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":
                    ports.add(int(fields[1].rpartition(":")[2], 16))
        return ports

    def wait_port(self, port: int, timeout: float = 10) -> None:
        """Wait until somebody listens on a TCP port of the host, on whatever address."""
        deadline = time.monotonic() + timeout
        while port not in self.listening():
            if not self.alive:
                raise LabError(f"{self.name} is not running: {self.log_tail()}")
            if time.monotonic() > deadline:
                raise LabError(f"{self.name}: nobody listens on port {port} after {timeout:g} s")
            time.sleep(0.02)

    def written(self) -> list[str]:
        """Return the files that were written in the host since it started, in its private layers, /tmp and /run."""
        inside = Path(f"/proc/{self.pid}/root")
        found = []
        for layer in (inside / "run/.lab").glob("*/upper"):
            found += [f"/{layer.parent.name}/{path.relative_to(layer)}" for path in _files(layer)]
        for name in ("tmp", "run"):
            top = inside / name
            found += [f"/{name}/{path.relative_to(top)}" for path in _files(top, skip=(".lab",))]
        visible = str(self.lab.directory)
        return sorted(path for path in found if not path.startswith(visible))

    def log_tail(self) -> str:
        """Return the ends of the logs of PID 1 and of sshd."""
        texts = []
        for name in ("init.log", "sshd.log"):
            with contextlib.suppress(OSError):
                texts.append((self.directory / name).read_text(errors="replace")[-1000:])
        return "\n".join(texts).strip() or "no log"

    def ssh(self, *command: str) -> list[str]:
        """Return the command line that runs a command in the host over SSH."""
        key = str(self.lab.directory / "client")
        return [_program("ssh"), *self.lab.ssh_arguments(), "-i", key, f"root@{self.address}", *command]


def _files(top: Path, skip: Sequence[str] = ()) -> Iterator[Path]:
    device = top.stat().st_dev
    for directory, names, files in os.walk(top):
        # another mount in there is not the host's own
        names[:] = [n for n in names if n not in skip and os.lstat(os.path.join(directory, n)).st_dev == device]
        for name in files:
            yield Path(directory) / name


class Lab:
    """The hosts lab01 … labNN, their bridge and their keys, all belonging to one directory."""

    def __init__(
        self,
        directory: str | os.PathLike[str],
        count: int = 3,
        *,
        network: str | None = None,
        expose: Sequence[str | os.PathLike[str]] = (),
    ) -> None:
        """Describe a lab; nothing happens before up(). `network` is an IPv4 /24, by default a free one of 10.213/16.

        `expose` are directories that hosts must see although their private /tmp, /run or another private layer would
        cover them; the lab's own directory and the checkout always are.
        """
        if not 1 <= count <= MOST_HOSTS:
            raise LabError(f"a lab has 1 to {MOST_HOSTS} hosts, not {count}")
        self.directory = Path(directory).resolve()
        self.id = hashlib.sha256(str(self.directory).encode()).hexdigest()[:8]
        self.count = count
        self.expose = [self.directory, CHECKOUT, *(Path(path).resolve() for path in expose)]
        self.network6 = ipaddress.IPv6Network(f"fd13:d213:{self.id[:4]}:{self.id[4:]}::/64")
        self._asked_network = network
        self.network = ipaddress.IPv4Network(network or "10.213.0.0/24")
        self.hosts: dict[str, Host] = {}
        self._guard: subprocess.Popen[bytes] | None = None
        self._load()

    # -- names and state ---------------------------------------------------------------------------------------------

    @property
    def bridge(self) -> str:
        """The name of the lab's bridge."""
        return f"wh{self.id}"

    def link_name(self, number: int) -> str:
        """Return the name of the outer end of a host's network."""
        return f"wh{self.id}h{number:03d}"

    def host(self, name: str) -> Host:
        """Return a host by its name."""
        if name not in self.hosts:
            raise LabError(f"the lab has no host {name}: {', '.join(self.hosts) or 'it is down'}")
        return self.hosts[name]

    def _load(self) -> None:
        """Take over the state that an earlier up() left in the directory."""
        try:
            state = json.loads((self.directory / "lab.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if state.get("pids"):
            self.network = ipaddress.IPv4Network(state["network"])
            self.count = len(state["pids"])
            for number, (name, pid) in enumerate(state["pids"].items(), 1):
                self.hosts[name] = Host(self, name, number, pid)

    def _save(self, pids: dict[str, int]) -> None:
        temporary = self.directory / "lab.json.new"
        temporary.write_text(json.dumps({"network": str(self.network), "pids": pids}, indent=1), encoding="utf-8")
        temporary.replace(self.directory / "lab.json")

    # -- up ----------------------------------------------------------------------------------------------------------

    def up(self) -> Lab:
        """Bring all hosts up; on any failure take down what was made and say why."""
        if os.geteuid() != 0:
            raise LabError("a lab needs root: it makes network and PID namespaces")
        for program in ("ip", "sshd", "ssh", "ssh-keygen"):
            _program(program)
        if (self.directory / "lab.json").exists():
            raise LabError(f"there is a lab in {self.directory} already; take it down first")
        try:
            self._bring_up()
        except BaseException:
            self.down()
            raise
        return self

    def _bring_up(self) -> None:
        names = [f"lab{number:02d}" for number in range(1, self.count + 1)]
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._asked_network is None:
            self.network = self._free_network()
        # before anything else: it is what tells `down` that the directory is a lab's
        self._save({})
        self._write_keys(names)
        pids = self._spawn(names)
        for number, name in enumerate(names, 1):
            self.hosts[name] = Host(self, name, number, pids[name])
        self._connect()
        self._save(pids)
        for host in self.hosts.values():
            host.wait_port(22, timeout=30)

    def environment(self) -> dict[str, str]:
        """Return the environment that marks a process, and all that it starts, as one of this lab: it ends with it."""
        return {**os.environ, MARK: self.id}

    def _free_network(self) -> ipaddress.IPv4Network:
        """Return a /24 of 10.213/16 that no interface of this machine is in."""
        listing = self._ip("-o", "-4", "address", "show")
        taken = [ipaddress.ip_interface(line.split()[3]).network for line in listing.splitlines()]
        first = int(self.id, 16)
        for step in range(254):
            network = ipaddress.IPv4Network(f"10.213.{(first + step) % 254 + 1}.0/24")
            if not any(network.overlaps(other) for other in taken):
                return network
        raise LabError("every network of 10.213.0.0/16 is taken: give one with network=")

    def _write_keys(self, names: Sequence[str]) -> None:
        """Make the client's key and one key and one configuration of sshd per host."""
        keygen = [_program("ssh-keygen"), "-q", "-t", "ed25519", "-N", ""]
        marked = self.environment()
        running = [subprocess.Popen([*keygen, "-C", "lab", "-f", str(self.directory / "client")], env=marked)]
        text = SSHD_CONFIG
        for name in names:
            home = self.directory / "hosts" / name
            home.mkdir(parents=True, mode=0o755)
            (home / "sshd_config").write_text(text.format(directory=self.directory, name=name), encoding="utf-8")
            running.append(subprocess.Popen([*keygen, "-C", name, "-f", str(home / "host_key")], env=marked))
        if any(process.wait(timeout=60) != 0 for process in running):
            raise LabError("ssh-keygen could not make the keys")
        self._allow_many_logins(names)

    def _allow_many_logins(self, names: Sequence[str]) -> None:
        """Switch off what newer versions of sshd do against clients that come often; older ones reject the option."""
        configurations = [self.directory / "hosts" / name / "sshd_config" for name in names]
        test = [_program("sshd"), "-t", "-f", str(configurations[0]), "-o", "PerSourcePenalties=no"]
        if subprocess.run(test, capture_output=True, timeout=30, check=False).returncode == 0:
            for path in configurations:
                with path.open("a", encoding="utf-8") as stream:
                    stream.write("PerSourcePenalties no\n")

    def _spawn(self, names: Sequence[str]) -> dict[str, int]:
        """Make the namespaces; return the PID 1 of every host, as seen here."""
        order = {
            "names": list(names),
            "directory": str(self.directory),
            "expose": [str(path) for path in self.expose],
            "sshd": _program("sshd"),
        }
        answer = subprocess.run(
            [sys.executable, "-I", str(HERE / "init.py")],
            input=json.dumps(order),
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        pids = {entry["name"]: int(entry["pid"]) for entry in map(json.loads, answer.stdout.splitlines())}
        if len(pids) != len(names):
            raise LabError(f"the hosts could not be made: {answer.stderr.strip()[-1000:]}")
        return pids

    def _connect(self) -> None:
        """Make the bridge, and for every host a pair of interfaces with one end in it."""
        outside = [
            f"link add {self.bridge} type bridge forward_delay 0",
            f"address add {self.network[1]}/24 dev {self.bridge}",
            f"link set {self.bridge} up",
        ]
        for host in self.hosts.values():
            link = self.link_name(host.number)
            outside.append(f"link add {link} type veth peer name eth0 netns {host.pid}")
            outside.append(f"link set {link} master {self.bridge} up")
        self._ip("-batch", "-", batch=outside)
        # a machine without IPv6 is no reason to have no lab; nodad: addresses are usable at once
        self._ip("-6", "address", "add", f"{self.network6[1]}/64", "dev", self.bridge, "nodad", check=False)
        for host in self.hosts.values():
            inside = ["link set lo up", f"address add {host.address}/24 dev eth0"]
            enter = [_program("nsenter"), "--net", "--target", str(host.pid)]
            self._ip("-batch", "-", batch=[*inside, "link set eth0 up"], before=enter)
            self._ip("-6", "address", "add", f"{host.address6}/64", "dev", "eth0", "nodad", before=enter, check=False)

    def _ip(self, *arguments: str, batch: Sequence[str] = (), before: Sequence[str] = (), check: bool = True) -> str:
        """Call ip(8), marked as part of the lab; return what it printed."""
        answer = subprocess.run(
            [*before, _program("ip"), *arguments],
            input="\n".join(batch) + "\n",
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if check and answer.returncode != 0:
            raise LabError(f"ip {' '.join(arguments)}: {answer.stderr.strip()}")
        return answer.stdout

    # -- down --------------------------------------------------------------------------------------------------------

    def owns(self, pid: int) -> bool:
        """Tell whether a process is one of this lab's own (PID 1 of a host, or a helper of `up`)."""
        return f"{MARK}={self.id}".encode() in _read_proc(pid, "environ").split(b"\0")

    def _masters(self) -> list[int]:
        """Return the ssh processes that hold or use a control socket of this lab; they outlive who started them."""
        needle = f"{self._control_directory()}/".encode()
        return [pid for pid in _processes() if needle in (line := _read_proc(pid, "cmdline")) and line[:3] == b"ssh"]

    def await_gone(self, pids: Sequence[int], timeout: float = 20) -> None:
        """Wait until processes have ended (a zombie has)."""
        deadline = time.monotonic() + timeout
        for pid in pids:
            while _read_proc(pid, "cmdline"):
                if time.monotonic() > deadline:
                    raise LabError(f"process {pid} does not end")
                time.sleep(0.01)

    def delete_link(self, name: str) -> None:
        """Delete an interface; that it has gone already (with its namespace) is as good."""
        self._ip("link", "delete", name, check=False)

    def down(self) -> None:
        """Take everything down: processes, interfaces, files. May be called at any time, and again."""
        for _attempt in range(50):
            # again and again: an `up` that was killed may have children that are still making hosts
            victims = [pid for pid in _processes() if pid != os.getpid() and self.owns(pid)] + self._masters()
            if not victims:
                break
            for pid in victims:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.await_gone(victims)
        else:
            raise LabError(f"processes of the lab keep coming back: {victims}")
        for _number, name in socket.if_nameindex():
            if name.startswith(self.bridge):
                self.delete_link(name)
        left = [name for _number, name in socket.if_nameindex() if name.startswith(self.bridge)]
        if left:
            raise LabError(f"interfaces remain: {', '.join(left)}")
        self._remove_files()
        self.hosts.clear()

    def _remove_files(self) -> None:
        if (self.directory / "lab.json").exists():
            for name in (*CONTENTS[1:], "lab.json.new", CONTENTS[0]):
                path = self.directory / name
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.directory.rmdir()  # others may keep files in it
        with contextlib.suppress(OSError):
            shutil.rmtree(self._short_directory())

    def __enter__(self) -> Lab:
        # It waits for the end of this process, of which it notices any, and then takes down what is left.
        command = [sys.executable, "-I", str(HERE / "lab.py"), "down", "--directory", str(self.directory), "--at-end"]
        self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        try:
            return self.up()
        except BaseException:
            self._dismiss()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            self.down()
        finally:
            self._dismiss()

    def _dismiss(self) -> None:
        """Let the guard go; it looks once more whether anything is left."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait(60)
            self._guard = None

    # -- reaching it -------------------------------------------------------------------------------------------------

    def _short_directory(self) -> Path:
        return Path("/tmp") / f"{self.bridge}-ssh"

    def _control_directory(self) -> Path:
        """Return where ssh keeps its control sockets: in the lab's directory unless its path is too long for that."""
        own = self.directory / "c"
        return own if len(str(own)) <= LONGEST_CONTROL_DIRECTORY else self._short_directory()

    def ssh_arguments(self) -> list[str]:
        """Return the options that make ssh ignore the user's files and share connections within the lab."""
        control = self._control_directory()
        with contextlib.suppress(FileExistsError):
            control.mkdir(mode=0o700)
        status = control.lstat()
        if status.st_uid != os.geteuid() or control.is_symlink():
            raise LabError(f"{control} belongs to somebody else")
        options = {
            "ControlMaster": "auto",
            "ControlPersist": "60s",
            "ControlPath": f"{control}/%h-%r",
            "UserKnownHostsFile": "/dev/null",
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "no",
            "IdentitiesOnly": "yes",
            "PreferredAuthentications": "publickey",
            "LogLevel": "ERROR",
        }
        return ["-F", "/dev/null", *(part for key, value in options.items() for part in ("-o", f"{key}={value}"))]

    def inventory(self, python: str | Sequence[str] | Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return an Ansible inventory.

        `python`: the interpreter of all hosts, or a list that is dealt out in equal blocks (two entries: one half of
        the hosts each), or a mapping from host name. An entry is a path, or a version such as "3.9", which stands for
        an interpreter of that version without psutil and websocket-client.
        """
        names = list(self.hosts)
        if isinstance(python, Mapping):
            wanted = dict(python)
        else:
            entries = [python] if isinstance(python, str) else list(python or [])
            wanted = {name: entries[n * len(entries) // len(names)] for n, name in enumerate(names) if entries}
        paths = {entry: self._interpreter(entry) for entry in set(wanted.values())}
        hosts: dict[str, Any] = {}
        for name, host in self.hosts.items():
            hosts[name] = {"ansible_host": host.address}
            if name in wanted:
                hosts[name]["ansible_python_interpreter"] = paths[wanted[name]]
        variables = {
            "ansible_connection": "ssh",
            "ansible_port": 22,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.directory / "client"),
            "ansible_ssh_args": shlex.join(self.ssh_arguments()),
        }
        return {"all": {"hosts": hosts, "vars": variables}}

    def _interpreter(self, entry: str) -> str:
        return entry if "/" in entry else str(_pythons().find_bare(entry, self.directory / "pythons"))


def to_yaml(value: Any, indent: int = 0) -> str:
    """Write nested mappings of plain values as YAML (a JSON scalar is a YAML scalar)."""
    lines = []
    for key, item in value.items():
        if isinstance(item, Mapping) and item:
            lines.append(f"{' ' * indent}{key}:\n{to_yaml(item, indent + 2)}")
        else:
            lines.append(f"{' ' * indent}{key}: {json.dumps(item)}\n")
    return "".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Isolated hosts on this machine, reached over real SSH.")
    commands = parser.add_subparsers(dest="command", required=True)
    described = {
        "up": "bring hosts up",
        "inventory": "print a YAML inventory",
        "exec": "run a command in a host",
        "down": "take everything down",
    }
    for name, text in described.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--directory", required=True, help="where the lab keeps its files")
        if name == "up":
            command.add_argument("--count", type=int, default=3, help="number of hosts (default 3)")
            command.add_argument("--network", help="IPv4 /24 (default: a free one of 10.213.0.0/16)")
            command.add_argument("--expose", action="append", default=[], help="directory that hosts must see")
        elif name == "down":
            command.add_argument("--at-end", action="store_true", help="wait for the end of standard input first")
        elif name == "inventory":
            command.add_argument("--python", action="append", help="version or path; repeated: dealt out in blocks")
        elif name == "exec":
            command.add_argument("host")
            command.add_argument("argv", nargs="+", metavar="cmd")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "up":
            lab = Lab(options.directory, options.count, network=options.network, expose=options.expose).up()
            for host in lab.hosts.values():
                print(f"{host.name} {host.address} {host.address6}")
            return 0
        lab = Lab(options.directory)
        if options.command == "down":
            if options.at_end:
                sys.stdin.buffer.read()
            lab.down()
        elif options.command == "inventory":
            if not lab.hosts:
                raise LabError(f"there is no lab in {options.directory}")
            print(to_yaml(lab.inventory(options.python)), end="")
        else:
            code = lab.host(options.host).attach(options.argv)
            return 128 - code if code < 0 else code
    except (LabError, LookupError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
