# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The one way in which the target half opens files.

The checklist runs as root, and other users choose what many of the names that it follows point to: a FIFO would keep it
waiting, a device would be acted upon by being opened, ``/dev/zero`` has no end, and a link may point to what its maker
could not read. So nothing but a regular file is ever opened, it is looked at before that (open(2): ``O_PATH`` acts on
nothing), reads are bounded, and a link counts only if its maker could have read its target.

In others' file systems (``root``), links are followed as the processes there would follow them
(path_resolution(7)), never out of it.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import typing as t

#: Links that one path may go through: the kernel's own limit (path_resolution(7)).
MOST_LINKS = 40
#: Bytes of one read(2).
_CHUNK = 1 << 20
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)
_LOOK = getattr(os, "O_PATH", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
#: What begins in another process's file system.
_INSIDE = re.compile(r"(/proc/[0-9]+/root)(/.*)", re.DOTALL)
_PROGRAM = re.compile(r"/proc/[0-9]+/exe")
#: What only the kernel puts there. Links below are the kernel's, too: they are followed as they are.
_KERNELS = ("/proc/", "/sys/")


class NotRegular(OSError):
    """The name is that of a FIFO, a device, a socket or a directory, which is not opened."""


class ForeignLink(OSError):
    """The name points through a link to a file that the link's owner may not read."""


class Reader(t.NamedTuple):
    """A user whose word it is that a file be read: what he may not read is not read for him."""

    uid: int
    groups: t.FrozenSet[int]

    def may(self, seen: os.stat_result, bits: int) -> bool:
        """Whether a file's mode lets that user (access control lists are left out: they let few, and those are known).

        :param bits: as they stand for others: S_IROTH, S_IXOTH.
        """
        if self.uid == 0:
            return True
        shift = 6 if seen.st_uid == self.uid else 3 if seen.st_gid in self.groups else 0
        return seen.st_mode & bits << shift == bits << shift


def open_regular(path: str, root: str = "", readers: t.Iterable[Reader] = ()) -> int:
    """A descriptor of a regular file, for reading; the caller closes it.

    :param path: absolute, as a process whose file system begins at ``root`` would take it.
    :param root: ``/proc/PID/root`` of such a process; empty: this process's own.
    :param readers: those who may have chosen the name.
    :raises NotRegular: it is something else, which was not opened.
    :raises ForeignLink: see above; or a reader may not read it.
    :raises OSError: it cannot be opened.
    """
    if "\0" in path:
        raise FileNotFoundError(errno.ENOENT, "not a valid file name", path)
    try:
        if not hasattr(os, "O_PATH"):
            return _checked(os.open(path, _FLAGS))
        inside = _INSIDE.fullmatch(path) if not root else None
        if inside is not None:
            root, path = inside.groups()
        if not root and path.startswith(_KERNELS):
            looked, makers, private = _kernels(path, readers)
        else:
            looked, makers, private = _look_at(os.path.abspath(path), root, readers)
        try:
            return _reopened(looked, makers, private)
        finally:
            os.close(looked)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from None


def read_bytes(path: str, most: int, root: str = "", offset: int = 0, readers: t.Iterable[Reader] = ()) -> bytes:
    """Up to ``most`` bytes of a regular file.

    :param offset: where to begin; negative: that many bytes before its end.
    :raises OSError: as open_regular.
    """
    descriptor = open_regular(path, root, readers)
    try:
        if offset < 0:
            offset = max(0, os.fstat(descriptor).st_size + offset)
        if offset:
            os.lseek(descriptor, offset, os.SEEK_SET)
        return read_on(descriptor, most)
    finally:
        os.close(descriptor)


def read_of_process(path: str, most: int) -> bytes:
    """Up to ``most`` bytes of what the kernel itself writes about a process (``/proc/PID/stat`` and its like).

    Nobody can put a device or a FIFO there, so none of that is looked for first: of every process of a host three such files
    are read. Links, which stand there too, are not followed.

    :raises OSError: it cannot be opened, or is a link.
    """
    descriptor = os.open(path, _FLAGS | getattr(os, "O_NOFOLLOW", 0))
    try:
        return read_on(descriptor, most)
    finally:
        os.close(descriptor)


def read_text(path: str, most: int, root: str = "", readers: t.Iterable[Reader] = ()) -> str:
    """The same as text; what is no UTF-8 becomes question marks.

    :raises OSError: as open_regular.
    """
    return read_bytes(path, most, root, readers=readers).decode("utf-8", "replace")


def read_on(descriptor: int, most: int) -> bytes:
    """Up to ``most`` bytes from where a descriptor stands: one read(2) may bring less."""
    pieces: list[bytes] = []
    while most > 0:
        piece = os.read(descriptor, min(most, _CHUNK))
        if not piece:
            break
        pieces.append(piece)
        most -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def open_own(path: str, flags: int) -> int:
    """A descriptor of a file of this process's own: in a directory it has made for itself (mode 0700), of the kernel's
    about itself, or ``/dev/null``. Never through a link.

    :param flags: of open(2); a file that is made is for this user alone.
    """
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)


