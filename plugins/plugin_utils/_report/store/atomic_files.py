# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Writing a file so that readers see the old one or the new one, whole, and never half of either."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile

_ADVICE = {
    errno.ENOSPC: "free some space on that file system, or choose another report_dir",
    errno.EDQUOT: "the disk quota is used up: free some space, or choose another report_dir",
    errno.EFBIG: "raise the limit on file size (ulimit -f), or choose another report_dir",
    errno.EACCES: "let the user that runs Ansible write to that directory, or choose another report_dir",
    errno.EPERM: "let the user that runs Ansible write to that directory, or choose another report_dir",
    errno.EROFS: "that file system is mounted read-only: choose another report_dir",
    errno.ENOTDIR: "a part of that path is a file: choose another report_dir",
    errno.EISDIR: "there is a directory of that name: move it away, or choose another report_dir",
    errno.ELOOP: "remove the symbolic link, or choose another report_dir",
}


#: More than any file of ours can hold.
LARGEST = 512 * 1024 * 1024


def read_regular(path: str, largest: int = LARGEST) -> bytes:
    """The content of a regular file: a pipe would make the reader wait for ever.

    :param largest: bytes.
    :raises OSError: it cannot be read, is something else, or is larger.
    """
    # Without O_NONBLOCK opening a pipe waits for a writer; of a regular file it changes nothing.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        data = stream.read(largest + 1)
    if len(data) > largest:
        raise OSError(errno.EFBIG, "larger than %d MB" % (largest // 1024 // 1024))
    return data


def directory_of(option: str | None) -> str:
    """The report directory that an option means, absolute."""
    return os.path.abspath(os.path.expanduser(os.path.expandvars(option or "websocket-health")))


def write_atomically(path: str, content: str | bytes, mode: int = 0o640) -> None:
    """Replace a file as a whole, or leave it as it was.

    :param path: where to write; missing directories are made.
    :param mode: permissions of the file.
    :raises OSError: with a message for the user: which file, why, what to do. The old file is untouched then.
    """
    # A lone surrogate has no UTF-8 form; its escape is the same in JSON and readable everywhere else.
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    try:
        target = _inside(os.path.abspath(path))
        _make(os.path.dirname(target))
        _replace(target, data, mode)
    except OSError as error:
        number = error.errno or errno.EIO
        advice = _ADVICE.get(number, "check the directory, or choose another report_dir")
        why = error.strerror or str(error)
        message = "cannot write %s: %s; %s. The previous file is unchanged." % (path, why, advice)
        raise OSError(number, message) from error


def _make(directory: str) -> None:
    """Make a directory and those above it that are missing, none of them accessible to every user."""
    if not os.path.isdir(directory):
        _make(os.path.dirname(directory))
        with contextlib.suppress(FileExistsError):
            os.mkdir(directory, 0o750)


def _inside(path: str) -> str:
    """The file to replace: where ``path`` is a symbolic link, its target, if that is in the same directory."""
    if not os.path.islink(path):
        return path
    target = os.path.realpath(path)
    directory = os.path.realpath(os.path.dirname(path))
    if os.path.commonpath((directory, target)) != directory:
        raise OSError(errno.ELOOP, "it is a symbolic link to %s, outside its directory" % target)
    return target


def _replace(path: str, data: bytes, mode: int) -> None:
    directory, name = os.path.split(path)
    handle, temporary = tempfile.mkstemp(prefix=".%s." % name[:80], suffix=".tmp", dir=directory)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            # Without it a power cut after the rename may leave an empty file under the final name.
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_directory(directory)


def _sync_directory(directory: str) -> None:
    # The file is in place by now: a file system that cannot sync a directory is no reason to fail.
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
