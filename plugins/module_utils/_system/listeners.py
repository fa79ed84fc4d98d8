# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Listening sockets of every network namespace on a Linux host, with accept queue and IPV6_V6ONLY.

/proc/net/tcp knows neither the backlog nor whether an IPv6 wildcard is dual stack; the kernel's sock_diag
netlink interface (sock_diag(7)) does, and is open to every user. A namespace that cannot be entered is read
from ``/proc/PID/net`` instead, with these two unknown.
"""

from __future__ import annotations

import collections
import ctypes
import errno
import os
import re
import socket
import struct
import threading
import typing as t

from .base import Listener
from .open_file import open_regular, read_text

_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_DONE, _ERROR = 3, 2
_TCP_LISTEN = 10
_SKV6ONLY = 11  # INET_DIAG_SKV6ONLY
_CLONE_NEWNET = 0x40000000
#: Bytes of a table of sockets: some 400 000 rows.
_TABLE = 64 << 20
#: UDIAG_SHOW_NAME and UDIAG_SHOW_VFS; the attributes that answer them, UNIX_DIAG_NAME and UNIX_DIAG_VFS (unix_diag.h).
_UNIX_SHOW, _UNIX_NAME, _UNIX_VFS = 1 | 2, 0, 1
#: A row of /proc/net/unix whose socket has a path (proc(5)).
_UNIX_ROW = re.compile(
    r"[0-9A-Fa-f]+: [0-9A-F]{8} [0-9A-F]{8} (?P<flags>[0-9A-F]{8}) 0001 [0-9A-F]{2} +(?P<inode>[0-9]{1,20}) (?P<path>[^@].*)\Z",
    re.DOTALL,
)

_Seen = t.TypeVar("_Seen")


def own_listeners() -> list[Listener]:
    """TCP listeners of this process's network namespace; ``pids`` are left empty.

    :raises OSError: the kernel offers no sock_diag.
    """
    found: list[Listener] = []
    for family in (socket.AF_INET, socket.AF_INET6):
        for message in dump(family, 1 << _TCP_LISTEN):
            found.append(_parse(message))
    return found


def listeners_of(pid: int, name: str) -> list[Listener]:
    """TCP listeners of the network namespace that process ``pid`` lives in.

    :param name: the namespace's name for the result (``net:[…]``).
    """
    try:
        found = in_namespace_of(pid, own_listeners)
    except OSError:
        found = from_proc("/proc/%d/net" % pid)
    return [listener._replace(netns=name) for listener in found]


def from_proc(folder: str) -> list[Listener]:
    """TCP listeners from ``<folder>/tcp`` and ``tcp6`` (proc(5)); accept queue yes, backlog and v6only no."""
    found: list[Listener] = []
    for fields in tcp_rows(folder):
        if int(fields[3], 16) == _TCP_LISTEN:
            raw, port = address_of(fields[1])
            queued = int(fields[4].split(":")[1], 16)
            found.append(_listener(raw, port, None, int(fields[9]), int(fields[7]), queued, None))
    return found


def tcp_rows(folder: str) -> t.Iterator[list[str]]:
    """The fields of every row of ``<folder>/tcp`` and ``tcp6``."""
    for name in ("tcp", "tcp6"):
        try:
            rows = read_text("%s/%s" % (folder, name), _TABLE).splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            yield row.split()


def address_of(field: str) -> tuple[bytes, int]:
    """An ``address:port`` of these tables, the address in the order of the network."""
    words, port = field.split(":")
    raw = b"".join(struct.pack("=I", int(words[at : at + 8], 16)) for at in range(0, len(words), 8))
    return raw, int(port, 16)


def unix_listeners(path: str = "") -> list[Listener]:
    """Unix stream sockets that listen and have a path.

    The kernel reports each with the file that it is bound to, since a name alone proves nothing: any user may bind the same one in
    a file system of his own. Where a file of that name is another one here, the listener is not the one it is called after.

    :param path: a table to read in place of asking the kernel.
    """
    if not path:
        try:
            messages = list(
                _dump(struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, 1 << _TCP_LISTEN, 0, _UNIX_SHOW, 0, 0))
            )
        except OSError:
            path = "/proc/net/unix"
        else:
            return [row for row in map(_parse_unix, messages) if row is not None]
    try:
        rows = read_text(path, _TABLE).split("\n")[1:]
    except OSError:
        return []
    # A path may hold a line feed, which nothing escapes here: what is no row is left out, and what looks like one of a socket
    # that another row is about as well.
    found = [row for row in map(_UNIX_ROW.match, rows) if row is not None]
    seen = collections.Counter(row.group("inode") for row in found)
    return [
        _unix(row.group("path"), int(row.group("inode")))
        for row in found
        if int(row.group("flags"), 16) & 0x10000 and seen[row.group("inode")] == 1
    ]


def _parse_unix(message: bytes) -> Listener | None:
    """A listener from a unix_diag message; None: it has no path, or its path is another file here."""
    inode = struct.unpack_from("=I", message, 4)[0]
    name, bound = _attribute(message[16:], _UNIX_NAME), _attribute(message[16:], _UNIX_VFS)
    # An abstract name begins with a null byte.
    path = name.rstrip(b"\0").decode("utf-8", "replace") if name[:1] != b"\0" else ""
    if not path or message[1] != socket.SOCK_STREAM:
        return None
    try:
        here = os.stat(path) if os.path.isabs(path) else None
    except (OSError, ValueError):
        here = None
    # The kernel's own form of a device number is not that of stat(2): the file's number has to do.
    if here is not None and len(bound) >= 8 and struct.unpack_from("=I", bound)[0] != here.st_ino & 0xFFFFFFFF:
        return None
    return _unix(path, inode)


def _unix(path: str, inode: int) -> Listener:
    return Listener("unix", path, 0, None, inode, -1, None, None, "host", [])


def dump(family: int, states: int, port: int = 0) -> t.Iterator[bytes]:
    """The inet_diag messages of the TCP sockets of a family in this network namespace.

    :param states: a bit for each state (1 is established, 10 listening).
    :param port: their own port; 0: any. The kernel itself leaves the others out.
    :raises OSError: the kernel offers no sock_diag.
    """
    identity = struct.pack("!HH", port, 0) + bytes(32) + struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    return _dump(struct.pack("=BBBBI", family, socket.IPPROTO_TCP, 0, 0, states) + identity)


def _dump(body: bytes) -> t.Iterator[bytes]:
    """What the kernel answers to a request of sock_diag(7)."""
    header = struct.pack("=IHHII", 16 + len(body), _SOCK_DIAG_BY_FAMILY, _DUMP, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as link:
        link.settimeout(2.0)
        link.send(header + body)
        while True:
            data, at = link.recv(1 << 18), 0
            while len(data) - at >= 16:
                length, kind = struct.unpack_from("=IH", data, at)
                if kind == _DONE:
                    return
                if kind == _ERROR:
                    code = -struct.unpack_from("=i", data, at + 16)[0]
                    raise OSError(code, "sock_diag: %s" % os.strerror(code))
                yield data[at + 16 : at + length]
                at += (length + 3) & ~3


def _parse(message: bytes) -> Listener:
    family = message[0]
    port = struct.unpack_from("!H", message, 4)[0]
    raw = message[8 : 8 + (16 if family == socket.AF_INET6 else 4)]
    queued, backlog, uid, inode = struct.unpack_from("=IIII", message, 56)
    v6only = None
    if family == socket.AF_INET6:
        flag = _attribute(message[72:], _SKV6ONLY)
        v6only = bool(flag[0]) if flag else None
    return _listener(raw, port, v6only, inode, uid, queued, backlog)


def _attribute(data: bytes, wanted: int) -> bytes:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if kind == wanted:
            return data[4:length]
        if length < 4:
            break
        data = data[(length + 3) & ~3 :]
    return b""


def _listener(
    raw: bytes, port: int, v6only: bool | None, inode: int, uid: int, queued: int | None, backlog: int | None
) -> Listener:
    address = numeric(raw)
    name = "ipv6" if ":" in address else "ipv4"
    if name == "ipv4":
        # An IPv4-mapped address is an IPv4 listener in everything but the system call.
        v6only = None
    return Listener(name, address, port, v6only, inode, uid, queued, backlog, "host", [])


def numeric(raw: bytes) -> str:
    """An address in text; an IPv4-mapped one as the IPv4 address it is."""
    if len(raw) == 16 and raw[:12] == bytes(10) + b"\xff\xff":
        raw = raw[12:]
    return socket.inet_ntop(socket.AF_INET6 if len(raw) == 16 else socket.AF_INET, raw)


def in_namespace_of(pid: int, look: t.Callable[[], _Seen]) -> _Seen:
    """What ``look`` sees from a thread that enters a process's network namespace and then ends.

    setns(2) is per thread.

    :raises OSError: the namespace may not be entered, or looking failed.
    """
    result: list[t.Any] = []

    def enter() -> None:
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            handle = open_regular("/proc/%d/ns/net" % pid)
            try:
                if libc.setns(handle, _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            finally:
                os.close(handle)
            result.append(look())
        except (OSError, AttributeError) as error:
            result.append(error if isinstance(error, OSError) else OSError(str(error)))

    thread = threading.Thread(target=enter)
    try:
        thread.start()
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, str(error)) from error
    thread.join()
    if isinstance(result[0], OSError):
        raise result[0]
    return t.cast(_Seen, result[0])
