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
import zlib

from ..._model import HOST_STATUSES, is_number
from ..model.normalise import WRONG, host_counts
from ..shapes import RememberedCause, Snapshot, Wrong
from .atomic_files import read_regular, write_atomically
from .results import file_name
from .snapshot import SNAPSHOT_SCHEMA

DIRECTORY = "history"
#: More than a snapshot can hold, packed and unpacked: the directory is input too.
_LARGEST = 64 * 1024 * 1024
_ODD = "it was not written by this collection, or is damaged"


def read_history(report_dir: str, notes: list[str]) -> list[Snapshot]:
    """The snapshots in the directory, the oldest first; a file that is none is named in ``notes``."""
    return [entry for _path, entry in _entries(os.path.join(report_dir, DIRECTORY), notes)]


def write_history(report_dir: str, snapshot: Snapshot, keep: int) -> None:
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


def _entries(directory: str, notes: list[str]) -> list[tuple[str, Snapshot]]:
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
            notes.append("history: %s was skipped: %s" % (os.path.join(DIRECTORY, name), str(error)[:120]))
    return sorted(found, key=lambda pair: _age(pair[1]))


def _age(entry: Snapshot) -> tuple[str, str]:
    return entry["generated"], entry["run_id"]


def _read(path: str) -> Snapshot:
    with gzip.GzipFile(fileobj=io.BytesIO(read_regular(path, _LARGEST))) as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError("it is larger than %d MB" % (_LARGEST // 1024 // 1024))
    entry = json.loads(data)
    if not isinstance(entry, dict) or entry.get("schema") != SNAPSHOT_SCHEMA:
        raise ValueError("it is not a snapshot of schema %s" % SNAPSHOT_SCHEMA)
    return _checked(entry)


def _checked(entry: dict[str, object]) -> Snapshot:
    """The snapshot, with every key present and every type right.

    :raises ValueError: if it is not as this collection writes it.
    """
    run_id, generated, status, hosts = (entry.get(key) for key in ("run_id", "generated", "status", "hosts"))
    wrong, causes = entry.get("wrong"), entry.get("causes")
    if (
        not isinstance(run_id, str)
        or not isinstance(generated, str)
        or status not in ("pass", "warn", "fail", "unknown")
        or not isinstance(hosts, dict)
        or not _are_counts(hosts)
        or not isinstance(wrong, list)
        or not isinstance(causes, dict)
    ):
        raise ValueError(_ODD)
    return {
        "schema": SNAPSHOT_SCHEMA,
        "run_id": run_id,
        "generated": generated,
        "status": str(status),
        "hosts": host_counts(hosts),
        "wrong": [_wrong(row) for row in wrong],
        "causes": {str(cause): _cause(said) for cause, said in causes.items()},
    }


def _are_counts(hosts: dict[str, object]) -> bool:
    counts = [count for count in map(hosts.get, HOST_STATUSES) if is_number(count) and count >= 0]
    return len(counts) == len(HOST_STATUSES) and hosts.get("total") == sum(counts)


def _wrong(row: object) -> Wrong:
    if isinstance(row, list) and len(row) == len(Wrong._fields):
        *texts, age = row
        if all(isinstance(text, str) for text in texts) and texts[4] in WRONG and is_number(age):
            return Wrong._make(row)
    raise ValueError(_ODD)


def _cause(said: object) -> RememberedCause:
    if isinstance(said, dict) and isinstance(said.get("title"), str):
        return {"title": said["title"], "hosts": _names(said.get("hosts")), "checks": _names(said.get("checks"))}
    raise ValueError(_ODD)


def _names(names: object) -> list[str]:
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return names
    raise ValueError(_ODD)
