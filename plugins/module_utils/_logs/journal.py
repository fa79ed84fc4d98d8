# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The systemd journal of a unit, as text in which every line begins with its time."""

from __future__ import annotations

import json
import typing as t

from .._run.context import Context

_FIELDS = "MESSAGE,PRIORITY,_PID,SYSLOG_IDENTIFIER"
#: An entry of ordinary length takes 500 bytes as JSON: 20000 are 10 MB.
MAX_ENTRIES = 20000


class Unavailable(Exception):
    """The journal could not be read: the message says why, ``remedy`` what helps."""

    def __init__(self, message: str, remedy: str) -> None:
        Exception.__init__(self, message)
        self.remedy = remedy


def read_unit(
    context: Context, unit: str, since: float | None, until: float | None = None, entries: int = MAX_ENTRIES
) -> tuple[bytes, int]:
    """The newest entries of a unit's journal, oldest first.

    :param since: seconds since the epoch, or None for no limit; ``until`` likewise.
    :param entries: how many at most.
    :returns: lines ``@<epoch> <text>`` (a message of several lines gives several), and the number of entries.
    :raises Unavailable: journalctl failed or shows nothing to this user.
    """
    # --all: without it a message of more than 4 KiB (a stack trace) comes as null.
    argv = ["journalctl", "--all", "-o", "json", "--output-fields=" + _FIELDS, "-u", unit, "--no-pager", "-q"]
    argv += ["-n", str(entries)]
    if since is not None:
        argv += ["--since", "@%d" % since]
    if until is not None:
        argv += ["--until", "@%d" % (until + 1)]
    status, out, err = context.command(argv, 10.0)
    if status != 0:
        reason = err.strip().split("\n")[-1][:200] or "exit status %d" % status
        raise Unavailable("journalctl -u %s: %s" % (unit, reason), _remedy())
    lines: list[bytes] = []
    count = 0
    for record in out.split("\n"):
        if record[:1] == "{":
            count += 1
            lines += _lines(record)
    return b"\n".join(lines), count


def _remedy() -> str:
    return "run with become: true, or add the user to the group systemd-journal; or set 'logs' to a log file"


def may_be_hidden(effective_uid: int, groups: t.Iterable[int], readers: t.Iterable[int]) -> bool:
    """Whether an empty answer may mean "not allowed": journalctl does not say so with ``-q``.

    :param effective_uid: of this process.
    :param groups: its group ids.
    :param readers: ids of the groups that may read every journal (systemd-journal, adm, wheel).
    """
    return effective_uid != 0 and not set(groups) & set(readers)


def _lines(record: str) -> list[bytes]:
    try:
        entry = json.loads(record)
        moment = int(entry.get("__REALTIME_TIMESTAMP") or 0) / 1e6
    except (ValueError, AttributeError, TypeError):
        return []
    message = entry.get("MESSAGE")
    if isinstance(message, list):
        # Bytes that are not plain text (colours are enough) come as numbers; two messages of one entry as a list.
        if all(isinstance(item, int) for item in message):
            data = bytes(item & 255 for item in message)
        else:
            data = "\n".join(str(item) for item in message).encode("utf-8", "replace")
    else:
        data = (message if isinstance(message, str) else "").encode("utf-8", "replace")
    prefix = b"@%.6f " % moment
    return [prefix + line for line in data.split(b"\n")]