def _checked(descriptor: int) -> int:
    """Where there is no O_PATH: what was opened without waiting is looked at afterwards."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise NotRegular(errno.EINVAL, "not a regular file")


def _reopened(looked: int, makers: t.Set[int], private: bool) -> int:
    """Open what was looked at. Root's links, and those of the file's owner, are as good as the file's own name."""
    seen = os.fstat(looked)
    if not stat.S_ISREG(seen.st_mode):
        raise NotRegular(errno.EINVAL, "not a regular file")
    strangers = makers - {0, os.geteuid(), seen.st_uid}
    if strangers and (private or not seen.st_mode & stat.S_IROTH):
        raise ForeignLink(errno.EACCES, "a symlink of user %d points to another user's file" % max(strangers))
    return os.open("/proc/self/fd/%d" % looked, _FLAGS)


def _kernels(path: str, readers: t.Iterable[Reader]) -> t.Tuple[int, t.Set[int], bool]:
    """As _look_at, for what the kernel shows. What it shows root about others is for no reader, except which program runs."""
    for reader in readers:
        if reader.uid != 0 and _PROGRAM.fullmatch(path) is None:
            raise ForeignLink(errno.EACCES, "user %d, who may have chosen this path, may not read it" % reader.uid)
    return os.open(path, os.O_PATH | os.O_CLOEXEC), set(), False


def _look_at(path: str, root: str, readers: t.Iterable[Reader]) -> t.Tuple[int, t.Set[int], bool]:
    """Follow a path without opening anything.

    :returns: a descriptor of what it leads to, the owners of the links on the way, and whether a directory on the way
        to it is closed to others.
    """
    waiting = path.split("/")[::-1]
    #: The directories from the top down to where the walk stands: it never gets above the first.
    standing = [os.open(root or "/", os.O_PATH | os.O_CLOEXEC)]
    makers: t.Set[int] = set()
    links = 0
    try:
        while waiting:
            name = waiting.pop()
            if name == ".." and len(standing) > 1:
                os.close(standing.pop())
            if name in ("", ".", ".."):
                continue
            here = os.open(name, _LOOK, dir_fd=standing[-1])
            standing.append(here)
            seen = os.fstat(here)
            if not stat.S_ISLNK(seen.st_mode):
                continue
            links += 1
            if links > MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            makers.add(seen.st_uid)
            target = os.readlink("", dir_fd=here)
            waiting += target.split("/")[::-1]
            for descriptor in standing[1 if target.startswith("/") else -1 :]:
                os.close(descriptor)
            del standing[1 if target.startswith("/") else -1 :]
        for reader in readers:
            above = all(reader.may(os.fstat(descriptor), stat.S_IXOTH) for descriptor in standing[:-1])
            if not above or not reader.may(os.fstat(standing[-1]), stat.S_IROTH):
                raise ForeignLink(errno.EACCES, "user %d, who may have chosen this path, may not read it" % reader.uid)
        private = not all(os.fstat(descriptor).st_mode & stat.S_IXOTH for descriptor in standing[:-1])
        return os.dup(standing[-1]), makers, private
    finally:
        for descriptor in standing:
            os.close(descriptor)
