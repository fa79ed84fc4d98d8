# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Result files: one per host, ``<report_dir>/results/<host>.json``, from which the report is built."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import typing as t

from ..._run.plain_data import natural, plain
from .atomic_files import read_regular, write_atomically

RESULT_SCHEMA, EVIDENCE_SCHEMA = "websocket.health/result/1", "websocket.health/evidence/1"
DIRECTORY, EVIDENCE_DIRECTORY = "results", "evidence"

#: Names that are file names as they are. Upper case is not among them: on some file systems it collides.
_SAFE = re.compile(r"[a-z0-9_][a-z0-9._-]{0,99}")
#: More than any result can hold: evidence is capped at its source.
_LARGEST = 32 * 1024 * 1024
_REMEDY = "run the checklist for this host again; if the file is not one of its results, move it out of the directory"


def file_name(host: str) -> str:
    """The name of a host's result file; two hosts never share one."""
    if _SAFE.fullmatch(host):
        return host + ".json"
    digest = hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", host)[:60].strip("_") or "host"
    # No name that is safe by itself holds a tilde.
    return "%s~%s.json" % (readable, digest)


def result_path(report_dir: str, host: str) -> str:
    """Where the result of a host is kept.

    :param host: its name in the inventory.
    """
    return os.path.join(report_dir, DIRECTORY, file_name(host))


def write_result(report_dir: str, result: dict[str, t.Any]) -> str:
    """Keep the result of one host for the report.

    :param result: schema ``websocket.health/result/1``.
    :returns: the path of the file.
    :raises OSError: with a message for the user.
    """
    return _write(report_dir, result_path(report_dir, str(result["host"])), result)


def write_evidence(report_dir: str, row: dict[str, t.Any], services: list[dict[str, t.Any]]) -> str:
    """Keep what was seen on one host, for whoever wants to know why it was judged so.

    :param row: its result.
    :param services: ``{"service": its inventory entry, redacted, "evidence": by subject}`` of each.
    :returns: the path of the file.
    :raises OSError: with a message for the user.
    """
    kept = {key: row[key] for key in ("run_id", "host", "generated", "collection", "facts")}
    path = os.path.join(report_dir, EVIDENCE_DIRECTORY, file_name(str(row["host"])))
    return _write(report_dir, path, {"schema": EVIDENCE_SCHEMA, **kept, "services": services})


def _write(report_dir: str, path: str, content: dict[str, t.Any]) -> str:
    directory, root = os.path.realpath(os.path.dirname(path)), os.path.realpath(report_dir)
    if os.path.commonpath((directory, root)) != root:
        message = "cannot write %s: %s is a symbolic link to %s, outside report_dir; remove the link" % (
            path,
            os.path.dirname(path),
            directory,
        )
        raise OSError(errno.ELOOP, message)
    write_atomically(path, json.dumps(plain(content), ensure_ascii=False, separators=(",", ":")) + "\n")
    return path


def read_results(report_dir: str, run_id: str | None) -> t.Iterator[dict[str, t.Any]]:
    """The results of one run, sorted by host, one after the other: of a large fleet not all fit in memory at once.

    A file that is no result is a row of its own, with status ``unknown`` and the reason; results of other runs
    are left out.

    :param run_id: the run; None for the newest one in the directory.
    """
    wanted = newest_run(report_dir) if run_id is None else run_id
    for row in _rows(report_dir):
        if row.get("unreadable") or row.get("run_id") == wanted:
            yield row


def overwritten(report_dir: str, run_id: str, hosts: t.Iterable[str], since: str) -> t.Iterator[dict[str, t.Any]]:
    """Rows for hosts whose result of this run is gone because another run has written its own in its place.

    :param hosts: those of this run that have no result of it.
    :param since: when this run began (ISO 8601, UTC); what was written earlier has been in nobody's place.
    """
    for host in hosts:
        name = file_name(host)
        path = os.path.join(report_dir, DIRECTORY, name)
        row = _read(os.path.dirname(path), name) if os.path.exists(path) else {"unreadable": True}
        if row.get("unreadable") or row["run_id"] == run_id or str(row.get("generated")) < since:
            continue
        words = (
            "another run (%s) wrote its result of this host in the same report_dir at %s, in the place of this run's"
        )
        reason = words % (row["run_id"], row.get("generated"))
        remedy = "give each run that may go on at the same time a report_dir of its own"
        yield dict(_unreadable(name, reason), run_id=run_id, host=host, remedy=remedy, file=None, unreadable=False)


def newest_run(report_dir: str) -> str | None:
    """The run that wrote the latest of the results."""
    # A run's id may be chosen by the user and need not sort by time, so the time of writing decides.
    runs = {(str(row.get("generated") or ""), row["run_id"]) for row in _rows(report_dir) if not row.get("unreadable")}
    return max(runs)[1] if runs else None


def checked(row: t.Any) -> dict[str, t.Any]:
    """A result that came another way than through a file.

    :raises ValueError: if it is none.
    """
    row = plain(row)
    problem = _problem(row)
    if problem:
        raise ValueError(problem)
    return t.cast("dict[str, t.Any]", row)


def _rows(report_dir: str) -> t.Iterator[dict[str, t.Any]]:
    directory = os.path.join(report_dir, DIRECTORY)
    try:
        names = [name for name in os.listdir(directory) if name.endswith(".json") and not name.startswith(".")]
    except FileNotFoundError:
        return
    for name in sorted(names, key=natural):
        yield _read(directory, name)


def _read(directory: str, name: str) -> dict[str, t.Any]:
    """One file: the result in it, or a row that says why there is none."""
    path = os.path.join(directory, name)
    shown = os.path.join(DIRECTORY, name)
    try:
        row = json.loads(read_regular(path, _LARGEST), parse_constant=lambda _word: None)
    except OSError as error:
        return _unreadable(name, "%s cannot be read: %s" % (shown, error.strerror or error))
    except (ValueError, RecursionError) as error:
        return _unreadable(name, "%s is not valid JSON (%s)" % (shown, str(error)[:120]))
    problem = _problem(row)
    if problem:
        return _unreadable(name, "%s is not a result of this collection: %s" % (shown, problem))
    if file_name(row["host"]) != name:
        own = file_name(row["host"])
        return _unreadable(name, "%s holds the result of host %s, whose file is %s" % (shown, row["host"], own))
    return t.cast("dict[str, t.Any]", row)


def _problem(row: t.Any) -> str:
    """Why this is no result; nothing if it is one."""
    if not isinstance(row, dict):
        return "it holds no object"
    if row.get("schema") != RESULT_SCHEMA:
        return "its schema is %s, not %s" % (str(row.get("schema"))[:80], RESULT_SCHEMA)
    for key in ("run_id", "host", "status"):
        if not isinstance(row.get(key), str) or not row[key]:
            return "%s is missing" % key
    services = row.get("services")
    if not isinstance(services, list) or not all(isinstance(service, dict) for service in services):
        return "services is not a list of services"
    for service in services:
        for key in ("checks", "diagnoses"):
            entries = service.get(key, [])
            if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
                return "%s of service %s is not a list" % (key, str(service.get("name"))[:80])
    return ""


def _unreadable(name: str, reason: str) -> dict[str, t.Any]:
    return {
        "schema": RESULT_SCHEMA,
        "run_id": None,
        "host": name[: -len(".json")],
        "generated": "",
        "collection": "",
        "status": "unknown",
        "reason": reason,
        "remedy": _REMEDY,
        "duration_s": None,
        "facts": {},
        "services": [],
        "file": name,
        "unreadable": True,
    }
