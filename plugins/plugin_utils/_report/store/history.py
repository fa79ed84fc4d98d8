# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""The runs before this one: ``<report_dir>/history/<run>.json.gz``, a snapshot each."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import typing as t
import zlib

from ..._model import is_number
from ..model.normalise import HOST_STATUSES, WRONG
from .atomic_files import read_regular, write_atomically
from .results import file_name
from .snapshot import SNAPSHOT_SCHEMA

DIRECTORY = "history"
#: More than a snapshot can hold, packed and unpacked: the directory is input too.
_LARGEST = 64 * 1024 * 1024


def read_history(report_dir: str, notes: list[str]) -> list[dict[str, t.Any]]:
    """The snapshots in the directory, the oldest first; a file that is none is named in ``notes``."""
    return [entry for _path, entry in _entries(os.path.join(report_dir, DIRECTORY), notes)]


def write_history(report_dir: str, snapshot: dict[str, t.Any], keep: int) -> None:
    """Remember a run, and forget those before it beyond the newest ``keep``.

    :raises OSError: with a message for the user.
    """
    text = json.dumps(snapshot, ensure_ascii=False, separators=(",", ":"))
    # Without a time in its header the same run gives the same bytes.
    data = gzip.compress(text.encode("utf-8", "backslashreplace"), mtime=0)
    directory = os.path.join(report_dir, DIRECTORY)
    if os.path.islink(directory):
        raise OSError("cannot write %s: it is a symbolic link; remove it" % directory)
    path = os.path.join(directory, file_name(snapshot["run_id"] or "run") + ".gz")
    write_atomically(path, data)
    # A snapshot from the future, of a clock that was wrong once, takes no place of another.
    others = [old for old, entry in _entries(directory, []) if old != path and _age(entry) <= _age(snapshot)]
    for old in others[: max(0, len(others) - keep + 1)]:
        with contextlib.suppress(OSError):
            os.unlink(old)


def _entries(directory: str, notes: list[str]) -> list[tuple[str, dict[str, t.Any]]]:
    """Path and snapshot of every run, the oldest first."""
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".json.gz") and not name.startswith("."))
    except OSError:
        return []
    found = []
    for name in names:
        path = os.path.join(directory, name)
        try:
            found.append((path, _read(path)))
        except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
            notes.append("history: %s was passed over: %s" % (os.path.join(DIRECTORY, name), str(error)[:120]))
    return sorted(found, key=lambda pair: _age(pair[1]))


def _age(entry: dict[str, t.Any]) -> tuple[str, str]:
    return entry["generated"], entry["run_id"]


def _read(path: str) -> dict[str, t.Any]:
    with gzip.GzipFile(fileobj=io.BytesIO(read_regular(path, _LARGEST))) as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError("it is larger than %d MB" % (_LARGEST // 1024 // 1024))
    entry = json.loads(data)
    if not isinstance(entry, dict) or entry.get("schema") != SNAPSHOT_SCHEMA:
        raise ValueError("it is no snapshot of schema %s" % SNAPSHOT_SCHEMA)
    return _checked(entry)


def _checked(entry: dict[str, t.Any]) -> dict[str, t.Any]:
    """The snapshot, every key there and every type right.

    :raises ValueError: if it is not as this collection writes it.
    """
    wrong, causes, hosts = entry.get("wrong"), entry.get("causes"), entry.get("hosts")
    good = (
        all(isinstance(entry.get(key), str) for key in ("run_id", "generated"))
        and entry.get("status") in ("pass", "warn", "fail", "unknown")
        and isinstance(hosts, dict)
        and _are_counts(hosts)
        and isinstance(wrong, list)
        and all(_is_wrong(row) for row in wrong)
        and isinstance(causes, dict)
        and all(_is_cause(cause) for cause in causes.values())
    )
    if not good:
        raise ValueError("a part of it is not what this collection writes")
    return entry


def _are_counts(hosts: dict[str, t.Any]) -> bool:
    counts = [count for count in map(hosts.get, HOST_STATUSES) if is_number(count) and count >= 0]
    return len(counts) == len(HOST_STATUSES) and hosts.get("total") == sum(counts)


def _is_wrong(row: t.Any) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 6
        and all(isinstance(text, str) for text in row[:5])
        and row[4] in WRONG
        and is_number(row[5])
    )


def _is_cause(cause: t.Any) -> bool:
    return (
        isinstance(cause, dict)
        and isinstance(cause.get("title"), str)
        and all(isinstance(cause.get(key), list) for key in ("hosts", "checks"))
        and all(isinstance(name, str) for name in cause["hosts"] + cause["checks"])
    )
