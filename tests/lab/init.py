# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs inside the hosts of a lab: makes their namespaces, then is PID 1 of each.

Started by lab.py as `python -I init.py` with its order (JSON) on standard input. It prints one JSON line per host
with the PID 1 seen from outside, and ends; the PID 1s stay. Everything a host is made of hangs on its PID 1: when
that is killed, the kernel ends every process of its PID namespace, and with the last of them its mounts and its
network go. So there is nothing else to clean up inside.

Each PID 1 starts the host's sshd, reaps what is orphaned, and takes orders over a UNIX socket: start a program, send
a signal. Programs are thus children of PID 1, as daemons of a real host are.
"""

from __future__ import annotations

import ctypes
import grp
import json
import os
import pwd
import resource
import select
import signal
import socket
import subprocess
import sys
import time
import traceback
from typing import Any

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x04000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18

#: Where the private layers of a host live, inside its own /run.
LAYERS = "/run/.lab"

#: What a host writes below these stays in the host. The rest of the tree is the machine's own.
OVERLAID = ("/etc", "/root", "/var", "/home", "/opt", "/srv")

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#: Debian's default file, with the name of the host.
HOSTS = """\
127.0.0.1\tlocalhost
127.0.1.1\t{name}

# The following lines are desirable for IPv6 capable hosts
::1     localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
"""

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave the namespaces named by flags for new ones (os.unshare is there from Python 3.12 only)."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Call mount(2)."""
    arguments = (source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), data.encode() or None)
    _check(_libc.mount(*arguments), f"mount {target}")


class HostSetup:
    """Makes the inside of one host: mounts, names, sshd's surroundings."""

    def __init__(self, order: dict[str, Any], name: str) -> None:
        self.name = name
        self.directory: str = order["directory"]
        self.expose: list[str] = order["expose"]

    def run(self) -> None:
        """Do it all. Must run as PID 1 of new mount, UTS, PID and network namespaces."""
        mount("none", "/", flags=MS_REC | MS_PRIVATE)
        kept = [(path, os.open(path, os.O_PATH | os.O_DIRECTORY)) for path in self.expose if os.path.isdir(path)]
        mount("proc", "/proc", "proc")
        for path, mode in (("/run", "0755"), ("/tmp", "1777"), ("/dev/shm", "1777")):
            if os.path.isdir(path):
                mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, f"mode={mode}")
        for path in ("/run/sshd", "/run/lock", LAYERS):
            os.makedirs(path, mode=0o755)
        private_etc = [self._overlay(path) for path in OVERLAID if os.path.isdir(path)][0]
        for path, descriptor in kept:
            self._show_again(path, descriptor)
            os.close(descriptor)
        self._write_names(private_etc)
        socket.sethostname(self.name)

    def _overlay(self, path: str) -> bool:
        """Put a private writable layer over a directory; where the kernel can't, it stays the machine's own."""
        layer = f"{LAYERS}{path}"
        for part in ("upper", "work"):
            os.makedirs(f"{layer}/{part}")
        status = os.stat(path)
        os.chmod(f"{layer}/upper", status.st_mode & 0o7777)
        os.chown(f"{layer}/upper", status.st_uid, status.st_gid)
        try:
            mount("overlay", path, "overlay", 0, f"lowerdir={path},upperdir={layer}/upper,workdir={layer}/work")
        except OSError:
            return False
        return True

    @staticmethod
    def _show_again(path: str, descriptor: int) -> None:
        """Bring back a directory that one of the private mounts has covered."""
        before = os.fstat(descriptor)
        try:
            now = os.stat(path)
            if (now.st_dev, now.st_ino) == (before.st_dev, before.st_ino):
                return
        except OSError:
            os.makedirs(path, exist_ok=True)
        mount(f"/proc/self/fd/{descriptor}", path, flags=MS_BIND | MS_REC)

    def _write_names(self, private_etc: bool) -> None:
        for path, text in (("/etc/hosts", HOSTS.format(name=self.name)), ("/etc/hostname", self.name + "\n")):
            if private_etc:
                # a new file, not the old one's content: in a container the lower one may be a mount of its own
                if os.path.lexists(path):
                    os.unlink(path)
                target = path
            else:
                target = f"{LAYERS}{path}"
            with open(target, "w", encoding="ascii") as stream:
                stream.write(text)
            os.chmod(target, 0o644)
            if not private_etc:
                mount(target, path, flags=MS_BIND)


