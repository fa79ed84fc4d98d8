# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""The runs before this one: ``<report_dir>/history/<run>.json.gz``, a snapshot each."""

from __future__ import annotations

import gzip
import json
import os
import typing as t

from .files import write_atomically
from .results import file_name
from .snapshot import SNAPSHOT_SCHEMA

DIRECTORY = "history"
#: More than a snapshot can hold, packed and unpacked: the directory is input too.
_LARGEST = 64 * 1024 * 1024


def read_history(report_dir: str, notes: list[str]) -> list[dict[str, t.Any]]:
    """The snapshots in the directory, the oldest first; a file that is none is named in ``notes``."""
    directory = os.path.join(report_dir, DIRECTORY)
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".json.gz") and not name.startswith("."))
    except OSError:
        return []
    found = []
    for name in names:
        try:
            found.append(_read(os.path.join(directory, name)))
        except (OSError, EOFError, ValueError, RecursionError) as error:
            notes.append("history: %s was passed over: %s" % (os.path.join(DIRECTORY, name), str(error)[:120]))
    return sorted(found, key=_age)


def write_history(report_dir: str, snapshot: dict[str, t.Any], keep: int) -> None:
    """Remember a run, and forget those beyond the newest ``keep``.

    :raises OSError: with a message for the user.
    """
    name = file_name(snapshot["run_id"] or "run")
    text = json.dumps(snapshot, ensure_ascii=False, separators=(",", ":"))
    # Without a time in its header the same run gives the same bytes.
    data = gzip.compress(text.encode("utf-8", "backslashreplace"), mtime=0)
    directory = os.path.join(report_dir, DIRECTORY)
    if os.path.islink(directory):
        raise OSError("cannot write %s: it is a symbolic link; remove it" % directory)
    write_atomically(os.path.join(directory, name + ".gz"), data)
    for old in read_history(report_dir, [])[:-keep]:
        os.unlink(os.path.join(directory, file_name(old["run_id"] or "run") + ".gz"))


def _age(entry: dict[str, t.Any]) -> tuple[str, str]:
    return entry["generated"], entry["run_id"]


def _read(path: str) -> dict[str, t.Any]:
    with gzip.open(path, "rb") as stream:
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
    texts = [entry.get(key) for key in ("run_id", "generated", "status")]
    wrong, causes, hosts = entry.get("wrong"), entry.get("causes"), entry.get("hosts")
    good = (
        all(isinstance(text, str) for text in texts)
        and isinstance(hosts, dict)
        and all(isinstance(number, int) for number in hosts.values())
        and isinstance(wrong, list)
        and all(isinstance(row, list) and len(row) == 5 and all(isinstance(text, str) for text in row) for row in wrong)
        and isinstance(causes, dict)
        and all(_is_cause(cause) for cause in causes.values())
    )
    if not good:
        raise ValueError("a part of it is not what this collection writes")
    return entry


def _is_cause(cause: t.Any) -> bool:
    return (
        isinstance(cause, dict)
        and isinstance(cause.get("title"), str)
        and isinstance(cause.get("hosts"), list)
        and all(isinstance(name, str) for name in cause["hosts"])
    )