class Init:
    """PID 1 of a host: starts sshd, reaps, takes orders."""

    def __init__(self, directory: str, sshd: list[str]) -> None:
        self.directory = directory
        self.sshd = sshd
        self.waiting: dict[int, socket.socket] = {}
        self.wake, wake_writer = os.pipe()
        os.set_blocking(wake_writer, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)

    def run(self) -> None:
        """Serve for ever; the lab ends this process with SIGKILL from outside."""
        # A UNIX socket's path may have 107 bytes, a lab's directory more: bind relative to the directory
        os.chdir(self.directory)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind("init.sock")
        os.chmod("init.sock", 0o600)
        listener.listen(64)
        os.chdir("/")
        with open(os.path.join(self.directory, "sshd.log"), "ab") as log:
            self._popen({"argv": self.sshd}, [log.fileno()] * 2)
        watched: list[Any] = [listener, self.wake]
        while True:
            readable, _, _ = select.select(watched, [], [])
            if self.wake in readable:
                os.read(self.wake, 4096)
                self._reap()
            if listener in readable:
                self._serve(listener.accept()[0])

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            waiter = self.waiting.pop(pid, None)
            if waiter is not None:
                self._reply(waiter, {"exit": os.waitstatus_to_exitcode(status)})
                waiter.close()

    @staticmethod
    def _reply(connection: socket.socket, answer: dict[str, Any]) -> None:
        try:
            connection.send(json.dumps(answer).encode())
        except OSError:
            pass  # who asked has gone; nobody else wants to know

    def _serve(self, connection: socket.socket) -> None:
        """Do one order. Its answer is at once; that of a program that is waited for comes once more at its end."""
        connection.settimeout(5)
        descriptors: list[int] = []
        keep = False
        try:
            message, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 3)
            order = json.loads(message)
            if order["do"] == "kill":
                os.kill(order["pid"], order["signal"])
                self._reply(connection, {})
            else:
                pid = self._popen(order, descriptors)
                if order.get("wait"):
                    self.waiting[pid] = connection
                    keep = True
                self._reply(connection, {"pid": pid})
        except Exception as error:  # an order that can't be done must not end the host
            self._reply(connection, {"error": f"{type(error).__name__}: {error}"})
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
            if not keep:
                connection.close()

    @staticmethod
    def _popen(order: dict[str, Any], descriptors: list[int]) -> int:
        """Start a program in a session of its own, with a clean environment; return its PID in this host."""
        who = pwd.getpwnam(order.get("user") or "root")
        environment = {
            "PATH": DEFAULT_PATH,
            "HOME": who.pw_dir,
            "USER": who.pw_name,
            "LOGNAME": who.pw_name,
            "LANG": "C.UTF-8",
        }
        environment.update(order.get("env") or {})
        nofile = order.get("nofile")
        options: dict[str, Any] = {}
        if who.pw_uid != 0:
            groups = [entry.gr_gid for entry in grp.getgrall() if who.pw_name in entry.gr_mem]
            options = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": groups}
        if nofile:
            options["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (nofile, nofile))
        path = order.get("stdout") or os.devnull
        os.makedirs(os.path.dirname(path) or "/", exist_ok=True)
        with open(path, "ab") as output:
            streams: list[Any] = [subprocess.DEVNULL, output, output]
            streams[3 - len(descriptors) :] = descriptors
            process = subprocess.Popen(
                order["argv"],
                env=environment,
                cwd=order.get("cwd") or "/",
                stdin=streams[0],
                stdout=streams[1],
                stderr=streams[2],
                start_new_session=True,
                **options,
            )
        # _reap() collects every child; a Popen that believes its child alive would compete for the exit status
        process.returncode = 0
        return process.pid


def be_host(order: dict[str, Any], name: str) -> None:
    """Be PID 1 of a host. Never returns; a failure is written to the host's init.log."""
    directory = os.path.join(order["directory"], "hosts", name)
    null = os.open(os.devnull, os.O_RDWR)
    log = os.open(os.path.join(directory, "init.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(log)
    try:
        os.setsid()
        HostSetup(order, name).run()
        Init(directory, [order["sshd"], "-D", "-e", "-f", os.path.join(directory, "sshd_config")]).run()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(1)


def spawn(order: dict[str, Any], name: str) -> int:
    """Make one host; return its PID 1 as seen from here."""
    reader, writer = os.pipe()
    middle = os.fork()
    if middle == 0:
        # A process can't enter the PID namespace that it makes, only its children can: hence the second fork
        try:
            os.close(reader)
            unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWPID)
            child = os.fork()
            if child == 0:
                os.close(writer)
                be_host(order, name)
            os.write(writer, str(child).encode())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = stream.read()
    os.waitpid(middle, 0)
    if not answer:
        raise RuntimeError(f"could not make the namespaces of {name}")
    return int(answer)


def main() -> int:
    """Make the hosts that standard input asks for."""
    order = json.load(sys.stdin)
    for name in order["names"]:
        print(json.dumps({"name": name, "pid": spawn(order, name), "time": time.time()}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
